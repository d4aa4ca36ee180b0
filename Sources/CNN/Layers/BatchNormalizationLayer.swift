import Backprop
import KernelSupport

/// A layer that gives every channel a mean and a deviation that are learned, whatever comes in.
///
///     y = activation(γ (x − μ) / √(variance + ε) + β)
///
/// While a network learns, μ and the variance are those of the batch; when it is used, they are running
/// means of those, so that an image's answer does not depend on its neighbours.
///
/// Source: Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal
/// Covariate Shift", ICML 2015; momentum and ε are PyTorch's.
public struct BatchNormalization: Layer {
  /// γ, [channels], starts at 1.
  public let weight: Variable
  /// β, [channels], starts at 0.
  public let bias: Variable
  /// The running mean and variance, which training changes and gradients don't.
  public let running: RunningStatistics
  /// ε, above 0.
  public let epsilon: Scalar
  /// What is applied to the normalised channels; ReLU costs no pass through memory of its own.
  public let activation: Activation

  /// Creates a layer.
  ///
  /// - Parameters:
  ///   - channels: the length of the input's last dimension, at least 1.
  ///   - activation: what is applied to the normalised channels.
  ///   - momentum: the share of every new batch in the running mean and variance, in [0, 1].
  ///   - epsilon: ε, above 0.
  public init(
    _ channels: Int, activation: Activation = .linear, momentum: Scalar = 0.1,
    epsilon: Scalar = 1e-5
  ) {
    precondition(channels >= 1, "BatchNormalization: a layer of \(channels) channels")
    weight = Variable(Tensor(repeating: 1, shape: [channels]), needsGradient: true)
    bias = Variable(Tensor(shape: [channels]), needsGradient: true)
    running = RunningStatistics(channels: channels, momentum: momentum)
    self.epsilon = epsilon
    self.activation = activation
  }

  /// The layer's output.
  ///
  /// - Parameters:
  ///   - input: x, […, channels].
  ///   - phase: training or evaluation.
  /// - Returns: y, of the input's shape.
  public func callAsFunction(_ input: Variable, _ phase: Phase) -> Variable {
    self(input, adding: nil, phase)
  }

  /// The end of a residual block: activation(normalised input + residual).
  ///
  /// - Parameters:
  ///   - input: x, […, channels].
  ///   - residual: what is added before the activation, of the input's shape, or nil.
  ///   - phase: training or evaluation.
  /// - Returns: y, of the input's shape.
  public func callAsFunction(
    _ input: Variable, adding residual: Variable?, _ phase: Phase
  ) -> Variable {
    let y = input.batchNormalization(
      scale: weight, shift: bias, statistics: running, epsilon: epsilon, adding: residual,
      isRectified: activation == .relu, phase)
    return activation == .relu ? y : activation(y)
  }
}
