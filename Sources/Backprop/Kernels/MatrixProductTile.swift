import KernelSupport

/// Six rows by sixteen columns of a product, held in vector registers.
///
/// A step loads sixteen numbers of B and one of each row of A, and does 96 multiplications and additions
/// with them. So the loads, which bound the naive loop, come to a seventh of the arithmetic. A row is one
/// register where the processor has them sixteen wide, two with AVX2: then twelve independent sums keep
/// two multiply-add units busy that each need four cycles for an answer, and take twelve of sixteen
/// registers; two more hold B and one A.
struct MatrixProductTile {
  static let rows = 6
  static let columns = Row.scalarCount

  private typealias Row = SIMD16<Scalar>

  private var c0 = Row.zero, c1 = Row.zero, c2 = Row.zero
  private var c3 = Row.zero, c4 = Row.zero, c5 = Row.zero

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
      let row = unsafe Row(at: b)
      unsafe c0.addProduct(Row(repeating: a[0]), row)
      unsafe c1.addProduct(Row(repeating: a[row1]), row)
      unsafe c2.addProduct(Row(repeating: a[row2]), row)
      unsafe c3.addProduct(Row(repeating: a[row3]), row)
      unsafe c4.addProduct(Row(repeating: a[row4]), row)
      unsafe c5.addProduct(Row(repeating: a[row5]), row)
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
        unsafe store(to: c, rowStride: rowStride) { unsafe $0 + Row(at: $1) }
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
    combine: (Row, UnsafePointer<Scalar>) -> Row
  ) {
    unsafe combine(c0, c).store(to: c)
    unsafe combine(c1, c + rowStride).store(to: c + rowStride)
    unsafe combine(c2, c + 2 &* rowStride).store(to: c + 2 &* rowStride)
    unsafe combine(c3, c + 3 &* rowStride).store(to: c + 3 &* rowStride)
    unsafe combine(c4, c + 4 &* rowStride).store(to: c + 4 &* rowStride)
    unsafe combine(c5, c + 5 &* rowStride).store(to: c + 5 &* rowStride)
  }
}

extension SIMD where Self: BitwiseCopyable, Scalar == KernelSupport.Scalar {
  /// The elements at an address, which need not be aligned.
  @inline(__always)
  init(at address: UnsafePointer<Scalar>) {
    self = unsafe UnsafeRawPointer(address).loadUnaligned(as: Self.self)
  }

  /// Writes the elements to an address, which need not be aligned.
  @inline(__always)
  func store(to address: UnsafeMutablePointer<Scalar>) {
    unsafe UnsafeMutableRawPointer(address).storeBytes(of: self, as: Self.self)
  }
}
