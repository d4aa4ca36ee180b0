import Backprop
import KernelSupport

/// The gradient of a 3×3 convolution by its weights in Winograd's form: the transpose of the forward pass.
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
  private let channelGroups: Int
  private let blockGroups: Int

  /// Describes the gradient of a convolution.
  init(_ shape: ConvolutionShape) {
    self.shape = shape
    grid = WinogradGrid(shape)
    // Where there are many weights, sums of their own for every group would fill the cache.
    let isLarge = shape.input.channels * shape.outputChannels > 1 << 14
    channelGroups = isLarge ? 4 : 1
    blockGroups = isLarge ? 1 : min(4, grid.blocks.count)
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
    let stride = inputs * outputs + 16
    let count = Winograd.products * stride
    let sums = UnsafeMutablePointer<Scalar>.allocate(capacity: blockGroups * count)
    defer { unsafe sums.deallocate() }
    let blocks = grid.blocks
    nonisolated(unsafe) let operands = unsafe (input, outputGradient, sums)
    Threads.perform(blockCount: blockGroups * channelGroups) { task in
      let (group, channelGroup) = task.quotientAndRemainder(dividingBy: channelGroups)
      let range =
        blocks.count * group / blockGroups..<blocks.count * (group + 1) / blockGroups
      unsafe addUp(
        blocks[range], channels: channels(channelGroup), operands.0, operands.1,
        into: operands.2 + group * count, stride: stride)
    }
    nonisolated(unsafe) let gradient = unsafe weightGradient
    Threads.perform(blockCount: (inputs + 15) / 16) { block in
      for channel in block * 16..<min(block * 16 + 16, inputs) {
        unsafe gather(
          operands.2 + channel * outputs, stride: stride, groups: blockGroups, count,
          addingTo: gradient + channel * outputs)
      }
    }
  }

  /// The output channels of a group: whole panels.
  private func channels(_ group: Int) -> Range<Int> {
    let panels = (shape.outputChannels + Tile.columns - 1) / Tile.columns
    func bound(_ group: Int) -> Int {
      min(shape.outputChannels, panels * group / channelGroups * Tile.columns)
    }
    return bound(group)..<bound(group + 1)
  }

  /// U, the sixteen matrices, summed over blocks of tiles.
  private func addUp(
    _ blocks: ArraySlice<Range<Int>>, channels: Range<Int>, _ input: UnsafePointer<Scalar>,
    _ outputGradient: UnsafePointer<Scalar>, into sums: UnsafeMutablePointer<Scalar>, stride: Int
  ) {
    guard !channels.isEmpty else { return }
    let panels = (channels.count + Tile.columns - 1) / Tile.columns
    let inputStride = grid.tilesPerBlock * shape.input.channels + 16
    let gradientStride = panels * grid.tilesPerBlock * Tile.columns + 16
    let transformed = UnsafeMutablePointer<Scalar>.allocate(
      capacity: Winograd.products * inputStride)
    let spread = UnsafeMutablePointer<Scalar>.allocate(
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
        unsafe multiply(
          transformed + product * inputStride, spread + product * gradientStride,
          tiles: tiles.count, channels: channels.count,
          into: sums + (product * stride + channels.lowerBound), accumulating: index > 0)
      }
    }
  }

  /// One of the sixteen products Vᵀ Y.
  @inline(never)
  private func multiply(
    _ inputs: UnsafePointer<Scalar>, _ gradients: UnsafePointer<Scalar>, tiles: Int, channels: Int,
    into sums: UnsafeMutablePointer<Scalar>, accumulating: Bool
  ) {
    let (sources, targets) = (shape.input.channels, shape.outputChannels)
    var panel = 0
    while panel &* Tile.columns < channels {
      let gradient = unsafe gradients + panel &* tiles &* Tile.columns
      let columns = min(Tile.columns, channels &- panel &* Tile.columns)
      var row = 0
      while row < sources {
        let rows = min(Tile.rows, sources &- row)
        var tile = Tile()
        unsafe tile.addProducts(
          inputs + row, TileRows(stride: 1, count: rows), aStep: sources, gradient,
          bStep: Tile.columns, steps: tiles)
        unsafe tile.store(
          to: sums + (row &* targets &+ panel &* Tile.columns),
          TileRows(stride: targets, count: rows), rows: rows, columns: columns,
          accumulating: accumulating)
        row &+= Tile.rows
      }
      panel &+= 1
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
      for group in 1..<max(1, groups) {
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
