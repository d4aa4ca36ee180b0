import Backprop
import KernelSupport

/// The gradient of a convolution with respect to its weights, by register tiles: a product of the images' taps,
/// transposed, with the output's gradient, whose sums run over all pixels.
///
///     for each group of blocks and of output channels, on any thread
///       for each block of output rows
///         for each panel of a tile's columns of output channels, for each of a tile's rows of weights
///           for each output row: a tile adds up products, one for each pixel of the row
///
/// As in `DirectConvolution` the images are read where they lie. A group adds up its blocks in order; the
/// groups follow from the shape alone and are added in order too.
struct DirectWeightGradient {
  private typealias Tile = MatrixProductTile

  private let shape: ConvolutionShape
  private let rows: ConvolutionAxis
  private let columns: ConvolutionAxis
  private let layout: PaddedLayout
  private let sliding: SlidingWeightGradient?
  private let blocks: ImageBlocks
  private let groups: GradientGroups

  /// Describes the gradient of a convolution.
  init(_ shape: ConvolutionShape) {
    self.shape = shape
    rows = shape.geometry.outputRows
    columns = shape.geometry.outputColumns
    layout = PaddedLayout(shape.input, rows: rows, columns: columns)
    sliding = SlidingWeightGradient(shape)
    blocks = ImageBlocks(batch: shape.input.batch, rows: rows.count, columns: columns.count)
    groups = GradientGroups(
      blocks: blocks.count, channels: shape.outputChannels,
      hasManyWeights: shape.weightCount > 1 << 18)
  }

  /// Adds the gradient to what `weightGradient` holds.
  ///
  /// - Parameters:
  ///   - input: the images.
  ///   - outputGradient: ∂L/∂output.
  ///   - weightGradient: where it is added.
  func compute(
    _ input: UnsafePointer<Scalar>, _ outputGradient: UnsafePointer<Scalar>,
    addingTo weightGradient: UnsafeMutablePointer<Scalar>
  ) {
    // The first group adds to the result itself, the others to sums of their own.
    let count = shape.weightCount
    let more = groups.blockGroups - 1
    let sums = unsafe UnsafeMutablePointer<Scalar>.allocateLines(capacity: max(1, more * count))
    defer { unsafe sums.deallocate() }
    unsafe sums.update(repeating: 0, count: more * count)
    nonisolated(unsafe) let operands = unsafe (input, outputGradient, weightGradient, sums)
    Threads.perform(blockCount: groups.count) { task in
      let group = groups[task]
      unsafe addUp(
        group.blocks, channels: group.channels, operands.0, operands.1,
        to: group.sums == 0 ? operands.2 : operands.3 + (group.sums - 1) * count)
    }
    for group in 0..<more {
      for index in 0..<count { unsafe weightGradient[index] += sums[group * count + index] }
    }
  }

  /// Adds up the products of some blocks' pixels for some output channels.
  private func addUp(
    _ range: Range<Int>, channels: Range<Int>, _ input: UnsafePointer<Scalar>,
    _ outputGradient: UnsafePointer<Scalar>, to weightGradient: UnsafeMutablePointer<Scalar>
  ) {
    guard !channels.isEmpty else { return }
    let packing = PanelPacking(
      width: Tile.columns, laneStride: 1, stepStride: shape.outputChannels)
    for block in range.map({ blocks[$0] }) {
      let padded = unsafe PaddedImages(
        input, layout, images: block.images, rows: rows.sourceRange(block.rows))
      defer { padded.deallocate() }
      if let sliding {
        unsafe sliding.addBlock(padded, block, outputGradient, to: weightGradient)
        continue
      }
      let pixels = block.images.count * block.rows.count * columns.count
      let packed = unsafe UnsafeMutablePointer<Scalar>.allocateLines(
        capacity: packing.capacity(channels.count, pixels))
      defer { unsafe packed.deallocate() }
      let firstRow = block.images.lowerBound * rows.count + block.rows.lowerBound
      let gradient = unsafe packing.pack(
        outputGradient + (firstRow * columns.count * shape.outputChannels + channels.lowerBound),
        channels.count, steps: pixels, into: packed)
      unsafe addBlock(
        padded, gradient, images: block.images.count, rows: block.rows.count,
        channels: channels.count, to: weightGradient + channels.lowerBound)
    }
  }

  /// Adds the products of one block's pixels.
  private func addBlock(
    _ padded: PaddedImages, _ gradient: PanelBlock, images: Int, rows: Int, channels: Int,
    to weightGradient: UnsafeMutablePointer<Scalar>
  ) {
    let offsets = tapOffsets()
    unsafe offsets.withUnsafeBufferPointer { offsets in
      guard let taps = offsets.baseAddress else { return }
      for panel in 0..<channels.dividedRoundingUp(by: Tile.columns) {
        let sums = unsafe PixelSums(
          images: padded, imageCount: images, rowCount: rows, pixelsPerRow: columns.count,
          rowStep: shape.geometry.window.stride.height * layout.rowStride,
          pixelStep: shape.geometry.window.stride.width * shape.input.channels,
          gradient: gradient.panel(panel),
          columns: min(Tile.columns, channels - panel * Tile.columns),
          weights: weightGradient + panel * Tile.columns, weightStride: shape.outputChannels)
        for row in stride(from: 0, to: offsets.count, by: Tile.rows) {
          let count = min(Tile.rows, offsets.count - row)
          unsafe sums.compute(TileRows(taps + row, count: count), row)
        }
      }
    }
  }

  /// Where the factor of each row of weights lies, counted from an output's place in the images.
  private func tapOffsets() -> [Int] {
    let (window, inputs) = (shape.geometry.window, shape.input.channels)
    return (0..<window.size.height).flatMap { i in
      (0..<window.size.width).flatMap { j in
        (0..<inputs).map { c in
          i * window.dilation.height * layout.rowStride + j * window.dilation.width * inputs + c
        }
      }
    }
  }
}
