import Backprop
import KernelSupport

/// The weights of a convolution in panels of a tile's columns of result channels, in the order in which it reads
/// them.
@safe struct KernelPanels {
  /// The order of a panel's weights, and with it of every sum's products.
  enum Order {
    /// Row of taps, tap, source channel.
    case tapByTap
    /// Row of taps, source channel, tap: for taps that lie side by side in the source.
    case channelByChannel
  }

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
  /// The order within a row of taps.
  let order: Order

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
    let (lanes, channels) = transposed ? (inputs, outputs) : (outputs, inputs)
    let laneStride = transposed ? outputs : 1
    let channelStride = transposed ? 1 : outputs
    let width = MatrixProductTile.columns
    let taps = columns.taps
    self.channels = channels
    order = SlidingTile.applies(to: columns, channels: lanes) ? .channelByChannel : .tapByTap
    columnTaps = taps.count
    tapsPerRun = columns.isContiguous ? max(1, columnTaps) : 1
    count = lanes.dividedRoundingUp(by: width)
    panelStride = rows.taps.count * taps.count * channels * width
    unsafe start = .allocateLines(capacity: max(1, count * panelStride))
    nonisolated(unsafe) let (weight, packed) = unsafe (weight, start)
    let (order, panelStride) = (order, panelStride)
    let tapLength = inputs * outputs
    Threads.perform(blockCount: rows.taps.count) { row in
      let firstTap = rows.taps[row] * shape.geometry.window.size.width
      let (count, countStride, steps, stepStride) =
        switch order {
        case .tapByTap: (taps.count, tapStride(taps) * tapLength, channels, channelStride)
        case .channelByChannel: (channels, channelStride, taps.count, tapStride(taps) * tapLength)
        }
      let packing = PanelPacking(width: width, laneStride: laneStride, stepStride: stepStride)
      for index in 0..<count {
        unsafe packing.pack(
          weight + ((firstTap + taps[0]) * tapLength + index * countStride), lanes, steps: steps,
          into: packed + (row * count + index) * steps * width, panelStride: panelStride)
      }
    }
  }

  /// Frees the panels.
  func deallocate() { unsafe start.deallocate() }

  /// Where a tap begins within a panel, the taps counted in the order of their axes: the first of a run of taps.
  func offset(row: Int, column: Int) -> Int {
    (row * columnTaps + column) * channels * MatrixProductTile.columns
  }
}

/// The distance between taps, which is the same for all of an axis.
private func tapStride(_ taps: [Int]) -> Int { taps.count > 1 ? taps[1] - taps[0] : 0 }
