import KernelSupport

/// The kernels of many matrix products of one shape.
///
/// `Naive` holds the contract and its definition; `Fast` computes the same up to rounding.
public protocol BatchedProductKernels {
  /// C[n] = op(A[n]) op(B[n]) for every n; contract: `Naive.batchedProduct`.
  static func batchedProduct(
    _ a: Span<Scalar>, _ b: Span<Scalar>, into c: inout MutableSpan<Scalar>,
    _ shape: MatrixProductShape, count: Int, accumulating: Bool)
}

extension Naive: BatchedProductKernels {}
extension Fast: BatchedProductKernels {}

extension Backend {
  /// This backend's kernels of many products.
  public var batched: any BatchedProductKernels.Type { self == .naive ? Naive.self : Fast.self }
}

extension MatrixProductShape {
  /// The elements of op(A), of op(B) and of C.
  fileprivate var counts: (a: Int, b: Int, c: Int) {
    (rows * inner, inner * columns, rows * columns)
  }

  /// Stops the program unless the operands hold `count` matrices of this shape each.
  fileprivate func check(_ operation: String, _ a: Int, _ b: Int, _ c: Int, count: Int) {
    precondition(
      count >= 0 && a == count * counts.a && b == count * counts.b && c == count * counts.c,
      "\(operation): \(a), \(b) and \(c) elements for \(count) products of \(rows)×\(inner) by "
        + "\(inner)×\(columns)")
  }
}

extension Naive {
  /// Many matrix products, one after the other.
  ///
  ///     for n in 0..<count { c[n] = (accumulating ? c[n] : 0) + op(a[n]) · op(b[n]) }
  ///
  /// - Parameters:
  ///   - a: count × rows × inner; each matrix stored as inner × rows if `shape.leftTransposed`.
  ///   - b: count × inner × columns; each stored as columns × inner if `shape.rightTransposed`.
  ///   - c: count × rows × columns.
  ///   - shape: the sizes of one product.
  ///   - count: how many there are, at least 0.
  ///   - accumulating: whether the products are added to what `c` holds.
  public static func batchedProduct(
    _ a: Span<Scalar>, _ b: Span<Scalar>, into c: inout MutableSpan<Scalar>,
    _ shape: MatrixProductShape, count: Int, accumulating: Bool
  ) {
    shape.check("Naive.batchedProduct", a.count, b.count, c.count, count: count)
    let counts = shape.counts
    for n in 0..<count {
      var result = c._mutatingExtracting(n * counts.c..<(n + 1) * counts.c)
      matrixProduct(
        a.extracting(n * counts.a..<(n + 1) * counts.a),
        b.extracting(n * counts.b..<(n + 1) * counts.b), into: &result, shape,
        accumulating: accumulating)
    }
  }
}

extension Fast {
  /// Many matrix products; contract: `Naive.batchedProduct`.
  ///
  /// Threads share the products, not the blocks of each: a product that is alone is cut instead. Both give
  /// the same bits, since a matrix product's do not depend on the threads.
  public static func batchedProduct(
    _ a: Span<Scalar>, _ b: Span<Scalar>, into c: inout MutableSpan<Scalar>,
    _ shape: MatrixProductShape, count: Int, accumulating: Bool
  ) {
    shape.check("Fast.batchedProduct", a.count, b.count, c.count, count: count)
    let counts = shape.counts
    guard counts.c > 0 else { return }
    guard count > 1 else {
      if count == 1 { matrixProduct(a, b, into: &c, shape, accumulating: accumulating) }
      return
    }
    // Some 100 µs of work a hand-over, however small the products are, and as much in each.
    let most = max(1, min(count / 2, 4_000_000 / max(1, shape.operations)))
    let products = count.dividedRoundingUp(by: count.dividedRoundingUp(by: most))
    c.forEachBlock(of: products * counts.c) { start, block in
      Threads.$count.withValue(1) {
        for n in 0..<block.count / counts.c {
          let index = start / counts.c + n
          var result = block._mutatingExtracting(n * counts.c..<(n + 1) * counts.c)
          matrixProduct(
            a.extracting(index * counts.a..<(index + 1) * counts.a),
            b.extracting(index * counts.b..<(index + 1) * counts.b), into: &result, shape,
            accumulating: accumulating)
        }
      }
    }
  }
}
