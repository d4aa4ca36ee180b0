import KernelSupport
import Optimizers
import TestSupport
import Testing

@Suite struct RegularizationKernelsTests {
  @Test(arguments: awkwardCounts)
  func `fast clamping equals the definition`(count: Int) {
    let x = numbers(count, seed: 1)
    let fast = changed(x) { Fast.clamp(&$0, limit: 0.3) }
    expectClose(fast, changed(x) { Naive.clamp(&$0, limit: 0.3) }, within: 0)
  }

  @Test(arguments: Backend.allCases)
  func `clamping keeps what is within the limit, and NaN`(backend: Backend) {
    let x = changed([-3, -0.5, 0, 0.5, 3, .infinity, .nan]) {
      backend.regularization.clamp(&$0, limit: 0.5)
    }
    #expect(x.dropLast() == [-0.5, -0.5, 0, 0.5, 0.5, 0.5])
    #expect(x[6].isNaN)
  }

  @Test(arguments: awkwardCounts, [0, 0.1, 0.5, 0.75] as [Scalar])
  func `fast dropout equals the definition`(count: Int, rate: Scalar) {
    let x = numbers(count, in: 1..<2, seed: 1)
    let fast = changed(x) { Fast.dropout(&$0, rate: rate, seed: 5) }
    expectClose(fast, changed(x) { Naive.dropout(&$0, rate: rate, seed: 5) }, within: 0)
  }

  /// The standard deviation of a share is √(rate (1 − rate) / n); neighbours, and elements as far apart as
  /// the two that one random number decides, must be dropped independently of one another.
  @Test(arguments: [0.1, 0.5, 0.8] as [Scalar])
  func `dropout drops the share it should, neighbours independently`(rate: Scalar) {
    let count = 200_000
    let x = changed([Scalar](repeating: 1, count: count)) {
      Fast.dropout(&$0, rate: rate, seed: 7)
    }
    #expect(Set(x) == [0, 1 / (1 - rate)])
    func check(_ share: Int, of count: Int, expected: Scalar) {
      let deviation = (expected * (1 - expected) / Scalar(count)).squareRoot()
      #expect(abs(Scalar(share) / Scalar(count) - expected) < 5 * deviation)
    }
    check(x.count { $0 == 0 }, of: count, expected: rate)
    for distance in [1, 2] {
      let pairs = stride(from: 0, to: count - distance, by: 2 * distance)
      let both = pairs.count { x[$0] == 0 && x[$0 + distance] == 0 }
      check(both, of: pairs.underestimatedCount, expected: rate * rate)
    }
  }

  @Test func `other seeds drop other elements`() {
    let ones = [Scalar](repeating: 1, count: 64)
    let masks = (1...4).map { seed in changed(ones) { Fast.dropout(&$0, rate: 0.5, seed: seed) } }
    #expect(Set(masks).count == 4)
  }

  /// Positive terms below 1: partial sums round by at most ½ ε n each, in n / 32 additions a lane and four
  /// more; the definition's n roundings fall both ways and reach some √n of that.
  @Test(arguments: awkwardCounts)
  func `fast sum of magnitudes equals the definition`(count: Int) {
    let x = numbers(count, seed: 3)
    let tolerance = 2 * Scalar(count).squareRoot() * Scalar.ulpOfOne + 4 * .ulpOfOne
    expectClose([Fast.sumOfMagnitudes(x.span)], [Naive.sumOfMagnitudes(x.span)], within: tolerance)
    let gradient = numbers(count, seed: 4)
    func backward(_ kernels: any RegularizationKernels.Type) -> [Scalar] {
      changed(gradient) { kernels.sumOfMagnitudesBackward(x.span, upstream: 0.25, gradient: &$0) }
    }
    expectClose(backward(Fast.self), backward(Naive.self), within: 0)
  }

  @Test func `the number of threads changes no bit`() {
    let x = numbers(262_147, seed: 6)
    let sums = withThreads { Fast.sumOfMagnitudes(x.span) }
    #expect(sums.allSatisfy { $0 == sums[0] })
    let dropped = withThreads { changed(x) { Fast.dropout(&$0, rate: 0.3, seed: 2) } }
    #expect(dropped.allSatisfy { $0 == dropped[0] })
    let clamped = withThreads { changed(x) { Fast.clamp(&$0, limit: 0.3) } }
    #expect(clamped.allSatisfy { $0 == clamped[0] })
    let gradients = withThreads {
      changed(x) { Fast.sumOfMagnitudesBackward(x.span, upstream: 1, gradient: &$0) }
    }
    #expect(gradients.allSatisfy { $0 == gradients[0] })
  }
}
