import Backprop
import KernelSupport

/// Stochastic gradient descent: downhill, with or without a momentum that carries on.
///
///     g = ∂L/∂w + α w
///     without momentum:   w ← w − η g
///     with momentum μ:    v ← μ v + (1 − dampening) g;   w ← w − η v
///     and Nesterov's:     v ← μ v + g;                   w ← w − η (g + μ v)
///
/// The first step takes v = g, without dampening, as PyTorch does. The weight decay α is that of an L2
/// penalty ½ α ‖w‖² in the loss: here, and only here, that is the same as shrinking the weights.
///
/// Source: Robbins and Monro, 1951; Polyak, "Some methods of speeding up the convergence of iteration
/// methods", 1964; Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum
/// in deep learning", ICML 2013.
public struct SGD: Optimizer {
  /// η: how far a step goes.
  public var learningRate: Scalar
  /// μ: how much of the last step's velocity is kept, from 0, none, to below 1.
  public let momentum: Scalar
  /// How much of a new gradient is held back from the velocity, from 0, nothing, to 1.
  public let dampening: Scalar
  /// α of the L2 penalty, at least 0.
  public let weightDecay: Scalar
  /// Whether the gradient counts once more where the velocity leads: Nesterov's momentum.
  public let nesterov: Bool

  /// The velocity of every parameter, and the number of steps.
  public var state = OptimizerState()

  /// Creates an optimizer; all defaults but the learning rate, which has none, are PyTorch's.
  ///
  /// - Parameters:
  ///   - learningRate: η, at least 0.
  ///   - momentum: μ, in [0, 1).
  ///   - dampening: how much of a gradient is held back from the velocity, in [0, 1].
  ///   - weightDecay: α of the L2 penalty, at least 0.
  ///   - nesterov: whether to use Nesterov's momentum, which needs a momentum and no dampening.
  public init(
    learningRate: Scalar, momentum: Scalar = 0, dampening: Scalar = 0, weightDecay: Scalar = 0,
    nesterov: Bool = false
  ) {
    checkHyperparameters("SGD", learningRate, decays: [momentum], weightDecay)
    precondition((0...1).contains(dampening), "SGD: a dampening of \(dampening)")
    precondition(
      !nesterov || momentum > 0 && dampening == 0,
      "SGD: Nesterov's momentum needs a momentum and no dampening")
    self.learningRate = learningRate
    self.momentum = momentum
    self.dampening = dampening
    self.weightDecay = weightDecay
    self.nesterov = nesterov
  }

  /// `velocity` with a momentum, nothing without.
  public var slotNames: [String] { momentum > 0 ? ["velocity"] : [] }

  /// Moves one parameter.
  public func update(
    _ value: inout MutableSpan<Scalar>, _ gradient: Span<Scalar>,
    _ first: inout MutableSpan<Scalar>, _ second: inout MutableSpan<Scalar>, step: Int
  ) {
    guard momentum > 0 else {
      Backend.current.update.descend(
        &value, gradient, rate: learningRate, weightDecay: weightDecay)
      return
    }
    Backend.current.update.descendWithMomentum(
      &value, gradient, velocity: &first, rate: learningRate, momentum: momentum,
      dampening: step == 1 ? 0 : dampening, weightDecay: weightDecay, nesterov: nesterov)
  }
}
