import Backprop
import KernelSupport
import Perceptrons

extension Variable {
  /// The softmax of every row of scores over the keys that a mask allows.
  ///
  ///     p[i, j] = e^{s[i, j]} / Σ_j e^{s[i, j]}   over the allowed j, and 0 for the others
  ///
  /// A row in which nothing is allowed becomes zeros, and gives no gradient. Scores that are not allowed are
  /// replaced before the softmax: NaN that was made 0 only afterwards would come back in the gradient.
  ///
  /// - Parameter mask: which keys a query may look at.
  /// - Returns: p, of the shape of the scores, [batch, queries, keys].
  public func softmax(mask: AttentionMask) -> Variable {
    let scores = value.shape
    precondition(
      scores.count == 3, "softmax: scores of shape \(scores), expected [batch, queries, keys]")
    let shape = AttentionShape(
      batch: scores[0], heads: 1, queries: scores[1], keys: scores[2], width: 1)
    mask.check("softmax", shape)
    guard scores[2] > 0 else { return self }
    let kernels = Backend.current.activation
    var probabilities = value
    probabilities.update { probabilities in
      forEachMaskedScore(shape, mask) { index in probabilities[index] = -.infinity }
      kernels.softmax(&probabilities, columns: shape.keys)
      // Also where nothing else is allowed, and a softmax of −∞ only is NaN.
      forEachMaskedScore(shape, mask) { index in probabilities[index] = 0 }
    }
    let kept = probabilities.elements
    return Variable(probabilities, from: [self]) { [self] gradient in
      gradient.update {
        kernels.softmaxBackward(output: kept.span, columns: shape.keys, gradient: &$0)
      }
      addGradient(gradient)
    }
  }
}

/// Calls a function with the place of every score that a mask does not allow.
private func forEachMaskedScore(
  _ shape: AttentionShape, _ mask: AttentionMask, _ body: (_ index: Int) -> Void
) {
  guard mask != .none else { return }
  for b in 0..<shape.batch {
    for i in 0..<shape.queries {
      let row = (b * shape.queries + i) * shape.keys
      let limit = mask.keyLimit(batch: b, query: i, shape)
      for j in 0..<shape.keys
      where j >= limit || mask.pattern?.allows(batch: b, query: i, key: j) == false {
        body(row + j)
      }
    }
  }
}
