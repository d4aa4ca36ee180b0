import KernelSupport
import Perceptrons

extension Naive {
  /// The cross-entropy of yes-or-no answers given as logits, as a mean.
  ///
  ///     L = −1/n Σᵢ (tᵢ ln σ(xᵢ) + (1 − tᵢ) ln(1 − σ(xᵢ)))
  ///       =  1/n Σᵢ (max(xᵢ, 0) − xᵢ tᵢ + ln(1 + e^{−|xᵢ|}))
  ///
  /// The second form takes no logarithm of a probability that was rounded to 0.
  ///
  /// - Parameters:
  ///   - logits: x, n ≥ 1 elements; the answer's probability is σ(x).
  ///   - target: t in [0, 1], as many elements.
  public static func binaryCrossEntropy(
    logits: Span<Scalar>, _ target: Span<Scalar>
  ) -> Scalar {
    checkSameCount("binaryCrossEntropy", logits.count, target.count)
    var sum = 0.0
    for i in logits.indices {
      let x = logits[i]
      sum += Double(max(x, 0) - x * target[i] + Scalar.logOnePlus(Scalar.exp(-abs(x))))
    }
    return Scalar(sum / Double(logits.count))
  }

  /// The pullback of `binaryCrossEntropy`: the difference between answer and target.
  ///
  ///     ∂L/∂xᵢ = 1/n (σ(xᵢ) − tᵢ)
  ///
  /// - Parameters:
  ///   - target: t in [0, 1], n ≥ 1 elements.
  ///   - upstream: the gradient of the final loss with respect to L.
  ///   - gradient: x on entry, the gradient with respect to x on return; as many elements.
  public static func binaryCrossEntropyBackward(
    target: Span<Scalar>, upstream: Scalar, gradient: inout MutableSpan<Scalar>
  ) {
    checkSameCount("binaryCrossEntropyBackward", gradient.count, target.count)
    let factor = upstream / Scalar(target.count)
    for i in target.indices {
      gradient[i] = factor * (1 / (1 + Scalar.exp(-gradient[i])) - target[i])
    }
  }
}

extension Fast {
  /// The cross-entropy of yes-or-no answers; contract: `Naive.binaryCrossEntropy`.
  public static func binaryCrossEntropy(
    logits: Span<Scalar>, _ target: Span<Scalar>
  ) -> Scalar {
    checkSameCount("binaryCrossEntropy", logits.count, target.count)
    let sum = Threads.sum(count: logits.count, blockLength: ElementwiseBlock.heavy) { block in
      sumOfTerms(logits.extracting(block), target.extracting(block)) { x, target in
        let positive = x.replacing(with: 0, where: x .< 0)
        let magnitude = positive + positive - x
        return (positive - x * target) + Vector.logOnePlus(Vector.exp(-magnitude))
      }
    }
    return sum / Scalar(logits.count)
  }

  /// The pullback of `binaryCrossEntropy`; contract: `Naive.binaryCrossEntropyBackward`.
  public static func binaryCrossEntropyBackward(
    target: Span<Scalar>, upstream: Scalar, gradient: inout MutableSpan<Scalar>
  ) {
    checkSameCount("binaryCrossEntropyBackward", gradient.count, target.count)
    let factor = upstream / Scalar(target.count)
    gradient.forEachBlock(of: ElementwiseBlock.heavy) { start, block in
      let target = target.extracting(start..<start &+ block.count)
      block.combineVectors(with: target) { x, target in
        factor * (1 / (1 + Vector.exp(-x)) - target)
      }
    }
  }
}
