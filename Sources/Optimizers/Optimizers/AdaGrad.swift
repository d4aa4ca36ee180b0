import Backprop
import KernelSupport

/// AdaGrad: a rate for every weight, which falls as its gradients add up.
///
///     g = ∂L/∂w + α w
///     q ← q + g²
///     w ← w − η g / (√q + ε)
///
/// Weights that rarely get a gradient keep a large rate for when one comes. The sum never falls, so all
/// rates go to 0 in the end: what `RMSProp` repairs. PyTorch's `lr_decay` is left out, since any `Schedule`
/// does that, and so is an initial sum other than 0.
///
/// Source: Duchi, Hazan and Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic
/// Optimization", JMLR 12, 2011.
public struct AdaGrad: Optimizer {
  /// η: how far the first step moves every weight.
  public var learningRate: Scalar
  /// ε: keeps the divisor above 0.
  public let epsilon: Scalar
  /// α of the L2 penalty, at least 0.
  public let weightDecay: Scalar

  /// The sums of squares of every parameter, and the number of steps.
  public var state = OptimizerState()

  /// Creates an optimizer with PyTorch's defaults; the paper leaves η to the problem.
  ///
  /// - Parameters:
  ///   - learningRate: η, at least 0.
  ///   - epsilon: ε, at least 0.
  ///   - weightDecay: α of the L2 penalty, at least 0.
  public init(learningRate: Scalar = 0.01, epsilon: Scalar = 1e-10, weightDecay: Scalar = 0) {
    checkHyperparameters("AdaGrad", learningRate, decays: [], epsilon: epsilon, weightDecay)
    self.learningRate = learningRate
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  /// `squareSum`, q.
  public var slotNames: [String] { ["squareSum"] }

  /// Moves one parameter.
  public func update(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    _ first: inout MutableSpan<Scalar>, _ second: inout MutableSpan<Scalar>, step: Int
  ) {
    Backend.current.update.adaGrad(
      &value, gradient, squareSum: &first, rate: learningRate, epsilon: epsilon,
      weightDecay: weightDecay)
  }
}
