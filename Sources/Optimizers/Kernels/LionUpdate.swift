import KernelSupport

extension Naive {
  /// A step of Lion: only the sign of a mean decides, so every weight moves by the same amount.
  ///
  ///     uᵢ = sign(β₁ mᵢ + (1 − β₁) gᵢ)
  ///     wᵢ ← wᵢ − η (uᵢ + α wᵢ)
  ///     mᵢ ← β₂ mᵢ + (1 − β₂) gᵢ
  ///
  /// The sign of 0 is 0.
  ///
  /// - Parameters:
  ///   - value: w, n elements.
  ///   - gradient: g, n elements.
  ///   - mean: m, n elements.
  ///   - rate: η.
  ///   - beta1: β₁.
  ///   - beta2: β₂.
  ///   - weightDecay: α.
  ///
  /// Source: Chen et al., "Symbolic Discovery of Optimization Algorithms", NeurIPS 2023, algorithm 2.
  public static func lion(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    mean: inout MutableSpan<Scalar>, rate: Scalar, beta1: Scalar, beta2: Scalar,
    weightDecay: Scalar
  ) {
    checkUpdate("lion", value.count, gradient.count, mean.count)
    for i in value.indices {
      let direction = beta1 * mean[i] + (1 - beta1) * gradient[i]
      let sign: Scalar = direction > 0 ? 1 : direction < 0 ? -1 : direction
      value[i] -= rate * (sign + weightDecay * value[i])
      mean[i] = beta2 * mean[i] + (1 - beta2) * gradient[i]
    }
  }
}

/// Memory bounds it: the compiler makes vectors of the definition too, and both move 20 bytes a weight.
///
/// Rounds as the definition does, without fused multiply-add, up to the sign: a sum that one of them
/// rounded to 0 and the other did not would send a weight apart by a whole step.
extension Fast {
  /// A step of Lion; contract: `Naive.lion`.
  public static func lion(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    mean: inout MutableSpan<Scalar>, rate: Scalar, beta1: Scalar, beta2: Scalar,
    weightDecay: Scalar
  ) {
    checkUpdate("lion", value.count, gradient.count, mean.count)
    value.forEachBlock(of: ElementwiseBlock.light, with: &mean) { start, value, mean in
      let gradient = gradient.extracting(start..<start &+ value.count)
      for i in value.indices {
        let direction = beta1 * mean[i] + (1 - beta1) * gradient[i]
        let sign: Scalar = direction > 0 ? 1 : direction < 0 ? -1 : direction
        mean[i] = beta2 * mean[i] + (1 - beta2) * gradient[i]
        value[i].addProduct(-rate, sign.addingProduct(weightDecay, value[i]))
      }
    }
  }
}
