import KernelSupport

/// How a matrix product is cut into blocks.
///
///     for each block of C, on any thread                      blockRows × blockColumns
///       for each block of the inner dimension                 depth
///         pack the panels of B
///         for each group of rows                              groupRows
///           pack the panels of a transposed A where it pays
///           for each panel of A (a tile's rows), for each panel of B (a tile's columns)
///             a register tile: its sums over `depth` products
///
/// A panel of A stays in the first-level cache while all of the block's panels of B stream past it from the
/// second level. The tiles of a panel of A walk along rows of C, which the processor sees and fetches ahead.
/// Down a column of C, with a panel of B in the first level instead, it does not, and each tile waits for its
/// part of C. Rows of A that lie in a row each are read where they are: to copy them gained nothing.
struct MatrixProductPlan {
  let shape: MatrixProductShape
  /// The rows of a block of C, a multiple of a tile's.
  let blockRows: Int
  /// The columns of a block of C, a multiple of a tile's.
  let blockColumns: Int
  /// The length of a block of the inner dimension.
  let depth: Int
  /// Whether the left operand is copied into panels; else tiles read it where it is.
  let packsLeft: Bool
  /// Whether the right operand is copied into panels.
  let packsRight: Bool

  /// The rows of A that are copied at a time: whole panels, and whole cache lines of a transposed A.
  private static let groupRows = 96

  /// Chooses block sizes.
  ///
  /// The length of a sum's blocks, and with it every bit of the result, follows from the shape alone. C is cut
  /// into blocks whose part of B stays in the second-level cache, and so many that every thread gets as much
  /// to do; that changes no sum. The bounds, and the rule for what is packed, were found by measuring.
  ///
  /// - Parameters:
  ///   - shape: the sizes.
  ///   - threads: how many threads share the work.
  init(_ shape: MatrixProductShape, threads: Int) {
    typealias Tile = MatrixProductTile
    self.shape = shape
    depth = shape.sumLength
    packsLeft = shape.leftTransposed && shape.rows * shape.inner > 60_000
    let isLow = shape.rows <= Tile.rows
    packsRight =
      shape.rightTransposed || shape.columns > 64 && !isLow
      || !shape.columns.isMultiple(of: Tile.columns)

    let tileRows = shape.rows.dividedRoundingUp(by: Tile.rows)
    let tileColumns = shape.columns.dividedRoundingUp(by: Tile.columns)
    var rowBlocks = 1
    // Where every panel of B is used once, a few at a time go through the first-level cache.
    var columnBlocks = max(1, shape.columns.dividedRoundingUp(by: isLow && packsRight ? 64 : 512))
    let isWorthThreads = shape.operations > 2_000_000
    if isWorthThreads && !columnBlocks.isMultiple(of: threads) {
      // Blocks of rows pack B once each, blocks of columns A.
      if packsRight && !(packsLeft && tileRows > tileColumns) && tileColumns >= threads {
        columnBlocks = columnBlocks.roundedUp(toMultipleOf: threads)
      } else {
        rowBlocks = threads
      }
    }
    blockRows = max(1, tileRows.dividedRoundingUp(by: rowBlocks)) * Tile.rows
    blockColumns = max(1, tileColumns.dividedRoundingUp(by: columnBlocks)) * Tile.columns
  }

  private var rowBlocks: Int { shape.rows.dividedRoundingUp(by: blockRows) }
  private var columnBlocks: Int { shape.columns.dividedRoundingUp(by: blockColumns) }

  /// The number of blocks of C.
  var blockCount: Int { rowBlocks * columnBlocks }

  /// Computes one block of C.
  ///
  /// - Parameters:
  ///   - block: its number, below `blockCount`; row blocks go fastest.
  ///   - a: the left operand, as `shape` says.
  ///   - b: the right operand, as `shape` says.
  ///   - c: the result.
  ///   - accumulating: whether the product is added to what `c` holds.
  func computeBlock(
    _ block: Int, _ a: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>,
    _ c: UnsafeMutablePointer<Scalar>, accumulating: Bool
  ) {
    let firstRow = block % rowBlocks * blockRows
    let firstColumn = block / rowBlocks * blockColumns
    let rows = min(blockRows, shape.rows - firstRow)
    let columns = min(blockColumns, shape.columns - firstColumn)
    let (aRow, aColumn) = shape.leftStrides
    let (bRow, bColumn) = shape.rightStrides
    let a = unsafe a + firstRow * aRow
    let b = unsafe b + firstColumn * bColumn
    let c = unsafe c + firstRow * shape.columns + firstColumn

    let left = PanelPacking(
      width: MatrixProductTile.rows, laneStride: aRow, stepStride: aColumn)
    let right = PanelPacking(
      width: MatrixProductTile.columns, laneStride: bColumn, stepStride: bRow)
    let leftPanels = unsafe UnsafeMutablePointer<Scalar>.allocateLines(
      capacity: packsLeft ? left.capacity(min(rows, Self.groupRows), depth) : 1)
    let rightPanels = unsafe UnsafeMutablePointer<Scalar>.allocateLines(
      capacity: packsRight ? right.capacity(columns, depth) : 1)
    defer {
      unsafe leftPanels.deallocate()
      unsafe rightPanels.deallocate()
    }

    var start = 0
    repeat {
      let steps = min(depth, shape.inner - start)
      var rightBlock = unsafe PanelBlock(
        start: b + start * bRow, lane: 1, step: bRow, panel: MatrixProductTile.columns)
      if packsRight {
        rightBlock = unsafe right.pack(b + start * bRow, columns, steps: steps, into: rightPanels)
      }
      for row in stride(from: 0, to: rows, by: Self.groupRows) {
        let groupRows = min(Self.groupRows, rows - row)
        var leftBlock = unsafe PanelBlock(
          start: a + row * aRow + start * aColumn, lane: aRow, step: aColumn,
          panel: aRow * MatrixProductTile.rows)
        if packsLeft {
          leftBlock = unsafe left.pack(leftBlock.start, groupRows, steps: steps, into: leftPanels)
        }
        let product = PanelProduct(
          leftBlock, rightBlock, rows: groupRows, columns: columns, steps: steps)
        unsafe product.compute(
          into: c + row * shape.columns, rowStride: shape.columns,
          accumulating: accumulating || start > 0, .alongRows)
      }
      start += depth
    } while start < shape.inner
  }
}

extension MatrixProductShape {
  /// The length of the blocks in which every sum over `inner` is made: it follows from `inner` alone.
  package var sumLength: Int {
    let blocks = max(1, inner.dividedRoundingUp(by: 512))
    return max(1, inner.dividedRoundingUp(by: blocks))
  }
}

extension Int {
  /// The quotient, rounded up.
  package func dividedRoundingUp(by divisor: Int) -> Int { (self + divisor - 1) / divisor }

  /// The smallest multiple of `factor` that is not below this number.
  package func roundedUp(toMultipleOf factor: Int) -> Int {
    dividedRoundingUp(by: factor) * factor
  }
}
