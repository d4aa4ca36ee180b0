import Backprop
import KernelSupport

/// Adam: a step of about η for every weight, however large or small its gradients are.
///
/// Its weight decay is that of an L2 penalty, 0 unless one is asked for.
public typealias Adam = AdaptiveMoments<PenaltyDecay>

/// Adam whose weight decay, 0.01 unless another one is asked for, shrinks all weights by the same share.
public typealias AdamW = AdaptiveMoments<DecoupledDecay>

/// The rule of `Adam` and `AdamW`, which differ in nothing but the place of the weight decay.
///
///     g = ∂L/∂w + α w                   the last term in `Adam` only
///     m ← β₁ m + (1 − β₁) g             a running mean of the gradient
///     q ← β₂ q + (1 − β₂) g²            and of its square
///     w ← w − η α w                     in `AdamW` only
///         − η m̂ / (√q̂ + ε),             m̂ = m / (1 − β₁ᵗ),  q̂ = q / (1 − β₂ᵗ)
///
/// The divisions by 1 − βᵗ make up for means that began at 0.
///
/// PyTorch's `amsgrad`, which divides by the largest q̂ so far, is left out: it would need a third number a
/// weight, where all rules of the book get by with two.
///
/// Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1;
/// Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, algorithm 2. Their v
/// and λ are q and α here.
public struct AdaptiveMoments<Decay: WeightDecay>: Optimizer {
  /// η: about how far a weight moves in a step.
  public var learningRate: Scalar
  /// β₁: how slowly the mean of the gradient changes, in [0, 1).
  public let beta1: Scalar
  /// β₂: how slowly the mean of its square changes, in [0, 1).
  public let beta2: Scalar
  /// ε: keeps the divisor above 0.
  public let epsilon: Scalar
  /// α, at least 0; `Decay` says where it acts.
  public let weightDecay: Scalar

  /// The moments of every parameter, and the number of steps.
  public var state = OptimizerState()

  /// Creates an optimizer with the papers' defaults, which are PyTorch's as well.
  ///
  /// - Parameters:
  ///   - learningRate: η, at least 0.
  ///   - beta1: β₁, in [0, 1).
  ///   - beta2: β₂, in [0, 1).
  ///   - epsilon: ε, at least 0.
  ///   - weightDecay: α, at least 0.
  public init(
    learningRate: Scalar = 0.001, beta1: Scalar = 0.9, beta2: Scalar = 0.999,
    epsilon: Scalar = 1e-8, weightDecay: Scalar = Decay.standardRate
  ) {
    checkHyperparameters(
      Decay.optimizerName, learningRate, decays: [beta1, beta2], epsilon: epsilon, weightDecay)
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
    let (penalty, decay) = Decay.split(weightDecay)
    Backend.current.update.adam(
      &value, gradient, firstMoment: &first, secondMoment: &second,
      AdamStep(
        number: step, rate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
        penalty: penalty, decay: decay))
  }
}
