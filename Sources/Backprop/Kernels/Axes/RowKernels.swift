import KernelSupport

/// The kernels that look rows of a table up, as an embedding does.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` does the same, to the bit.
public protocol RowKernels {
  /// Rows of a table by number; contract: `Naive.gatherRows`.
  static func gatherRows(
    _ table: Span<Scalar>, columns: Int, at indices: Span<Int>,
    into rows: inout MutableSpan<Scalar>)

  /// Rows added to those of a table; contract: `Naive.scatterRows`.
  static func scatterRows(
    _ rows: Span<Scalar>, columns: Int, at indices: Span<Int>,
    addingTo table: inout MutableSpan<Scalar>)
}

extension Naive: RowKernels {}
extension Fast: RowKernels {}

extension Backend {
  /// This backend's kernels that look rows up.
  public var rows: any RowKernels.Type { self == .naive ? Naive.self : Fast.self }
}

/// Stops the program unless every index is that of a row, and there is a row for every index.
private func check(
  _ operation: String, table: Int, columns: Int, _ indices: Span<Int>, rows: Int
) {
  precondition(
    columns >= 1 && table % columns == 0 && rows == indices.count * columns,
    "\(operation): \(indices.count) rows of \(columns) columns, \(rows) elements, of a table of \(table)"
  )
  for i in indices.indices {
    precondition(
      indices[i] >= 0 && indices[i] < table / columns,
      "\(operation): row \(indices[i]) of a table of \(table / columns)")
  }
}

extension Naive {
  /// Looks rows up.
  ///
  ///     rows[i, j] = table[indices[i], j]
  ///
  /// - Parameters:
  ///   - table: any number of rows of `columns` elements.
  ///   - columns: at least 1.
  ///   - indices: numbers of rows of the table, in any order; one may occur often.
  ///   - rows: a row for every index.
  public static func gatherRows(
    _ table: Span<Scalar>, columns: Int, at indices: Span<Int>,
    into rows: inout MutableSpan<Scalar>
  ) {
    check("Naive.gatherRows", table: table.count, columns: columns, indices, rows: rows.count)
    for i in indices.indices {
      for j in 0..<columns { rows[i * columns + j] = table[indices[i] * columns + j] }
    }
  }

  /// Adds rows to those of a table, in the order of the indices: the pullback of `gatherRows`.
  ///
  ///     table[indices[i], j] += rows[i, j]
  ///
  /// A row that was looked up twice gets both gradients: `=` here is the classic mistake.
  ///
  /// - Parameters:
  ///   - rows: a row for every index.
  ///   - columns: at least 1.
  ///   - indices: numbers of rows of the table.
  ///   - table: the sums on return; rows that no index names stay.
  public static func scatterRows(
    _ rows: Span<Scalar>, columns: Int, at indices: Span<Int>,
    addingTo table: inout MutableSpan<Scalar>
  ) {
    check("Naive.scatterRows", table: table.count, columns: columns, indices, rows: rows.count)
    for i in indices.indices {
      for j in 0..<columns { table[indices[i] * columns + j] += rows[i * columns + j] }
    }
  }
}

extension Fast {
  /// Looks rows up; contract: `Naive.gatherRows`. Threads share the rows.
  public static func gatherRows(
    _ table: Span<Scalar>, columns: Int, at indices: Span<Int>,
    into rows: inout MutableSpan<Scalar>
  ) {
    check("Fast.gatherRows", table: table.count, columns: columns, indices, rows: rows.count)
    rows.forEachBlock(of: max(1, ElementwiseBlock.light / columns) * columns) { start, block in
      for i in 0..<block.count / columns {
        let source = indices[start / columns + i] * columns
        let row = table.extracting(source..<source + columns)
        var copy = block._mutatingExtracting(i * columns..<(i + 1) * columns)
        for j in copy.indices { copy[j] = row[j] }
      }
    }
  }

  /// Adds rows to those of a table; contract: `Naive.scatterRows`.
  ///
  /// A thread takes some of the table's rows and looks at all indices for them: no two threads write to the
  /// same place, and every sum is made in the order of the indices.
  public static func scatterRows(
    _ rows: Span<Scalar>, columns: Int, at indices: Span<Int>,
    addingTo table: inout MutableSpan<Scalar>
  ) {
    check("Fast.scatterRows", table: table.count, columns: columns, indices, rows: rows.count)
    guard table.count > 0 else { return }
    let tableRows = table.count / columns
    // Few blocks, since each reads all indices; one where that alone would cost as much as the sums.
    let blocks = rows.count > ElementwiseBlock.heavy ? min(8, tableRows) : 1
    let blockRows = tableRows.dividedRoundingUp(by: blocks)
    table.forEachBlock(of: blockRows * columns) { start, block in
      let first = start / columns
      let mine = first..<first + block.count / columns
      for i in indices.indices where mine.contains(indices[i]) {
        let row = rows.extracting(i * columns..<(i + 1) * columns)
        let target = (indices[i] - first) * columns
        var sums = block._mutatingExtracting(target..<target + columns)
        for j in sums.indices { sums[j] += row[j] }
      }
    }
  }
}
