import KernelSupport

/// Counts around the edges of a vector, of four vectors, and of the blocks that threads share.
public let awkwardCounts =
  [0, 1, 2, 3, 5, 7, 8, 9, 13, 31, 32, 33, 127, 1031]
  + [32_768, 131_072].flatMap { [$0 - 1, $0, $0 + 1] }

/// Numbers whose products and sums are exact in single precision: multiples of ¼ in [−2, 2].
///
/// A product is a multiple of 1/16 of at most 4, so even 2¹⁸ of them sum to less than 2²⁰, within the 24
/// bits of a `Float`. Any order of summation, fused or not, gives the same bits: what differs is wrong.
public func exactNumbers(count: Int, seed: UInt64) -> [Scalar] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { _ in Scalar(generator.integer(below: 17) - 8) / 4 }
}

/// Numbers uniform in [−4, 4), none of them within `gap` of zero, where some activations have a kink.
public func numbersOffZero(count: Int, seed: UInt64, gap: Scalar = 0.01) -> [Scalar] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { _ in
    let x = generator.uniform(in: gap - 4..<4 - gap)
    return x < 0 ? x - gap : x + gap
  }
}

/// What a kernel makes of a copy of `elements`.
public func changed(
  _ elements: [Scalar], by kernel: (inout MutableSpan<Scalar>) -> Void
) -> [Scalar] {
  var copy = elements
  var span = copy.mutableSpan
  kernel(&span)
  return copy
}

/// What `compute` returns when kernels may use 1, 2 and 3 threads.
public func withThreads<Result>(_ compute: () -> Result) -> [Result] {
  [1, 2, 3].map { Threads.$count.withValue($0, operation: compute) }
}
