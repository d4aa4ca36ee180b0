import Backprop
import KernelSupport

/// A 3×3 kernel transformed for Winograd's convolution: sixteen matrices, source × target channels, in panels
/// as wide as a register tile.
@safe struct WinogradKernel {
  /// The first matrix.
  private let start: UnsafeMutablePointer<Scalar>
  /// The distance between matrices.
  private let stride: Int
  private let sourceChannels: Int

  /// The source channels whose taps are gathered at a time, to be still in the cache when they are transformed.
  private static let channelsAtATime = 32

  /// Computes G g Gᵀ for all pairs of channels.
  ///
  /// - Parameters:
  ///   - weight: [3, 3, in, out].
  ///   - shape: the shape of the convolution.
  ///   - transposed: whether input channels are the target, and the kernel is turned over: the backward pass.
  init(_ weight: UnsafePointer<Scalar>, _ shape: ConvolutionShape, transposed: Bool) {
    let (inputs, outputs) = (shape.input.channels, shape.outputChannels)
    let sources = transposed ? outputs : inputs
    let targets = transposed ? inputs : outputs
    let width = MatrixProductTile.columns
    let panelCount = targets.dividedRoundingUp(by: width)
    let packing = PanelPacking(
      width: width, laneStride: transposed ? outputs : 1, stepStride: transposed ? 1 : outputs)
    let matrixStride = Winograd.distance(panelCount * sources * width)
    let tapStride = Winograd.distance(Self.channelsAtATime * width)
    sourceChannels = sources
    stride = matrixStride
    unsafe start = .allocateLines(capacity: Winograd.products * matrixStride)
    nonisolated(unsafe) let (weight, transformed) = unsafe (weight, start)
    Threads.perform(blockCount: panelCount) { panel in
      let lanes = min(width, targets - panel * width)
      let taps = unsafe UnsafeMutablePointer<Scalar>.allocateLines(capacity: 9 * tapStride)
      defer { unsafe taps.deallocate() }
      for source in Swift.stride(from: 0, to: sources, by: Self.channelsAtATime) {
        let steps = min(Self.channelsAtATime, sources - source)
        for tap in 0..<9 {
          let first =
            (transposed ? 8 - tap : tap) * inputs * outputs
            + panel * width * packing.laneStride + source * packing.stepStride
          unsafe packing.pack(weight + first, lanes, steps: steps, into: taps + tap * tapStride)
        }
        let target = unsafe transformed + (panel * sources + source) * width
        for element in Swift.stride(from: 0, to: steps * width, by: Vector.scalarCount) {
          let first = unsafe taps + element
          let tile = WinogradTile(kernel: { i, j in
            unsafe Vector(at: first + (3 &* i &+ j) &* tapStride)
          })
          unsafe tile.store(to: target + element, stride: matrixStride)
        }
      }
    }
  }

  /// The panels of one of the matrices.
  ///
  /// - Parameters:
  ///   - product: which matrix, 0 to 15.
  ///   - source: the first source channel.
  ///   - target: the first target channel, a multiple of a panel's width.
  func panels(_ product: Int, from source: Int, target: Int) -> PanelBlock {
    let width = MatrixProductTile.columns
    return unsafe PanelBlock(
      start: start + (product * stride + target * sourceChannels + source * width), lane: 1,
      step: width, panel: sourceChannels * width)
  }

  /// Frees the matrices.
  func deallocate() { unsafe start.deallocate() }
}
