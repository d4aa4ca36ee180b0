import KernelSupport

/// Where the rows of a tile begin: up to twelve distances from an address.
@frozen @usableFromInline
package struct TileRows {
  /// How many rows there are; distances beyond repeat the last one's.
  @usableFromInline package let count: Int
  @usableFromInline let r0: Int, r1: Int, r2: Int, r3: Int, r4: Int, r5: Int
  @usableFromInline let r6: Int, r7: Int, r8: Int, r9: Int, r10: Int, r11: Int

  /// Rows at equal distances.
  ///
  /// - Parameters:
  ///   - stride: the distance of two neighbours.
  ///   - count: how many rows, 1 to 12.
  @inlinable @inline(__always)
  package init(stride: Int, count: Int) {
    if count == 12 {
      self.init(everyTwelve: stride)
    } else {
      self.init(count: count) { $0 &* stride }
    }
  }

  /// Rows at given distances.
  ///
  /// - Parameters:
  ///   - distances: one for every row.
  ///   - count: how many rows, 1 to 12.
  @inlinable @inline(__always)
  package init(_ distances: UnsafePointer<Int>, count: Int) {
    self.init(count: count) { unsafe distances[$0] }
  }

  @inlinable @inline(__always)
  init(everyTwelve stride: Int) {
    count = 12
    (r0, r1, r2, r3, r4, r5) = (0, stride, 2 &* stride, 3 &* stride, 4 &* stride, 5 &* stride)
    (r6, r7, r8, r9, r10, r11) = (
      6 &* stride, 7 &* stride, 8 &* stride, 9 &* stride, 10 &* stride, 11 &* stride
    )
  }

  @inlinable @inline(__always)
  init(count: Int, distance: (_ row: Int) -> Int) {
    let last = count &- 1
    self.count = count
    r0 = distance(0)
    r1 = distance(min(1, last))
    r2 = distance(min(2, last))
    r3 = distance(min(3, last))
    r4 = distance(min(4, last))
    r5 = distance(min(5, last))
    r6 = distance(min(6, last))
    r7 = distance(min(7, last))
    r8 = distance(min(8, last))
    r9 = distance(min(9, last))
    r10 = distance(min(10, last))
    r11 = distance(min(11, last))
  }

  /// The rows from the seventh on.
  @inlinable @inline(__always)
  var lower: TileRows { TileRows(lowerHalfOf: self) }

  @inlinable @inline(__always)
  init(lowerHalfOf rows: TileRows) {
    count = rows.count &- SixRowTile.rows
    (r0, r1, r2, r3, r4, r5) = (rows.r6, rows.r7, rows.r8, rows.r9, rows.r10, rows.r11)
    (r6, r7, r8, r9, r10, r11) = (r5, r5, r5, r5, r5, r5)
  }

  /// The distance of one row.
  @inlinable @inline(__always)
  subscript(row: Int) -> Int {
    switch row {
    case 0: r0
    case 1: r1
    case 2: r2
    case 3: r3
    case 4: r4
    case 5: r5
    case 6: r6
    case 7: r7
    case 8: r8
    case 9: r9
    case 10: r10
    default: r11
    }
  }
}
