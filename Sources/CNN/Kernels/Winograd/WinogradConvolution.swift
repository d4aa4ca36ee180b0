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
    let count = tiles.count
    let inputStride = count * sources + 16
    let productStride = count * targets + 16
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
        let tiles = unsafe PanelBlock(
          start: inputs + (product * inputStride + start), lane: sources, step: 1,
          panel: sources * MatrixProductTile.rows)
        let multiplication = PanelProduct(
          tiles, kernel.panels(product, from: start), rows: count, columns: targets,
          steps: min(Self.depth, sources - start))
        unsafe multiplication.compute(
          into: products + product * productStride, rowStride: targets, accumulating: start > 0,
          .downColumns)
      }
    }
    unsafe grid.writeOutputs(
      tiles, products, stride: productStride, bias: bias, to: results, accumulating: accumulating)
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
