import Backprop
import KernelSupport

/// The part of `DirectWeightGradient` that goes over a block with sliding tiles: for three taps side by side, and
/// as many output channels as a vector holds.
struct SlidingWeightGradient {
  private let shape: ConvolutionShape
  /// How the output's gradient is read: with as many zeros on both sides as a tap can be away from the first.
  private let gradients: PaddedLayout

  private static let margin = SlidingTile.taps - 1

  /// Describes the gradient of a convolution; nil where tiles can't slide.
  ///
  /// - Parameter shape: the shape of the convolution.
  init?(_ shape: ConvolutionShape) {
    guard
      SlidingTile.applies(to: shape.geometry.outputColumns, channels: shape.outputChannels),
      shape.outputChannels == TileVector.scalarCount,
      shape.input.channels.isMultiple(of: SlidingGradientTile.channels)
    else { return nil }
    self.shape = shape
    gradients = PaddedLayout(
      shape.output, rows: 0..<shape.output.height,
      columns: -Self.margin..<shape.output.width + Self.margin)
  }

  /// Adds the products of one block's pixels.
  ///
  /// - Parameters:
  ///   - padded: the block's images.
  ///   - block: its images and rows.
  ///   - outputGradient: ∂L/∂output.
  ///   - weightGradient: where they are added.
  func addBlock(
    _ padded: PaddedImages, _ block: (images: Range<Int>, rows: Range<Int>),
    _ outputGradient: UnsafePointer<Scalar>, to weightGradient: UnsafeMutablePointer<Scalar>
  ) {
    let margins = unsafe PaddedImages(
      outputGradient, gradients, images: block.images, rows: block.rows)
    defer { margins.deallocate() }
    let images = padded.layout
    let (window, inputs, outputs) = (
      shape.geometry.window, shape.input.channels, shape.outputChannels
    )
    for tapRow in 0..<window.size.height {
      for channel in stride(from: 0, to: inputs, by: SlidingGradientTile.channels) {
        var tile = SlidingGradientTile()
        for image in 0..<block.images.count {
          for row in 0..<block.rows.count {
            let sourceRow = row &* window.stride.height &+ tapRow &* window.dilation.height
            unsafe tile.addProducts(
              padded.start
                + (image &* images.imageStride &+ sourceRow &* images.rowStride &+ channel),
              pixelStep: inputs,
              margins.start
                + (image &* gradients.imageStride &+ row &* gradients.rowStride
                  &+ Self.margin &* outputs),
              steps: shape.output.width &+ Self.margin)
          }
        }
        let firstRow = tapRow &* window.size.width &* inputs &+ channel
        unsafe tile.add(
          to: weightGradient + firstRow &* outputs, tapStride: inputs &* outputs,
          channelStride: outputs)
      }
    }
  }
}
