import KernelSupport

/// What the last layer of a handwritten network answers, and how an answer is judged: one example's
/// loss, and its delta, the slope of the loss with respect to the last weighted sums z.
public enum HandwrittenLoss: Sendable, CaseIterable {
  /// Sigmoid units and the mean squared error.
  case meanSquaredError
  /// Sigmoid units, each a yes or a no, and the mean of their cross-entropies.
  case binaryCrossEntropy
  /// A softmax over all units and the cross-entropy of the one right class.
  case softmaxCrossEntropy

  /// The answer y for the last layer's weighted sums z.
  ///
  ///     y[j] = 1 / (1 + e^{−z[j]}),   or   e^{z[j]} / Σₖ e^{z[k]}
  ///
  /// - Parameter z: at least one number.
  func answer(_ z: [Scalar]) -> [Scalar] {
    switch self {
    case .meanSquaredError, .binaryCrossEntropy:
      return z.map { 1 / (1 + Scalar.exp(-$0)) }
    case .softmaxCrossEntropy:
      let largest = z.reduce(-Scalar.infinity, max)
      let powers = z.map { Scalar.exp($0 - largest) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
  }

  /// The loss of one answer of m numbers.
  ///
  ///     1/m Σⱼ (y[j] − t[j])²
  ///     −1/m Σⱼ (t[j] ln y[j] + (1 − t[j]) ln(1 − y[j]))
  ///     −Σⱼ t[j] ln y[j]
  ///
  /// Infinite where an answer is certain and wrong.
  ///
  /// - Parameters:
  ///   - y: the answer.
  ///   - t: the target: numbers in [0, 1], and for the softmax a 1 among zeros; as many.
  func value(answer y: [Scalar], target t: [Scalar]) -> Scalar {
    precondition(
      y.count == t.count, "HandwrittenLoss: an answer of \(y.count) and a target of \(t.count)")
    var sum: Scalar = 0
    for j in y.indices {
      switch self {
      case .meanSquaredError:
        sum += (y[j] - t[j]) * (y[j] - t[j])
      case .binaryCrossEntropy:
        if t[j] > 0 { sum -= t[j] * Scalar.log(y[j]) }
        if t[j] < 1 { sum -= (1 - t[j]) * Scalar.log(1 - y[j]) }
      case .softmaxCrossEntropy:
        if t[j] > 0 { sum -= t[j] * Scalar.log(y[j]) }
      }
    }
    return self == .softmaxCrossEntropy ? sum : sum / Scalar(y.count)
  }

  /// The delta of the last layer: δ[j] = ∂L/∂z[j].
  ///
  ///     2/m (y[j] − t[j]) · y[j] (1 − y[j])
  ///     1/m (y[j] − t[j])
  ///     y[j] − t[j]
  ///
  /// - Parameters:
  ///   - y: the answer, m numbers.
  ///   - t: the target, as many.
  func delta(answer y: [Scalar], target t: [Scalar]) -> [Scalar] {
    precondition(
      y.count == t.count, "HandwrittenLoss: an answer of \(y.count) and a target of \(t.count)")
    let count = Scalar(y.count)
    return y.indices.map { j in
      switch self {
      case .meanSquaredError: 2 / count * (y[j] - t[j]) * y[j] * (1 - y[j])
      case .binaryCrossEntropy: (y[j] - t[j]) / count
      case .softmaxCrossEntropy: y[j] - t[j]
      }
    }
  }
}
