import KernelSupport

/// The product of two operands in panels, tile by tile: what every fast product comes down to in the end.
///
/// Both orders of the tiles give the same bits: a tile's sums are its own.
@safe package struct PanelProduct {
  private typealias Tile = MatrixProductTile

  /// The order of the tiles: which panel stays in the first-level cache while the others stream past it.
  package enum Order {
    /// A panel of A: the tiles walk along rows of C, which the processor fetches ahead.
    case alongRows
    /// A panel of B, for short ones and a C that is in the cache itself.
    case downColumns
  }

  private let a: PanelBlock
  private let b: PanelBlock
  private let rows: Int
  private let columns: Int
  private let steps: Int

  /// Describes a product.
  ///
  /// - Parameters:
  ///   - a: the left operand, in panels of a tile's rows.
  ///   - b: the right operand, in panels of a tile's columns.
  ///   - rows: the rows of C.
  ///   - columns: the columns of C.
  ///   - steps: the length of the sums.
  package init(_ a: PanelBlock, _ b: PanelBlock, rows: Int, columns: Int, steps: Int) {
    self.a = a
    self.b = b
    self.rows = rows
    self.columns = columns
    self.steps = steps
  }

  /// Computes all tiles.
  ///
  /// - Parameters:
  ///   - c: the first element of C.
  ///   - rowStride: the distance between rows of C.
  ///   - accumulating: whether the product is added to what C holds.
  ///   - order: the order of the tiles.
  package func compute(
    into c: UnsafeMutablePointer<Scalar>, rowStride: Int, accumulating: Bool, _ order: Order
  ) {
    switch order {
    case .alongRows:
      for row in stride(from: 0, to: rows, by: Tile.rows) {
        unsafe computeTiles(
          row, min(Tile.rows, rows - row), columns: 0..<columns, into: c, rowStride, accumulating)
      }
    case .downColumns:
      for column in stride(from: 0, to: columns, by: Tile.columns) {
        let columns = column..<min(column + Tile.columns, columns)
        for row in stride(from: 0, to: rows, by: Tile.rows) {
          unsafe computeTiles(
            row, min(Tile.rows, rows - row), columns: columns, into: c, rowStride, accumulating)
        }
      }
    }
  }

  /// Computes the tiles of some columns that have their rows in common.
  @inline(never)
  private func computeTiles(
    _ row: Int, _ count: Int, columns: Range<Int>, into c: UnsafeMutablePointer<Scalar>,
    _ rowStride: Int, _ accumulating: Bool
  ) {
    var column = columns.lowerBound
    if count == Tile.rows {
      let (aRows, cRows) = (
        TileRows(stride: a.lane, count: Tile.rows), TileRows(stride: rowStride, count: Tile.rows)
      )
      while column &+ Tile.columns <= columns.upperBound {
        unsafe compute(
          Tile.self, row, aRows, column, columns: Tile.columns,
          into: c + (row &* rowStride &+ column), cRows, accumulating)
        column &+= Tile.columns
      }
    }
    while column < columns.upperBound {
      let tileColumns = min(Tile.columns, columns.upperBound &- column)
      unsafe computePart(row, count, column, columns: tileColumns, into: c, rowStride, accumulating)
      column &+= Tile.columns
    }
  }

  /// Computes a tile that reaches beyond C, apart from those within, whose loop is short of registers.
  @inline(never)
  private func computePart(
    _ row: Int, _ count: Int, _ column: Int, columns: Int,
    into c: UnsafeMutablePointer<Scalar>, _ rowStride: Int, _ accumulating: Bool
  ) {
    let aRows = TileRows(stride: a.lane, count: count)
    let cRows = TileRows(stride: rowStride, count: count)
    let c = unsafe c + (row &* rowStride &+ column)
    if count > SixRowTile.rows {
      unsafe compute(Tile.self, row, aRows, column, columns: columns, into: c, cRows, accumulating)
    } else {
      unsafe compute(
        SixRowTile.self, row, aRows, column, columns: columns, into: c, cRows, accumulating)
    }
  }

  @inline(__always)
  private func compute<SomeTile: RegisterTile>(
    _: SomeTile.Type, _ row: Int, _ aRows: TileRows, _ column: Int, columns: Int,
    into c: UnsafeMutablePointer<Scalar>, _ cRows: TileRows, _ accumulating: Bool
  ) {
    var tile = SomeTile()
    unsafe tile.addProducts(
      a.panel(row / Tile.rows), aRows, aStep: a.step, b.panel(column / Tile.columns),
      bStep: b.step, steps: steps, columns: columns)
    unsafe tile.store(to: c, cRows, columns: columns, accumulating: accumulating)
  }
}

/// Panels of an operand, packed or where they are: element (lane, step) of panel p is at
/// start + p · panel + lane · lane + step · step.
@safe package struct PanelBlock {
  let start: UnsafePointer<Scalar>
  let lane: Int
  let step: Int
  let panel: Int

  /// Describes panels.
  package init(start: UnsafePointer<Scalar>, lane: Int, step: Int, panel: Int) {
    unsafe self.start = start
    self.lane = lane
    self.step = step
    self.panel = panel
  }

  /// The first element of a panel.
  @inline(__always)
  package func panel(_ index: Int) -> UnsafePointer<Scalar> { unsafe start + index &* panel }
}
