import KernelSupport
import Perceptrons
import TestSupport
import Testing

@Suite struct SoftmaxRegressionTests {
  /// Thirty points of three classes, around the corners of a triangle, so close that they overlap.
  static let examples: (inputs: [Scalar], labels: [Int]) = {
    var generator = SeededGenerator(seed: 21)
    let corners: [[Scalar]] = [[1, 0], [-0.5, 1], [-0.5, -1]]
    let labels = (0..<30).map { $0 % 3 }
    return (labels.flatMap { corners[$0].map { $0 + 0.7 * generator.normal() } }, labels)
  }()

  static func trained(steps: Int) -> SoftmaxRegression {
    var model = SoftmaxRegression(inputCount: 2, classCount: 3)
    for _ in 0..<steps {
      model.descend(inputs: examples.inputs, labels: examples.labels, rate: 0.5)
    }
    return model
  }

  @Test func `untrained it finds all classes equally likely`() {
    let model = Self.trained(steps: 0)
    expectClose(
      model.probabilities(of: [3, -4]), [1, 1, 1].map { $0 / 3 }, within: 2 * .ulpOfOne)
    expectClose(
      [model.loss(inputs: Self.examples.inputs, labels: Self.examples.labels)], [Scalar.log(3)],
      within: 8 * .ulpOfOne)
  }

  /// A step of η along the gradient g lowers the loss by η ‖g‖², up to its curvature: below 1 here, so
  /// η/2 relative. Rounding adds 2⁻²² / (η ‖g‖²), about 1e-3.
  @Test(arguments: [1, 4], Backend.allCases)
  func `its step is the slope of its loss`(steps: Int, backend: Backend) {
    Backend.$current.withValue(backend) {
      let before = Self.trained(steps: steps)
      var after = before
      let rate: Scalar = 0x1p-6
      let (inputs, labels) = Self.examples
      after.descend(inputs: inputs, labels: labels, rate: rate)
      let squaredLength = zip(after.classes, before.classes).reduce(0 as Scalar) { sum, pair in
        var step = pair.0
        step.add(pair.1, by: -1)
        return sum + step.squaredLength
      }
      let fall =
        before.loss(inputs: inputs, labels: labels) - after.loss(inputs: inputs, labels: labels)
      #expect(abs(fall * rate / squaredLength - 1) < 0.02)
    }
  }

  /// The weights of two classes move apart by the same steps, so each has half of the logistic neuron's
  /// at half its rate: p = softmax(z₀, z₁) = σ(z₁ − z₀).
  @Test func `with two classes it is the logistic neuron`() {
    let labels = Self.examples.labels.map { $0 == 0 ? 0 : 1 }
    var model = SoftmaxRegression(inputCount: 2, classCount: 2)
    var neuron = LogisticNeuron(inputCount: 2)
    for _ in 0..<50 {
      model.descend(inputs: Self.examples.inputs, labels: labels, rate: 0.25)
      neuron.descend(
        inputs: Self.examples.inputs, targets: labels.map { Scalar($0) }, rate: 0.5)
    }
    var difference = model.classes[1]
    difference.add(model.classes[0], by: -1)
    // Fifty steps of sums of thirty terms below 2, each rounded.
    expectClose(difference.weights, neuron.sum.weights, within: 100 * .ulpOfOne)
    expectClose([difference.bias], [neuron.sum.bias], within: 100 * .ulpOfOne)
    expectClose(
      [model.loss(inputs: Self.examples.inputs, labels: labels)],
      [neuron.loss(inputs: Self.examples.inputs, targets: labels.map { Scalar($0) })],
      within: 100 * .ulpOfOne)
  }

  @Test func `its answer is the likeliest class`() {
    let model = Self.trained(steps: 200)
    let answers = model.classes.winners(of: Self.examples.inputs)
    #expect(zip(answers, Self.examples.labels).count { $0 == $1 } >= 24)
    let probabilities = model.probabilities(of: Self.examples.inputs)
    for (row, answer) in answers.enumerated() {
      #expect(probabilities[3 * row + answer] == probabilities[3 * row..<3 * row + 3].max())
    }
  }

  @Test func `huge sums have a finite loss`() {
    var model = SoftmaxRegression(inputCount: 1, classCount: 2)
    model.descend(inputs: [1000], labels: [1], rate: 10)
    #expect(model.loss(inputs: [1000], labels: [1]) == 0)
    let wrong = model.loss(inputs: [1000], labels: [0])
    #expect(wrong.isFinite && wrong > 1_000_000)
  }
}
