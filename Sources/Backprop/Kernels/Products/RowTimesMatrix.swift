import KernelSupport

/// A row times a matrix: a product of which a register tile would compute six rows or twelve to keep one.
///
///     c[j] = (accumulating ? c[j] : 0) + Σ_p row[p] · matrix[p, j]
///
/// Every number of the matrix is used once, so its way from memory is what takes the time. Where columns are
/// neighbours, eight rows of the matrix at a time stream past the results. Where steps are, as in a transposed
/// matrix, squares of eight by eight are turned over in registers, which takes 48 instructions for 64 numbers and
/// bounds it: two numbers a cycle. A column, which is a row of the product's transpose, goes the same ways.
///
/// The sums are a tile's, in the same order and in the same blocks: a row alone has the bits that it has in a
/// taller product.
@safe struct RowTimesMatrix {
  private let row: UnsafePointer<Scalar>
  private let rowStep: Int
  private let matrix: UnsafePointer<Scalar>
  private let columnStride: Int
  private let stepStride: Int
  private let inner: Int
  private let depth: Int

  /// The columns of a block: half of a first-level cache, with the results between two steps.
  private static let blockColumns = 512

  /// Describes the product of a shape with one row or one column; nil for any other.
  ///
  /// - Parameters:
  ///   - shape: the sizes.
  ///   - a: the left operand, as `shape` says.
  ///   - b: the right operand, as `shape` says.
  init?(_ shape: MatrixProductShape, _ a: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>) {
    inner = shape.inner
    depth = shape.sumLength
    let (left, right) = (shape.leftStrides, shape.rightStrides)
    if shape.rows == 1 {
      unsafe (row, matrix) = (a, b)
      (rowStep, columnStride, stepStride) = (left.column, right.column, right.row)
    } else if shape.columns == 1 {
      unsafe (row, matrix) = (b, a)
      (rowStep, columnStride, stepStride) = (right.row, left.row, left.column)
    } else {
      return nil
    }
  }

  /// Computes all results, in blocks that threads share.
  ///
  /// - Parameters:
  ///   - results: c, `count` numbers.
  ///   - count: the columns of the matrix, at least 1.
  ///   - accumulating: whether the product is added to what `results` holds.
  func compute(into results: UnsafeMutablePointer<Scalar>, count: Int, accumulating: Bool) {
    // A hand-over is worth it from some 100,000 numbers on.
    let parts =
      count * inner > 100_000
      ? count.dividedRoundingUp(by: Self.blockColumns).roundedUp(toMultipleOf: Threads.count) : 1
    let length = count.dividedRoundingUp(by: parts).roundedUp(toMultipleOf: 16)
    nonisolated(unsafe) let (product, results) = unsafe (self, results)
    Threads.perform(blockCount: count.dividedRoundingUp(by: length)) { part in
      let columns = part * length..<min((part + 1) * length, count)
      unsafe product.compute(columns, into: results, accumulating: accumulating)
    }
  }

  /// Computes the results of some columns, a block of the sums after the other.
  private func compute(
    _ columns: Range<Int>, into results: UnsafeMutablePointer<Scalar>, accumulating: Bool
  ) {
    let results = unsafe results + columns.lowerBound
    let matrix = unsafe matrix + columns.lowerBound * columnStride
    let adds = accumulating || inner > depth
    unsafe withUnsafeTemporaryAllocation(of: Scalar.self, capacity: adds ? columns.count : 1) {
      sums in
      guard let sums = sums.baseAddress else { return }
      for start in stride(from: 0, to: inner, by: depth) {
        let steps = start..<min(start + depth, inner)
        guard accumulating || start > 0 else {
          unsafe addUp(steps, matrix, columns.count, into: results)
          continue
        }
        unsafe addUp(steps, matrix, columns.count, into: sums)
        for j in 0..<columns.count { unsafe results[j] += sums[j] }
      }
    }
  }

  /// Writes the sums over some steps.
  private func addUp(
    _ steps: Range<Int>, _ matrix: UnsafePointer<Scalar>, _ count: Int,
    into sums: UnsafeMutablePointer<Scalar>
  ) {
    if columnStride == 1 {
      unsafe sums.update(repeating: 0, count: count)
      unsafe streamRows(steps, matrix, count, into: sums)
    } else {
      for column in stride(from: 0, to: count, by: 16) {
        unsafe turnOver(
          steps, matrix + column * columnStride, into: sums + column,
          columns: min(16, count - column))
      }
    }
  }

  /// Adds the products of some steps to the sums, eight rows of the matrix at a time.
  private func streamRows(
    _ steps: Range<Int>, _ matrix: UnsafePointer<Scalar>, _ count: Int,
    into sums: UnsafeMutablePointer<Scalar>
  ) {
    var step = steps.lowerBound
    while step &+ 8 <= steps.upperBound {
      unsafe add(8, row + step &* rowStep, matrix + step &* stepStride, count, to: sums)
      step &+= 8
    }
    while step < steps.upperBound {
      unsafe add(1, row + step &* rowStep, matrix + step &* stepStride, count, to: sums)
      step &+= 1
    }
  }

  /// Adds the products of `steps` rows of the matrix, one after the other, to every sum.
  @inline(__always)
  private func add(
    _ steps: Int, _ factors: UnsafePointer<Scalar>, _ rows: UnsafePointer<Scalar>, _ count: Int,
    to sums: UnsafeMutablePointer<Scalar>
  ) {
    var j = 0
    while j &+ TileVector.scalarCount <= count {
      var sum = unsafe TileVector(at: sums + j)
      for step in 0..<steps {
        let factor = unsafe TileVector(repeating: factors[step &* rowStep])
        unsafe sum.addProduct(factor, TileVector(at: rows + (step &* stepStride &+ j)))
      }
      unsafe sum.store(to: sums + j)
      j &+= TileVector.scalarCount
    }
    while j < count {
      for step in 0..<steps {
        unsafe sums[j].addProduct(factors[step &* rowStep], rows[step &* stepStride &+ j])
      }
      j &+= 1
    }
  }

  /// Writes the sums of up to sixteen columns whose steps are neighbours: two squares of eight columns take turns,
  /// so that the sums of one are on their way while the other is turned over.
  private func turnOver(
    _ steps: Range<Int>, _ matrix: UnsafePointer<Scalar>,
    into sums: UnsafeMutablePointer<Scalar>, columns: Int
  ) {
    let lanes = Vector.scalarCount
    let lastLeft = min(columns, lanes) - 1
    let firstRight = min(lanes, columns - 1)
    let lastRight = columns - 1 - firstRight
    let right = unsafe matrix + firstRight * columnStride
    var (leftSum, rightSum) = (Vector.zero, Vector.zero)
    var step = steps.lowerBound
    if stepStride == 1 {
      while step &+ lanes <= steps.upperBound {
        unsafe addSquare(matrix, step, lastLane: lastLeft, to: &leftSum)
        unsafe addSquare(right, step, lastLane: lastRight, to: &rightSum)
        step &+= lanes
      }
    }
    while step < steps.upperBound {
      let factor = unsafe Vector(repeating: row[step &* rowStep])
      unsafe leftSum.addProduct(factor, element(matrix, step, lastLane: lastLeft))
      unsafe rightSum.addProduct(factor, element(right, step, lastLane: lastRight))
      step &+= 1
    }
    for lane in 0..<min(columns, lanes) { unsafe sums[lane] = leftSum[lane] }
    for lane in lanes..<max(lanes, columns) { unsafe sums[lane] = rightSum[lane - lanes] }
  }

  /// Adds the products of eight steps to the sums of eight columns.
  @inline(__always)
  private func addSquare(
    _ matrix: UnsafePointer<Scalar>, _ step: Int, lastLane: Int, to sum: inout Vector
  ) {
    let steps = unsafe SquareTransposition(
      matrix + step, laneStride: columnStride, lastLane: lastLane
    ).steps
    let factors = unsafe row + step &* rowStep
    unsafe sum.addProduct(Vector(repeating: factors[0]), steps.0)
    unsafe sum.addProduct(Vector(repeating: factors[rowStep]), steps.1)
    unsafe sum.addProduct(Vector(repeating: factors[2 &* rowStep]), steps.2)
    unsafe sum.addProduct(Vector(repeating: factors[3 &* rowStep]), steps.3)
    unsafe sum.addProduct(Vector(repeating: factors[4 &* rowStep]), steps.4)
    unsafe sum.addProduct(Vector(repeating: factors[5 &* rowStep]), steps.5)
    unsafe sum.addProduct(Vector(repeating: factors[6 &* rowStep]), steps.6)
    unsafe sum.addProduct(Vector(repeating: factors[7 &* rowStep]), steps.7)
  }

  /// One step of eight columns, number by number.
  private func element(_ matrix: UnsafePointer<Scalar>, _ step: Int, lastLane: Int) -> Vector {
    var vector = Vector.zero
    for lane in 0..<Vector.scalarCount {
      unsafe vector[lane] = matrix[min(lane, lastLane) &* columnStride &+ step &* stepStride]
    }
    return vector
  }
}
