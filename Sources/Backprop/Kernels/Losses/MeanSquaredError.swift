import KernelSupport

extension Naive {
  /// The mean of the squared differences between prediction and target.
  ///
  ///     L = 1/n Σᵢ (pᵢ − tᵢ)²
  ///
  /// As all losses, it adds up in double precision: a sum of many terms would no longer notice one more.
  ///
  /// - Parameters:
  ///   - prediction: p, n ≥ 1 elements.
  ///   - target: t, as many elements.
  public static func meanSquaredError(
    _ prediction: Span<Scalar>, _ target: Span<Scalar>
  ) -> Scalar {
    checkSameCount("meanSquaredError", prediction.count, target.count)
    var sum = 0.0
    for i in prediction.indices {
      let difference = prediction[i] - target[i]
      sum += Double(difference * difference)
    }
    return Scalar(sum / Double(prediction.count))
  }

  /// The pullback of `meanSquaredError`.
  ///
  ///     ∂L/∂pᵢ = 2/n (pᵢ − tᵢ)
  ///
  /// - Parameters:
  ///   - target: t, n ≥ 1 elements.
  ///   - upstream: the gradient of the final loss with respect to L.
  ///   - gradient: p on entry, the gradient with respect to p on return; as many elements.
  public static func meanSquaredErrorBackward(
    target: Span<Scalar>, upstream: Scalar, gradient: inout MutableSpan<Scalar>
  ) {
    checkSameCount("meanSquaredErrorBackward", gradient.count, target.count)
    let factor = 2 * upstream / Scalar(target.count)
    for i in target.indices { gradient[i] = factor * (gradient[i] - target[i]) }
  }
}

/// The sum has four vectors of partial sums instead of one number that every addition waits for. Backward,
/// the compiler makes vectors of the definition by itself, and memory traffic bounds both.
extension Fast {
  /// The mean of the squared differences; contract: `Naive.meanSquaredError`.
  public static func meanSquaredError(
    _ prediction: Span<Scalar>, _ target: Span<Scalar>
  ) -> Scalar {
    checkSameCount("meanSquaredError", prediction.count, target.count)
    let sum = Threads.sum(count: target.count, blockLength: ElementwiseBlock.light) { block in
      sumOfTerms(prediction.extracting(block), target.extracting(block)) { prediction, target in
        let difference = prediction - target
        return difference * difference
      }
    }
    return sum / Scalar(prediction.count)
  }

  /// The pullback of `meanSquaredError`; contract: `Naive.meanSquaredErrorBackward`.
  public static func meanSquaredErrorBackward(
    target: Span<Scalar>, upstream: Scalar, gradient: inout MutableSpan<Scalar>
  ) {
    checkSameCount("meanSquaredErrorBackward", gradient.count, target.count)
    let factor = 2 * upstream / Scalar(target.count)
    gradient.forEachBlock(of: ElementwiseBlock.light) { start, block in
      let target = target.extracting(start..<start &+ block.count)
      for i in block.indices { block[i] = factor * (block[i] - target[i]) }
    }
  }
}
