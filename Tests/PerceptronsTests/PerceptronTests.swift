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

  @Test func `a sum of zero is answered with −1 and always a mistake`() {
    var perceptron = Perceptron(inputCount: 2)
    #expect(perceptron([3, -4]) == -1)
    let isMistake = perceptron.learn([3, -4], label: -1)
    #expect(isMistake)
  }

  /// The points z are (3, 0, 1) and (1, 0, −1). On the line through both, (2, 0, 0) + s (1, 0, 1), the point
  /// closest to the origin is (1, 0, −1) itself: s = −1.
  @Test func `the widest separation of two points`() {
    let (inputs, labels): ([Scalar], [Scalar]) = ([3, 0, -1, 0], [1, -1])
    let widest = Separation.widest(of: inputs, columns: 2, labels: labels)
    #expect(widest == WeightedSum(weights: [1, 0], bias: -1))
    let separation = Separation(of: inputs, labels: labels, by: widest)
    expectClose([separation.margin], [Scalar(2).squareRoot()], within: 2 * .ulpOfOne)
  }

  @Test(arguments: [0.1, 0.01, 0.005] as [Scalar], [1, 2] as [UInt64])
  func `no direction has a wider margin than the widest`(gap: Scalar, seed: UInt64) {
    let points = PlanePoints(count: 200, gap: gap, seed: seed)
    let widest = Separation.widest(of: points.inputs, columns: 2, labels: points.labels)
    func margin(_ line: WeightedSum) -> Scalar {
      Separation(of: points.inputs, labels: points.labels, by: line).margin
    }
    let largest = margin(widest)
    // The closest point of the hull is no shorter than any margin is wide.
    #expect(largest >= 0.998 * widest.squaredLength.squareRoot())
    #expect(largest > margin(Self.line))
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      var other = widest
      for i in 0..<2 { other.weights[i] *= 1 + 0.1 * generator.normal() }
      other.bias *= 1 + 0.1 * generator.normal()
      #expect(margin(other) <= 1.002 * largest)
    }
  }

  @Test func `no hyperplane is wide where none divides`() {
    let inputs: [Scalar] = [0, 0, 0, 1, 1, 0, 1, 1]
    let labels: [Scalar] = [-1, 1, 1, -1]
    let widest = Separation.widest(of: inputs, columns: 2, labels: labels)
    #expect(!(Separation(of: inputs, labels: labels, by: widest).margin > 0))
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
