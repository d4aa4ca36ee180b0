import KernelSupport

/// The kernels that move some columns of a matrix: what slices along any dimension amount to, and putting
/// tensors side by side. What lies before the dimension is rows, the rest columns.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` does the same.
public protocol ColumnKernels {
  /// A matrix put into columns of a wider one; contract: `Naive.putColumns`.
  static func putColumns(
    _ columns: Span<Scalar>, count: Int, into matrix: inout MutableSpan<Scalar>, width: Int,
    at first: Int)

  /// Columns of a matrix, taken out of it; contract: `Naive.takeColumns`.
  static func takeColumns(
    _ matrix: Span<Scalar>, width: Int, at first: Int, into columns: inout MutableSpan<Scalar>,
    count: Int,
    accumulating: Bool)

  /// A matrix added to columns of a wider one; contract: `Naive.addColumns`.
  static func addColumns(
    _ columns: Span<Scalar>, count: Int, to matrix: inout MutableSpan<Scalar>, width: Int,
    at first: Int)
}

extension Naive: ColumnKernels {}
extension Fast: ColumnKernels {}

extension Backend {
  /// The kernels of this backend that move columns.
  public var columns: any ColumnKernels.Type { self == .naive ? Naive.self : Fast.self }
}

/// Stops the program unless the columns lie within the matrix, and both have the same rows.
private func check(
  _ operation: String, matrix: Int, width: Int, first: Int, columns: Int, count: Int
) {
  precondition(
    first >= 0 && count >= 1 && first + count <= width && matrix % width == 0
      && matrix / width * count == columns,
    "\(operation): \(columns) elements in \(count) columns, the first of them number \(first), of a "
      + "matrix of \(matrix) elements in \(width) columns")
}

extension Naive {
  /// Puts a matrix into columns of a wider one.
  ///
  ///     matrix[i, first + j] = columns[i, j]
  ///
  /// - Parameters:
  ///   - columns: the narrow matrix, [rows, count].
  ///   - count: its columns, at least 1.
  ///   - matrix: the wide matrix, [rows, width]; its other columns stay.
  ///   - width: its columns, at least `first + count`.
  ///   - first: where the narrow one's first column goes, at least 0.
  public static func putColumns(
    _ columns: Span<Scalar>, count: Int, into matrix: inout MutableSpan<Scalar>, width: Int,
    at first: Int
  ) {
    check(
      "Naive.putColumns", matrix: matrix.count, width: width, first: first,
      columns: columns.count, count: count)
    for i in 0..<columns.count / count {
      for j in 0..<count { matrix[i * width + first + j] = columns[i * count + j] }
    }
  }

  /// Takes columns out of a matrix: the pullback of `putColumns`.
  ///
  ///     columns[i, j] = matrix[i, first + j]
  ///
  /// - Parameters:
  ///   - matrix: the wide matrix, [rows, width].
  ///   - width: its columns, at least `first + count`.
  ///   - first: the first of the columns, at least 0.
  ///   - columns: the narrow matrix, [rows, count].
  ///   - count: its columns, at least 1.
  ///   - accumulating: whether they are added to what `columns` holds.
  public static func takeColumns(
    _ matrix: Span<Scalar>, width: Int, at first: Int, into columns: inout MutableSpan<Scalar>,
    count: Int,
    accumulating: Bool
  ) {
    check(
      "Naive.takeColumns", matrix: matrix.count, width: width, first: first,
      columns: columns.count, count: count)
    for i in 0..<columns.count / count {
      for j in 0..<count {
        let element = matrix[i * width + first + j]
        columns[i * count + j] = accumulating ? columns[i * count + j] + element : element
      }
    }
  }
}

extension Naive {
  /// Adds a matrix to columns of a wider one: the pullback of `takeColumns`.
  ///
  ///     matrix[i, first + j] += columns[i, j]
  ///
  /// - Parameters:
  ///   - columns: the narrow matrix, [rows, count].
  ///   - count: its columns, at least 1.
  ///   - matrix: the wide matrix, [rows, width]; its other columns stay.
  ///   - width: its columns, at least `first + count`.
  ///   - first: where the narrow one's first column goes, at least 0.
  public static func addColumns(
    _ columns: Span<Scalar>, count: Int, to matrix: inout MutableSpan<Scalar>, width: Int,
    at first: Int
  ) {
    check(
      "Naive.addColumns", matrix: matrix.count, width: width, first: first,
      columns: columns.count, count: count)
    for i in 0..<columns.count / count {
      for j in 0..<count { matrix[i * width + first + j] += columns[i * count + j] }
    }
  }
}

/// The row of one matrix is a slice, that of the other begins at an index computed once: the compiler makes
/// vectors of what is left. Threads share the rows.
extension Fast {
  /// Puts a matrix into columns of a wider one; contract: `Naive.putColumns`.
  public static func putColumns(
    _ columns: Span<Scalar>, count: Int, into matrix: inout MutableSpan<Scalar>, width: Int,
    at first: Int
  ) {
    check(
      "Fast.putColumns", matrix: matrix.count, width: width, first: first,
      columns: columns.count, count: count)
    matrix.forEachBlock(of: blockLength(width)) { start, block in
      let firstRow = start / width
      for i in 0..<block.count / width {
        let row = columns.extracting((firstRow + i) * count..<(firstRow + i + 1) * count)
        let begin = i * width + first
        for j in row.indices { block[begin + j] = row[j] }
      }
    }
  }

  /// Takes columns out of a matrix; contract: `Naive.takeColumns`.
  public static func takeColumns(
    _ matrix: Span<Scalar>, width: Int, at first: Int, into columns: inout MutableSpan<Scalar>,
    count: Int,
    accumulating: Bool
  ) {
    check(
      "Fast.takeColumns", matrix: matrix.count, width: width, first: first,
      columns: columns.count, count: count)
    columns.forEachBlock(of: blockLength(count)) { start, block in
      let firstRow = start / count
      for i in 0..<block.count / count {
        let source = (firstRow + i) * width + first
        let row = matrix.extracting(source..<source + count)
        let begin = i * count
        if accumulating {
          for j in row.indices { block[begin + j] += row[j] }
        } else {
          for j in row.indices { block[begin + j] = row[j] }
        }
      }
    }
  }

  /// Adds a matrix to columns of a wider one; contract: `Naive.addColumns`.
  public static func addColumns(
    _ columns: Span<Scalar>, count: Int, to matrix: inout MutableSpan<Scalar>, width: Int,
    at first: Int
  ) {
    check(
      "Fast.addColumns", matrix: matrix.count, width: width, first: first,
      columns: columns.count, count: count)
    matrix.forEachBlock(of: blockLength(width)) { start, block in
      let firstRow = start / width
      for i in 0..<block.count / width {
        let row = columns.extracting((firstRow + i) * count..<(firstRow + i + 1) * count)
        let begin = i * width + first
        for j in row.indices { block[begin + j] += row[j] }
      }
    }
  }

  /// The elements of a block of whole rows.
  private static func blockLength(_ width: Int) -> Int {
    max(1, ElementwiseBlock.light / width) * width
  }
}
