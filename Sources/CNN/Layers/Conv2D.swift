import Backprop
import KernelSupport

/// A convolution layer: every output looks at a small window of the images, through the same weights
/// wherever it is.
///
///     y = activation(x ∗ W + b)
///
/// Source: LeCun et al., "Backpropagation Applied to Handwritten Zip Code Recognition", 1989.
public struct Conv2D: PhaselessLayer {
  /// W, [kernel height, kernel width, in, out].
  public let weight: Variable
  /// b, [out], or nil for none.
  public let bias: Variable?
  /// The kernel's size, stride, dilation and padding.
  public let window: Window
  /// What is applied to the weighted sums.
  public let activation: Activation

  /// Creates a layer with random weights and biases of 0.
  ///
  /// - Parameters:
  ///   - inputs: the channels of the images, at least 1.
  ///   - outputs: the channels of the result, at least 1.
  ///   - kernel: the size of the window, at least 1×1.
  ///   - stride: how far the window moves, at least 1×1.
  ///   - dilation: the distance between neighbouring taps, at least 1×1.
  ///   - padding: what surrounds the images.
  ///   - bias: whether the layer has biases; before a batch normalisation they would change nothing.
  ///   - activation: what is applied to the weighted sums.
  ///   - initializer: how the weights are drawn; Keras's default unless told otherwise.
  ///   - generator: where the random numbers come from.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Extent, stride: Extent = 1, dilation: Extent = 1,
    padding: Padding = .valid, bias: Bool = true, activation: Activation = .linear,
    initializer: Initializer = .xavierUniform, using generator: inout some RandomNumberGenerator
  ) {
    precondition(
      inputs >= 1 && outputs >= 1,
      "Conv2D: a layer of \(inputs) input and \(outputs) output channels, expected at least 1")
    window = Window(
      kernel, stride: stride, dilation: dilation, padding: padding)
    weight = Variable(
      initializer.tensor(shape: [kernel.height, kernel.width, inputs, outputs], using: &generator),
      needsGradient: true)
    self.bias = bias ? Variable(Tensor(shape: [outputs]), needsGradient: true) : nil
    self.activation = activation
  }

  /// The layer's output.
  ///
  /// - Parameter input: x, [batch, height, width, in].
  /// - Returns: y, [batch, output height, output width, out].
  public func callAsFunction(_ input: Variable) -> Variable {
    activation.replacing(input.convolution(weight, bias: bias, window))
  }
}
