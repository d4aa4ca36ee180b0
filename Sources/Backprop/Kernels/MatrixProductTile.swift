import KernelSupport

/// Six rows by sixteen columns of a product, held in twelve vector registers.
///
/// A step loads sixteen numbers of B and one of each row of A, and does 96 multiplications and additions
/// with them. So the loads, which bound the naive loop, come to a seventh of the arithmetic, and twelve
/// independent sums keep two multiply-add units busy that each need four cycles for an answer. AVX2 has
/// sixteen registers: twelve sums, two for B, one for A.
struct MatrixProductTile {
  static let rows = 6
  static let columns = 16

  private var c00 = Vector.zero, c01 = Vector.zero
  private var c10 = Vector.zero, c11 = Vector.zero
  private var c20 = Vector.zero, c21 = Vector.zero
  private var c30 = Vector.zero, c31 = Vector.zero
  private var c40 = Vector.zero, c41 = Vector.zero
  private var c50 = Vector.zero, c51 = Vector.zero

  /// Computes the tile's sums.
  ///
  ///     for p in 0..<steps { for i in 0..<6 { for j in 0..<16 {
  ///       tile[i, j] = fma(a[i · aRow + p · aStep], b[p · bStep + j], tile[i, j])
  ///     } } }
  ///
  /// Unsafe for speed: the bounds of every load were checked once for the whole product, and a check in
  /// this loop, one for each vector of B and each number of A, halves the rate.
  ///
  /// - Parameters:
  ///   - a: the first element of the rows.
  ///   - aRow: the distance between rows of A.
  ///   - aStep: the distance between the elements of a row of A.
  ///   - rows: the rows that exist, 1 to 6; the missing ones repeat the last.
  ///   - b: the first of sixteen columns.
  ///   - bStep: the distance between rows of B.
  ///   - steps: the length of the sums.
  @inline(__always)
  init(
    _ a: UnsafePointer<Scalar>, aRow: Int, aStep: Int, rows: Int,
    _ b: UnsafePointer<Scalar>, bStep: Int, steps: Int
  ) {
    var a = unsafe a
    var b = unsafe b
    let last = rows &- 1
    let row1 = min(1, last) &* aRow
    let row2 = min(2, last) &* aRow
    let row3 = min(3, last) &* aRow
    let row4 = min(4, last) &* aRow
    let row5 = min(5, last) &* aRow
    for _ in 0..<steps {
      let b0 = unsafe Vector(at: b)
      let b1 = unsafe Vector(at: b + Vector.scalarCount)
      let a0 = unsafe Vector(repeating: a[0])
      c00.addProduct(a0, b0)
      c01.addProduct(a0, b1)
      let a1 = unsafe Vector(repeating: a[row1])
      c10.addProduct(a1, b0)
      c11.addProduct(a1, b1)
      let a2 = unsafe Vector(repeating: a[row2])
      c20.addProduct(a2, b0)
      c21.addProduct(a2, b1)
      let a3 = unsafe Vector(repeating: a[row3])
      c30.addProduct(a3, b0)
      c31.addProduct(a3, b1)
      let a4 = unsafe Vector(repeating: a[row4])
      c40.addProduct(a4, b0)
      c41.addProduct(a4, b1)
      let a5 = unsafe Vector(repeating: a[row5])
      c50.addProduct(a5, b0)
      c51.addProduct(a5, b1)
      unsafe a += aStep
      unsafe b += bStep
    }
  }

  /// Writes the tile into C, or adds it.
  ///
  /// - Parameters:
  ///   - c: where the tile's first element goes.
  ///   - rowStride: the distance between rows of C.
  ///   - rows: how many rows lie within C, 1 to 6.
  ///   - columns: how many columns lie within C, 1 to 16.
  ///   - accumulating: whether the tile is added to what C holds.
  @inline(__always)
  func store(
    to c: UnsafeMutablePointer<Scalar>, rowStride: Int, rows: Int, columns: Int, accumulating: Bool
  ) {
    if rows == Self.rows && columns == Self.columns {
      if accumulating {
        unsafe store(to: c, rowStride: rowStride) { unsafe $0 + Vector(at: $1) }
      } else {
        unsafe store(to: c, rowStride: rowStride) { sum, _ in sum }
      }
      return
    }
    unsafe withUnsafeTemporaryAllocation(of: Scalar.self, capacity: Self.rows * Self.columns) {
      whole in
      guard let whole = whole.baseAddress else { return }
      unsafe store(to: whole, rowStride: Self.columns) { sum, _ in sum }
      for i in 0..<rows {
        for j in 0..<columns {
          let sum = unsafe whole[i &* Self.columns &+ j]
          let target = unsafe c + (i &* rowStride &+ j)
          unsafe target.pointee = accumulating ? target.pointee + sum : sum
        }
      }
    }
  }

  /// Writes all 96 sums, each passed through `combine` with the place where it goes.
  @inline(__always)
  private func store(
    to c: UnsafeMutablePointer<Scalar>, rowStride: Int,
    combine: (Vector, UnsafePointer<Scalar>) -> Vector
  ) {
    unsafe store(c00, c01, to: c, combine: combine)
    unsafe store(c10, c11, to: c + rowStride, combine: combine)
    unsafe store(c20, c21, to: c + 2 &* rowStride, combine: combine)
    unsafe store(c30, c31, to: c + 3 &* rowStride, combine: combine)
    unsafe store(c40, c41, to: c + 4 &* rowStride, combine: combine)
    unsafe store(c50, c51, to: c + 5 &* rowStride, combine: combine)
  }

  /// Writes one row.
  @inline(__always)
  private func store(
    _ first: Vector, _ second: Vector, to row: UnsafeMutablePointer<Scalar>,
    combine: (Vector, UnsafePointer<Scalar>) -> Vector
  ) {
    unsafe combine(first, row).store(to: row)
    unsafe combine(second, row + Vector.scalarCount).store(to: row + Vector.scalarCount)
  }
}

extension SIMD8 where Scalar == KernelSupport.Scalar {
  /// The eight elements at an address, which need not be aligned.
  @inline(__always)
  init(at address: UnsafePointer<Scalar>) {
    self = unsafe UnsafeRawPointer(address).loadUnaligned(as: Self.self)
  }

  /// Writes eight elements to an address, which need not be aligned.
  @inline(__always)
  func store(to address: UnsafeMutablePointer<Scalar>) {
    unsafe UnsafeMutableRawPointer(address).storeBytes(of: self, as: Self.self)
  }
}
