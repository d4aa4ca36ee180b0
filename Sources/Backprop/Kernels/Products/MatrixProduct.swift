import KernelSupport

extension Naive {
  /// The matrix product: one sum for every element of the result.
  ///
  ///     for i in 0..<rows { for j in 0..<columns {
  ///       c[i, j] = (accumulating ? c[i, j] : 0) + Σ_p op(a)[i, p] · op(b)[p, j]
  ///     } }
  ///
  /// All about it on one page: `Chapters/Guides/MatrixProduct.md`.
  ///
  /// - Parameters:
  ///   - a: op(A), rows × inner, row-major; stored as inner × rows if `shape.leftTransposed`.
  ///   - b: op(B), inner × columns, row-major; stored as columns × inner if `shape.rightTransposed`.
  ///   - c: the result, rows × columns, row-major.
  ///   - shape: the sizes; an empty sum (inner = 0) is 0.
  ///   - accumulating: whether the product is added to what `c` holds.
  public static func matrixProduct(
    _ a: Span<Scalar>, _ b: Span<Scalar>, into c: inout MutableSpan<Scalar>,
    _ shape: MatrixProductShape, accumulating: Bool
  ) {
    shape.check("Naive.matrixProduct", a.count, b.count, c.count)
    let (aRow, aColumn) = shape.leftStrides
    let (bRow, bColumn) = shape.rightStrides
    for i in 0..<shape.rows {
      for j in 0..<shape.columns {
        var sum: Scalar = 0
        for p in 0..<shape.inner {
          sum += a[i * aRow + p * aColumn] * b[p * bRow + j * bColumn]
        }
        let index = i * shape.columns + j
        c[index] = accumulating ? c[index] + sum : sum
      }
    }
  }
}

extension Fast {
  /// The matrix product; contract: `Naive.matrixProduct`.
  ///
  /// Register tiles over packed panels, in blocks that fit the caches and that threads share; a single row or
  /// column goes a shorter way.
  ///
  /// `MatrixProductLadder` climbs from the definition to this function one idea at a time.
  /// Every element is a sum over `inner` in blocks of a length that depends on the shape only, so the
  /// result has the same bits for every number of threads and every vector width.
  ///
  /// Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008; Van Zee
  /// and van de Geijn, "BLIS: A Framework for Rapidly Instantiating BLAS Functionality", 2015.
  public static func matrixProduct(
    _ a: Span<Scalar>, _ b: Span<Scalar>, into c: inout MutableSpan<Scalar>,
    _ shape: MatrixProductShape, accumulating: Bool
  ) {
    shape.check("Fast.matrixProduct", a.count, b.count, c.count)
    guard shape.inner > 0 else {
      // Sums of nothing: zeros, or what is there.
      return Naive.matrixProduct(a, b, into: &c, shape, accumulating: accumulating)
    }
    guard !c.isEmpty else { return }
    let plan = MatrixProductPlan(shape, threads: Threads.count)
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe c.withUnsafeMutableBufferPointer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          if let product = unsafe RowTimesMatrix(shape, a, b) {
            unsafe product.compute(
              into: c, count: shape.rows * shape.columns, accumulating: accumulating)
            return
          }
          nonisolated(unsafe) let operands = unsafe (a, b, c)
          Threads.perform(blockCount: plan.blockCount) { block in
            unsafe plan.computeBlock(
              block, operands.0, operands.1, operands.2, accumulating: accumulating)
          }
        }
      }
    }
  }
}
