import Backprop
import KernelSupport

/// The sums of a convolution for some pixels and the channels of a panel: a register tile, run by run.
///
/// Tiles of six or more rows, and of one or two vectors of columns, are loops of their own, chosen before the
/// first run: each needs all registers, and in one loop for all of them the sums would go through memory
/// between two runs.
@safe struct TapSums {
  /// The products of every sum.
  let runs: [TapRuns]
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

  /// Computes the sums of neighbouring pixels.
  ///
  /// - Parameters:
  ///   - source: where the first pixel is that the taps count from.
  ///   - target: where its result goes.
  ///   - targetStep: the distance between results.
  @inline(never)
  func computeSliding(_ source: Int, into target: Int, targetStep: Int) {
    var tile = SlidingTile(start.0)
    for runs in runs {
      unsafe tile.addProducts(
        images + (source &+ runs.source), pixelStep: runs.sourceStep, weights + runs.panel,
        weightStep: MatrixProductTile.columns, channels: runs.count)
    }
    unsafe tile.store(
      to: results + target, pixelStep: targetStep, channels: columns, accumulating: accumulating)
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
    for runs in runs {
      for run in 0..<runs.count {
        unsafe tile.addProducts(
          images + (runs.source &+ run), sources, aStep: runs.sourceStep,
          weights + (runs.panel &+ run &* runs.steps &* Tile.columns), bStep: Tile.columns,
          steps: runs.steps, columns: width)
      }
    }
    unsafe tile.store(to: results, targets, columns: columns, accumulating: accumulating)
  }
}
