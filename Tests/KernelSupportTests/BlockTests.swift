import KernelSupport
import TestSupport
import Testing

/// Sums and results that are cut into blocks: the second block, the last part of one, and none.
@Suite struct BlockTests {
  @Test(arguments: awkwardCounts + [8191, 8192, 8193, 16_384 + 37])
  func `a sum of terms has every term once`(count: Int) {
    let (x, y) = (exactNumbers(count: count, seed: 1), exactNumbers(count: count, seed: 2))
    let sum = sumOfTerms(x.span, y.span) { $0 * $1 }
    // Exact numbers: products of at most 4 add up without rounding, in any order.
    #expect(Double(sum) == zip(x, y).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
  }

  @Test(arguments: [0, 1, 9, 10, 11, 20, 35])
  func `blocks of two and three results lie side by side`(count: Int) {
    for threads in 1...3 {
      Threads.$count.withValue(threads) {
        var results = (0..<3).map { _ in [Scalar](repeating: 0, count: count) }
        var (second, third) = (results[1], results[2])
        var secondSpan = second.mutableSpan
        var thirdSpan = third.mutableSpan
        results[0] = changed(results[0]) {
          $0.forEachBlock(of: 10, with: &secondSpan) { start, first, second in
            for i in first.indices {
              first[i] += Scalar(start + i)
              second[i] += Scalar(2 * (start + i))
            }
          }
        }
        results[0] = changed(results[0]) {
          $0.forEachBlock(of: 10, with: &secondSpan, &thirdSpan) { start, first, second, third in
            for i in first.indices {
              first[i] += 1
              second[i] += 1
              third[i] += Scalar(3 * (start + i)) + 1
            }
          }
        }
        results[1] = second
        results[2] = third
        for (factor, result) in results.enumerated() {
          #expect(result == (0..<count).map { Scalar((factor + 1) * $0 + 1) })
        }
      }
    }
  }

  @Test func `only what is smaller than a normal number is flushed`() {
    let least = Scalar.leastNormalMagnitude
    #expect(least.flushed == least && (-least).flushed == -least)
    #expect(least.nextDown.flushed == 0 && (-least.nextDown).flushed == 0)
    #expect(Scalar.nan.flushed.isNaN && Scalar.infinity.flushed == .infinity)
  }
}
