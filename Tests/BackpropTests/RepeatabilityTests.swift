import Backprop
import KernelSupport
import Perceptrons
import TestSupport
import Testing

/// Everything a chapter-2 network is made of, trained for thirty steps.
private func trainedWeights() -> [Scalar] {
  var generator = SeededGenerator(seed: 7)
  let network = Sequential(
    Dense(97, 130, activation: .gelu, initializer: .he, using: &generator),
    Dense(130, 67, activation: .tanh, initializer: .xavier, using: &generator),
    Dense(67, 33, activation: .sigmoid, using: &generator),
    Dense(33, 10, using: &generator))
  let inputs = Tensor((0..<133 * 97).map { _ in generator.normal() }, shape: [133, 97])
  let labels = (0..<133).map { _ in generator.integer(below: 10) }
  let parameters = parameters(of: network)
  for _ in 0..<30 {
    parameters.clearGradients()
    network(Variable(inputs)).softmaxCrossEntropy(labels).backward()
    parameters.descend(learningRate: 0.1)
  }
  return parameters.flatMap { $0.variable.value.elements }
}

/// A product large enough for several blocks in every direction.
private func largeProduct() -> [Scalar] {
  var generator = SeededGenerator(seed: 11)
  let shape = MatrixProductShape(rows: 301, columns: 1037, inner: 563, rightTransposed: true)
  let a = (0..<301 * 563).map { _ in generator.uniform(in: -1..<1) }
  let b = (0..<1037 * 563).map { _ in generator.uniform(in: -1..<1) }
  var c = [Scalar](repeating: 0, count: 301 * 1037)
  var result = c.mutableSpan
  Fast.matrixProduct(a.span, b.span, into: &result, shape, accumulating: false)
  return c
}

/// The same seed gives the same bits: for every number of threads, and, since the checksums were
/// recorded once, for every machine and every vector width that the tests are built for.
@Suite struct RepeatabilityTests {
  @Test(arguments: [1, 2, 3])
  func `training gives the same bits`(threads: Int) {
    let weights = Threads.$count.withValue(threads) { trainedWeights() }
    #expect(checksum(weights) == Self.trained)
  }

  @Test(arguments: [1, 2, 3])
  func `a large product gives the same bits`(threads: Int) {
    let product = Threads.$count.withValue(threads) { largeProduct() }
    #expect(checksum(product) == Self.product)
  }

  @Test func `one flipped bit changes the checksum`() {
    var numbers = largeProduct()
    numbers[1000] = numbers[1000].nextUp
    #expect(checksum(numbers) != checksum(largeProduct()))
  }

  #if Float64
    static let trained = checksum(Threads.$count.withValue(1) { trainedWeights() })
    static let product = checksum(Threads.$count.withValue(1) { largeProduct() })
  #else
    static let trained: UInt64 = 3_065_766_380_134_726_265
    static let product: UInt64 = 16_221_986_128_882_558_573
  #endif
}
