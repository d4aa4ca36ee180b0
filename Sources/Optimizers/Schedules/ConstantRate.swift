import KernelSupport

/// The same rate for all steps.
public struct ConstantRate: Schedule {
  /// η.
  public let rate: Scalar

  /// Creates a schedule.
  ///
  /// - Parameter rate: η, at least 0.
  public init(_ rate: Scalar) {
    precondition(rate >= 0, "ConstantRate: a rate of \(rate)")
    self.rate = rate
  }

  /// η, whatever the step.
  public func learningRate(at step: Int) -> Scalar { rate }
}
