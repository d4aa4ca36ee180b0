import Backprop
import KernelSupport
import TestSupport
import Testing

/// The network by hand against automatic differentiation: the same derivation, written twice.
@Suite struct HandwrittenNetworkTests {
  /// A handwritten network, a layered one with the same parameters, and a batch.
  struct Pair {
    static let sizes = [5, 7, 4, 3]
    var byHand: HandwrittenNetwork
    let layers: [Dense]
    let inputs: [[Scalar]]
    let targets: [[Scalar]]
    let labels: [Int]

    init(_ hiddenUnit: HandwrittenNetwork.HiddenUnit, _ loss: HandwrittenLoss) {
      var generator = SeededGenerator(seed: 11)
      let byHand = HandwrittenNetwork(
        sizes: Self.sizes, hiddenUnit: hiddenUnit, loss: loss, using: &generator)
      self.byHand = byHand
      let hidden: Activation = hiddenUnit == .sigmoid ? .sigmoid : .relu
      let last: Activation = loss == .meanSquaredError ? .sigmoid : .linear
      layers = byHand.layers.indices.map { l in
        Dense(
          Self.sizes[l], Self.sizes[l + 1],
          activation: l == byHand.layers.count - 1 ? last : hidden, using: &generator)
      }
      for (layer, parameters) in zip(layers, byHand.layers) {
        layer.weight.setValue(
          Tensor(parameters.weight.flatMap(\.self), shape: layer.weight.value.shape))
      }
      inputs = (0..<6).map { _ in (0..<5).map { _ in generator.normal() } }
      labels = (0..<6).map { _ in generator.integer(below: 3) }
      targets = labels.map { label in (0..<3).map { $0 == label ? 1 : 0 } }
    }

    func automaticLoss() -> Variable {
      let x = Variable(Tensor(inputs.flatMap(\.self), shape: [6, 5]))
      let output = layers.reduce(x) { $1($0) }
      let target = Tensor(targets.flatMap(\.self), shape: [6, 3])
      return switch byHand.loss {
      case .meanSquaredError: output.meanSquaredError(target)
      case .binaryCrossEntropy: output.binaryCrossEntropy(target)
      case .softmaxCrossEntropy: output.softmaxCrossEntropy(labels)
      }
    }
  }

  static let hiddenUnits: [HandwrittenNetwork.HiddenUnit] = [.sigmoid, .relu]

  @Test(arguments: hiddenUnits, HandwrittenLoss.allCases)
  func `loss and gradients agree with automatic differentiation`(
    hiddenUnit: HandwrittenNetwork.HiddenUnit, loss: HandwrittenLoss
  ) {
    let pair = Pair(hiddenUnit, loss)
    let automatic = pair.automaticLoss()
    automatic.backward()
    let gradients = pair.byHand.gradients(inputs: pair.inputs, targets: pair.targets)
    let byHand = pair.byHand.meanLoss(inputs: pair.inputs, targets: pair.targets)
    // Sums of at most 7 terms below 4, in another order and through another form of the loss.
    let tolerance = 64 * Scalar.ulpOfOne
    expectClose([byHand], [automatic.value.number], within: tolerance, "loss")
    for (gradient, layer) in zip(gradients, pair.layers) {
      expectClose(
        gradient.weight.flatMap(\.self), layer.weight.gradient?.elements ?? [], within: tolerance,
        "weight")
      expectClose(gradient.bias, layer.bias.gradient?.elements ?? [], within: tolerance, "bias")
    }
  }

  @Test(arguments: hiddenUnits, HandwrittenLoss.allCases)
  func `twenty steps of both stay together`(
    hiddenUnit: HandwrittenNetwork.HiddenUnit, loss: HandwrittenLoss
  ) {
    var pair = Pair(hiddenUnit, loss)
    let before = pair.byHand.meanLoss(inputs: pair.inputs, targets: pair.targets)
    let parameters = parameters(of: pair.layers)
    for _ in 0..<20 {
      parameters.clearGradients()
      pair.automaticLoss().backward()
      parameters.descend(learningRate: 0.1)
      let gradients = pair.byHand.gradients(inputs: pair.inputs, targets: pair.targets)
      pair.byHand.descend(along: gradients, learningRate: 0.1)
    }
    let after = pair.byHand.meanLoss(inputs: pair.inputs, targets: pair.targets)
    #expect(after < before)
    for (byHand, layer) in zip(pair.byHand.layers, pair.layers) {
      // Twenty steps, each with a tenth of the gradients' difference.
      let tolerance = 128 * Scalar.ulpOfOne
      expectClose(byHand.weight.flatMap(\.self), layer.weight.value.elements, within: tolerance)
      expectClose(byHand.bias, layer.bias.value.elements, within: tolerance)
    }
  }

  @Test func `a softmax answers with probabilities whatever the size of its sums`() {
    var generator = SeededGenerator(seed: 5)
    var network = HandwrittenNetwork(
      sizes: [2, 3], hiddenUnit: .relu, loss: .softmaxCrossEntropy, using: &generator)
    network.descend(along: network.layers, learningRate: -1e4)
    let answer = network.activations(for: [3, -2])[1]
    // Three terms, each rounded once.
    expectClose([answer.reduce(0, +)], [1], within: 4 * Scalar.ulpOfOne)
  }
}
