import KernelSupport
import Perceptrons

extension PerceptronsExercises {
  static var marginExercise: Exercise {
    Exercise(
      "marginUpdate",
      hint: "compare label · (w·x + b) with the margin; a tie is corrected.",
      [
        Check("with margin 0 it is the perceptron") {
          var generator = inputGenerator(12)
          for inputCount in [1, 2, 3, 7, 16] {
            var perceptron = Perceptron(inputCount: inputCount)
            for _ in 0..<40 {
              let example = MarginExample(
                sum: perceptron.sum, margin: 0, using: &generator)
              perceptron.learn(example.x, label: example.label)
              try example.hold(Self.self, against: perceptron.sum)
            }
          }
        },
        Check("it corrects what lies within the margin") {
          try checkMargins { sum, margin in sum <= margin }
        },
        Check("it leaves alone what lies outside the margin") {
          try checkMargins { sum, margin in sum > margin }
        },
      ])
  }

  /// Checks the examples whose y (w·x + b) and margin are of interest; a third of the margins are
  /// exactly as large as the sum.
  private static func checkMargins(
    where isOfInterest: (_ sum: Scalar, _ margin: Scalar) -> Bool
  ) throws {
    var generator = inputGenerator(13)
    for inputCount in [1, 2, 5, 13] {
      for trial in 0..<60 {
        var before = WeightedSum(inputCount: inputCount)
        before.add(generator.exactNumbers(inputCount), by: 1)
        var example = MarginExample(
          sum: before, margin: Scalar(generator.integer(below: 9)) / 4, using: &generator)
        let sum = example.label * before(example.x)
        if trial.isMultiple(of: 3), sum >= 0 { example.margin = sum }
        guard isOfInterest(sum, example.margin) else { continue }
        var after = before
        if sum <= example.margin { after.add(example.x, by: example.label) }
        try example.hold(Self.self, against: after)
      }
    }
  }
}

/// One call of `marginUpdate`, with exact numbers.
private struct MarginExample {
  let sum: WeightedSum
  let x: [Scalar]
  let label: Scalar
  var margin: Scalar

  init(sum: WeightedSum, margin: Scalar, using generator: inout some RandomNumberGenerator) {
    self.sum = sum
    self.margin = margin
    x = generator.exactNumbers(sum.weights.count)
    label = generator.signs(1)[0]
  }

  /// Throws a `Mismatch` unless the answer returns what is expected.
  func hold(_ answers: (some PerceptronsExercises).Type, against expected: WeightedSum) throws {
    let actual = try answers.marginUpdate(
      weights: sum.weights, bias: sum.bias, x: x, label: label, margin: margin)
    let input =
      "weights \(shown(sum.weights)), bias \(sum.bias), x \(shown(x)), label \(label), "
      + "margin \(margin)"
    try expect(actual.weights, expected.weights, for: "\(input), the weights")
    try expect(actual.bias, expected.bias, for: "\(input), the bias")
  }
}
