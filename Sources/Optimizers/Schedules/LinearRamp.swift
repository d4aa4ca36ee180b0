import KernelSupport

/// A rate that rises, or falls, along a straight line: a warm-up where it rises.
///
///     η(t) = η₀ + (η₁ − η₀) t / T    for t ≤ T, then η₁
///
/// A warm-up keeps the first steps small, while the optimizer's means are still those of a few gradients.
///
/// Source: Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017, section 2.2.
public struct LinearRamp: Schedule {
  /// η₀: the first step's rate.
  public let start: Scalar
  /// η₁: the rate after T steps.
  public let end: Scalar
  /// T: how many steps the way takes.
  public let steps: Int

  /// Creates a schedule.
  ///
  /// - Parameters:
  ///   - start: η₀, at least 0; a step with 0 moves nothing.
  ///   - end: η₁, at least 0.
  ///   - steps: T, at least 1.
  public init(from start: Scalar = 0, to end: Scalar, steps: Int) {
    precondition(
      start >= 0 && end >= 0 && steps >= 1,
      "LinearRamp: from \(start) to \(end) in \(steps) steps")
    self.start = start
    self.end = end
    self.steps = steps
  }

  /// η₀ + (η₁ − η₀) · step / T.
  public func learningRate(at step: Int) -> Scalar {
    guard step < steps else { return end }
    return start + (end - start) * Scalar(step) / Scalar(steps)
  }
}
