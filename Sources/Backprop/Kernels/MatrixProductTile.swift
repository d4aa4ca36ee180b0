import KernelSupport

#if AVX512 && !Float64
  /// As many numbers as a vector register of this machine holds: sixteen, with AVX-512.
  ///
  /// The width of a tile changes no sum: every element of the result adds up its products in the same order.
  @usableFromInline package typealias TileVector = SIMD16<Scalar>
#else
  /// As many numbers as a vector register of this machine holds: eight in single precision, with AVX2.
  ///
  /// The width of a tile changes no sum: every element of the result adds up its products in the same order.
  @usableFromInline package typealias TileVector = Vector
#endif

/// Six rows by two vectors of columns of a product, held in twelve vector registers: 6 × 16 numbers, or
/// 6 × 32 with AVX-512.
///
/// A step loads two vectors of B and one number of each row of A, and does twelve multiplications and
/// additions of vectors with them. So the loads, which bound the naive loop, come to two thirds of the
/// arithmetic's instructions, and twelve independent sums keep two multiply-add units busy that each need
/// four cycles for an answer. AVX2 has sixteen registers: twelve sums, two for B, one for A.
@frozen @usableFromInline
package struct MatrixProductTile {
  /// The rows of a tile.
  @inlinable package static var rows: Int { 6 }
  /// The columns of a tile.
  @inlinable package static var columns: Int { 2 * TileVector.scalarCount }

  @usableFromInline var c00: TileVector, c01: TileVector
  @usableFromInline var c10: TileVector, c11: TileVector
  @usableFromInline var c20: TileVector, c21: TileVector
  @usableFromInline var c30: TileVector, c31: TileVector
  @usableFromInline var c40: TileVector, c41: TileVector
  @usableFromInline var c50: TileVector, c51: TileVector

  /// A tile whose rows all begin as the same numbers: zeros, or a bias.
  @inlinable @inline(__always)
  package init(_ first: TileVector = .zero, _ second: TileVector = .zero) {
    (c00, c10, c20, c30, c40, c50) = (first, first, first, first, first, first)
    (c01, c11, c21, c31, c41, c51) = (second, second, second, second, second, second)
  }

  /// Adds products to the tile's sums.
  ///
  ///     for p in 0..<steps { for i in 0..<6 { for j in 0..<columns {
  ///       tile[i, j] = fma(a[rows[i] + p · aStep], b[p · bStep + j], tile[i, j])
  ///     } } }
  ///
  /// Unsafe for speed: the bounds of every load were checked once for the whole product, and a check in
  /// this loop, one for each vector of B and each number of A, halves the rate.
  ///
  /// - Parameters:
  ///   - a: what the rows' distances count from.
  ///   - rows: where the rows of A begin.
  ///   - aStep: the distance between the elements of a row of A.
  ///   - b: the first of the columns.
  ///   - bStep: the distance between rows of B.
  ///   - steps: the length of the sums.
  @inlinable @inline(__always)
  package mutating func addProducts(
    _ a: UnsafePointer<Scalar>, _ rows: TileRows, aStep: Int,
    _ b: UnsafePointer<Scalar>, bStep: Int, steps: Int
  ) {
    var a = unsafe a
    var b = unsafe b
    for _ in 0..<steps {
      let b0 = unsafe TileVector(at: b)
      let b1 = unsafe TileVector(at: b + TileVector.scalarCount)
      let a0 = unsafe TileVector(repeating: a[rows.r0])
      c00.addProduct(a0, b0)
      c01.addProduct(a0, b1)
      let a1 = unsafe TileVector(repeating: a[rows.r1])
      c10.addProduct(a1, b0)
      c11.addProduct(a1, b1)
      let a2 = unsafe TileVector(repeating: a[rows.r2])
      c20.addProduct(a2, b0)
      c21.addProduct(a2, b1)
      let a3 = unsafe TileVector(repeating: a[rows.r3])
      c30.addProduct(a3, b0)
      c31.addProduct(a3, b1)
      let a4 = unsafe TileVector(repeating: a[rows.r4])
      c40.addProduct(a4, b0)
      c41.addProduct(a4, b1)
      let a5 = unsafe TileVector(repeating: a[rows.r5])
      c50.addProduct(a5, b0)
      c51.addProduct(a5, b1)
      unsafe a += aStep
      unsafe b += bStep
    }
  }

  /// Adds products to the sums of the left half, for results that have no more columns.
  ///
  /// - Parameters:
  ///   - a: what the rows' distances count from.
  ///   - rows: where the rows of A begin.
  ///   - aStep: the distance between the elements of a row of A.
  ///   - b: the first of the columns.
  ///   - bStep: the distance between rows of B.
  ///   - steps: the length of the sums.
  @inlinable @inline(__always)
  mutating func addLeftProducts(
    _ a: UnsafePointer<Scalar>, _ rows: TileRows, aStep: Int,
    _ b: UnsafePointer<Scalar>, bStep: Int, steps: Int
  ) {
    var a = unsafe a
    var b = unsafe b
    for _ in 0..<steps {
      let b0 = unsafe TileVector(at: b)
      unsafe c00.addProduct(TileVector(repeating: a[rows.r0]), b0)
      unsafe c10.addProduct(TileVector(repeating: a[rows.r1]), b0)
      unsafe c20.addProduct(TileVector(repeating: a[rows.r2]), b0)
      unsafe c30.addProduct(TileVector(repeating: a[rows.r3]), b0)
      unsafe c40.addProduct(TileVector(repeating: a[rows.r4]), b0)
      unsafe c50.addProduct(TileVector(repeating: a[rows.r5]), b0)
      unsafe a += aStep
      unsafe b += bStep
    }
  }

  /// Adds products to the sums of the columns that lie within C, and perhaps to others.
  ///
  /// Where the left half of a tile is enough, the right one is left alone: with AVX-512 results of up to
  /// sixteen columns would otherwise cost as much as those of thirty-two.
  ///
  /// - Parameters:
  ///   - a: what the rows' distances count from.
  ///   - rows: where the rows of A begin.
  ///   - aStep: the distance between the elements of a row of A.
  ///   - b: the first of the columns.
  ///   - bStep: the distance between rows of B.
  ///   - steps: the length of the sums.
  ///   - columns: how many columns lie within C, 1 to all.
  @inlinable @inline(__always)
  package mutating func addProducts(
    _ a: UnsafePointer<Scalar>, _ rows: TileRows, aStep: Int,
    _ b: UnsafePointer<Scalar>, bStep: Int, steps: Int, columns: Int
  ) {
    if columns <= TileVector.scalarCount {
      unsafe addLeftProducts(a, rows, aStep: aStep, b, bStep: bStep, steps: steps)
    } else {
      unsafe addProducts(a, rows, aStep: aStep, b, bStep: bStep, steps: steps)
    }
  }

  /// Writes the tile into C, or adds it.
  ///
  /// - Parameters:
  ///   - c: what the rows' distances count from.
  ///   - targets: where the rows of C begin.
  ///   - rows: how many rows exist, 1 to 6.
  ///   - columns: how many columns lie within C, 1 to all.
  ///   - accumulating: whether the tile is added to what C holds.
  @inlinable @inline(__always)
  package func store(
    to c: UnsafeMutablePointer<Scalar>, _ targets: TileRows, rows: Int, columns: Int,
    accumulating: Bool
  ) {
    if rows == Self.rows && columns == Self.columns {
      if accumulating {
        unsafe store(to: c, targets) { unsafe $0 + TileVector(at: $1) }
      } else {
        unsafe store(to: c, targets) { sum, _ in sum }
      }
    } else if rows == Self.rows && columns == TileVector.scalarCount {
      unsafe storeLeft(to: c, targets, accumulating: accumulating)
    } else {
      unsafe storePart(
        to: c, targets, rows: rows, columns: columns, accumulating: accumulating)
    }
  }

  /// Writes the left half of all rows.
  @inlinable @inline(__always)
  func storeLeft(
    to c: UnsafeMutablePointer<Scalar>, _ targets: TileRows, accumulating: Bool
  ) {
    func store(_ sums: TileVector, _ row: UnsafeMutablePointer<Scalar>) {
      unsafe (accumulating ? TileVector(at: row) + sums : sums).store(to: row)
    }
    unsafe store(c00, c + targets.r0)
    unsafe store(c10, c + targets.r1)
    unsafe store(c20, c + targets.r2)
    unsafe store(c30, c + targets.r3)
    unsafe store(c40, c + targets.r4)
    unsafe store(c50, c + targets.r5)
  }

  /// Writes the part of a tile that lies within C.
  @inlinable @inline(never)
  func storePart(
    to c: UnsafeMutablePointer<Scalar>, _ targets: TileRows, rows: Int, columns: Int,
    accumulating: Bool
  ) {
    unsafe withUnsafeTemporaryAllocation(of: Scalar.self, capacity: Self.rows * Self.columns) {
      whole in
      guard let whole = whole.baseAddress else { return }
      unsafe store(to: whole, TileRows(stride: Self.columns, count: Self.rows)) { sum, _ in sum }
      for i in 0..<rows {
        let row = unsafe whole + i &* Self.columns
        let target = unsafe c + targets[i]
        var j = 0
        while j &+ Vector.scalarCount <= columns {
          let sum = unsafe Vector(at: row + j)
          unsafe (accumulating ? Vector(at: target + j) + sum : sum).store(to: target + j)
          j &+= Vector.scalarCount
        }
        while j < columns {
          unsafe target[j] = accumulating ? target[j] + row[j] : row[j]
          j &+= 1
        }
      }
    }
  }

  /// Writes all sums, each passed through `combine` with the place where it goes.
  @inlinable @inline(__always)
  func store(
    to c: UnsafeMutablePointer<Scalar>, _ targets: TileRows,
    combine: (TileVector, UnsafePointer<Scalar>) -> TileVector
  ) {
    unsafe store(c00, c01, to: c + targets.r0, combine: combine)
    unsafe store(c10, c11, to: c + targets.r1, combine: combine)
    unsafe store(c20, c21, to: c + targets.r2, combine: combine)
    unsafe store(c30, c31, to: c + targets.r3, combine: combine)
    unsafe store(c40, c41, to: c + targets.r4, combine: combine)
    unsafe store(c50, c51, to: c + targets.r5, combine: combine)
  }

  /// Writes one row.
  @inlinable @inline(__always)
  func store(
    _ first: TileVector, _ second: TileVector, to row: UnsafeMutablePointer<Scalar>,
    combine: (TileVector, UnsafePointer<Scalar>) -> TileVector
  ) {
    unsafe combine(first, row).store(to: row)
    unsafe combine(second, row + TileVector.scalarCount).store(to: row + TileVector.scalarCount)
  }
}

/// Where the six rows of a tile begin: distances from an address.
@frozen @usableFromInline
package struct TileRows {
  @usableFromInline let r0: Int, r1: Int, r2: Int, r3: Int, r4: Int, r5: Int

  /// Rows at equal distances; those beyond `count`, 1 to 6, repeat the last.
  @inlinable @inline(__always)
  package init(stride: Int, count: Int) {
    let last = count &- 1
    r0 = 0
    r1 = min(1, last) &* stride
    r2 = min(2, last) &* stride
    r3 = min(3, last) &* stride
    r4 = min(4, last) &* stride
    r5 = min(5, last) &* stride
  }

  /// Rows at given distances; those beyond `count`, 1 to 6, repeat the last.
  @inlinable @inline(__always)
  package init(_ distances: UnsafePointer<Int>, count: Int) {
    let last = count &- 1
    r0 = unsafe distances[0]
    r1 = unsafe distances[min(1, last)]
    r2 = unsafe distances[min(2, last)]
    r3 = unsafe distances[min(3, last)]
    r4 = unsafe distances[min(4, last)]
    r5 = unsafe distances[min(5, last)]
  }

  /// The distance of one row.
  @inlinable
  subscript(row: Int) -> Int {
    switch row {
    case 0: r0
    case 1: r1
    case 2: r2
    case 3: r3
    case 4: r4
    default: r5
    }
  }
}

extension SIMD where Scalar == KernelSupport.Scalar {
  /// The elements at an address, which need not be aligned.
  @inlinable @inline(__always)
  package init(at address: UnsafePointer<Scalar>) {
    self = unsafe UnsafeRawPointer(address).loadUnaligned(as: Self.self)
  }

  /// Writes the elements to an address, which need not be aligned.
  @inlinable @inline(__always)
  package func store(to address: UnsafeMutablePointer<Scalar>) {
    unsafe UnsafeMutableRawPointer(address).storeBytes(of: self, as: Self.self)
  }
}
