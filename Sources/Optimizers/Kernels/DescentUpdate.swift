import KernelSupport

extension Naive {
  /// A step of gradient descent, with the gradient of an L2 penalty.
  ///
  ///     wᵢ ← wᵢ − η (gᵢ + α wᵢ)
  ///
  /// - Parameters:
  ///   - value: w, n elements.
  ///   - gradient: g, n elements.
  ///   - rate: η.
  ///   - weightDecay: α.
  public static func descend(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>, rate: Scalar,
    weightDecay: Scalar
  ) {
    checkUpdate("descend", value.count, gradient.count)
    for i in value.indices { value[i] -= rate * (gradient[i] + weightDecay * value[i]) }
  }
}

/// The compiler makes vectors of the loop by itself, and memory bounds it: what is left to gain are fused
/// multiply-adds, which round less, and threads.
extension Fast {
  /// A step of gradient descent; contract: `Naive.descend`.
  public static func descend(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>, rate: Scalar,
    weightDecay: Scalar
  ) {
    checkUpdate("descend", value.count, gradient.count)
    value.forEachBlock(of: ElementwiseBlock.light) { start, block in
      let gradient = gradient.extracting(start..<start &+ block.count)
      for i in block.indices {
        block[i].addProduct(-rate, gradient[i].addingProduct(weightDecay, block[i]))
      }
    }
  }
}
