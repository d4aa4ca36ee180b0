import Backprop
import KernelSupport

/// A convolution without biases, a batch normalisation and an activation: the unit that deep networks are
/// made of.
///
///     y = activation(normalize(x ∗ W))
///
/// Source: Ioffe and Szegedy, "Batch Normalization", ICML 2015, section 3.2.
public struct NormalizedConv2D: Layer {
  /// The convolution.
  public let convolution: Conv2D
  /// What gives every channel a mean and a deviation that are learned, and the activation.
  public let normalization: BatchNormalization

  /// Creates a layer with random weights.
  ///
  /// - Parameters:
  ///   - inputs: the channels of the images, at least 1.
  ///   - outputs: the channels of the result, at least 1.
  ///   - kernel: the size of the window, at least 1×1.
  ///   - stride: how far the window moves, at least 1×1.
  ///   - padding: what surrounds the images; by default as much as keeps their size at stride 1.
  ///   - activation: what is applied to the normalised sums.
  ///   - initializer: how the weights are drawn.
  ///   - generator: where the random numbers come from.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Extent, stride: Extent = 1, padding: Padding? = nil,
    activation: Activation = .relu, initializer: Initializer = .he,
    using generator: inout some RandomNumberGenerator
  ) {
    convolution = Conv2D(
      inputs, outputs, kernel: kernel, stride: stride, padding: padding ?? .centered(kernel),
      bias: false, initializer: initializer, using: &generator)
    normalization = BatchNormalization(outputs, activation: activation)
  }

  /// The layer's output.
  ///
  /// - Parameters:
  ///   - input: x, [batch, height, width, in].
  ///   - phase: what the network is run for.
  /// - Returns: y, [batch, output height, output width, out].
  public func callAsFunction(_ input: Variable, _ phase: Phase) -> Variable {
    self(input, adding: nil, phase)
  }

  /// The end of a residual block: activation(normalize(x ∗ W) + residual).
  ///
  /// - Parameters:
  ///   - input: x, [batch, height, width, in].
  ///   - residual: what is added before the activation, of the output's shape, or nil.
  ///   - phase: what the network is run for.
  /// - Returns: y, [batch, output height, output width, out].
  public func callAsFunction(
    _ input: Variable, adding residual: Variable?, _ phase: Phase
  ) -> Variable {
    normalization(convolution(input), adding: residual, phase)
  }
}

extension Padding {
  /// Half a kernel on every side: an output for every pixel at stride 1, wherever the stride.
  ///
  /// Unlike `same`, it does not depend on the size of the images, which is how ResNet's strided layers are
  /// defined.
  ///
  /// - Parameter kernel: its sizes are odd.
  static func centered(_ kernel: Extent) -> Padding {
    .explicit(
      top: kernel.height / 2, bottom: kernel.height / 2, left: kernel.width / 2,
      right: kernel.width / 2)
  }
}
