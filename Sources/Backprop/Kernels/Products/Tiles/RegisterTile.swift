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

#if AVX512
  /// The tile of all products: AVX-512 has thirty-two registers, enough for twelve rows.
  package typealias MatrixProductTile = TwelveRowTile
#else
  /// The tile of all products: AVX2 has sixteen registers, enough for six rows.
  package typealias MatrixProductTile = SixRowTile
#endif

/// Some rows by two vectors of columns of a product, held in vector registers until the sums are complete.
@usableFromInline
package protocol RegisterTile {
  /// The rows of a tile.
  static var rows: Int { get }

  /// A tile whose rows all begin as the same numbers: zeros, or a bias.
  init(_ left: TileVector, _ right: TileVector)

  /// Adds one product to every sum.
  ///
  /// - Parameters:
  ///   - a: what the rows' distances count from.
  ///   - rows: where this step's element of each row of A is.
  ///   - b0: the left half of this step's row of B.
  ///   - b1: the right half.
  mutating func addStep(
    _ a: UnsafePointer<Scalar>, _ rows: TileRows, _ b0: TileVector, _ b1: TileVector)

  /// Adds one product to every sum of the left half.
  mutating func addLeftStep(_ a: UnsafePointer<Scalar>, _ rows: TileRows, _ b0: TileVector)

  /// Adds four products, one after the other, to every sum of the left half.
  ///
  /// - Parameters:
  ///   - a: what the rows' distances count from in the first step.
  ///   - rows: where the first step's element of each row of A is.
  ///   - aStep: the distance to the next step's.
  ///   - b: the left half of these steps' rows of B.
  mutating func addLeftSteps(
    _ a: UnsafePointer<Scalar>, _ rows: TileRows, aStep: Int,
    _ b: (TileVector, TileVector, TileVector, TileVector))

  /// Writes the part of the tile that lies within C, or adds it.
  ///
  /// - Parameters:
  ///   - c: what the rows' distances count from.
  ///   - rows: where the rows of C begin.
  ///   - columns: how many columns lie within C, 1 to all.
  ///   - accumulating: whether the tile is added to what C holds.
  func store(
    to c: UnsafeMutablePointer<Scalar>, _ rows: TileRows, columns: Int, accumulating: Bool)
}

extension RegisterTile {
  /// The columns of a tile.
  @inlinable package static var columns: Int { 2 * TileVector.scalarCount }

  /// A tile of zeros.
  @inlinable @inline(__always)
  package init() { self.init(.zero, .zero) }

  /// Adds products to all of the tile's sums.
  ///
  ///     for p in 0..<steps { for i in 0..<rows.count { for j in 0..<columns {
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
      unsafe addStep(a, rows, b0, b1)
      unsafe a += aStep
      unsafe b += bStep
    }
  }

  /// Adds products to the sums that lie within C, and perhaps to others.
  ///
  /// Where the left half of a tile is enough, the right one is left alone: with AVX-512 results of up to
  /// sixteen columns would otherwise cost as much as those of thirty-two. Every product then needs a load of
  /// its own, two of which can begin in a cycle. Four steps at a time leave them to the numbers of A: row by
  /// row, the place where a row begins is fetched once for four of them.
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
    guard columns <= TileVector.scalarCount else {
      unsafe addProducts(a, rows, aStep: aStep, b, bStep: bStep, steps: steps)
      return
    }
    var a = unsafe a
    var b = unsafe b
    var step = 0
    while step &+ 4 <= steps {
      let vectors = unsafe (
        TileVector(at: b), TileVector(at: b + bStep), TileVector(at: b + 2 &* bStep),
        TileVector(at: b + 3 &* bStep)
      )
      unsafe addLeftSteps(a, rows, aStep: aStep, vectors)
      unsafe a += 4 &* aStep
      unsafe b += 4 &* bStep
      step &+= 4
    }
    while step < steps {
      unsafe addLeftStep(a, rows, TileVector(at: b))
      unsafe a += aStep
      unsafe b += bStep
      step &+= 1
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
