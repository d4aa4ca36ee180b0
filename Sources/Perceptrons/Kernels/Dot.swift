import KernelSupport

extension Naive {
  /// The dot product: how far two vectors point the same way.
  ///
  ///     Σᵢ xᵢ yᵢ
  ///
  /// - Parameters:
  ///   - x: the first vector.
  ///   - y: the second vector, of the same count.
  /// - Returns: the sum; 0 for empty vectors.
  public static func dot(_ x: Span<Scalar>, _ y: Span<Scalar>) -> Scalar {
    precondition(x.count == y.count, "dot: vectors of \(x.count) and \(y.count) elements")
    var sum: Scalar = 0
    for i in x.indices { sum += x[i] * y[i] }
    return sum
  }
}

/// From the definition to the fast kernel, one thread, 784 elements (and 131,072, a megabyte):
///
/// 1. The definition: every addition waits for the one before it.   0.61 µs   (107 µs)
/// 2. Eight sums side by side in a vector, fused multiply-add.       0.08 µs   (18 µs)
/// 3. Four such vectors, so that no addition waits for another.      0.04 µs   (11 µs)
/// 4. Blocks of a fixed length on several threads, their sums added in order.
///
/// Here the long one reads 90 GB/s: what the caches deliver. Blocks and lanes are fixed by
/// the count alone, so the sum has the same bits on every machine and for every number of threads.
extension Fast {
  /// The dot product; contract: `Naive.dot`.
  public static func dot(_ x: Span<Scalar>, _ y: Span<Scalar>) -> Scalar {
    precondition(x.count == y.count, "dot: vectors of \(x.count) and \(y.count) elements")
    return Threads.sum(count: x.count, blockLength: dotBlock) { block in
      dotOfBlock(x.extracting(block), y.extracting(block))
    }
  }

  /// Elements of a block: its sum takes some 10 µs.
  private static let dotBlock = 131_072

  /// One block's sum in four vectors of partial sums, added in a fixed order at the end.
  @inline(__always)
  static func dotOfBlock(_ x: Span<Scalar>, _ y: Span<Scalar>) -> Scalar {
    let width = Vector.scalarCount
    var (a, b, c, d) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    var i = 0
    while i &+ 4 &* width <= x.count {
      a.addProduct(x.vector(at: i), y.vector(at: i))
      b.addProduct(x.vector(at: i &+ width), y.vector(at: i &+ width))
      c.addProduct(x.vector(at: i &+ 2 &* width), y.vector(at: i &+ 2 &* width))
      d.addProduct(x.vector(at: i &+ 3 &* width), y.vector(at: i &+ 3 &* width))
      i &+= 4 &* width
    }
    while i &+ width <= x.count {
      a.addProduct(x.vector(at: i), y.vector(at: i))
      i &+= width
    }
    if i < x.count { b.addProduct(x.remainder(x.count &- i), y.remainder(x.count &- i)) }
    return ((a + b) + (c + d)).sum()
  }
}
