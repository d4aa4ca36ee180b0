import KernelSupport

extension Naive {
  /// The product of a matrix, or of its transpose, and a vector: a layer of neurons, one a row.
  ///
  ///     resultᵢ = Σⱼ Wᵢⱼ xⱼ        transposed:  resultⱼ = Σᵢ Wᵢⱼ xᵢ
  ///
  /// - Parameters:
  ///   - matrix: W, rows × columns, row-major.
  ///   - columns: the length of a row of W, at least 1, a divisor of the matrix's count.
  ///   - transposed: whether to multiply by Wᵀ.
  ///   - vector: x, as many elements as W has columns (transposed: rows).
  ///   - result: as many elements as W has rows (transposed: columns); must not overlap the operands.
  ///   - accumulating: whether to add to what `result` holds; otherwise it is overwritten.
  public static func matrixVector(
    _ matrix: Span<Scalar>, columns: Int, transposed: Bool, _ vector: Span<Scalar>,
    into result: inout MutableSpan<Scalar>, accumulating: Bool
  ) {
    let rows = checkedRows(matrix, columns, transposed, vector.count, result.count)
    if !accumulating {
      for i in result.indices { result[i] = 0 }
    }
    for i in 0..<rows {
      for j in 0..<columns {
        if transposed {
          result[j] += matrix[i * columns + j] * vector[i]
        } else {
          result[i] += matrix[i * columns + j] * vector[j]
        }
      }
    }
  }
}

/// From the definition to the fast kernel, one thread, a 512 × 512 matrix, which is a megabyte:
///
/// 1. The definition: every sum goes through memory and back.               837 µs   transposed 265 µs
/// 2. Rows sliced first: the compiler sees what does not change.            197 µs               15 µs
/// 3. Vectors of eight, several sums at a time.                              14 µs
/// 4. Four rows at a time: each load of x, or of the result, serves four.    12 µs               11 µs
/// 5. Blocks of the result on several threads.
///
/// A matrix is read once and used once, so this is the end: 90 GB/s is what the caches
/// deliver. (Multiplying by many vectors at a time goes much further: chapter 2.)
extension Fast {
  /// The product of a matrix, or of its transpose, and a vector; contract: `Naive.matrixVector`.
  public static func matrixVector(
    _ matrix: Span<Scalar>, columns: Int, transposed: Bool, _ vector: Span<Scalar>,
    into result: inout MutableSpan<Scalar>, accumulating: Bool
  ) {
    let rows = checkedRows(matrix, columns, transposed, vector.count, result.count)
    let length = transposed ? rows : columns
    // A block of the result is worth some 10 µs, and wide enough to run along the rows of the matrix.
    let blockLength = max(transposed ? 1024 : 4, 262_144 / max(1, length) / 4 * 4)
    result.forEachBlock(of: blockLength) { start, block in
      if !accumulating {
        for i in block.indices { block[i] = 0 }
      }
      if transposed {
        addRows(matrix, columns: columns, from: start, scaledBy: vector, to: &block)
      } else {
        let rows = matrix.extracting(start * columns..<(start + block.count) * columns)
        addDots(rows, vector, to: &block)
      }
    }
  }

  /// resultᵢ += Σⱼ Wᵢⱼ xⱼ, four rows at a time.
  @inline(__always)
  private static func addDots(
    _ matrix: Span<Scalar>, _ x: Span<Scalar>, to result: inout MutableSpan<Scalar>
  ) {
    let (columns, width) = (x.count, Vector.scalarCount)
    var i = 0
    while i &+ 4 <= result.count {
      let first = matrix.extracting(i &* columns..<(i &+ 1) &* columns)
      let second = matrix.extracting((i &+ 1) &* columns..<(i &+ 2) &* columns)
      let third = matrix.extracting((i &+ 2) &* columns..<(i &+ 3) &* columns)
      let fourth = matrix.extracting((i &+ 3) &* columns..<(i &+ 4) &* columns)
      var (a, b, c, d) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
      var j = 0
      while j &+ width <= columns {
        let x = x.vector(at: j)
        a.addProduct(first.vector(at: j), x)
        b.addProduct(second.vector(at: j), x)
        c.addProduct(third.vector(at: j), x)
        d.addProduct(fourth.vector(at: j), x)
        j &+= width
      }
      if j < columns {
        let (x, remaining) = (x.remainder(columns &- j), columns &- j)
        a.addProduct(first.remainder(remaining), x)
        b.addProduct(second.remainder(remaining), x)
        c.addProduct(third.remainder(remaining), x)
        d.addProduct(fourth.remainder(remaining), x)
      }
      result[i] += a.sum()
      result[i &+ 1] += b.sum()
      result[i &+ 2] += c.sum()
      result[i &+ 3] += d.sum()
      i &+= 4
    }
    while i < result.count {
      result[i] += dotOfBlock(matrix.extracting(i &* columns..<(i &+ 1) &* columns), x)
      i &+= 1
    }
  }

  /// resultⱼ += Σᵢ Wᵢⱼ xᵢ for the columns from `start` on, four rows at a time.
  @inline(__always)
  private static func addRows(
    _ matrix: Span<Scalar>, columns: Int, from start: Int, scaledBy x: Span<Scalar>,
    to result: inout MutableSpan<Scalar>
  ) {
    let (count, width) = (result.count, Vector.scalarCount)
    var i = 0
    while i &+ 4 <= x.count {
      let begin = i &* columns &+ start
      let first = matrix.extracting(begin..<begin &+ count)
      let second = matrix.extracting(begin &+ columns..<begin &+ columns &+ count)
      let third = matrix.extracting(begin &+ 2 &* columns..<begin &+ 2 &* columns &+ count)
      let fourth = matrix.extracting(begin &+ 3 &* columns..<begin &+ 3 &* columns &+ count)
      let (a, b) = (Vector(repeating: x[i]), Vector(repeating: x[i &+ 1]))
      let (c, d) = (Vector(repeating: x[i &+ 2]), Vector(repeating: x[i &+ 3]))
      var j = 0
      while j &+ width <= count {
        var sum = result.vector(at: j)
        sum.addProduct(first.vector(at: j), a)
        sum.addProduct(second.vector(at: j), b)
        sum.addProduct(third.vector(at: j), c)
        sum.addProduct(fourth.vector(at: j), d)
        result.store(sum, at: j)
        j &+= width
      }
      if j < count {
        var sum = result.span.lastVector(at: j)
        sum.addProduct(first.lastVector(at: j), a)
        sum.addProduct(second.lastVector(at: j), b)
        sum.addProduct(third.lastVector(at: j), c)
        sum.addProduct(fourth.lastVector(at: j), d)
        result.storeLast(sum, at: j)
      }
      i &+= 4
    }
    while i < x.count {
      let begin = i &* columns &+ start
      let row = matrix.extracting(begin..<begin &+ count)
      for j in row.indices { result[j] = result[j].addingProduct(row[j], x[i]) }
      i &+= 1
    }
  }
}

/// The number of rows of a matrix, after a check that its operands fit.
private func checkedRows(
  _ matrix: Span<Scalar>, _ columns: Int, _ transposed: Bool, _ vectorCount: Int,
  _ resultCount: Int
) -> Int {
  precondition(
    columns > 0 && matrix.count % columns == 0,
    "matrixVector: \(matrix.count) elements in rows of \(columns)")
  let rows = matrix.count / columns
  precondition(
    (vectorCount, resultCount) == (transposed ? (rows, columns) : (columns, rows)),
    """
    matrixVector: \(rows)×\(columns)\(transposed ? " transposed" : "") times \(vectorCount) \
    into \(resultCount)
    """)
  return rows
}
