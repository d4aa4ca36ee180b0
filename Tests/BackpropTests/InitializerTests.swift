import Backprop
import KernelSupport
import Testing

@Suite struct InitializerTests {
  /// An initializer, the shape it fills, and the variance that its formula promises.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let initializer: Initializer
    let shape: [Int]
    let variance: Double
    /// The fourth moment by the squared variance: 3 for a normal distribution, 9/5 for a uniform one.
    let kurtosis: Double
    var testDescription: String { "\(name) \(shape)" }
  }

  static let cases = [
    Case(
      name: "gaussian", initializer: .gaussian(standardDeviation: 0.1), shape: [200, 300],
      variance: 0.01, kurtosis: 3),
    Case(
      name: "xavier", initializer: .xavier, shape: [200, 300], variance: 2.0 / 500, kurtosis: 3),
    Case(
      name: "xavierUniform", initializer: .xavierUniform, shape: [200, 300], variance: 2.0 / 500,
      kurtosis: 1.8),
    Case(name: "he", initializer: .he, shape: [200, 300], variance: 2.0 / 200, kurtosis: 3),
    Case(name: "he", initializer: .he, shape: [60_000], variance: 2, kurtosis: 3),
    // A convolution's weights: 3 · 3 · 32 inputs, 3 · 3 · 64 outputs.
    Case(
      name: "xavier", initializer: .xavier, shape: [3, 3, 32, 64], variance: 2.0 / 864, kurtosis: 3),
    Case(name: "he", initializer: .he, shape: [3, 3, 32, 64], variance: 2.0 / 288, kurtosis: 3),
  ]

  /// Whether mean and variance are what chance allows around 0 and the formula.
  ///
  /// Over n draws the mean deviates by σ/√n and the mean square by σ² √((κ − 1)/n); five of these happen
  /// by chance once in two million, and the seed is fixed.
  static func agree(_ elements: [Scalar], variance: Double, kurtosis: Double) -> Bool {
    let n = Double(elements.count)
    let mean = elements.reduce(0) { $0 + Double($1) } / n
    let square = elements.reduce(0) { $0 + Double($1) * Double($1) } / n
    return abs(mean) <= 5 * (variance / n).squareRoot()
      && abs(square - variance) <= 5 * variance * ((kurtosis - 1) / n).squareRoot()
  }

  @Test(arguments: cases)
  func `the variance is the formula's`(of initial: Case) {
    var generator = SeededGenerator(seed: 1)
    let tensor = initial.initializer.tensor(shape: initial.shape, using: &generator)
    #expect(tensor.shape == initial.shape)
    #expect(
      Self.agree(tensor.elements, variance: initial.variance, kurtosis: initial.kurtosis))
  }

  @Test func `another variance or mean is rejected`() {
    var generator = SeededGenerator(seed: 1)
    let elements = Initializer.he.tensor(shape: [200, 300], using: &generator).elements
    // He's formula with fan-in and fan-out exchanged, a standard deviation 3 % too large, a shifted mean.
    #expect(!Self.agree(elements, variance: 2.0 / 300, kurtosis: 3))
    #expect(!Self.agree(elements.map { $0 * 1.03 }, variance: 2.0 / 200, kurtosis: 3))
    #expect(!Self.agree(elements.map { $0 + 0.003 }, variance: 2.0 / 200, kurtosis: 3))
  }

  @Test func `uniform weights stay within their limit`() {
    var generator = SeededGenerator(seed: 2)
    let limit = (6.0 / 50 as Scalar).squareRoot()
    let elements = Initializer.xavierUniform.tensor(shape: [20, 30], using: &generator).elements
    #expect(elements.allSatisfy { $0 >= -limit && $0 < limit })
    // 600 draws leave the outer tenth of either side empty with probability 0.95⁶⁰⁰ ≈ 4e-14.
    #expect(elements.contains { $0 > 0.9 * limit } && elements.contains { $0 < -0.9 * limit })
  }

  @Test func `zeros are zero`() {
    var generator = SeededGenerator(seed: 3)
    #expect(Initializer.zeros.tensor(shape: [2, 3], using: &generator) == Tensor(shape: [2, 3]))
    #expect(generator == SeededGenerator(seed: 3))
  }

  @Test func `a seed decides the weights`() {
    func weights(_ seed: UInt64) -> Tensor {
      var generator = SeededGenerator(seed: seed)
      return Initializer.xavierUniform.tensor(shape: [4, 5], using: &generator)
    }
    #expect(weights(1) == weights(1) && weights(1) != weights(2))
  }
}
