import Backprop
import KernelSupport

/// A run of products: where its factors lie, counted from a pixel's place and from the panel of weights.
struct TapRun {
  let source: Int
  let panel: Int
  let steps: Int
}

/// The sums of a convolution for some pixels and the channels of a panel: a register tile, run by run.
///
/// Tiles of six or more rows, and of one or two vectors of columns, are loops of their own, chosen before the
/// first run: each needs all registers, and in one loop for all of them the sums would go through memory
/// between two runs.
@safe struct TapSums {
  /// The products of every sum.
  let runs: [TapRun]
  /// What pixels' places count from.
  let images: UnsafePointer<Scalar>
  /// The panel.
  let weights: UnsafeMutablePointer<Scalar>
  /// What the sums of every row begin with: zeros, or biases.
  let start: (TileVector, TileVector)
  /// What the results' places count from.
  let results: UnsafeMutablePointer<Scalar>
  /// The channels of the panel, 1 to all.
  let columns: Int
  /// Whether sums are added to what is there.
  let accumulating: Bool

  /// Computes the sums of a tile.
  ///
  /// - Parameters:
  ///   - sources: where the pixels are that the taps count from.
  ///   - targets: where as many results go.
  @inline(__always)
  func compute(_ sources: TileRows, into targets: TileRows) {
    let isWide = columns > TileVector.scalarCount
    if sources.count > SixRowTile.rows {
      isWide
        ? computeWide(MatrixProductTile.self, sources, into: targets)
        : computeNarrow(MatrixProductTile.self, sources, into: targets)
    } else {
      isWide
        ? computeWide(SixRowTile.self, sources, into: targets)
        : computeNarrow(SixRowTile.self, sources, into: targets)
    }
  }

  @inline(never)
  private func computeWide<Tile: RegisterTile>(
    _: Tile.Type, _ sources: TileRows, into targets: TileRows
  ) {
    compute(Tile.self, width: Tile.columns, sources, into: targets)
  }

  @inline(never)
  private func computeNarrow<Tile: RegisterTile>(
    _: Tile.Type, _ sources: TileRows, into targets: TileRows
  ) {
    compute(Tile.self, width: TileVector.scalarCount, sources, into: targets)
  }

  @inline(__always)
  private func compute<Tile: RegisterTile>(
    _: Tile.Type, width: Int, _ sources: TileRows, into targets: TileRows
  ) {
    var tile = Tile(start.0, start.1)
    for run in runs {
      unsafe tile.addProducts(
        images + run.source, sources, aStep: 1, weights + run.panel, bStep: Tile.columns,
        steps: run.steps, columns: width)
    }
    unsafe tile.store(to: results, targets, columns: columns, accumulating: accumulating)
  }
}
