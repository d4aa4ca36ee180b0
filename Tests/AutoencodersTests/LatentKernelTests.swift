import Autoencoders
import KernelSupport
import TestSupport
import Testing

/// Rows and columns around the edges of a vector and of the blocks that threads share: `rowsPerBlock` puts
/// 8192 elements into a block.
private let shapes: [(rows: Int, columns: Int)] = [
  (0, 3), (1, 1), (3, 5), (2, 8), (5, 17), (9, 784), (12, 784), (1025, 8), (2051, 4), (3, 9001),
]

/// A dozen roundings of numbers below 16, and the roundings of a sum of `columns` terms.
private func tolerance(_ columns: Int) -> Scalar { Scalar(64 + columns) * .ulpOfOne }

@Suite struct LatentKernelTests {
  @Test(arguments: awkwardCounts)
  func `fast normal numbers are the definition's, bit by bit`(count: Int) {
    let zeros = [Scalar](repeating: 0, count: count)
    let expected = changed(zeros) { Naive.standardNormal(&$0, seed: 5) }
    for result in withThreads({ changed(zeros) { Fast.standardNormal(&$0, seed: 5) } }) {
      #expect(result == expected)
    }
  }

  @Test(arguments: awkwardCounts)
  func `fast draws are the definition's, bit by bit`(count: Int) {
    var generator = SeededGenerator(seed: 1)
    let probabilities = (0..<count).map { _ in generator.uniform() }
    let expected = changed(probabilities) { Naive.sampleBernoulli(&$0, seed: 7) }
    let results = withThreads { changed(probabilities) { Fast.sampleBernoulli(&$0, seed: 7) } }
    for result in results { #expect(result == expected) }
  }

  @Test(arguments: shapes)
  func `fast units are the definition's`(rows: Int, columns: Int) {
    let sums = numbersOffZero(count: rows * columns, seed: 1)
    let bias = numbersOffZero(count: columns, seed: 2)
    func results(_ kernels: any BernoulliKernels.Type) -> [[Scalar]] {
      var states = [Scalar](repeating: -1, count: sums.count)
      var statesSpan = states.mutableSpan
      let probabilities = changed(sums) {
        kernels.sampleUnits(&$0, bias: bias.span, scale: 0.75, states: &statesSpan, seed: 3)
      }
      return [probabilities, states]
    }
    let expected = results(Naive.self)
    // One exponential and one quotient, each of them the same in a lane and alone.
    for result in withThreads({ results(Fast.self) }) { #expect(result == expected) }
  }

  @Test(arguments: shapes)
  func `fast sums along rows are the definition's up to rounding`(rows: Int, columns: Int) {
    let x = numbersOffZero(count: rows * columns, seed: 1)
    let bias = numbersOffZero(count: columns, seed: 2)
    let target = changed(x) { x in for i in x.indices { x[i] = x[i] > 1 ? 1 : 0 } }
    func results(_ kernels: any BernoulliKernels.Type) -> [Scalar] {
      let zeros = [Scalar](repeating: 0, count: rows)
      return changed(zeros) {
        kernels.bernoulliLogLikelihood(logits: x.span, target.span, into: &$0)
      } + changed(zeros) { kernels.softplusSums(x.span, bias: bias.span, scale: 0.5, into: &$0) }
    }
    let expected = results(Naive.self)
    let fast = withThreads { results(Fast.self) }
    expectClose(fast[0], expected, within: tolerance(columns))
    #expect(fast[1] == fast[0] && fast[2] == fast[0])
  }

  @Test(arguments: shapes)
  func `fast pullbacks of pixels are the definition's`(rows: Int, columns: Int) {
    let x = numbersOffZero(count: rows * columns, seed: 1)
    let target = numbersOffZero(count: x.count, seed: 2)
    let upstream = numbersOffZero(count: rows, seed: 3)
    func result(_ kernels: any BernoulliKernels.Type) -> [Scalar] {
      changed(x) {
        kernels.bernoulliLogLikelihoodBackward(
          target: target.span, upstream: upstream.span, gradient: &$0)
      }
    }
    let expected = result(Naive.self)
    for fast in withThreads({ result(Fast.self) }) {
      expectClose(fast, expected, within: tolerance(1))
    }
  }

  @Test(arguments: shapes.filter { $0.rows > 0 }, [false, true])
  func `fast moments are the definition's up to rounding`(
    shape: (rows: Int, columns: Int), accumulating: Bool
  ) {
    let (rows, latent) = shape
    let moments = numbersOffZero(count: 2 * rows * latent, seed: 1)
    let noise = numbersOffZero(count: rows * latent, seed: 2)
    let slopes = numbersOffZero(count: rows * latent, seed: 3)
    let rowSlopes = numbersOffZero(count: rows, seed: 4)
    let earlier = exactNumbers(count: moments.count, seed: 5)
    func results(_ kernels: any LatentKernels.Type) -> [[Scalar]] {
      [
        changed(noise) {
          kernels.gaussianSample(
            moments: moments.span, noise: noise.span, latent: latent, into: &$0)
        },
        changed(earlier) {
          kernels.gaussianSampleBackward(
            moments: moments.span, noise: noise.span, upstream: slopes.span, latent: latent,
            gradient: &$0, accumulating: accumulating)
        },
        changed(rowSlopes) {
          kernels.gaussianDivergence(moments: moments.span, latent: latent, into: &$0)
        },
        changed(earlier) {
          kernels.gaussianDivergenceBackward(
            moments: moments.span, upstream: rowSlopes.span, latent: latent, gradient: &$0,
            accumulating: accumulating)
        },
      ]
    }
    let expected = results(Naive.self)
    let fast = withThreads { results(Fast.self) }
    for (fast, expected) in zip(fast[0], expected) {
      // Exponentials of up to e⁴ times noise of up to 4.
      expectClose(fast, expected, within: 8 * tolerance(latent))
    }
    #expect(fast[1] == fast[0] && fast[2] == fast[0])
  }

  @Test(arguments: Backend.allCases)
  func `certain units stay what they are, and others are 1 as often as they should be`(
    backend: Backend
  ) {
    let kernels = backend.bernoulli
    let certain = changed([0, 1, 0, 1, 1]) { kernels.sampleBernoulli(&$0, seed: 1) }
    #expect(certain == [0, 1, 0, 1, 1])
    let draws = changed([Scalar](repeating: 0.3, count: 100_000)) {
      kernels.sampleBernoulli(&$0, seed: 2)
    }
    // The share of ones has a standard deviation of √(0.3 · 0.7 / 10⁵) = 0.00145.
    #expect(abs(draws.reduce(0, +) / 100_000 - 0.3) < 5 * 0.00145)
    #expect(draws.allSatisfy { $0 == 0 || $0 == 1 })
  }

  @Test func `normal numbers have the moments of the normal distribution`() {
    let count = 200_000
    let x = changed([Scalar](repeating: 0, count: count)) { Fast.standardNormal(&$0, seed: 3) }
    let moments = (1...4).map { power in
      x.reduce(0.0) { sum, value in
        sum + (0..<power).reduce(1.0) { product, _ in product * Double(value) }
      } / Double(count)
    }
    // Five standard errors: of the powers' variances 1, 2, 15 and 96.
    for (moment, (expected, variance)) in zip(moments, [(0, 1), (1, 2), (0, 15), (3, 96)]) {
      let error = (Double(variance) / Double(count)).squareRoot()
      #expect(abs(moment - Double(expected)) < 5 * error)
    }
  }
}
