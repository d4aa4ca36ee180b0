import KernelSupport

extension Naive {
  /// A step of AdaGrad, with the gradient of an L2 penalty.
  ///
  ///     g′ᵢ = gᵢ + α wᵢ
  ///     qᵢ ← qᵢ + g′ᵢ²
  ///     wᵢ ← wᵢ − η g′ᵢ / (√qᵢ + ε)
  ///
  /// - Parameters:
  ///   - value: w, n elements.
  ///   - gradient: g, n elements.
  ///   - squareSum: q ≥ 0, n elements.
  ///   - rate: η.
  ///   - epsilon: ε.
  ///   - weightDecay: α.
  ///
  /// Source: Duchi, Hazan and Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic
  /// Optimization", JMLR 12, 2011, with diagonal matrices.
  public static func adaGrad(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    squareSum: inout MutableSpan<Scalar>, rate: Scalar, epsilon: Scalar, weightDecay: Scalar
  ) {
    checkUpdate("adaGrad", value.count, gradient.count, squareSum.count)
    for i in value.indices {
      let slope = gradient[i] + weightDecay * value[i]
      squareSum[i] += slope * slope
      value[i] -= rate * slope / (squareSum[i].squareRoot() + epsilon)
    }
  }
}

/// No more than the definition's speed on one thread, since the compiler makes vectors of both loops, and
/// both wait for the same unit: a root and a quotient take eleven cycles for eight weights on the machine
/// that the book was measured on. Threads divide that.
extension Fast {
  /// A step of AdaGrad; contract: `Naive.adaGrad`.
  public static func adaGrad(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    squareSum: inout MutableSpan<Scalar>, rate: Scalar, epsilon: Scalar, weightDecay: Scalar
  ) {
    checkUpdate("adaGrad", value.count, gradient.count, squareSum.count)
    value.forEachBlock(of: ElementwiseBlock.heavy, with: &squareSum) { start, value, squareSum in
      let gradient = gradient.extracting(start..<start &+ value.count)
      for i in value.indices {
        let slope = gradient[i].addingProduct(weightDecay, value[i])
        let sum = squareSum[i].addingProduct(slope, slope)
        squareSum[i] = sum
        value[i].addProduct(-rate, slope / (sum.squareRoot() + epsilon))
      }
    }
  }
}
