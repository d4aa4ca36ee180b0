import Backprop
import KernelSupport

/// Lion: the sign of a mean gradient alone decides; found by a program that searched for update rules.
///
///     w ← w − η (sign(β₁ m + (1 − β₁) g) + α w)
///     m ← β₂ m + (1 − β₂) g
///
/// Every weight moves by η in every step, so η must be some 3 to 10 times smaller than Adam's, and α as
/// much larger. It remembers one number a weight where Adam remembers two.
///
/// Source: Chen et al., "Symbolic Discovery of Optimization Algorithms", NeurIPS 2023, algorithm 2.
public struct Lion: Optimizer {
  /// η: how far every weight moves in a step.
  public var learningRate: Scalar
  /// β₁: the share of the mean, as against the newest gradient, in the direction; in [0, 1).
  public let beta1: Scalar
  /// β₂: how slowly the mean changes, in [0, 1).
  public let beta2: Scalar
  /// α: a step shrinks weights by η α of themselves; at least 0.
  public let weightDecay: Scalar

  /// The mean gradients of every parameter, and the number of steps.
  public var state = OptimizerState()

  /// Creates an optimizer with the paper's β; η and α are those of its authors' code.
  ///
  /// - Parameters:
  ///   - learningRate: η, at least 0.
  ///   - beta1: β₁, in [0, 1).
  ///   - beta2: β₂, in [0, 1).
  ///   - weightDecay: α, at least 0.
  public init(
    learningRate: Scalar = 1e-4, beta1: Scalar = 0.9, beta2: Scalar = 0.99,
    weightDecay: Scalar = 0
  ) {
    checkHyperparameters("Lion", learningRate, decays: [beta1, beta2], weightDecay)
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.weightDecay = weightDecay
  }

  /// `mean`, m.
  public var slotNames: [String] { ["mean"] }

  /// Moves one parameter.
  public func update(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    _ first: inout MutableSpan<Scalar>, _ second: inout MutableSpan<Scalar>, step: Int
  ) {
    Backend.current.update.lion(
      &value, gradient, mean: &first, rate: learningRate, beta1: beta1, beta2: beta2,
      weightDecay: weightDecay)
  }
}
