import Backprop
import KernelSupport

/// The sums of the gradient with respect to some taps' weights for the channels of a panel: a register tile, pixel by pixel.
///
/// As in `TapSums`, tiles of each size are loops of their own.
@safe struct PixelSums {
  /// The pixels under the taps.
  let images: PaddedImages
  let imageCount: Int
  /// The output rows of each image.
  let rowCount: Int
  let pixelsPerRow: Int
  /// The distance between output rows in the images.
  let rowStep: Int
  /// The distance between outputs of a row in the images.
  let pixelStep: Int
  /// The panel of the outputs' gradients.
  let gradient: UnsafePointer<Scalar>
  /// The channels of the panel, 1 to all.
  let columns: Int
  /// The first weight of these channels.
  let weights: UnsafeMutablePointer<Scalar>
  /// The distance between rows of weights.
  let weightStride: Int

  /// Adds the sums of a tile to the gradient.
  ///
  /// - Parameters:
  ///   - taps: where the factors of some rows of weights lie, counted from an output's place in the images.
  ///   - row: the first of the rows.
  @inline(__always)
  func compute(_ taps: TileRows, _ row: Int) {
    let isWide = columns > TileVector.scalarCount
    if taps.count > SixRowTile.rows {
      isWide
        ? computeWide(MatrixProductTile.self, taps, row)
        : computeNarrow(MatrixProductTile.self, taps, row)
    } else {
      isWide
        ? computeWide(SixRowTile.self, taps, row) : computeNarrow(SixRowTile.self, taps, row)
    }
  }

  @inline(never)
  private func computeWide<Tile: RegisterTile>(_: Tile.Type, _ taps: TileRows, _ row: Int) {
    compute(Tile.self, width: Tile.columns, taps, row)
  }

  @inline(never)
  private func computeNarrow<Tile: RegisterTile>(_: Tile.Type, _ taps: TileRows, _ row: Int) {
    compute(Tile.self, width: TileVector.scalarCount, taps, row)
  }

  @inline(__always)
  private func compute<Tile: RegisterTile>(
    _: Tile.Type, width: Int, _ taps: TileRows, _ row: Int
  ) {
    var tile = Tile()
    var b = unsafe gradient
    for image in 0..<imageCount {
      var a = unsafe images.start + image &* images.layout.imageStride
      for _ in 0..<rowCount {
        unsafe tile.addProducts(
          a, taps, aStep: pixelStep, b, bStep: Tile.columns, steps: pixelsPerRow, columns: width)
        unsafe a += rowStep
        unsafe b += pixelsPerRow &* Tile.columns
      }
    }
    unsafe tile.store(
      to: weights + row &* weightStride, TileRows(stride: weightStride, count: taps.count),
      columns: columns, accumulating: true)
  }
}
