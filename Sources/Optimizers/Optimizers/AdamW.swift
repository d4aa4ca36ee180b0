import Backprop
import KernelSupport

/// Adam with weight decay that is none of the gradient's business.
///
///     m, v as in `Adam`, from the gradient alone
///     w ← w − η λ w − η m̂ / (√v̂ + ε)
///
/// Every weight shrinks by the same share η λ in a step. An L2 penalty in `Adam` would be divided by √v̂
/// with the rest of the gradient, and shrink least the weights that change most.
///
/// Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, algorithm 2.
public struct AdamW: Optimizer {
  /// η: about how far a weight moves in a step.
  public var learningRate: Scalar
  /// β₁: how slowly the mean of the gradient changes, in [0, 1).
  public let beta1: Scalar
  /// β₂: how slowly the mean of its square changes, in [0, 1).
  public let beta2: Scalar
  /// ε: keeps the divisor above 0.
  public let epsilon: Scalar
  /// λ: a step shrinks weights by η λ of themselves.
  public let weightDecay: Scalar

  /// The moments of every parameter, and the number of steps.
  public var state = OptimizerState()

  /// Creates an optimizer; the defaults are Adam's, and PyTorch's weight decay of 0.01.
  ///
  /// - Parameters:
  ///   - learningRate: η, at least 0.
  ///   - beta1: β₁, in [0, 1).
  ///   - beta2: β₂, in [0, 1).
  ///   - epsilon: ε, at least 0.
  ///   - weightDecay: λ, at least 0.
  public init(
    learningRate: Scalar = 0.001, beta1: Scalar = 0.9, beta2: Scalar = 0.999,
    epsilon: Scalar = 1e-8, weightDecay: Scalar = 0.01
  ) {
    checkHyperparameters(
      "AdamW", learningRate, decays: [beta1, beta2], epsilon: epsilon, weightDecay)
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  /// `firstMoment`, m, and `secondMoment`, v.
  public var slotNames: [String] { ["firstMoment", "secondMoment"] }

  /// Moves one parameter.
  public func update(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    _ first: inout MutableSpan<Scalar>, _ second: inout MutableSpan<Scalar>, step: Int
  ) {
    Backend.current.update.adam(
      &value, gradient, firstMoment: &first, secondMoment: &second,
      AdamStep(
        number: step, rate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
        decay: weightDecay))
  }
}
