import KernelSupport

/// How a matrix product is cut into blocks: by its shape alone.
///
///     for each block of C, on any thread                      blockRows × blockColumns
///       for each block of the inner dimension                 depth
///         pack the panels of B, and of A where it pays
///         for each panel of B (16 columns), for each panel of A (6 rows)
///           a register tile: 6 × 16 sums over `depth` products
///
/// A packed panel of B (16 × depth) stays in the first-level cache while all of the block's panels of A
/// (6 × depth each) stream past it from the second level.
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

  /// Chooses block sizes.
  ///
  /// Half the matrix in each direction, so that at least two threads find work, but within bounds:
  /// smaller blocks would not outweigh the hand-over to a thread, larger ones would leave the cache.
  /// The bounds, and the rule for what is packed, were found by measuring.
  init(_ shape: MatrixProductShape) {
    typealias Tile = MatrixProductTile
    self.shape = shape
    blockRows = (shape.rows / 2).clamped(to: 66...264).roundedUp(toMultipleOf: Tile.rows)
    let fewestColumns =
      shape.rows > blockRows ? 256 : shape.operations > 2_000_000 ? 32 : max(1, shape.columns)
    blockColumns = (shape.columns / 2).clamped(to: min(fewestColumns, 1024)...1024)
      .roundedUp(toMultipleOf: Tile.columns)
    let depthBlocks = max(1, (shape.inner + 447) / 448)
    depth = max(1, (shape.inner + depthBlocks - 1) / depthBlocks)
    packsLeft = shape.rows * shape.inner > (shape.leftTransposed ? 80_000 : 900_000)
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
      width: MatrixProductTile.rows, count: rows, laneStride: aRow, stepStride: aColumn)
    let right = PanelPacking(
      width: MatrixProductTile.columns, count: columns, laneStride: bColumn, stepStride: bRow)
    let leftPanels = UnsafeMutablePointer<Scalar>.allocate(
      capacity: packsLeft ? left.capacity(depth) : 1)
    let rightPanels = UnsafeMutablePointer<Scalar>.allocate(
      capacity: packsRight ? right.capacity(depth) : 1)
    defer {
      unsafe leftPanels.deallocate()
      unsafe rightPanels.deallocate()
    }

    var start = 0
    repeat {
      let steps = min(depth, shape.inner - start)
      var leftBlock = unsafe PanelBlock(
        start: a + start * aColumn, lane: aRow, step: aColumn,
        panel: aRow * MatrixProductTile.rows)
      var rightBlock = unsafe PanelBlock(
        start: b + start * bRow, lane: 1, step: bRow, panel: MatrixProductTile.columns)
      if packsLeft {
        leftBlock = unsafe left.pack(a + start * aColumn, steps: steps, into: leftPanels)
      }
      if packsRight {
        rightBlock = unsafe right.pack(b + start * bRow, steps: steps, into: rightPanels)
      }
      unsafe Self.multiply(
        leftBlock, rightBlock, steps: steps, into: c, rows: rows, columns: columns,
        rowStride: shape.columns, accumulating: accumulating || start > 0)
      start += depth
    } while start < shape.inner
  }

  /// Multiplies panels tile by tile.
  @inline(never)
  private static func multiply(
    _ a: PanelBlock, _ b: PanelBlock, steps: Int, into c: UnsafeMutablePointer<Scalar>,
    rows: Int, columns: Int, rowStride: Int, accumulating: Bool
  ) {
    var column = 0
    while column < columns {
      let tileColumns = min(MatrixProductTile.columns, columns &- column)
      let bPanel = unsafe b.panel(column / MatrixProductTile.columns)
      var row = 0
      while row < rows {
        let tileRows = min(MatrixProductTile.rows, rows &- row)
        var tile = MatrixProductTile()
        unsafe tile.addProducts(
          a.panel(row / MatrixProductTile.rows), TileRows(stride: a.lane, count: tileRows),
          aStep: a.step, bPanel, bStep: b.step, steps: steps)
        unsafe tile.store(
          to: c + (row &* rowStride &+ column), TileRows(stride: rowStride, count: tileRows),
          rows: tileRows, columns: tileColumns, accumulating: accumulating)
        row &+= MatrixProductTile.rows
      }
      column &+= MatrixProductTile.columns
    }
  }
}

/// Panels of an operand, packed or where they are: element (lane, step) of panel p is at
/// start + p · panel + lane · lane + step · step.
@safe package struct PanelBlock {
  let start: UnsafePointer<Scalar>
  let lane: Int
  let step: Int
  let panel: Int

  /// The first element of a panel.
  @inline(__always)
  package func panel(_ index: Int) -> UnsafePointer<Scalar> { unsafe start + index &* panel }
}

extension Int {
  /// The nearest number within a range.
  package func clamped(to range: ClosedRange<Int>) -> Int {
    Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
  }

  /// The smallest multiple of `factor` that is not below this number.
  package func roundedUp(toMultipleOf factor: Int) -> Int { (self + factor - 1) / factor * factor }
}
