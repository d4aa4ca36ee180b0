import Backprop
import KernelSupport

/// A convolution by register tiles that read the images where they lie: pixels are a tile's rows, channels of
/// the result its columns, as in a matrix product.
///
///     for each block of result rows, on any thread
///       for each part of the sums, some 256 products long
///         for each panel of a tile's columns of result channels, for as many pixels as a tile has rows
///           for each run of taps: the tile adds up a run of products
///
/// In `[height, width, channel]` order the taps of a kernel's row lie side by side in the image, and so
/// do the weights: a run of kernel width × channels products needs no gathering. The matrix that im2col
/// would write, kernel height × kernel width times the image, is never made.
///
/// Of results with few channels, as many neighbours as fit into a row go through sliding tiles instead.
struct DirectConvolution {
  private typealias Tile = MatrixProductTile

  private let target: ImageShape
  private let rows: ConvolutionAxis
  private let columns: ConvolutionAxis
  private let panels: KernelPanels
  private let blocks: ImageBlocks
  private let layout: PaddedLayout
  private let parts: [[TapRuns]]
  /// The first pixels of as many sliding tiles as fit into the rows.
  private let neighbours: PixelPlaces
  /// The other pixels.
  private let pixels: PixelPlaces

  /// Describes a convolution.
  ///
  /// - Parameters:
  ///   - source: the shape of what the taps read.
  ///   - target: the shape of the results.
  ///   - rows: which source rows a result reads.
  ///   - columns: which source columns.
  ///   - panels: the kernel.
  init(
    from source: ImageShape, to target: ImageShape, rows: ConvolutionAxis,
    columns: ConvolutionAxis, panels: KernelPanels
  ) {
    self.target = target
    self.rows = rows
    self.columns = columns
    self.panels = panels
    let blocks = ImageBlocks(batch: source.batch, rows: rows.count, columns: columns.count)
    let layout = PaddedLayout(source, rows: rows, columns: columns)
    let slides = panels.order == .channelByChannel && target.channels <= TileVector.scalarCount
    let sliding = slides ? columns.count / SlidingTile.pixels * SlidingTile.pixels : 0
    func places(_ columnNumbers: some Sequence<Int>) -> PixelPlaces {
      PixelPlaces(
        blocks[0], columnNumbers: Array(columnNumbers), layout: layout, from: source, to: target,
        rows: rows, columns: columns)
    }
    neighbours = places(stride(from: 0, to: sliding, by: SlidingTile.pixels))
    pixels = places(sliding..<columns.count)
    parts = TapRuns.parts(panels, rows: rows, columns: columns, rowStride: layout.rowStride)
    self.blocks = blocks
    self.layout = layout
  }

  /// Computes all results.
  ///
  /// - Parameters:
  ///   - images: what the taps read.
  ///   - bias: a number for each target channel, filled up to whole panels; nil for none.
  ///   - results: where the results go.
  ///   - accumulating: whether they are added to what is there.
  func compute(
    _ images: UnsafePointer<Scalar>, bias: [Scalar]?,
    into results: UnsafeMutablePointer<Scalar>, accumulating: Bool
  ) {
    nonisolated(unsafe) let (plan, operands) = unsafe (self, (images, results))
    Threads.perform(blockCount: blocks.count) { index in
      unsafe plan.computeBlock(
        index, operands.0, bias: bias, into: operands.1, accumulating: accumulating)
    }
  }

  private func computeBlock(
    _ index: Int, _ images: UnsafePointer<Scalar>, bias: [Scalar]?,
    into results: UnsafeMutablePointer<Scalar>, accumulating: Bool
  ) {
    let block = blocks[index]
    let padded = unsafe PaddedImages(
      images, layout, images: block.images, rows: rows.sourceRange(block.rows))
    defer { padded.deallocate() }
    let firstRow =
      block.images.lowerBound * target.height + block.rows.lowerBound * rows.targetStep
      + rows.targetFirst
    let first = (firstRow * target.width + columns.targetFirst) * target.channels
    var adds = accumulating
    for part in parts {
      unsafe computePart(
        part, padded.start, rowCount: block.images.count * block.rows.count,
        bias: adds ? nil : bias, into: results + first, accumulating: adds)
      adds = true
    }
  }

  /// Adds up the products of some runs, for all pixels of a block and all channels.
  private func computePart(
    _ runs: [TapRuns], _ source: UnsafePointer<Scalar>, rowCount: Int, bias: [Scalar]?,
    into results: UnsafeMutablePointer<Scalar>, accumulating: Bool
  ) {
    for panel in 0..<panels.count {
      let channel = panel * Tile.columns
      let sums = unsafe TapSums(
        runs: runs, images: source, weights: panels.start + panel * panels.panelStride,
        start: (panelBias(bias, channel), panelBias(bias, channel + TileVector.scalarCount)),
        results: results + channel, columns: min(Tile.columns, target.channels - channel),
        accumulating: accumulating)
      for first in 0..<rowCount * neighbours.countPerRow {
        sums.computeSliding(
          neighbours.sources[first], into: neighbours.targets[first],
          targetStep: columns.targetStep * target.channels)
      }
      let count = rowCount * pixels.countPerRow
      unsafe pixels.sources.withUnsafeBufferPointer { sources in
        unsafe pixels.targets.withUnsafeBufferPointer { targets in
          guard let sources = sources.baseAddress, let targets = targets.baseAddress else { return }
          for pixel in stride(from: 0, to: count, by: Tile.rows) {
            let rows = min(Tile.rows, count - pixel)
            unsafe sums.compute(
              TileRows(sources + pixel, count: rows), into: TileRows(targets + pixel, count: rows))
          }
        }
      }
    }
  }

  /// The biases that a tile's sums begin with.
  private func panelBias(_ bias: [Scalar]?, _ channel: Int) -> TileVector {
    guard let bias else { return .zero }
    return TileVector(bias[channel..<channel + TileVector.scalarCount])
  }
}

extension DirectConvolution {
  /// A forward pass.
  static func forward(
    _ input: UnsafePointer<Scalar>, _ weight: UnsafePointer<Scalar>, bias: [Scalar]?,
    into output: UnsafeMutablePointer<Scalar>, _ shape: ConvolutionShape
  ) {
    let rows = shape.geometry.outputRows
    let columns = shape.geometry.outputColumns
    let panels = unsafe KernelPanels(
      weight, shape, rows: rows, columns: columns, transposed: false)
    defer { panels.deallocate() }
    let convolution = DirectConvolution(
      from: shape.input, to: shape.output, rows: rows, columns: columns, panels: panels)
    unsafe convolution.compute(input, bias: bias, into: output, accumulating: false)
  }

  /// The backward pass by the input: with a stride of s every s-th row and column of the input has the same
  /// taps, so this is s² convolutions, each with a part of the kernel turned over. Where the stride is larger
  /// than the kernel some have no taps, and their part of the gradient is 0; where it is larger than the image
  /// some have no results, and nothing is to be done.
  static func inputGradient(
    _ outputGradient: UnsafePointer<Scalar>, _ weight: UnsafePointer<Scalar>,
    into inputGradient: UnsafeMutablePointer<Scalar>, _ shape: ConvolutionShape, accumulating: Bool
  ) {
    let axes = (shape.geometry.inputRows, shape.geometry.inputColumns)
    let hasGaps = (axes.0 + axes.1).contains { $0.taps.isEmpty }
    if hasGaps && !accumulating { unsafe clear(inputGradient, shape.input) }
    for rows in axes.0 where !rows.isEmpty {
      for columns in axes.1 where !columns.isEmpty {
        let panels = unsafe KernelPanels(
          weight, shape, rows: rows, columns: columns, transposed: true)
        defer { panels.deallocate() }
        let convolution = DirectConvolution(
          from: shape.output, to: shape.input, rows: rows, columns: columns, panels: panels)
        unsafe convolution.compute(
          outputGradient, bias: nil, into: inputGradient, accumulating: accumulating)
      }
    }
  }

  /// Writes zeros, an image at a time on any thread.
  private static func clear(_ images: UnsafeMutablePointer<Scalar>, _ shape: ImageShape) {
    let length = shape.height * shape.width * shape.channels
    nonisolated(unsafe) let images = unsafe images
    Threads.perform(blockCount: shape.batch) { image in
      unsafe (images + image * length).update(repeating: 0, count: length)
    }
  }
}
