import KernelSupport

/// An affine map of the plane, with rows and columns as coordinates: straight lines stay straight and
/// parallel lines parallel.
///
///     row'    = rowByRow · row + rowByColumn · column + rowOffset
///     column' = columnByRow · row + columnByColumn · column + columnOffset
///
/// A picture is distorted by looking, for each pixel of the result, at the place in the original that the
/// map sends it to. So a map goes from the result to the original: one that doubles all distances
/// halves the picture.
public struct AffineMap: Equatable, Sendable {
  /// How the row changes along a column.
  public var rowByRow: Scalar = 1
  /// How the row changes along a row.
  public var rowByColumn: Scalar = 0
  /// The row that the origin goes to.
  public var rowOffset: Scalar = 0
  /// How the column changes along a column.
  public var columnByRow: Scalar = 0
  /// How the column changes along a row.
  public var columnByColumn: Scalar = 1
  /// The column that the origin goes to.
  public var columnOffset: Scalar = 0

  /// The map that leaves every place where it is.
  public static let identity = AffineMap()

  /// The map that moves every place.
  public static func shift(rows: Scalar, columns: Scalar) -> AffineMap {
    var map = AffineMap()
    map.rowOffset = rows
    map.columnOffset = columns
    return map
  }

  /// The map that multiplies the distances from the origin.
  public static func scale(rows: Scalar, columns: Scalar) -> AffineMap {
    var map = AffineMap()
    map.rowByRow = rows
    map.columnByColumn = columns
    return map
  }

  /// The map that turns the plane about the origin, clockwise as it is looked at, rows going down: so the
  /// picture turns the other way.
  ///
  /// Quarter turns are taken out of the angle first, so that they are exact.
  public static func rotation(degrees: Scalar) -> AffineMap {
    let quarters = (degrees / 90).rounded()
    let rest = (degrees - 90 * quarters) * .pi / 180
    var (sine, cosine) = (Scalar.sin(rest), Scalar.cos(rest))
    for _ in 0..<Int(quarters - 4 * (quarters / 4).rounded(.down)) {
      (sine, cosine) = (cosine, -sine)
    }
    var map = AffineMap()
    (map.rowByRow, map.rowByColumn) = (cosine, sine)
    (map.columnByRow, map.columnByColumn) = (-sine, cosine)
    return map
  }

  /// The map that slides every row along itself, the farther the lower it is: by this many columns a row.
  public static func shear(_ columnsPerRow: Scalar) -> AffineMap {
    var map = AffineMap()
    map.columnByRow = columnsPerRow
    return map
  }

  /// The map that exchanges left and right.
  public static let flip = scale(rows: 1, columns: -1)

  /// This map, and then another one.
  public func followed(by next: AffineMap) -> AffineMap {
    var map = AffineMap()
    map.rowByRow = next.rowByRow * rowByRow + next.rowByColumn * columnByRow
    map.rowByColumn = next.rowByRow * rowByColumn + next.rowByColumn * columnByColumn
    map.rowOffset = next.rowByRow * rowOffset + next.rowByColumn * columnOffset + next.rowOffset
    map.columnByRow = next.columnByRow * rowByRow + next.columnByColumn * columnByRow
    map.columnByColumn = next.columnByRow * rowByColumn + next.columnByColumn * columnByColumn
    map.columnOffset =
      next.columnByRow * rowOffset + next.columnByColumn * columnOffset + next.columnOffset
    return map
  }

  /// The map whose origin is the middle of pictures of this size.
  public func centered(in size: Extent) -> AffineMap {
    let row = Scalar(size.height - 1) / 2
    let column = Scalar(size.width - 1) / 2
    return AffineMap.shift(rows: -row, columns: -column).followed(by: self)
      .followed(by: .shift(rows: row, columns: column))
  }

  /// The six numbers as `affineCoordinates` takes them, [2, 3].
  var numbers: [Scalar] {
    [rowByRow, rowByColumn, rowOffset, columnByRow, columnByColumn, columnOffset]
  }
}
