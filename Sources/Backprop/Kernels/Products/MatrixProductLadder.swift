import KernelSupport

/// The way from the definition of the matrix product to the fast kernel, one idea a rung.
///
/// Every rung computes the same C = A B of two untransposed operands, up to rounding. Chapter 2 measures
/// what each of them gains.
public enum MatrixProductLadder {
  /// A rung: A and B go in, C comes out; the shape has no transposed operand.
  public typealias Rung =
    @Sendable (
      _ a: Span<Scalar>, _ b: Span<Scalar>, _ c: inout MutableSpan<Scalar>,
      _ shape: MatrixProductShape
    ) -> Void

  /// The rungs from the bottom to the top, by name.
  public static let rungs: [(name: String, function: Rung)] = [
    ("three loops", { threeLoops($0, $1, into: &$2, $3) }),
    ("loop order", { loopOrder($0, $1, into: &$2, $3) }),
    ("rows sliced", { rowsSliced($0, $1, into: &$2, $3) }),
    ("register tile", { registerTile($0, $1, into: &$2, $3) }),
    ("packed and blocked", { packedAndBlocked($0, $1, into: &$2, $3) }),
    ("threads", { threads($0, $1, into: &$2, $3) }),
  ]

  /// The definition, in which each addition waits for the one before.
  ///
  /// - Parameters:
  ///   - a: A, rows × inner, row-major.
  ///   - b: B, inner × columns, row-major.
  ///   - c: the result, rows × columns, row-major.
  ///   - shape: the sizes; neither operand is transposed.
  public static func threeLoops(
    _ a: Span<Scalar>, _ b: Span<Scalar>, into c: inout MutableSpan<Scalar>,
    _ shape: MatrixProductShape
  ) {
    Naive.matrixProduct(a, b, into: &c, shape, accumulating: false)
  }

  /// The two inner loops exchanged.
  ///
  /// B and C are walked along their rows, as they lie in memory, and the sums of a row are independent.
  ///
  /// - Parameters:
  ///   - a: A, rows × inner, row-major.
  ///   - b: B, inner × columns, row-major.
  ///   - c: the result, rows × columns, row-major.
  ///   - shape: the sizes; neither operand is transposed.
  public static func loopOrder(
    _ a: Span<Scalar>, _ b: Span<Scalar>, into c: inout MutableSpan<Scalar>,
    _ shape: MatrixProductShape
  ) {
    check("loopOrder", a, b, c, shape)
    for index in c.indices { c[index] = 0 }
    for i in 0..<shape.rows {
      for p in 0..<shape.inner {
        let factor = a[i * shape.inner + p]
        for j in 0..<shape.columns {
          c[i * shape.columns + j] += factor * b[p * shape.columns + j]
        }
      }
    }
  }

  /// The same loops, with each row taken as a span before its elements are used.
  ///
  /// The index of an element is then the loop's own counter. The compiler sees that it stays in bounds,
  /// drops the check and computes a whole vector of the row at a time.
  ///
  /// - Parameters:
  ///   - a: A, rows × inner, row-major.
  ///   - b: B, inner × columns, row-major.
  ///   - c: the result, rows × columns, row-major.
  ///   - shape: the sizes; neither operand is transposed.
  public static func rowsSliced(
    _ a: Span<Scalar>, _ b: Span<Scalar>, into c: inout MutableSpan<Scalar>,
    _ shape: MatrixProductShape
  ) {
    check("rowsSliced", a, b, c, shape)
    for i in 0..<shape.rows {
      let aRow = a.extracting(i * shape.inner..<(i + 1) * shape.inner)
      var cRow = c._mutatingExtracting(i * shape.columns..<(i + 1) * shape.columns)
      for j in cRow.indices { cRow[j] = 0 }
      for p in aRow.indices {
        let factor = aRow[p]
        let bRow = b.extracting(p * shape.columns..<(p + 1) * shape.columns)
        for j in bRow.indices { cRow[j] += factor * bRow[j] }
      }
    }
  }

  /// Six by sixteen sums at a time, kept in registers until they are complete.
  ///
  /// The last tile of a row of tiles is moved left to end where C ends, so that it reads no further than
  /// B reaches; what it has in common with its neighbour is computed twice. A result too narrow for one
  /// tile is left to the rung below.
  ///
  /// - Parameters:
  ///   - a: A, rows × inner, row-major.
  ///   - b: B, inner × columns, row-major.
  ///   - c: the result, rows × columns, row-major.
  ///   - shape: the sizes; neither operand is transposed.
  public static func registerTile(
    _ a: Span<Scalar>, _ b: Span<Scalar>, into c: inout MutableSpan<Scalar>,
    _ shape: MatrixProductShape
  ) {
    typealias Tile = SixRowTile
    guard shape.columns >= Tile.columns else { return rowsSliced(a, b, into: &c, shape) }
    check("registerTile", a, b, c, shape)
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe c.withUnsafeMutableBufferPointer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          for start in stride(from: 0, to: shape.columns, by: Tile.columns) {
            let column = min(start, shape.columns - Tile.columns)
            for row in stride(from: 0, to: shape.rows, by: Tile.rows) {
              let rows = min(Tile.rows, shape.rows - row)
              var tile = Tile()
              unsafe tile.addProducts(
                a + row * shape.inner, TileRows(stride: shape.inner, count: rows), aStep: 1,
                b + column, bStep: shape.columns, steps: shape.inner)
              unsafe tile.store(
                to: c + row * shape.columns + column,
                TileRows(stride: shape.columns, count: rows), columns: Tile.columns,
                accumulating: false)
            }
          }
        }
      }
    }
  }

  /// Tiles over packed panels, in blocks that fit the caches.
  ///
  /// It is `Fast.matrixProduct` on one thread. The gain shows where rows are long.
  ///
  /// - Parameters:
  ///   - a: A, rows × inner, row-major.
  ///   - b: B, inner × columns, row-major.
  ///   - c: the result, rows × columns, row-major.
  ///   - shape: the sizes; neither operand is transposed.
  public static func packedAndBlocked(
    _ a: Span<Scalar>, _ b: Span<Scalar>, into c: inout MutableSpan<Scalar>,
    _ shape: MatrixProductShape
  ) {
    Threads.$count.withValue(1) { threads(a, b, into: &c, shape) }
  }

  /// The blocks shared among `Threads.count` threads, `Fast.matrixProduct`.
  ///
  /// - Parameters:
  ///   - a: A, rows × inner, row-major.
  ///   - b: B, inner × columns, row-major.
  ///   - c: the result, rows × columns, row-major.
  ///   - shape: the sizes; neither operand is transposed.
  public static func threads(
    _ a: Span<Scalar>, _ b: Span<Scalar>, into c: inout MutableSpan<Scalar>,
    _ shape: MatrixProductShape
  ) {
    Fast.matrixProduct(a, b, into: &c, shape, accumulating: false)
  }

  /// The tile's multiply-adds by themselves: one short panel of A and of B over and over.
  ///
  /// Nothing is fetched but what the nearest cache holds, and no result is put away before the end, so no rung
  /// can surpass it on one thread.
  ///
  /// - Parameter panels: how often the panels, 64 steps long, are gone through; 1 to 2¹⁸.
  /// - Returns: how many operations that were, two a product.
  public static func tileAlone(panels: Int) -> Int {
    typealias Tile = MatrixProductTile
    precondition((1...1 << 18).contains(panels), "MatrixProductLadder.tileAlone: \(panels) panels")
    let steps = 64
    let ones = [Scalar](repeating: 1, count: steps * max(Tile.rows, Tile.columns))
    var sums = [Scalar](repeating: 0, count: Tile.rows * Tile.columns)
    unsafe ones.withUnsafeBufferPointer { ones in
      unsafe sums.withUnsafeMutableBufferPointer { sums in
        guard let ones = ones.baseAddress, let sums = sums.baseAddress else { return }
        var tile = Tile()
        for _ in 0..<panels {
          unsafe tile.addProducts(
            ones, TileRows(stride: 1, count: Tile.rows), aStep: Tile.rows, ones,
            bStep: Tile.columns, steps: steps)
        }
        unsafe tile.store(
          to: sums, TileRows(stride: Tile.columns, count: Tile.rows), columns: Tile.columns,
          accumulating: false)
      }
    }
    precondition(
      sums.allSatisfy { $0 == Scalar(panels * steps) }, "tileAlone: a sum of ones is wrong")
    return 2 * sums.count * panels * steps
  }

  private static func check(
    _ rung: String, _ a: Span<Scalar>, _ b: Span<Scalar>, _ c: borrowing MutableSpan<Scalar>,
    _ shape: MatrixProductShape
  ) {
    shape.check("MatrixProductLadder.\(rung)", a.count, b.count, c.count)
    precondition(
      !shape.leftTransposed && !shape.rightTransposed,
      "MatrixProductLadder.\(rung): only Naive and Fast read transposed operands")
  }
}
