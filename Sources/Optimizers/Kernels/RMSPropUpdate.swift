import KernelSupport

extension Naive {
  /// A step of RMSProp, with the gradient of an L2 penalty.
  ///
  ///     g′ᵢ = gᵢ + α wᵢ
  ///     qᵢ ← β qᵢ + (1 − β) g′ᵢ²
  ///     wᵢ ← wᵢ − η g′ᵢ / (√qᵢ + ε)
  ///
  /// - Parameters:
  ///   - value: w, n elements.
  ///   - gradient: g, n elements.
  ///   - meanSquare: q ≥ 0, n elements.
  ///   - rate: η.
  ///   - decay: β.
  ///   - epsilon: ε.
  ///   - weightDecay: α.
  ///
  /// Source: Tieleman and Hinton, "Neural Networks for Machine Learning", lecture 6.5, 2012.
  public static func rmsProp(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    meanSquare: inout MutableSpan<Scalar>, rate: Scalar, decay: Scalar, epsilon: Scalar,
    weightDecay: Scalar
  ) {
    checkUpdate("rmsProp", value.count, gradient.count, meanSquare.count)
    for i in value.indices {
      let slope = gradient[i] + weightDecay * value[i]
      meanSquare[i] = decay * meanSquare[i] + (1 - decay) * slope * slope
      value[i] -= rate * slope / (meanSquare[i].squareRoot() + epsilon)
    }
  }
}

/// The root and the quotient bound it, as they bound `adaGrad` and its definition: threads are what is left.
extension Fast {
  /// A step of RMSProp; contract: `Naive.rmsProp`.
  public static func rmsProp(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    meanSquare: inout MutableSpan<Scalar>, rate: Scalar, decay: Scalar, epsilon: Scalar,
    weightDecay: Scalar
  ) {
    checkUpdate("rmsProp", value.count, gradient.count, meanSquare.count)
    value.forEachBlock(of: ElementwiseBlock.heavy, with: &meanSquare) { start, value, meanSquare in
      let gradient = gradient.extracting(start..<start &+ value.count)
      for i in value.indices {
        let slope = gradient[i].addingProduct(weightDecay, value[i])
        let mean = ((1 - decay) * slope * slope).addingProduct(decay, meanSquare[i]).flushed
        meanSquare[i] = mean
        value[i].addProduct(-rate, slope / (mean.squareRoot() + epsilon))
      }
    }
  }
}
