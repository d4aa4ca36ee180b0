import KernelSupport

/// Values on a regular grid over a rectangle of the plane.
public struct Grid: Sendable {
  /// What the grid covers horizontally.
  public let x: ClosedRange<Double>
  /// What the grid covers vertically.
  public let y: ClosedRange<Double>
  /// The number of columns.
  public let columnCount: Int
  /// The number of rows.
  public let rowCount: Int
  /// The values, row by row from the bottom.
  let values: [Double]

  /// Samples a function at the middle of every cell of the grid.
  ///
  /// - Parameters:
  ///   - x: what the grid covers horizontally.
  ///   - y: what the grid covers vertically.
  ///   - columnCount: the number of columns, at least 2.
  ///   - rowCount: the number of rows, at least 2.
  ///   - function: the value at a point.
  public init(
    x: ClosedRange<Double>, y: ClosedRange<Double>, columnCount: Int = 120, rowCount: Int = 90,
    _ function: (_ point: Point) -> some BinaryFloatingPoint
  ) {
    let points = Self.centers(x: x, y: y, columnCount: columnCount, rowCount: rowCount)
    self.init(
      x: x, y: y, columnCount: columnCount, rowCount: rowCount, values: points.map(function))
  }

  /// Creates a grid from values computed in one go, for example by a network for a batch of `centers`.
  ///
  /// - Parameters:
  ///   - x: what the grid covers horizontally.
  ///   - y: what the grid covers vertically.
  ///   - columnCount: the number of columns, at least 2.
  ///   - rowCount: the number of rows, at least 2.
  ///   - values: one value for each of `centers`, in their order.
  public init(
    x: ClosedRange<Double>, y: ClosedRange<Double>, columnCount: Int = 120, rowCount: Int = 90,
    values: [some BinaryFloatingPoint]
  ) {
    precondition(
      columnCount >= 2 && rowCount >= 2 && values.count == columnCount * rowCount,
      "Grid: \(values.count) values for \(rowCount) rows of \(columnCount), at least 2 each")
    self.x = x
    self.y = y
    self.columnCount = columnCount
    self.rowCount = rowCount
    self.values = values.map { Double($0) }
  }

  /// The middles of all cells, row by row from the bottom.
  ///
  /// - Parameters:
  ///   - x: what the grid covers horizontally.
  ///   - y: what the grid covers vertically.
  ///   - columnCount: the number of columns, at least 0.
  ///   - rowCount: the number of rows, at least 0.
  public static func centers(
    x: ClosedRange<Double>, y: ClosedRange<Double>, columnCount: Int = 120, rowCount: Int = 90
  ) -> [Point] {
    precondition(
      columnCount >= 0 && rowCount >= 0, "Grid: \(rowCount) rows of \(columnCount) cells")
    return (0..<rowCount).flatMap { row in
      (0..<columnCount).map { column in
        center(column: column, of: columnCount, row: row, of: rowCount, x: x, y: y)
      }
    }
  }

  /// The value in a cell.
  subscript(column: Int, row: Int) -> Double { values[row * columnCount + column] }

  /// The middle of a cell.
  func center(column: Int, row: Int) -> Point {
    Self.center(column: column, of: columnCount, row: row, of: rowCount, x: x, y: y)
  }

  private static func center(
    column: Int, of columnCount: Int, row: Int, of rowCount: Int, x: ClosedRange<Double>,
    y: ClosedRange<Double>
  ) -> Point {
    let across = (Double(column) + 0.5) / Double(columnCount)
    let up = (Double(row) + 0.5) / Double(rowCount)
    return Point(
      x.lowerBound + across * (x.upperBound - x.lowerBound),
      y.lowerBound + up * (y.upperBound - y.lowerBound))
  }

  /// Fills a rectangle with the colours of the cells.
  ///
  /// Neighbours in a row that have the same colour become one rectangle, and all of one colour one
  /// path, along whole pixels: a page of small squares would be a hundred times as large.
  func fill(_ frame: Rectangle, on canvas: inout Canvas, color: (Double) -> Color) {
    let lefts = (0...columnCount).map { column in
      Int((frame.left + Double(column) / Double(columnCount) * frame.size.width).rounded())
    }
    let tops = (0...rowCount).map { row in
      Int((frame.bottom - Double(row) / Double(rowCount) * frame.size.height).rounded())
    }
    var order: [Color] = []
    var paths: [String: String] = [:]
    for row in 0..<rowCount {
      let colors = (0..<columnCount).map { color(self[$0, row]) }
      let height = tops[row] - tops[row + 1]
      var start = 0
      while start < columnCount {
        let end = colors[start...].firstIndex { $0 != colors[start] } ?? columnCount
        let width = lefts[end] - lefts[start]
        if paths[colors[start].svg] == nil { order.append(colors[start]) }
        paths[colors[start].svg, default: ""] +=
          "M\(lefts[start]) \(tops[row + 1])h\(width)v\(height)h-\(width)z"
        start = end
      }
    }
    for color in order { canvas.area(paths[color.svg] ?? "", fill: color) }
  }
}
