import KernelSupport
import Perceptrons

extension PerceptronsExercises {
  static var parityExercise: Exercise {
    Exercise(
      "parityNetwork",
      hint:
        "let hidden neuron k fire where at least k inputs are 1, with outputs' weights +1, −1, +1, …",
      [
        Check("it is right for one and two inputs") { try checkParity(of: 1...2) },
        Check("it is right for three to eight inputs") { try checkParity(of: 3...8) },
        Check("one hidden layer of at most n neurons is enough") {
          for inputCount in 1...8 {
            let layers = try parityNetwork(inputCount: inputCount)
            let hidden = layers.dropLast().map(\.count)
            guard hidden.count <= 1, hidden.allSatisfy({ $0 <= inputCount }) else {
              throw Mismatch(
                "for \(inputCount) inputs expected at most \(inputCount) hidden neurons in one "
                  + "layer, got hidden layers of \(hidden)")
            }
          }
          try checkParity(of: 1...8)
        },
      ])
  }

  private static func checkParity(of inputCounts: ClosedRange<Int>) throws {
    for inputCount in inputCounts {
      let network = try checkedNetwork(inputCount: inputCount)
      for pattern in 0..<1 << inputCount {
        let inputs = (0..<inputCount).map { Scalar(pattern >> $0 & 1) }
        let parity = Scalar(pattern.nonzeroBitCount % 2)
        try expect(network(inputs)[0], parity, for: "the inputs \(inputs.map { Int($0) })")
      }
    }
  }

  /// The answer as a network that can be run: every neuron has as many weights as inputs.
  private static func checkedNetwork(inputCount: Int) throws -> ThresholdNetwork {
    let layers = try parityNetwork(inputCount: inputCount)
    var signalCount = inputCount
    for (index, layer) in layers.enumerated() {
      for neuron in layer where neuron.weights.count != signalCount {
        throw Mismatch(
          "for \(inputCount) inputs expected \(signalCount) weights for each neuron of layer "
            + "\(index), got \(neuron.weights.count)")
      }
      signalCount = layer.count
    }
    guard !layers.isEmpty, signalCount == 1 else {
      throw Mismatch(
        "for \(inputCount) inputs expected one output, got "
          + "\(layers.isEmpty ? "no layers" : "\(signalCount)")")
    }
    return ThresholdNetwork(
      layers: layers.map { layer in
        layer.map { ThresholdNeuron(weights: $0.weights, threshold: $0.threshold) }
      })
  }
}
