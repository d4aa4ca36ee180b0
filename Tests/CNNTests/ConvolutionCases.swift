import CNN
import KernelSupport
import TestSupport
import Testing

/// A convolution to test, with a name that shows its sizes.
struct ConvolutionCase: Sendable, CustomTestStringConvertible {
  let shape: ConvolutionShape

  var testDescription: String {
    let window = shape.geometry.window
    return "\(shape.input) \(window.size) to \(shape.outputChannels), stride \(window.stride), "
      + "dilation \(window.dilation), \(window.padding)"
  }

  init(
    _ input: [Int], _ kernel: Extent, _ outputChannels: Int, stride: Extent = 1,
    dilation: Extent = 1, padding: Padding = .valid
  ) {
    let images = ImageShape(
      batch: input[0], height: input[1], width: input[2], channels: input[3])
    shape = ConvolutionShape(
      images, Window(kernel, stride: stride, dilation: dilation, padding: padding),
      outputChannels: outputChannels)
  }

  /// The output and both gradients of random numbers, one after the other.
  func results(_ backend: Backend) -> [[Scalar]] {
    let input = numbersOffZero(count: shape.input.count, seed: 1)
    let weight = numbersOffZero(count: shape.weightCount, seed: 2)
    let bias = numbersOffZero(count: shape.outputChannels, seed: 3)
    let upstream = numbersOffZero(count: shape.output.count, seed: 4)
    return [
      changed(upstream) {
        backend.convolution.convolution(
          input.span, weight.span, bias: bias.span, into: &$0, shape)
      },
      changed(input) {
        backend.convolution.convolutionInputGradient(
          upstream.span, weight.span, into: &$0, shape, accumulating: true)
      },
      changed(weight) {
        backend.convolution.convolutionWeightGradient(
          input.span, upstream.span, into: &$0, shape, accumulating: true)
      },
    ]
  }

  /// Sizes around the edges of tiles, panels, blocks and vectors, and every option.
  static let awkward = [
    ConvolutionCase([1, 1, 1, 1], 1, 1),
    ConvolutionCase([1, 5, 7, 1], 3, 1),
    ConvolutionCase([2, 5, 5, 3], 3, 5, padding: .same),
    ConvolutionCase([3, 7, 5, 2], Extent(height: 3, width: 2), 17, padding: .all(1)),
    ConvolutionCase([1, 13, 11, 5], 5, 16, stride: 2, padding: .same),
    ConvolutionCase([2, 11, 13, 3], 7, 15, stride: 2, padding: .all(3)),
    ConvolutionCase([1, 9, 10, 6], 3, 31, stride: Extent(height: 3, width: 1), padding: .same),
    ConvolutionCase([1, 11, 9, 4], 3, 6, dilation: 2, padding: .same),
    ConvolutionCase([2, 12, 14, 3], 3, 4, stride: 2, dilation: Extent(height: 3, width: 2)),
    ConvolutionCase([2, 9, 8, 7], 1, 33, stride: 2),
    ConvolutionCase([1, 6, 5, 2], 2, 3, stride: 4),
    ConvolutionCase(
      [1, 4, 6, 3], Extent(height: 2, width: 4), 18, stride: 2,
      padding: .explicit(top: 2, bottom: 0, left: 1, right: 3)),
    ConvolutionCase([1, 2, 2, 1], 1, 1, padding: .all(2)),
    // No image, and images without pixels whose windows see nothing but padding.
    ConvolutionCase([0, 5, 5, 3], 3, 4),
    ConvolutionCase([0, 5, 5, 32], 3, 32),
    ConvolutionCase([1, 0, 0, 2], 3, 4, padding: .all(2)),
    ConvolutionCase([1, 0, 3, 32], 3, 32, padding: .all(2)),
    // A stride larger than the image, so that taps have no results and results no taps.
    ConvolutionCase([1, 1, 1, 16], 3, 16, stride: 2, padding: .all(1)),
    ConvolutionCase([2, 1, 2, 33], 3, 9, stride: 3, padding: .same),
    ConvolutionCase([1, 2, 1, 9], 1, 3, stride: Extent(height: 3, width: 1)),
    ConvolutionCase(
      [2, 1, 14, 31], Extent(height: 5, width: 1), 16, stride: Extent(height: 4, width: 3),
      dilation: Extent(height: 3, width: 1), padding: .same),
    // One channel and every second pixel, where taps come in pairs: a vector of windows and a rest, windows with
    // one tap of a pair on the image at either end, kernels wider than the padding reaches, several strips.
    ConvolutionCase([2, 9, 40, 1], 4, 5, stride: 2, padding: .all(1)),
    ConvolutionCase([1, 5, 16, 1], 2, 4, stride: 2),
    ConvolutionCase([1, 6, 37, 1], Extent(height: 4, width: 6), 3, stride: 2, padding: .all(2)),
    ConvolutionCase([1, 3, 3, 1], 4, 2, stride: 2, padding: .all(3)),
    ConvolutionCase(
      [2, 5, 23, 1], Extent(height: 3, width: 4), 2, stride: Extent(height: 1, width: 2),
      padding: .explicit(top: 0, bottom: 1, left: 0, right: 3)),
    ConvolutionCase([1, 30, 70, 1], 4, 3, stride: 2, padding: .all(1)),
    // On either side of that: a kernel of odd width, other strides, more channels.
    ConvolutionCase([1, 7, 30, 1], 3, 4, stride: 2, padding: .all(1)),
    ConvolutionCase([1, 7, 30, 1], 4, 3, padding: .all(1)),
    ConvolutionCase([1, 7, 30, 1], 4, 3, stride: 3, padding: .all(1)),
    ConvolutionCase([1, 7, 30, 2], 4, 3, stride: 2, padding: .all(1)),
    // Sums longer than a part, and more than one block of pixels.
    ConvolutionCase([1, 5, 4, 131], 3, 17, padding: .same),
    ConvolutionCase([1, 3, 4, 601], 1, 16),
    ConvolutionCase([9, 17, 19, 5], 3, 7, padding: .same),
    // So many weights that the gradient by them takes groups of channels.
    ConvolutionCase([2, 9, 7, 60], 3, 500, padding: .same),
    // Those of sliding tiles: a tile short of a pixel, one, one and a pixel; few and many channels, partial
    // vectors, rows two apart, several blocks, sums longer than a part.
    ConvolutionCase([2, 5, 13, 16], 3, 16, padding: .same),
    ConvolutionCase([1, 4, 16, 8], 3, 8),
    ConvolutionCase([2, 9, 15, 16], 3, 9, padding: .same),
    ConvolutionCase([1, 9, 17, 8], 3, 16, stride: Extent(height: 2, width: 1), padding: .same),
    ConvolutionCase([2, 7, 28, 8], Extent(height: 2, width: 3), 16, padding: .all(2)),
    ConvolutionCase([3, 29, 31, 16], 3, 16, padding: .same),
    ConvolutionCase([1, 5, 14, 104], 3, 16, padding: .same),
    // Those that miss a sliding tile's or Winograd's conditions by one of them.
    ConvolutionCase([1, 4, 17, 12], 3, 16, padding: .same),
    ConvolutionCase([1, 13, 20, 16], 3, 16, dilation: Extent(height: 2, width: 1), padding: .same),
    ConvolutionCase([1, 4, 20, 16], 3, 16, dilation: Extent(height: 1, width: 2), padding: .same),
    ConvolutionCase([1, 9, 8, 32], 3, 32, dilation: 2, padding: .same),
    ConvolutionCase([1, 9, 8, 32], 3, 32, dilation: Extent(height: 1, width: 2), padding: .same),
    ConvolutionCase([1, 9, 8, 32], 3, 32, stride: Extent(height: 2, width: 1), padding: .same),
    ConvolutionCase([1, 5, 6, 32], 3, 36, padding: .same),
    ConvolutionCase([1, 5, 6, 36], 3, 32, padding: .same),
    ConvolutionCase([1, 5, 6, 24], 3, 32, padding: .same),
    ConvolutionCase([1, 5, 6, 32], Extent(height: 3, width: 2), 32, padding: .same),
    // Those that Winograd's transforms compute: odd and even sides, one tile, any padding, partial panels,
    // more than one block, sums longer than a part, groups of channels.
    ConvolutionCase([1, 1, 1, 32], 3, 32, padding: .same),
    ConvolutionCase([2, 5, 7, 32], 3, 40, padding: .all(1)),
    ConvolutionCase([1, 8, 6, 40], 3, 32),
    ConvolutionCase([3, 9, 10, 32], 3, 32, padding: .all(3)),
    ConvolutionCase(
      [1, 6, 5, 32], 3, 48, padding: .explicit(top: 0, bottom: 2, left: 2, right: 1)),
    ConvolutionCase([2, 29, 31, 32], 3, 32, padding: .same),
    ConvolutionCase([1, 5, 6, 264], 3, 32, padding: .same),
    ConvolutionCase([1, 7, 6, 136], 3, 128, padding: .same),
  ]
}
