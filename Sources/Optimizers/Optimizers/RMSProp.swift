import Backprop
import KernelSupport

/// RMSProp: a rate for every weight, from the size that its gradients have had lately.
///
///     g = ∂L/∂w + α w
///     q ← β q + (1 − β) g²
///     w ← w − η g / (√q + ε)
///
/// PyTorch's `momentum` and `centered`, which subtracts the square of the mean gradient from q, are left
/// out: together they need three numbers a weight, where all rules of the book get by with two. `Adam` is
/// RMSProp with a momentum.
///
/// Source: Tieleman and Hinton, "Neural Networks for Machine Learning", lecture 6.5, 2012.
public struct RMSProp: Optimizer {
  /// η: about how far a weight moves in a step.
  public var learningRate: Scalar
  /// β: how slowly the mean of the squares changes, in [0, 1).
  public let decay: Scalar
  /// ε: keeps the divisor above 0.
  public let epsilon: Scalar
  /// α of the L2 penalty, at least 0.
  public let weightDecay: Scalar

  /// The mean squares of every parameter, and the number of steps.
  public var state = OptimizerState()

  /// Creates an optimizer with PyTorch's defaults; the lecture has β = 0.9.
  ///
  /// - Parameters:
  ///   - learningRate: η, at least 0.
  ///   - decay: β, in [0, 1); PyTorch calls it α.
  ///   - epsilon: ε, at least 0.
  ///   - weightDecay: α of the L2 penalty, at least 0.
  public init(
    learningRate: Scalar = 0.01, decay: Scalar = 0.99, epsilon: Scalar = 1e-8,
    weightDecay: Scalar = 0
  ) {
    checkHyperparameters("RMSProp", learningRate, decays: [decay], epsilon: epsilon, weightDecay)
    self.learningRate = learningRate
    self.decay = decay
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  /// `meanSquare`, q.
  public var slotNames: [String] { ["meanSquare"] }

  /// Moves one parameter.
  public func update(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    _ first: inout MutableSpan<Scalar>, _ second: inout MutableSpan<Scalar>, step: Int
  ) {
    Backend.current.update.rmsProp(
      &value, gradient, meanSquare: &first, rate: learningRate, decay: decay, epsilon: epsilon,
      weightDecay: weightDecay)
  }
}
