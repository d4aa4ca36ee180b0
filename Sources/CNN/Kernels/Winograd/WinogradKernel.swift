import Backprop
import KernelSupport

/// A 3×3 kernel transformed for Winograd's convolution: sixteen matrices, source × target channels, in panels
/// as wide as a register tile.
@safe struct WinogradKernel {
  /// The first matrix.
  private let start: UnsafeMutablePointer<Scalar>
  /// The number of panels of a matrix.
  private let panelCount: Int
  private let sourceChannels: Int

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
    let panelCount = (targets + width - 1) / width
    let stride = panelCount * sources * width
    sourceChannels = sources
    self.panelCount = panelCount
    unsafe start = .allocate(capacity: Winograd.products * stride)
    nonisolated(unsafe) let (weight, transformed) = unsafe (weight, start)
    Threads.perform(blockCount: panelCount) { panel in
      let lanes = min(width, targets - panel * width)
      let packing = PanelPacking(
        width: width, laneStride: transposed ? outputs : 1,
        stepStride: transposed ? 1 : outputs)
      let tapStride = sources * width
      let taps = UnsafeMutablePointer<Scalar>.allocate(
        capacity: 9 * tapStride + packing.capacity(lanes, sources))
      defer { unsafe taps.deallocate() }
      let firstLane = panel * width * (transposed ? outputs : 1)
      for tap in 0..<9 {
        let source = transposed ? 8 - tap : tap
        unsafe packing.pack(
          weight + (source * inputs * outputs + firstLane), lanes, steps: sources,
          into: taps + tap * tapStride)
      }
      var element = 0
      while element < tapStride {
        let first = unsafe taps + element
        let tile = WinogradTile(kernel: { i, j in
          unsafe Vector(at: first + (3 &* i &+ j) &* tapStride)
        })
        unsafe tile.store(to: transformed + (panel &* tapStride &+ element), stride: stride)
        element &+= Vector.scalarCount
      }
    }
  }

  /// The panels of one of the matrices, from a source channel on.
  func panels(_ product: Int, from channel: Int) -> PanelBlock {
    let width = MatrixProductTile.columns
    let panel = sourceChannels * width
    return unsafe PanelBlock(
      start: start + (product * panelCount * panel + channel * width), lane: 1, step: width,
      panel: panel)
  }

  /// Frees the matrices.
  func deallocate() { unsafe start.deallocate() }
}
