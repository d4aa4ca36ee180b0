import Backprop
import CNN
import KernelSupport

/// A layer that gives every channel of every image a mean and a deviation that are learned.
///
///     y = activation(γ (x − μ) / √(variance + ε) + β),   μ and variance of each image by itself
///
/// An image's result depends on that image only, in training as in use. So there is nothing to keep running, a batch may be
/// a single image, and real and generated images can share one.
///
/// Source: Ulyanov, Vedaldi and Lempitsky, "Instance Normalization: The Missing Ingredient for Fast
/// Stylization", 2016.
public struct InstanceNormalization: PhaselessLayer {
  /// γ, [channels], starts at 1.
  public let weight: Variable
  /// β, [channels], starts at 0.
  public let bias: Variable
  /// ε, above 0.
  public let epsilon: Scalar
  /// What is applied to the normalised channels; ReLU costs no pass through memory of its own.
  public let activation: Activation

  /// Creates a layer.
  ///
  /// - Parameters:
  ///   - channels: the length of the input's last dimension, at least 1.
  ///   - activation: what is applied to the normalised channels.
  ///   - epsilon: ε, above 0; PyTorch's unless told otherwise.
  public init(_ channels: Int, activation: Activation = .linear, epsilon: Scalar = 1e-5) {
    precondition(channels >= 1, "InstanceNormalization: a layer of \(channels) channels")
    weight = Variable(Tensor(repeating: 1, shape: [channels]), needsGradient: true)
    bias = Variable(Tensor(shape: [channels]), needsGradient: true)
    self.epsilon = epsilon
    self.activation = activation
  }

  /// The layer's output.
  ///
  /// - Parameter input: x, [batch, height, width, channels].
  /// - Returns: y, of the input's shape.
  public func callAsFunction(_ input: Variable) -> Variable {
    let y = input.instanceNormalization(
      scale: weight, shift: bias, epsilon: epsilon, isRectified: activation == .relu)
    return activation == .relu ? y : activation(y)
  }
}
