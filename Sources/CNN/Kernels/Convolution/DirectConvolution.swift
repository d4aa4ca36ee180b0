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
struct DirectConvolution {
  private typealias Tile = MatrixProductTile

  let source: ImageShape
  let target: ImageShape
  let rows: ConvolutionAxis
  let columns: ConvolutionAxis
  let panels: KernelPanels
  private let blocks: ImageBlocks

  /// The products of a tile's sums before it makes room for the next panel, which keeps the
  /// panel in the first-level cache.
  private static let longestPart = 256

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
    self.source = source
    self.target = target
    self.rows = rows
    self.columns = columns
    self.panels = panels
    blocks = ImageBlocks(batch: source.batch, rows: rows.count, columns: columns.count)
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
      images, source, images: block.images, rows: rows.sourceRange(block.rows),
      columns: columns.sourceRange(0..<columns.count))
    defer { padded.deallocate() }
    var sources: [Int] = []
    var targets: [Int] = []
    for image in block.images {
      for row in block.rows {
        let sourceRow =
          (image - block.images.lowerBound) * padded.imageStride
          + (row - block.rows.lowerBound) * rows.stride * padded.rowStride
        let targetRow =
          (image * target.height + row * rows.targetStep + rows.targetFirst) * target.width
          + columns.targetFirst
        for column in 0..<columns.count {
          sources.append(sourceRow + column * columns.stride * source.channels)
          targets.append((targetRow + column * columns.targetStep) * target.channels)
        }
      }
    }
    var adds = accumulating
    for part in parts(rowStride: padded.rowStride) {
      unsafe computePart(
        part, padded.start, sources, targets, bias: adds ? nil : bias, into: results,
        accumulating: adds)
      adds = true
    }
  }

  /// The runs of products in parts whose sums a tile finishes in one go.
  private func parts(rowStride: Int) -> [[TapRun]] {
    var parts: [[TapRun]] = [[]]
    var length = 0
    func add(_ run: TapRun) {
      if length + run.steps > Self.longestPart && length > 0 {
        parts.append([])
        length = 0
      }
      parts[parts.count - 1].append(run)
      length += run.steps
    }
    let firstRow = rows.shifts.min() ?? 0
    let firstColumn = columns.shifts.min() ?? 0
    let runLength = panels.tapsPerRun * panels.channels
    for row in rows.shifts.indices {
      for column in stride(from: 0, to: columns.shifts.count, by: panels.tapsPerRun) {
        let source =
          (rows.shifts[row] - firstRow) * rowStride
          + (columns.shifts[column] - firstColumn) * source.channels
        let panel = panels.offset(row: row, column: column)
        for start in stride(from: 0, to: runLength, by: Self.longestPart) {
          add(
            TapRun(
              source: source + start, panel: panel + start * Tile.columns,
              steps: min(Self.longestPart, runLength - start)))
        }
      }
    }
    return parts
  }

  /// Adds up the products of some runs, for all pixels of a block and all channels.
  private func computePart(
    _ runs: [TapRun], _ source: UnsafePointer<Scalar>, _ sources: [Int], _ targets: [Int],
    bias: [Scalar]?, into results: UnsafeMutablePointer<Scalar>, accumulating: Bool
  ) {
    unsafe sources.withUnsafeBufferPointer { sources in
      unsafe targets.withUnsafeBufferPointer { targets in
        guard let sourceOffsets = sources.baseAddress, let targetOffsets = targets.baseAddress
        else { return }
        for panel in 0..<panels.count {
          let channel = panel * Tile.columns
          let sums = unsafe TapSums(
            runs: runs, images: source, weights: panels.start + panel * panels.panelStride,
            start: (panelBias(bias, channel), panelBias(bias, channel + TileVector.scalarCount)),
            results: results + channel, columns: min(Tile.columns, target.channels - channel),
            accumulating: accumulating)
          for pixel in stride(from: 0, to: sources.count, by: Tile.rows) {
            let count = min(Tile.rows, sources.count - pixel)
            unsafe sums.compute(
              TileRows(sourceOffsets + pixel, count: count),
              into: TileRows(targetOffsets + pixel, count: count))
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
  /// than the kernel some have no taps, and their part of the gradient is 0.
  static func inputGradient(
    _ outputGradient: UnsafePointer<Scalar>, _ weight: UnsafePointer<Scalar>,
    into inputGradient: UnsafeMutablePointer<Scalar>, _ shape: ConvolutionShape, accumulating: Bool
  ) {
    let axes = (shape.geometry.inputRows, shape.geometry.inputColumns)
    let hasGaps = (axes.0 + axes.1).contains { $0.taps.isEmpty }
    if hasGaps && !accumulating { unsafe clear(inputGradient, shape.input) }
    for rows in axes.0 where !rows.taps.isEmpty {
      for columns in axes.1 where !columns.taps.isEmpty {
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
