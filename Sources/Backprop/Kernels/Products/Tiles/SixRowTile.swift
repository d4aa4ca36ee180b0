import KernelSupport

/// Six rows by two vectors of columns of a product, held in twelve vector registers: 6 × 16 numbers.
///
/// A step loads two vectors of B and one number of each row of A, and does twelve multiplications and
/// additions of vectors with them. So the loads, which bound the naive loop, come to two thirds of the
/// arithmetic's instructions, and twelve independent sums keep two multiply-add units busy that each need
/// four cycles for an answer. AVX2 has sixteen registers: twelve sums, two for B, one for A.
@frozen @usableFromInline
package struct SixRowTile: RegisterTile {
  @inlinable package static var rows: Int { 6 }

  @usableFromInline var c00: TileVector, c01: TileVector
  @usableFromInline var c10: TileVector, c11: TileVector
  @usableFromInline var c20: TileVector, c21: TileVector
  @usableFromInline var c30: TileVector, c31: TileVector
  @usableFromInline var c40: TileVector, c41: TileVector
  @usableFromInline var c50: TileVector, c51: TileVector

  @inlinable @inline(__always)
  package init(_ left: TileVector, _ right: TileVector) {
    (c00, c10, c20, c30, c40, c50) = (left, left, left, left, left, left)
    (c01, c11, c21, c31, c41, c51) = (right, right, right, right, right, right)
  }

  @inlinable @inline(__always)
  package mutating func addStep(
    _ a: UnsafePointer<Scalar>, _ rows: TileRows, _ b0: TileVector, _ b1: TileVector
  ) {
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
  }

  @inlinable @inline(__always)
  package mutating func addLeftStep(
    _ a: UnsafePointer<Scalar>, _ rows: TileRows, _ b0: TileVector
  ) {
    unsafe c00.addProduct(TileVector(repeating: a[rows.r0]), b0)
    unsafe c10.addProduct(TileVector(repeating: a[rows.r1]), b0)
    unsafe c20.addProduct(TileVector(repeating: a[rows.r2]), b0)
    unsafe c30.addProduct(TileVector(repeating: a[rows.r3]), b0)
    unsafe c40.addProduct(TileVector(repeating: a[rows.r4]), b0)
    unsafe c50.addProduct(TileVector(repeating: a[rows.r5]), b0)
  }

  @inlinable @inline(__always)
  package mutating func addLeftSteps(
    _ a: UnsafePointer<Scalar>, _ rows: TileRows, aStep: Int,
    _ b: (TileVector, TileVector, TileVector, TileVector)
  ) {
    let (a1, a2, a3) = unsafe (a + aStep, a + 2 &* aStep, a + 3 &* aStep)
    @inline(__always)
    func add(to sums: inout TileVector, _ row: Int) {
      unsafe sums.addProduct(TileVector(repeating: a[row]), b.0)
      unsafe sums.addProduct(TileVector(repeating: a1[row]), b.1)
      unsafe sums.addProduct(TileVector(repeating: a2[row]), b.2)
      unsafe sums.addProduct(TileVector(repeating: a3[row]), b.3)
    }
    add(to: &c00, rows.r0)
    add(to: &c10, rows.r1)
    add(to: &c20, rows.r2)
    add(to: &c30, rows.r3)
    add(to: &c40, rows.r4)
    add(to: &c50, rows.r5)
  }

  @inlinable @inline(__always)
  package func store(
    to c: UnsafeMutablePointer<Scalar>, _ rows: TileRows, columns: Int, accumulating: Bool
  ) {
    // Rows beyond the last repeat it and have its sums: they may be written once more, though not added.
    let writesAll = rows.count >= Self.rows || !accumulating
    if writesAll && columns == Self.columns {
      if accumulating {
        unsafe store(to: c, rows) { unsafe $0 + TileVector(at: $1) }
      } else {
        unsafe store(to: c, rows) { sum, _ in sum }
      }
    } else if writesAll && columns == TileVector.scalarCount {
      unsafe storeLeft(to: c, rows, accumulating: accumulating)
    } else {
      unsafe storePart(to: c, rows, columns: columns, accumulating: accumulating)
    }
  }

  /// Writes the left half of all rows.
  @inlinable @inline(__always)
  func storeLeft(to c: UnsafeMutablePointer<Scalar>, _ rows: TileRows, accumulating: Bool) {
    @inline(__always)
    func store(_ sums: TileVector, _ row: UnsafeMutablePointer<Scalar>) {
      unsafe (accumulating ? TileVector(at: row) + sums : sums).store(to: row)
    }
    unsafe store(c00, c + rows.r0)
    unsafe store(c10, c + rows.r1)
    unsafe store(c20, c + rows.r2)
    unsafe store(c30, c + rows.r3)
    unsafe store(c40, c + rows.r4)
    unsafe store(c50, c + rows.r5)
  }

  /// Writes the part of a tile that lies within C.
  @inlinable @inline(never)
  func storePart(
    to c: UnsafeMutablePointer<Scalar>, _ rows: TileRows, columns: Int, accumulating: Bool
  ) {
    unsafe withUnsafeTemporaryAllocation(of: Scalar.self, capacity: Self.rows * Self.columns) {
      whole in
      guard let whole = whole.baseAddress else { return }
      unsafe store(to: whole, TileRows(stride: Self.columns, count: Self.rows)) { sum, _ in sum }
      for i in 0..<min(rows.count, Self.rows) {
        let row = unsafe whole + i &* Self.columns
        let target = unsafe c + rows[i]
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
    to c: UnsafeMutablePointer<Scalar>, _ rows: TileRows,
    combine: (TileVector, UnsafePointer<Scalar>) -> TileVector
  ) {
    @inline(__always)
    func store(_ left: TileVector, _ right: TileVector, to row: UnsafeMutablePointer<Scalar>) {
      unsafe combine(left, row).store(to: row)
      unsafe combine(right, row + TileVector.scalarCount).store(to: row + TileVector.scalarCount)
    }
    unsafe store(c00, c01, to: c + rows.r0)
    unsafe store(c10, c11, to: c + rows.r1)
    unsafe store(c20, c21, to: c + rows.r2)
    unsafe store(c30, c31, to: c + rows.r3)
    unsafe store(c40, c41, to: c + rows.r4)
    unsafe store(c50, c51, to: c + rows.r5)
  }
}
