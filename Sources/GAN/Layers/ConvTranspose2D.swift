import Backprop
import CNN
import KernelSupport

/// A transposed convolution layer: images grow, since every pixel paints a window of the output.
///
///     y = activation(Aᵀ x + b),   A: the convolution with the same weights, stride and padding
///
/// Source: Zeiler et al., "Deconvolutional Networks", CVPR 2010; Radford, Metz and Chintala, "Unsupervised
/// Representation Learning with Deep Convolutional Generative Adversarial Networks", ICLR 2016.
public struct ConvTranspose2D: PhaselessLayer {
  /// W, [kernel height, kernel width, out, in]: Keras's order.
  public let weight: Variable
  /// b, [out], or nil for none.
  public let bias: Variable?
  /// The kernel's size, stride, dilation and padding.
  public let window: Window
  /// The rows and columns that are added to the output.
  public let outputPadding: Extent
  /// What is applied to the weighted sums.
  public let activation: Activation

  /// Creates a layer with random weights and biases of 0.
  ///
  /// - Parameters:
  ///   - inputs: the channels of the images, at least 1.
  ///   - outputs: the channels of the result, at least 1.
  ///   - kernel: the size of the window, at least 1×1.
  ///   - stride: how far apart neighbouring pixels paint, at least 1×1.
  ///   - dilation: the distance between neighbouring taps, at least 1×1.
  ///   - padding: the rows and columns that are cropped from the output; not `same`.
  ///   - outputPadding: the rows and columns that are added at the bottom and at the right, below the stride.
  ///   - bias: whether the layer has biases; before a batch normalisation they would change nothing.
  ///   - activation: what is applied to the weighted sums.
  ///   - initializer: how the weights are drawn; as if of a convolution from `outputs` to `inputs`.
  ///   - generator: where the random numbers come from.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Extent, stride: Extent = 1, dilation: Extent = 1,
    padding: Padding = .valid, outputPadding: Extent = 0, bias: Bool = true,
    activation: Activation = .linear, initializer: Initializer = .xavierUniform,
    using generator: inout some RandomNumberGenerator
  ) {
    precondition(
      inputs >= 1 && outputs >= 1,
      "ConvTranspose2D: a layer of \(inputs) input and \(outputs) output channels, expected at "
        + "least 1")
    window = Window(
      kernel, stride: stride, dilation: dilation, padding: padding)
    weight = Variable(
      initializer.tensor(shape: [kernel.height, kernel.width, outputs, inputs], using: &generator),
      needsGradient: true)
    self.bias = bias ? Variable(Tensor(shape: [outputs]), needsGradient: true) : nil
    self.outputPadding = outputPadding
    self.activation = activation
  }

  /// The layer's output.
  ///
  /// - Parameter input: x, [batch, height, width, in].
  /// - Returns: y, [batch, output height, output width, out].
  public func callAsFunction(_ input: Variable) -> Variable {
    activation(
      input.transposedConvolution(
        weight, bias: bias, window, outputPadding: outputPadding))
  }
}
