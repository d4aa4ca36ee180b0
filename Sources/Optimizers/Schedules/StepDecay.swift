import KernelSupport

/// A rate that falls by a factor after every so many steps.
///
///     η(t) = η₀ · factor^⌊t / interval⌋
public struct StepDecay: Schedule {
  /// η₀: the rate of the first steps.
  public let start: Scalar
  /// What the rate is multiplied by each time.
  public let factor: Scalar
  /// How many steps have the same rate.
  public let interval: Int

  /// Creates a schedule; the factor is PyTorch's.
  ///
  /// - Parameters:
  ///   - start: η₀, at least 0.
  ///   - factor: what the rate is multiplied by each time, above 0.
  ///   - interval: how many steps have the same rate, at least 1.
  public init(from start: Scalar, factor: Scalar = 0.1, every interval: Int) {
    precondition(
      start >= 0 && factor > 0 && interval >= 1,
      "StepDecay: from \(start) by \(factor) every \(interval) steps")
    self.start = start
    self.factor = factor
    self.interval = interval
  }

  /// η₀ · factor^⌊step / interval⌋.
  public func learningRate(at step: Int) -> Scalar {
    Scalar(Double(start) * power(Double(factor), step / interval))
  }
}
