import KernelSupport

/// The kernels of the lengths of rows.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` computes the same up to
/// rounding.
public protocol NormKernels {
  /// The length of every row; contract: `Naive.rowNorms`.
  static func rowNorms(_ x: Span<Scalar>, into norms: inout MutableSpan<Scalar>)

  /// Turns rows into the gradient with respect to them; contract: `Naive.rowNormsBackward`.
  static func rowNormsBackward(
    norms: Span<Scalar>, upstream: Span<Scalar>, gradient x: inout MutableSpan<Scalar>)
}

extension Naive: NormKernels {}
extension Fast: NormKernels {}

extension Backend {
  /// This backend's kernels of the lengths of rows.
  public var norms: any NormKernels.Type { self == .naive ? Naive.self : Fast.self }
}

extension Naive {
  /// The Euclidean length of every row.
  ///
  ///     norms[i] = √(Σ_j x[i, j]²)
  ///
  /// - Parameters:
  ///   - x: rows × columns, row-major; its count is a multiple of `norms.count`.
  ///   - norms: `rows` elements.
  public static func rowNorms(_ x: Span<Scalar>, into norms: inout MutableSpan<Scalar>) {
    let columns = rowLength("rowNorms", x.count, rows: norms.count)
    for i in norms.indices {
      var sum: Scalar = 0
      for j in 0..<columns { sum += x[i * columns + j] * x[i * columns + j] }
      norms[i] = sum.squareRoot()
    }
  }

  /// The gradient with respect to the rows: each element's share of its row's length.
  ///
  ///     x[i, j] ← upstream[i] · x[i, j] / norms[i],   0 where the norm is 0
  ///
  /// A length has no slope at 0; any number in [−1, 1] would do, and 0 is the one that PyTorch takes.
  ///
  /// - Parameters:
  ///   - norms: what `rowNorms` computed.
  ///   - upstream: ∂L/∂norms.
  ///   - x: the rows on entry; ∂L/∂x on return.
  public static func rowNormsBackward(
    norms: Span<Scalar>, upstream: Span<Scalar>, gradient x: inout MutableSpan<Scalar>
  ) {
    let columns = rowLength("rowNormsBackward", x.count, rows: norms.count)
    for i in norms.indices {
      for j in 0..<columns {
        x[i * columns + j] = norms[i] > 0 ? upstream[i] * x[i * columns + j] / norms[i] : 0
      }
    }
  }
}

/// Four vectors of partial sums a row, rows to threads in blocks, and in the gradient one quotient a row in
/// place of one an element: the lengths of 256 rows of 784 take 15 µs on two threads, in place of 188.
extension Fast {
  /// The elements that a thread takes at a time.
  private static let blockElements = 65_536

  /// The length of every row; contract: `Naive.rowNorms`.
  public static func rowNorms(_ x: Span<Scalar>, into norms: inout MutableSpan<Scalar>) {
    let columns = rowLength("rowNorms", x.count, rows: norms.count)
    norms.forEachBlock(of: max(1, blockElements / max(1, columns))) { first, block in
      for i in block.indices {
        let row = x.extracting((first + i) * columns..<(first + i + 1) * columns)
        block[i] = sumOfTerms(row, row) { $0 * $1 }.squareRoot()
      }
    }
  }

  /// The gradient with respect to the rows; contract: `Naive.rowNormsBackward`.
  public static func rowNormsBackward(
    norms: Span<Scalar>, upstream: Span<Scalar>, gradient x: inout MutableSpan<Scalar>
  ) {
    let columns = rowLength("rowNormsBackward", x.count, rows: norms.count)
    guard columns > 0 else { return }
    x.forEachBlock(of: max(1, blockElements / columns) * columns) { start, block in
      for offset in stride(from: 0, to: block.count, by: columns) {
        let i = (start + offset) / columns
        let factor = norms[i] > 0 ? upstream[i] / norms[i] : 0
        var row = block._mutatingExtracting(offset..<offset + columns)
        for j in row.indices { row[j] *= factor }
      }
    }
  }
}

/// The length of a row, after a look at both counts.
private func rowLength(_ operation: String, _ count: Int, rows: Int) -> Int {
  precondition(
    rows == 0 ? count == 0 : count.isMultiple(of: rows),
    "\(operation): \(count) elements in \(rows) rows")
  return rows == 0 ? 0 : count / rows
}
