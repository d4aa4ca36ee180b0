import Backprop
import KernelSupport

/// Four ways to look at the same pixels, side by side: their channels are laid one after the other.
///
///     y = [1×1(x), 3×3(1×1(x)), 5×5(1×1(x)), 1×1(pool(x))]
///
/// The 1×1 convolutions before the larger ones reduce the channels, and so the work. Every convolution is
/// followed by a batch normalisation and a ReLU.
///
/// Source: Szegedy et al., "Going Deeper with Convolutions", CVPR 2015, figure 2b; batch normalisation: Ioffe
/// and Szegedy, 2015.
public struct InceptionBlock: Layer {
  /// How many channels the convolutions of a block have: a row of the paper's table 1.
  public struct Widths: Sendable {
    /// Of the 1×1 convolution.
    public let single: Int
    /// Of the reduction before the 3×3 convolution, and of that.
    public let medium: (reduced: Int, outputs: Int)
    /// Of the reduction before the 5×5 convolution, and of that.
    public let large: (reduced: Int, outputs: Int)
    /// Of the 1×1 convolution after the pooling.
    public let pooled: Int

    /// Creates a row of the table, in its order.
    public init(
      _ single: Int, _ medium: (reduced: Int, outputs: Int), _ large: (reduced: Int, outputs: Int),
      _ pooled: Int
    ) {
      self.single = single
      self.medium = medium
      self.large = large
      self.pooled = pooled
    }

    /// The channels of the block's output.
    public var outputs: Int { single + medium.outputs + large.outputs + pooled }
  }

  /// The four branches, in the order of their channels.
  public let branches: [Sequential]

  /// Creates a block with random weights.
  ///
  /// - Parameters:
  ///   - inputs: the channels of the images, at least 1.
  ///   - widths: the channels of the convolutions, each at least 1.
  ///   - largeKernel: the size of the large convolution, odd: the paper's 5×5 unless told otherwise.
  ///   - initializer: how the weights are drawn.
  ///   - generator: where the random numbers come from.
  public init(
    _ inputs: Int, _ widths: Widths, largeKernel: Extent = 5, initializer: Initializer = .he,
    using generator: inout some RandomNumberGenerator
  ) {
    func convolution(_ inputs: Int, _ outputs: Int, _ kernel: Extent) -> NormalizedConv2D {
      NormalizedConv2D(
        inputs, outputs, kernel: kernel, initializer: initializer, using: &generator)
    }
    let (medium, large) = (widths.medium, widths.large)
    branches = [
      Sequential(convolution(inputs, widths.single, 1)),
      Sequential(
        convolution(inputs, medium.reduced, 1), convolution(medium.reduced, medium.outputs, 3)),
      Sequential(
        convolution(inputs, large.reduced, 1),
        convolution(large.reduced, large.outputs, largeKernel)),
      Sequential(
        MaxPooling2D(3, stride: 1, padding: .same), convolution(inputs, widths.pooled, 1)),
    ]
  }

  /// The block's output.
  ///
  /// - Parameters:
  ///   - input: x, [batch, height, width, in].
  ///   - phase: what the network is run for.
  /// - Returns: y, [batch, height, width, `widths.outputs`].
  public func callAsFunction(_ input: Variable, _ phase: Phase) -> Variable {
    .concatenated(branches.enumerated().map { $1(input, phase.part($0)) }, axis: -1)
  }
}
