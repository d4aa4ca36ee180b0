import KernelSupport
import Optimizers

/// The learning rate of the first Transformer: up along a line, then down with the root of the step.
///
///     η(t) = factor · d^{−1/2} · min(t^{−1/2}, t · w^{−3/2}),   t = 1 for the first step
///
/// The steps count from 1: a formula that is asked for step 0 divides by it. Both branches meet at t = w.
///
/// Source: Vaswani et al., "Attention Is All You Need", NIPS 2017, equation 3.
public struct NoamSchedule: Schedule {
  /// d: the model's width.
  public let width: Int
  /// w: how many steps the rate rises.
  public let warmUp: Int
  /// What the paper's rate is multiplied by.
  public let factor: Scalar

  /// Creates a schedule.
  ///
  /// - Parameters:
  ///   - width: d, at least 1.
  ///   - warmUp: w, at least 1.
  ///   - factor: above 0.
  public init(width: Int, warmUp: Int, factor: Scalar = 1) {
    precondition(
      width >= 1 && warmUp >= 1 && factor > 0,
      "NoamSchedule: a width of \(width), a warm-up of \(warmUp) steps, a factor of \(factor)")
    self.width = width
    self.warmUp = warmUp
    self.factor = factor
  }

  /// η for a step; 0 is the first.
  public func learningRate(at step: Int) -> Scalar {
    let (t, w) = (Scalar(step + 1), Scalar(warmUp))
    return factor / Scalar(width).squareRoot() * min(1 / t.squareRoot(), t / (w * w.squareRoot()))
  }
}
