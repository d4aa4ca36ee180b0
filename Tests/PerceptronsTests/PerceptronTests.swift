import KernelSupport
import Perceptrons
import TestSupport
import Testing

@Suite struct PerceptronTests {
  static let line = WeightedSum(weights: [1, 2], bias: -0.25)

  @Test func `the first mistake makes the example the weights`() {
    var perceptron = Perceptron(inputCount: 2)
    let isMistake = perceptron.learn([3, -4], label: -1)
    #expect(isMistake)
    #expect(perceptron.sum == WeightedSum(weights: [-3, 4], bias: -1))
    let isMistakeAgain = perceptron.learn([3, -4], label: -1)
    #expect(!isMistakeAgain)
    #expect(perceptron.mistakeCount == 1)
  }

  @Test(arguments: [0.3, 0.1, 0.03, 0.01] as [Scalar], [1, 2, 3] as [UInt64])
  func `mistakes stay below the bound`(gap: Scalar, seed: UInt64) {
    let points = PlanePoints(count: 200, gap: gap, seed: seed)
    let separation = Separation(of: points.inputs, labels: points.labels, by: Self.line)
    var perceptron = Perceptron(inputCount: 2)
    let mistakes = perceptron.train(
      inputs: points.inputs, labels: points.labels, maxEpochs: 1000)
    #expect(mistakes.last == 0)
    #expect(Scalar(perceptron.mistakeCount) <= separation.mistakeBound)
    let found = Separation(of: points.inputs, labels: points.labels, by: perceptron.sum)
    #expect(found.margin > 0)
  }

  @Test func `the separation of two points`() {
    let separation = Separation(
      of: [3, 0, -1, 0], labels: [1, -1], by: WeightedSum(weights: [1, 0], bias: 0))
    #expect(separation.margin == 1)
    #expect(separation.radius == Scalar(10).squareRoot())
    expectClose([separation.mistakeBound], [10], within: 4 * .ulpOfOne)
  }

  @Test func `a line that does not separate bounds nothing`() {
    let separation = Separation(
      of: [3, 0, -1, 0], labels: [1, 1], by: WeightedSum(weights: [1, 0], bias: 0))
    #expect(separation.mistakeBound == .infinity)
  }

  @Test func `the exclusive or is never learned`() {
    var perceptron = Perceptron(inputCount: 2)
    let mistakes = perceptron.train(
      inputs: [0, 0, 0, 1, 1, 0, 1, 1], labels: [-1, 1, 1, -1], maxEpochs: 100)
    #expect(mistakes.count == 100 && mistakes.allSatisfy { $0 > 0 })
  }

  /// The corners' coordinates and all sums are integers: no rounding tells the backends apart.
  @Test func `the backends make the same mistakes`() {
    let corners: [Scalar] = (0..<64).flatMap { n in (0..<6).map { Scalar(n >> $0 & 1) } }
    let labels: [Scalar] = (0..<64).map { Scalar($0.nonzeroBitCount >= 3 ? 1 : -1) }
    let runs = Backend.allCases.map { backend in
      Backend.$current.withValue(backend) {
        var perceptron = Perceptron(inputCount: 6)
        let mistakes = perceptron.train(inputs: corners, labels: labels, maxEpochs: 1000)
        return (mistakes, perceptron)
      }
    }
    #expect(runs[0] == runs[1] && runs[0].0.last == 0)
  }
}
