import Backprop
import KernelSupport

/// The gradient of a 3×3 convolution with respect to its weights in Winograd's form: the transpose of the forward pass.
///
///     for each group of blocks and of output channels, on any thread
///       for each block of tiles
///         V ← Bᵀ d B,   Y ← A y Aᵀ                               16 matrices each
///         for each of the 16: U ← U + Vᵀ Y                       input × output channels
///     weight gradient ← Gᵀ u G for all pairs of channels
///
/// The forward pass is linear in the kernel: Aᵀ (G g Gᵀ ⊙ V) A. Its transpose takes an output's gradient y
/// back through the same matrices in the opposite order: Gᵀ (A y Aᵀ ⊙ V) G.
struct WinogradWeightGradient {
  private typealias Tile = MatrixProductTile

  private let shape: ConvolutionShape
  private let grid: WinogradGrid
  /// The tiles whose transforms are in memory at a time: the length of a sum's blocks, from the shape alone.
  private let tilesPerBlock: Int
  private let blocks: [Range<Int>]
  private let groups: GradientGroups

  /// Describes the gradient of a convolution.
  init(_ shape: ConvolutionShape) {
    self.shape = shape
    grid = WinogradGrid(shape)
    let tiles = grid.count
    let length = min(max((tiles / 2).roundedUp(toMultipleOf: 6), 48), 96)
    tilesPerBlock = length
    blocks = stride(from: 0, to: tiles, by: length).map { $0..<min($0 + length, tiles) }
    groups = GradientGroups(
      blocks: blocks.count, channels: shape.outputChannels,
      hasManyWeights: shape.input.channels * shape.outputChannels > 1 << 14)
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
    let (inputs, outputs) = (shape.input.channels, shape.outputChannels)
    let stride = Winograd.distance(inputs * outputs)
    let count = Winograd.products * stride
    let sums = unsafe UnsafeMutablePointer<Scalar>.allocateLines(
      capacity: groups.blockGroups * count)
    defer { unsafe sums.deallocate() }
    let blocks = blocks
    nonisolated(unsafe) let operands = unsafe (input, outputGradient, sums)
    Threads.perform(blockCount: groups.count) { task in
      let group = groups[task]
      unsafe addUp(
        blocks[group.blocks], channels: group.channels, operands.0, operands.1,
        into: operands.2 + group.sums * count, stride: stride)
    }
    nonisolated(unsafe) let gradient = unsafe weightGradient
    Threads.perform(blockCount: (inputs + 15) / 16) { block in
      for channel in block * 16..<min(block * 16 + 16, inputs) {
        unsafe gather(
          operands.2 + channel * outputs, stride: stride, groups: groups.blockGroups, count,
          addingTo: gradient + channel * outputs)
      }
    }
  }

  /// U, the sixteen matrices, summed over blocks of tiles.
  private func addUp(
    _ blocks: ArraySlice<Range<Int>>, channels: Range<Int>, _ input: UnsafePointer<Scalar>,
    _ outputGradient: UnsafePointer<Scalar>, into sums: UnsafeMutablePointer<Scalar>, stride: Int
  ) {
    guard !channels.isEmpty else { return }
    let panels = channels.count.dividedRoundingUp(by: Tile.columns)
    let inputs = shape.input.channels
    let inputStride = Winograd.distance(tilesPerBlock * inputs)
    let gradientStride = Winograd.distance(panels * tilesPerBlock * Tile.columns)
    let transformed = unsafe UnsafeMutablePointer<Scalar>.allocateLines(
      capacity: Winograd.products * inputStride)
    let spread = unsafe UnsafeMutablePointer<Scalar>.allocateLines(
      capacity: Winograd.products * gradientStride)
    defer {
      unsafe transformed.deallocate()
      unsafe spread.deallocate()
    }
    unsafe spread.update(repeating: 0, count: Winograd.products * gradientStride)
    for (index, tiles) in blocks.enumerated() {
      unsafe grid.transformInputs(tiles, input, into: transformed, stride: inputStride)
      unsafe grid.spreadOutputs(
        tiles, channels: channels, outputGradient, into: spread, stride: gradientStride)
      for product in 0..<Winograd.products {
        let rows = unsafe PanelBlock(
          start: transformed + product * inputStride, lane: 1, step: inputs, panel: Tile.rows)
        let columns = unsafe PanelBlock(
          start: spread + product * gradientStride, lane: 1, step: Tile.columns,
          panel: tiles.count * Tile.columns)
        let multiplication = PanelProduct(
          rows, columns, rows: inputs, columns: channels.count, steps: tiles.count)
        unsafe multiplication.compute(
          into: sums + (product * stride + channels.lowerBound), rowStride: shape.outputChannels,
          accumulating: index > 0, .downColumns)
      }
    }
  }

  /// Adds Gᵀ u G for one input channel, u being the sum of all groups'.
  private func gather(
    _ sums: UnsafePointer<Scalar>, stride: Int, groups: Int, _ groupStride: Int,
    addingTo gradient: UnsafeMutablePointer<Scalar>
  ) {
    let tapStride = shape.input.channels &* shape.outputChannels
    var channel = 0
    while channel < shape.outputChannels {
      var tile = unsafe WinogradTile(at: sums + channel, stride: stride)
      for group in 1..<groups {
        unsafe tile.add(WinogradTile(at: sums + (group &* groupStride &+ channel), stride: stride))
      }
      tile.forEachKernelElement { index, element in
        let place = unsafe gradient + (index &* tapStride &+ channel)
        unsafe (Vector(at: place) + element).store(to: place)
      }
      channel &+= Vector.scalarCount
    }
  }
}
