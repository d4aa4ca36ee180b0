import KernelSupport
import Perceptrons
import TestSupport
import Testing

@Suite struct MulticlassPerceptronTests {
  /// Five examples a class, near the corners of a triangle, with coordinates in quarters.
  static let examples: [(x: [Scalar], label: Int)] = (0..<15).map { n in
    let corner: [[Scalar]] = [[2, 0], [-1, 2], [-1, -2]]
    let offset = [Scalar(n / 3 % 3 - 1) / 4, Scalar(n / 3 / 2 - 1) / 4]
    return (zip(corner[n % 3], offset).map { $0 + $1 }, n % 3)
  }

  static func trained(epochs: Int) -> MulticlassPerceptron {
    var perceptron = MulticlassPerceptron(inputCount: 2, classCount: 3)
    for _ in 0..<epochs {
      for (x, label) in examples { perceptron.learn(x, label: label) }
    }
    return perceptron
  }

  @Test func `a mistake moves two classes`() {
    var perceptron = MulticlassPerceptron(inputCount: 2, classCount: 3)
    let isMistake = perceptron.learn([1, 2], label: 2)
    #expect(isMistake)
    #expect(perceptron.classes[0] == WeightedSum(weights: [-1, -2], bias: -1))
    #expect(perceptron.classes[1] == WeightedSum(weights: [0, 0], bias: 0))
    #expect(perceptron.classes[2] == WeightedSum(weights: [1, 2], bias: 1))
    #expect(perceptron.mistakeCount == 1 && perceptron.exampleCount == 1)
  }

  @Test(arguments: Backend.allCases)
  func `three classes are learned`(backend: Backend) {
    Backend.$current.withValue(backend) {
      let perceptron = Self.trained(epochs: 10)
      #expect(Self.examples.allSatisfy { perceptron($0.x) == $0.label })
      #expect(perceptron.classify(Self.examples.flatMap(\.x)) == Self.examples.map(\.label))
    }
  }

  @Test func `the average is the mean of the weights over time`() {
    var perceptron = MulticlassPerceptron(inputCount: 2, classCount: 3)
    var total = [WeightedSum](repeating: WeightedSum(inputCount: 2), count: 3)
    for (x, label) in Self.examples {
      perceptron.learn(x, label: label)
      for index in total.indices { total[index].add(perceptron.classes[index], by: 1) }
    }
    #expect(perceptron.mistakeCount >= 2)
    for (average, total) in zip(perceptron.averaged.classes, total) {
      let mean = total.weights.map { $0 / Scalar(Self.examples.count) }
      // A handful of terms of magnitude below 4, each rounded once.
      expectClose(average.weights, mean, within: 16 * .ulpOfOne)
      expectClose([average.bias], [total.bias / 15], within: 16 * .ulpOfOne)
    }
  }

  @Test func `the first class wins a tie`() {
    var perceptron = MulticlassPerceptron(inputCount: 2, classCount: 3)
    #expect(perceptron([1, 2]) == 0 && perceptron.classify([1, 2, 3, 4]) == [0, 0])
    let isMistake = perceptron.learn([1, 2], label: 0)
    #expect(!isMistake)
  }

  @Test func `a sum that is no number wins, wherever it stands`() {
    let sums = [1, Scalar.nan, 3].map { WeightedSum(weights: [0], bias: $0) }
    #expect(sums.winners(of: [1]) == [1])
  }

  /// One large correction half-way, at a date of 150,000, and then thousands of small ones: in their
  /// sum, of 2⁴⁰, single precision counts in steps of 2¹⁷, as much as a small one is worth, and the mean was
  /// off by hundreds. Weights are whole numbers below 2²⁴ and exact; what is left is the last rounding.
  @Test func `the average after many examples keeps its digits`() {
    var perceptron = MulticlassPerceptron(inputCount: 1, classCount: 2)
    let count = 300_000
    var total = 0.0
    for example in 0..<count {
      let x: [Scalar] = [example == count / 2 ? 0x1p23 : 1]
      perceptron.learn(x, label: example == count / 2 ? 1 - perceptron(x) : example % 2)
      total += Double(perceptron.classes[1].weights[0])
    }
    #expect(perceptron.mistakeCount > count / 2)
    let mean = Scalar(total / Double(count))
    expectClose([perceptron.averaged.classes[1].weights[0]], [mean], within: .ulpOfOne + 1e-11)
  }

  @Test func `the average of nothing is zero`() {
    let untrained = MulticlassPerceptron(inputCount: 2, classCount: 3)
    #expect(untrained.averaged == untrained)
  }

  /// All products and sums are multiples of 1/16 and small: no rounding tells the backends apart.
  @Test func `the backends learn the same`() {
    let runs = Backend.allCases.map { backend in
      Backend.$current.withValue(backend) { Self.trained(epochs: 3) }
    }
    #expect(runs[0] == runs[1])
  }
}
