import KernelSupport

/// A window of a pooling operation at one place, in elements of the operands.
struct PlacedWindow {
  /// The first element of the output's pixel.
  let output: Int
  /// The element under tap (0, 0) and channel 0, before the image's first one where that is padding.
  let first: Int
  /// The rows of taps that lie on the image.
  let rows: Range<Int>
  /// The columns of taps that lie on the image.
  let columns: Range<Int>
}

/// Which taps of every window lie on the image, found once for all images and channels.
struct PoolingPlan: Sendable {
  let geometry: WindowGeometry
  /// The elements from a tap to the next one below it.
  let rowStep: Int
  /// The elements from a tap to the next one at its right.
  let columnStep: Int
  private let rowTaps: [Range<Int>]
  private let columnTaps: [Range<Int>]

  init(_ shape: PoolingShape) {
    geometry = shape.geometry
    let (images, dilation) = (shape.input, shape.geometry.window.dilation)
    rowStep = dilation.height * images.width * images.channels
    columnStep = dilation.width * images.channels
    rowTaps = (0..<geometry.outputHeight).map(geometry.rowTaps)
    columnTaps = (0..<geometry.outputWidth).map(geometry.columnTaps)
  }

  var channels: Int { geometry.input.channels }

  /// The elements of a row of the output.
  var outputRowLength: Int { geometry.outputWidth * channels }
  /// The elements of a row of the input.
  var inputRowLength: Int { geometry.input.width * channels }

  /// The elements of as many rows as a thread takes at a time: a quarter of a megabyte, so that the rows
  /// above and below, which backward passes look at twice, are few in comparison.
  static func blockLength(rowLength: Int) -> Int { max(1, 65_536 / max(1, rowLength)) * rowLength }

  /// The window of a pixel of the output.
  ///
  /// - Parameters:
  ///   - row: the pixel's row, counted through the batch.
  ///   - column: its column.
  @inline(__always)
  func window(_ row: Int, _ column: Int) -> PlacedWindow {
    let (image, y) = row.quotientAndRemainder(dividingBy: geometry.outputHeight)
    let inputRow = image &* geometry.input.height &+ geometry.inputRow(y, tap: 0)
    let pixel = inputRow &* geometry.input.width &+ geometry.inputColumn(column, tap: 0)
    return PlacedWindow(
      output: (row &* geometry.outputWidth &+ column) &* channels, first: pixel &* channels,
      rows: rowTaps[y], columns: columnTaps[column])
  }

  /// The element of a channel under the first tap on the image in a row of taps.
  @inline(__always)
  func index(_ window: PlacedWindow, _ row: Int, _ channel: Int) -> Int {
    window.first &+ row &* rowStep &+ window.columns.lowerBound &* columnStep &+ channel
  }

  /// The rows of the output whose windows have a tap on some rows of the input, and which rows of their
  /// taps those are; all rows are counted through the batch.
  func outputRows(onInputRows rows: Range<Int>) -> [(row: Int, taps: Range<Int>)] {
    let (height, stride) = (geometry.input.height, geometry.window.stride.height)
    let dilation = geometry.window.dilation.height
    var found: [(row: Int, taps: Range<Int>)] = []
    for image in rows.lowerBound / height...(rows.upperBound - 1) / height {
      let band = rows.clamped(to: image * height..<(image + 1) * height)
      let (first, end) = (band.lowerBound - image * height, band.upperBound - image * height)
      let beforeFirst = first + geometry.top - geometry.window.reach.height
      let lower = beforeFirst < 0 ? 0 : beforeFirst / stride + 1
      let upper = min(geometry.outputHeight, (end - 1 + geometry.top) / stride + 1)
      for y in lower..<max(lower, upper) {
        let top = geometry.inputRow(y, tap: 0)
        let taps = rowTaps[y].clamped(
          to: (max(0, first - top) + dilation - 1) / dilation..<(end - top + dilation - 1)
            / dilation)
        if !taps.isEmpty { found.append((image * geometry.outputHeight + y, taps)) }
      }
    }
    return found
  }
}
