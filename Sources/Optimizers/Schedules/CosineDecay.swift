import KernelSupport

/// A rate that falls along half a cosine: slowly at first, fast in the middle, slowly at the end.
///
///     η(t) = η₁ + ½ (η₀ − η₁) (1 + cos(π t / T))    for t ≤ T, then η₁
///
/// Source: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017,
/// equation 5, without the restarts.
public struct CosineDecay: Schedule {
  /// η₀: the first step's rate.
  public let start: Scalar
  /// η₁: the rate in the end.
  public let end: Scalar
  /// T: how many steps the fall takes.
  public let steps: Int

  /// Creates a schedule.
  ///
  /// - Parameters:
  ///   - start: η₀, at least 0.
  ///   - end: η₁, at least 0.
  ///   - steps: T, at least 1.
  public init(from start: Scalar, to end: Scalar = 0, steps: Int) {
    precondition(
      start >= 0 && end >= 0 && steps >= 1,
      "CosineDecay: from \(start) to \(end) in \(steps) steps")
    self.start = start
    self.end = end
    self.steps = steps
  }

  /// η₁ + ½ (η₀ − η₁) (1 + cos(π · step / T)).
  public func learningRate(at step: Int) -> Scalar {
    guard step < steps else { return end }
    let angle = Scalar.pi * Scalar(step) / Scalar(steps)
    return end + (start - end) * (1 + Scalar.cos(angle)) / 2
  }
}
