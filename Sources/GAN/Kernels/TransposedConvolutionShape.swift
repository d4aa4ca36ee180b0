import CNN
import KernelSupport

/// The sizes of a transposed convolution: those of the convolution that it runs backwards.
///
/// A convolution with stride 2 makes a small image out of a large one. The transposed convolution goes
/// the other way, from small to large, through the same taps. So it *has* a convolution, `adjoint`, whose input is its
/// output and whose output is its input:
///
///     output = (input − 1) · stride − top − bottom + reach + outputPadding
///
/// Padding is no border here: it *crops* the output. Where the stride is above 1, several sizes of
/// a large image give the same small one; `outputPadding` says which of them is meant, and the extra rows
/// and columns come at the bottom and at the right.
///
/// Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016, chapter 4; names and
/// sizes are PyTorch's.
public struct TransposedConvolutionShape: Hashable, Sendable {
  /// The convolution from this one's output to its input.
  public let adjoint: ConvolutionShape

  /// Creates a shape.
  ///
  /// - Parameters:
  ///   - input: the small images, at least one pixel each.
  ///   - window: size, stride, dilation and padding; the padding is `valid` or explicit.
  ///   - outputPadding: the rows and columns that are added to the output, below the stride.
  ///   - outputChannels: the channels of the output, at least 1.
  public init(
    _ input: ImageShape, _ window: Window, outputPadding: Extent, outputChannels: Int
  ) {
    let (stride, reach) = (window.stride, window.reach)
    precondition(
      input.height >= 1 && input.width >= 1,
      "TransposedConvolutionShape: images of shape \(input) have no pixels")
    precondition(
      (0..<stride.height).contains(outputPadding.height)
        && (0..<stride.width).contains(outputPadding.width),
      "TransposedConvolutionShape: an output padding of \(outputPadding) with a stride of \(stride), expected less"
    )
    let (rows, columns): (Int, Int)
    switch window.padding {
    case .valid: (rows, columns) = (0, 0)
    case .explicit(let top, let bottom, let left, let right):
      (rows, columns) = (top + bottom, left + right)
    case .same:
      fatalError(
        "TransposedConvolutionShape: the padding `same` leaves the output's size open; expected explicit numbers"
      )
    }
    let height = (input.height - 1) * stride.height - rows + reach.height + outputPadding.height
    let width = (input.width - 1) * stride.width - columns + reach.width + outputPadding.width
    precondition(
      height >= 1 && width >= 1,
      "TransposedConvolutionShape: nothing is left of \(input) after a padding of \(window.padding)"
    )
    let output = ImageShape(
      batch: input.batch, height: height, width: width, channels: outputChannels)
    adjoint = ConvolutionShape(
      output, window, outputChannels: input.channels)
  }

  /// The small images, [batch, height, width, in].
  public var input: ImageShape { adjoint.output }

  /// The large images, [batch, output height, output width, out].
  public var output: ImageShape { adjoint.input }

  /// The shape of the weights: [kernel height, kernel width, out, in], which is the adjoint convolution's.
  public var weightSizes: [Int] { adjoint.weightSizes }
}
