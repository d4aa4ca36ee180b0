import KernelSupport

/// How a matrix product is cut into blocks: by its shape alone.
///
///     for each block of C, on any thread                      blockRows × blockColumns
///       for each block of the inner dimension                 depth
///         pack the panels of B
///         for each group of rows                              groupRows
///           pack the panels of a transposed A where it pays
///           for each panel of A (6 rows), for each panel of B (16 or 32 columns)
///             a register tile: its sums over `depth` products
///
/// A panel of A (6 × depth) stays in the first-level cache while all of the block's panels of B stream past
/// it from the second level. The tiles of a panel of A walk along six rows of C, which the processor sees
/// and fetches ahead. Down a column of C, with a panel of B in the first level instead, it does not: each
/// tile then waits for its part of C, and at 2048 × 2048 × 2048 a tenth of the time was lost. Rows of A that lie in a row each are read where they are: to pack them gained nothing.
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

  /// The rows of A that are packed at a time: eight panels, which fill whole cache lines of a transposed A.
  private static let groupRows = 8 * MatrixProductTile.rows

  /// Chooses block sizes.
  ///
  /// Half the matrix in each direction, so that at least two threads find work, but within bounds:
  /// smaller blocks would not outweigh the hand-over to a thread, larger ones would leave the cache.
  /// The bounds, and the rule for what is packed, were found by measuring.
  init(_ shape: MatrixProductShape) {
    typealias Tile = MatrixProductTile
    self.shape = shape
    blockRows = (shape.rows / 2).clamped(to: 66...1032).roundedUp(toMultipleOf: Tile.rows)
    let fewestColumns =
      shape.rows > blockRows ? 256 : shape.operations > 2_000_000 ? 32 : max(1, shape.columns)
    blockColumns = (shape.columns / 2).clamped(to: min(fewestColumns, 512)...512)
      .roundedUp(toMultipleOf: Tile.columns)
    let depthBlocks = max(1, (shape.inner + 511) / 512)
    depth = max(1, (shape.inner + depthBlocks - 1) / depthBlocks)
    packsLeft = shape.leftTransposed && shape.rows * shape.inner > 60_000
    packsRight =
      shape.rightTransposed || shape.columns > 128
      || !shape.columns.isMultiple(of: Tile.columns)
  }

  private var rowBlocks: Int { (shape.rows + blockRows - 1) / blockRows }
  private var columnBlocks: Int { (shape.columns + blockColumns - 1) / blockColumns }

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
    let leftPanels = UnsafeMutablePointer<Scalar>.allocate(
      capacity: packsLeft ? left.capacity(min(rows, Self.groupRows), depth) : 1)
    let rightPanels = UnsafeMutablePointer<Scalar>.allocate(
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

extension Int {
  /// The nearest number within a range.
  func clamped(to range: ClosedRange<Int>) -> Int {
    Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
  }

  /// The smallest multiple of `factor` that is not below this number.
  package func roundedUp(toMultipleOf factor: Int) -> Int { (self + factor - 1) / factor * factor }
}
