import Backprop
import KernelSupport

/// A 3×3 convolution by Winograd's F(2×2, 3×3): sixteen matrix products instead of thirty-six.
///
///     for each block of tiles and of target channels, on any thread
///       V ← Bᵀ d B for its tiles and all source channels       16 matrices, tiles × source channels
///       for each of the 16: M ← V U                            tiles × target channels
///       outputs ← Aᵀ m A for its tiles and target channels
///
/// The transforms are additions of vectors, a channel a lane, and their share falls with the number of
/// channels; the products are register tiles, as in any matrix product. More in `Chapters/Guides/Winograd.md`.
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
    let blocks = blocks(for: Threads.count)
    nonisolated(unsafe) let (plan, operands) = unsafe (self, (images, results))
    Threads.perform(blockCount: blocks.count) { index in
      unsafe plan.compute(
        blocks[index], operands.0, bias: bias, into: operands.1, accumulating: accumulating)
    }
  }

  /// Some tiles of all images, and some target channels in whole panels.
  private struct Block {
    let tiles: Range<Int>
    let channels: Range<Int>
  }

  /// As many blocks for each thread; how the results are cut changes none of them.
  ///
  /// The weights of a product are read once for every block, so blocks have as many tiles as lets one
  /// product's matrices stay in the second-level cache beside them. Where that leaves a thread without work,
  /// the channels are cut instead, so that no thread reads weights that another one reads.
  private func blocks(for threads: Int) -> [Block] {
    let channels = grid.target.channels
    let tileGroups = grid.count.dividedRoundingUp(by: 132)
    let cutsChannels =
      tileGroups < threads && channels >= threads * MatrixProductTile.columns
    let tiles = (0..<grid.count).divided(
      into: cutsChannels ? tileGroups : tileGroups.roundedUp(toMultipleOf: threads),
      inMultiplesOf: MatrixProductTile.rows)
    let channelGroups = (0..<channels).divided(
      into: cutsChannels ? threads : 1, inMultiplesOf: MatrixProductTile.columns)
    return tiles.flatMap { tiles in channelGroups.map { Block(tiles: tiles, channels: $0) } }
  }

  private func compute(
    _ block: Block, _ images: UnsafePointer<Scalar>, bias: [Scalar]?,
    into results: UnsafeMutablePointer<Scalar>, accumulating: Bool
  ) {
    let (tiles, sources, targets) = (block.tiles, grid.source.channels, block.channels.count)
    let inputStride = Winograd.distance(tiles.count * sources)
    let productStride = Winograd.distance(tiles.count * targets)
    let inputs = unsafe UnsafeMutablePointer<Scalar>.allocateLines(
      capacity: Winograd.products * inputStride)
    let products = unsafe UnsafeMutablePointer<Scalar>.allocateLines(
      capacity: Winograd.products * productStride)
    defer {
      unsafe inputs.deallocate()
      unsafe products.deallocate()
    }
    unsafe grid.transformInputs(tiles, images, into: inputs, stride: inputStride)
    for product in 0..<Winograd.products {
      for start in stride(from: 0, to: sources, by: Self.depth) {
        let rows = unsafe PanelBlock(
          start: inputs + (product * inputStride + start), lane: sources, step: 1,
          panel: sources * MatrixProductTile.rows)
        let columns = kernel.panels(product, from: start, target: block.channels.lowerBound)
        let multiplication = PanelProduct(
          rows, columns, rows: tiles.count, columns: targets,
          steps: min(Self.depth, sources - start))
        unsafe multiplication.compute(
          into: products + product * productStride, rowStride: targets, accumulating: start > 0,
          .downColumns)
      }
    }
    unsafe grid.writeOutputs(
      tiles, channels: block.channels, products, stride: productStride, bias: bias, to: results,
      accumulating: accumulating)
  }
}

extension Range<Int> {
  /// This range in parts of about the same length, all of them but the last a multiple of `factor`.
  ///
  /// - Parameters:
  ///   - count: how many parts there are, or fewer where the range is short.
  ///   - factor: at least 1.
  func divided(into count: Int, inMultiplesOf factor: Int) -> [Range<Int>] {
    let multiples = self.count.dividedRoundingUp(by: factor)
    let ends = (0...count).map {
      Swift.min(lowerBound + multiples * $0 / Swift.max(1, count) * factor, upperBound)
    }
    return zip(ends, ends.dropFirst()).map { $0..<$1 }.filter { !$0.isEmpty }
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
