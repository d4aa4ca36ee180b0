import Foundation
import KernelSupport

extension BackpropExercises {
  static var twoLayersExercise: Exercise {
    Exercise(
      "lossAndGradients",
      hint:
        "an example's error is (y − t) / n; back through V, then times 1 − h², where h is the tanh.",
      [
        Check("the loss") {
          try checkTwoLayers { example, answer in
            try expect(
              answer.loss, example.loss.value, within: tolerance(example.loss.value),
              for: example.description)
          }
        },
        Check("the gradients of the output layer") {
          try checkTwoLayers { example, answer in
            try check(answer.gradients.outputWeight, \.outputWeight, "V", example)
            try check([answer.gradients.outputBias], \.outputBiasRow, "c", example)
          }
        },
        Check("the gradient of the hidden layer's weights") {
          try checkTwoLayers { example, answer in
            try check(answer.gradients.hiddenWeight, \.hiddenWeight, "W", example)
          }
        },
        Check("the gradient of the hidden layer's biases") {
          try checkTwoLayers { example, answer in
            try check([answer.gradients.hiddenBias], \.hiddenBiasRow, "b", example)
          }
        },
      ])
  }

  private static func checkTwoLayers(
    _ check: (TwoLayersExample, (loss: Double, gradients: TwoLayers)) throws -> Void
  ) throws {
    for (batch, inputs, hidden, outputs) in [
      (1, 1, 1, 1), (1, 2, 3, 1), (3, 1, 2, 2), (4, 3, 5, 2), (2, 5, 4, 3),
    ] {
      let example = TwoLayersExample(
        batch: batch, inputs: inputs, hidden: hidden, outputs: outputs)
      try check(
        example,
        lossAndGradients(of: example.network, input: example.input, target: example.target))
    }
  }

  /// Holds a matrix of gradients against the slope that every one of its numbers has.
  private static func check(
    _ actual: [[Double]], _ part: WritableKeyPath<TwoLayers, [[Double]]>, _ name: String,
    _ example: TwoLayersExample
  ) throws {
    let expected = example.network[keyPath: part].indices.map { row in
      example.network[keyPath: part][row].indices.map { column in
        var direction = example.network.zeros
        direction[keyPath: part][row][column] = 1
        return example.loss(along: direction).slope
      }
    }
    guard actual.map(\.count) == expected.map(\.count) else {
      throw Mismatch("for \(example) expected \(name)'s shape, got another")
    }
    for (row, (actual, expected)) in zip(actual, expected).enumerated() {
      try expect(
        actual, expected, within: expected.map(tolerance),
        for: "\(example), the gradient of \(name), row \(row)")
    }
  }

  /// Some two hundred roundings of numbers below eight; what is wrong is so by a million times as much.
  private static func tolerance(_ expected: Double) -> Double {
    2000 * Double.ulpOfOne * max(1, abs(expected))
  }
}

extension TwoLayers {
  /// The biases as a matrix of one row, so that one check serves all parts.
  fileprivate var hiddenBiasRow: [[Double]] {
    get { [hiddenBias] }
    set { hiddenBias = newValue[0] }
  }

  fileprivate var outputBiasRow: [[Double]] {
    get { [outputBias] }
    set { outputBias = newValue[0] }
  }

  fileprivate var zeros: TwoLayers {
    TwoLayers(
      hiddenWeight: hiddenWeight.map { $0.map { _ in 0 } }, hiddenBias: hiddenBias.map { _ in 0 },
      outputWeight: outputWeight.map { $0.map { _ in 0 } }, outputBias: outputBias.map { _ in 0 })
  }
}

/// A network, a batch, and what the loss is: carried forward together with its slope along a direction,
/// which is how no answer computes it.
private struct TwoLayersExample: CustomStringConvertible {
  let network: TwoLayers
  let (input, target): ([[Double]], [[Double]])
  let description: String

  init(batch: Int, inputs: Int, hidden: Int, outputs: Int) {
    var generator = inputGenerator(UInt64(21 + hidden))
    func matrix(_ rows: Int, _ columns: Int) -> [[Double]] {
      (0..<rows).map { _ in (0..<columns).map { _ in Double(generator.uniform(in: -1..<1)) } }
    }
    network = TwoLayers(
      hiddenWeight: matrix(inputs, hidden), hiddenBias: matrix(1, hidden)[0],
      outputWeight: matrix(hidden, outputs), outputBias: matrix(1, outputs)[0])
    input = matrix(batch, inputs)
    target = matrix(batch, outputs)
    description =
      batch * inputs <= 2
      ? "\(network), input \(input), target \(target)"
        .replacing("Grading.TwoLayers", with: "")
      : "\(batch) examples and \(inputs)-\(hidden)-\(outputs) units"
  }

  var loss: Dual { loss(along: network.zeros) }

  /// L = 1/(2n) Σ (y − t)² and its slope along a direction.
  func loss(along direction: TwoLayers) -> Dual {
    let numbers = zip(input, target).map { x, t in
      let hidden = layer(
        x.map { Dual($0) }, network.hiddenWeight, network.hiddenBias, direction.hiddenWeight,
        direction.hiddenBias
      ).map(\.tanh)
      let y = layer(
        hidden, network.outputWeight, network.outputBias, direction.outputWeight,
        direction.outputBias)
      return zip(y, t).map { ($0 - Dual($1)) * ($0 - Dual($1)) }.reduce(Dual(0), +)
    }
    return numbers.reduce(Dual(0), +) * Dual(0.5 / Double(input.count))
  }

  private func layer(
    _ x: [Dual], _ weight: [[Double]], _ bias: [Double], _ weightSlope: [[Double]],
    _ biasSlope: [Double]
  ) -> [Dual] {
    bias.indices.map { j in
      x.indices.reduce(Dual(bias[j], slope: biasSlope[j])) {
        $0 + x[$1] * Dual(weight[$1][j], slope: weightSlope[$1][j])
      }
    }
  }
}

/// A number with its slope.
private struct Dual {
  var value: Double
  var slope: Double

  init(_ value: Double, slope: Double = 0) { (self.value, self.slope) = (value, slope) }

  var tanh: Dual {
    let y = Foundation.tanh(value)
    return Dual(y, slope: slope * (1 - y * y))
  }

  static func + (a: Dual, b: Dual) -> Dual { Dual(a.value + b.value, slope: a.slope + b.slope) }
  static func - (a: Dual, b: Dual) -> Dual { Dual(a.value - b.value, slope: a.slope - b.slope) }
  static func * (a: Dual, b: Dual) -> Dual {
    Dual(a.value * b.value, slope: a.value * b.slope + a.slope * b.value)
  }
}
