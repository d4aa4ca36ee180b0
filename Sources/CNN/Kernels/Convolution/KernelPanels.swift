import Backprop
import KernelSupport

/// The weights of a convolution in panels of a tile's columns of result channels, in the order in which it reads
/// them: panel, tap, source channel, result channel.
@safe struct KernelPanels {
  /// The first weight.
  let start: UnsafeMutablePointer<Scalar>
  /// How many panels there are.
  let count: Int
  /// The distance between panels.
  let panelStride: Int

  /// The source channels: the products of a tap.
  let channels: Int
  /// How many taps one run of products spans: a row of them where they lie side by side in the source.
  let tapsPerRun: Int

  private let columnTaps: Int

  /// Packs the taps of two axes.
  ///
  /// - Parameters:
  ///   - weight: [kernel height, kernel width, in, out].
  ///   - shape: the shape of the convolution.
  ///   - rows: which rows of the kernel, in which order.
  ///   - columns: which columns.
  ///   - transposed: whether input channels are the results, as in the backward pass.
  init(
    _ weight: UnsafePointer<Scalar>, _ shape: ConvolutionShape, rows: ConvolutionAxis,
    columns: ConvolutionAxis, transposed: Bool
  ) {
    let (inputs, outputs) = (shape.input.channels, shape.outputChannels)
    let width = MatrixProductTile.columns
    channels = transposed ? outputs : inputs
    columnTaps = columns.taps.count
    tapsPerRun = columns.isContiguous ? max(1, columnTaps) : 1
    count = (transposed ? inputs : outputs).dividedRoundingUp(by: width)
    panelStride = rows.taps.count * columns.taps.count * channels * width
    unsafe start = .allocateLines(capacity: max(1, count * panelStride))
    let packing = PanelPacking(
      width: width,
      laneStride: transposed ? outputs : 1, stepStride: transposed ? 1 : outputs)
    nonisolated(unsafe) let (weight, packed) = unsafe (weight, start)
    let (lanes, steps) = (transposed ? inputs : outputs, channels)
    let (taps, panelStride) = (columns.taps, panelStride)
    Threads.perform(blockCount: rows.taps.count * taps.count) { tap in
      let row = rows.taps[tap / taps.count]
      let column = taps[tap % taps.count]
      let source = (row * shape.geometry.window.size.width + column) * inputs * outputs
      unsafe packing.pack(
        weight + source, lanes, steps: steps, into: packed + tap * steps * width,
        panelStride: panelStride)
    }
  }

  /// Frees the panels.
  func deallocate() { unsafe start.deallocate() }

  /// Where a tap begins within a panel, the taps counted in the order of their axes.
  func offset(row: Int, column: Int) -> Int {
    (row * columnTaps + column) * channels * MatrixProductTile.columns
  }
}
