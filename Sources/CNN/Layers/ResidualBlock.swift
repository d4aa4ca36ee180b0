import Backprop
import KernelSupport

/// Some layers and a way around them: what they learn is only what to change.
///
///     y = max(last(path(x)) + shortcut(x), 0)
///
/// The shortcut is x itself wherever the path keeps its shape, and a projection, a 1×1 convolution with a
/// batch normalisation, where it does not. Gradients take the shortcut as well, which is why a hundred
/// blocks in a row can be trained.
///
/// Source: He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", CVPR 2016, figures 2
/// and 5 and equation 2.
public struct ResidualBlock: Layer {
  /// The layers that learn the change, but for the last one.
  public let path: Sequential
  /// The last of them, to whose normalised sums the shortcut is added before the ReLU.
  public let last: NormalizedConv2D
  /// The projection; nil for x itself.
  public let shortcut: NormalizedConv2D?

  /// Creates a basic block: two convolutions of 3×3.
  ///
  /// - Parameters:
  ///   - inputs: the channels of the images, at least 1.
  ///   - outputs: the channels of the result, at least 1.
  ///   - stride: the stride of the first convolution, at least 1×1.
  ///   - initializer: how the weights are drawn.
  ///   - generator: where the random numbers come from.
  public init(
    _ inputs: Int, _ outputs: Int, stride: Extent = 1, initializer: Initializer = .he,
    using generator: inout some RandomNumberGenerator
  ) {
    self.init(
      [(3, outputs, stride), (3, outputs, 1)], inputs, stride: stride, initializer, &generator)
  }

  /// Creates a bottleneck: a 1×1 convolution to fewer channels, a 3×3, and a 1×1 to four times as many.
  ///
  /// - Parameters:
  ///   - inputs: the channels of the images, at least 1.
  ///   - width: the channels in the middle, at least 1; the result has four times as many.
  ///   - stride: the stride of the 3×3 convolution, at least 1×1.
  ///   - initializer: how the weights are drawn.
  ///   - generator: where the random numbers come from.
  public init(
    _ inputs: Int, bottleneck width: Int, stride: Extent = 1, initializer: Initializer = .he,
    using generator: inout some RandomNumberGenerator
  ) {
    self.init(
      [(1, width, 1), (3, width, stride), (1, 4 * width, 1)], inputs, stride: stride, initializer,
      &generator)
  }

  /// Creates a block of convolutions one after the other.
  private init(
    _ convolutions: [(kernel: Extent, outputs: Int, stride: Extent)], _ inputs: Int,
    stride: Extent, _ initializer: Initializer, _ generator: inout some RandomNumberGenerator
  ) {
    var channels = inputs
    var layers = convolutions.map { kernel, outputs, stride in
      defer { channels = outputs }
      return NormalizedConv2D(
        channels, outputs, kernel: kernel, stride: stride, initializer: initializer,
        using: &generator)
    }
    last = layers.removeLast()
    path = Sequential(layers)
    shortcut =
      inputs == channels && stride == 1
      ? nil
      : NormalizedConv2D(
        inputs, channels, kernel: 1, stride: stride, activation: .linear, initializer: initializer,
        using: &generator)
  }

  /// The block's output.
  ///
  /// - Parameters:
  ///   - input: x, [batch, height, width, in].
  ///   - phase: what the network is run for.
  /// - Returns: y, [batch, ⌈height / stride⌉, ⌈width / stride⌉, out].
  public func callAsFunction(_ input: Variable, _ phase: Phase) -> Variable {
    last(path(input, phase), adding: shortcut?(input, phase) ?? input, phase)
  }
}
