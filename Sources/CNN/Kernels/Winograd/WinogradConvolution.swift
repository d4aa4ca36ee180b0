import Backprop
import KernelSupport

/// A 3×3 convolution by Winograd's F(2×2, 3×3): sixteen matrix products instead of thirty-six.
///
///     for each block of tiles, on any thread
///       V ← Bᵀ d B for all tiles and source channels           16 matrices, tiles × source channels
///       for each of the 16: M ← V U                            tiles × target channels
///       outputs ← Aᵀ m A for all tiles and target channels
///
/// The transforms are additions of vectors, a channel a lane, and their share falls with the number of
/// channels; the products are register tiles, as in any matrix product.
struct WinogradConvolution {
  private typealias Tile = MatrixProductTile

  /// Where the tiles lie.
  let grid: WinogradGrid
  /// The kernel.
  let kernel: WinogradKernel

  /// The products that a tile adds up before it makes room for the next panel.
  private static let depth = 256

  /// Computes all results.
  ///
  /// - Parameters:
  ///   - images: the source.
  ///   - bias: a number for each target channel, or nil for none.
  ///   - results: the target.
  ///   - accumulating: whether results are added to what is there.
  func compute(
    _ images: UnsafePointer<Scalar>, bias: [Scalar]?,
    into results: UnsafeMutablePointer<Scalar>, accumulating: Bool
  ) {
    let blocks = grid.blocks
    nonisolated(unsafe) let (plan, operands) = unsafe (self, (images, results))
    Threads.perform(blockCount: blocks.count) { index in
      unsafe plan.computeBlock(
        blocks[index], operands.0, bias: bias, into: operands.1, accumulating: accumulating)
    }
  }

  private func computeBlock(
    _ tiles: Range<Int>, _ images: UnsafePointer<Scalar>, bias: [Scalar]?,
    into results: UnsafeMutablePointer<Scalar>, accumulating: Bool
  ) {
    let (sources, targets) = (grid.source.channels, grid.target.channels)
    // A cache line more than the matrix: at a multiple of 4096 bytes all sixteen would share a few lines.
    let inputStride = tiles.count * sources + 16
    let productStride = tiles.count * targets + 16
    let inputs = UnsafeMutablePointer<Scalar>.allocate(capacity: Winograd.products * inputStride)
    let products = UnsafeMutablePointer<Scalar>.allocate(
      capacity: Winograd.products * productStride)
    defer {
      unsafe inputs.deallocate()
      unsafe products.deallocate()
    }
    unsafe grid.transformInputs(tiles, images, into: inputs, stride: inputStride)
    for product in 0..<Winograd.products {
      for start in stride(from: 0, to: sources, by: Self.depth) {
        unsafe multiply(
          product, inputs + (product * inputStride + start), from: start,
          steps: min(Self.depth, sources - start), tiles: tiles.count,
          into: products + product * productStride)
      }
    }
    unsafe grid.writeOutputs(
      tiles, products, stride: productStride, bias: bias, to: results, accumulating: accumulating)
  }

  /// One of the sixteen products, for some source channels.
  @inline(never)
  private func multiply(
    _ product: Int, _ inputs: UnsafePointer<Scalar>, from channel: Int, steps: Int, tiles: Int,
    into products: UnsafeMutablePointer<Scalar>
  ) {
    let (sources, targets) = (grid.source.channels, grid.target.channels)
    for panel in 0..<kernel.panels {
      let weights = unsafe kernel.panel(product, panel, from: channel)
      let columns = min(Tile.columns, targets &- panel &* Tile.columns)
      var row = 0
      while row < tiles {
        let rows = min(Tile.rows, tiles &- row)
        var tile = Tile()
        unsafe tile.addProducts(
          inputs + row &* sources, TileRows(stride: sources, count: rows), aStep: 1,
          weights, bStep: Tile.columns, steps: steps)
        unsafe tile.store(
          to: products + (row &* targets &+ panel &* Tile.columns),
          TileRows(stride: targets, count: rows), rows: rows, columns: columns,
          accumulating: channel > 0)
        row &+= Tile.rows
      }
    }
  }
}

extension WinogradConvolution {
  /// A forward pass.
  static func forward(
    _ input: UnsafePointer<Scalar>, _ weight: UnsafePointer<Scalar>, bias: [Scalar]?,
    into output: UnsafeMutablePointer<Scalar>, _ shape: ConvolutionShape
  ) {
    let kernel = unsafe WinogradKernel(weight, shape, transposed: false)
    defer { kernel.deallocate() }
    let convolution = WinogradConvolution(grid: WinogradGrid(shape), kernel: kernel)
    unsafe convolution.compute(input, bias: bias, into: output, accumulating: false)
  }

  /// The backward pass by the input: tap k of an output o lies on input o + k − padding, so the input i is
  /// read by tap 2 − k′ of the output i + k′ − (2 − padding).
  static func inputGradient(
    _ outputGradient: UnsafePointer<Scalar>, _ weight: UnsafePointer<Scalar>,
    into inputGradient: UnsafeMutablePointer<Scalar>, _ shape: ConvolutionShape, accumulating: Bool
  ) {
    let kernel = unsafe WinogradKernel(weight, shape, transposed: true)
    defer { kernel.deallocate() }
    let grid = WinogradGrid(
      source: shape.output, target: shape.input, top: 2 - shape.geometry.top,
      left: 2 - shape.geometry.left)
    unsafe WinogradConvolution(grid: grid, kernel: kernel)
      .compute(outputGradient, bias: nil, into: inputGradient, accumulating: accumulating)
  }
}
