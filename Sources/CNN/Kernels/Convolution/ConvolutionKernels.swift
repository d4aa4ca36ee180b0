// The convolution, in the order in which to read it:
//
// - `ConvolutionKernels`, this file: the sizes of a convolution, and what both kinds of kernels promise.
// - `Convolution`: the definition, seven loops, and its two gradients.
// - `ConvolutionLadder`: from there to the fast one, an idea at a time; `FastConvolution`: which way a shape takes.
// - `Windows`: images, windows, which pixel lies under which tap, and how images are cut and padded.
// - `Direct`: register tiles that read the images where they lie.
// - `Gradients`: the same for the gradients with respect to weights, and to images of few channels.
// - `../Winograd`: fewer multiplications for 3×3 kernels.

import KernelSupport

/// The sizes of a two-dimensional convolution.
public struct ConvolutionShape: Hashable, Sendable {
  /// Where the kernel goes on the input.
  public let geometry: WindowGeometry
  /// The channels of the output.
  public let outputChannels: Int

  /// Creates a shape.
  ///
  /// - Parameters:
  ///   - input: the images, with at least 1 channel.
  ///   - window: the kernel's size, stride, dilation and padding.
  ///   - outputChannels: the channels of the output, at least 1.
  public init(
    _ input: ImageShape, _ window: Window, outputChannels: Int
  ) {
    precondition(
      input.channels >= 1 && outputChannels >= 1,
      "ConvolutionShape: \(input.channels) input and \(outputChannels) output channels, expected at "
        + "least 1")
    geometry = WindowGeometry(input, window)
    self.outputChannels = outputChannels
  }

  /// The images, [batch, height, width, in].
  public var input: ImageShape { geometry.input }

  /// The results, [batch, output height, output width, out].
  public var output: ImageShape { geometry.output(channels: outputChannels) }

  /// The shape of the weights: [kernel height, kernel width, in, out].
  public var weightSizes: [Int] {
    [geometry.window.size.height, geometry.window.size.width, input.channels, outputChannels]
  }

  /// The number of weights.
  public var weightCount: Int { weightSizes.reduce(1, *) }

  /// The length of every output's sum: taps times input channels.
  public var inner: Int { weightCount / outputChannels }

  /// Multiplications and additions by the definition, products with padding counted.
  public var operations: Int { 2 * output.count * inner }

  /// Stops the program unless the operands have the counts that this shape asks for.
  func check(_ operation: String, input: Int, weight: Int, output: Int, bias: Int = 0) {
    precondition(
      input == self.input.count && weight == weightCount && output == self.output.count,
      "\(operation): \(input), \(weight) and \(output) elements for images of shape \(self.input), "
        + "weights \(weightSizes) and outputs \(self.output)")
    precondition(
      bias == 0 || bias == outputChannels,
      "\(operation): \(bias) biases for \(outputChannels) output channels")
  }
}

/// The kernels of two-dimensional convolution.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` computes the same up to
/// rounding.
public protocol ConvolutionKernels {
  /// The convolution of images with a kernel; contract: `Naive.convolution`.
  static func convolution(
    _ input: Span<Scalar>, _ weight: Span<Scalar>, bias: Span<Scalar>,
    into output: inout MutableSpan<Scalar>, _ shape: ConvolutionShape)

  /// The gradient with respect to the images; contract: `Naive.convolutionInputGradient`.
  static func convolutionInputGradient(
    _ outputGradient: Span<Scalar>, _ weight: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>, _ shape: ConvolutionShape, accumulating: Bool)

  /// The gradient with respect to the weights; contract: `Naive.convolutionWeightGradient`.
  static func convolutionWeightGradient(
    _ input: Span<Scalar>, _ outputGradient: Span<Scalar>,
    into weightGradient: inout MutableSpan<Scalar>, _ shape: ConvolutionShape, accumulating: Bool)
}

extension Naive: ConvolutionKernels {}
extension Fast: ConvolutionKernels {}

extension Backend {
  /// The convolution kernels of this backend.
  public var convolution: any ConvolutionKernels.Type { self == .naive ? Naive.self : Fast.self }
}
