import KernelSupport
import Perceptrons

extension Naive {
  /// Adds a row to every row of a matrix: the bias of a layer.
  ///
  ///     x[i, j] += row[j]
  ///
  /// - Parameters:
  ///   - row: `columns` elements.
  ///   - x: rows × columns, row-major; its count is a multiple of `row.count`.
  public static func addRow(_ row: Span<Scalar>, to x: inout MutableSpan<Scalar>) {
    checkRows("Naive.addRow", x.count, of: row.count, fewest: 0)
    for index in x.indices { x[index] += row[index % row.count] }
  }

  /// The sum of every column, written into `sums` or added to it: the gradient of a bias.
  ///
  ///     sums[j] = (accumulating ? sums[j] : 0) + Σ_i x[i, j]
  ///
  /// - Parameters:
  ///   - x: rows × columns, row-major; without rows the sums are 0. One number adds up each column, and from
  ///     2²⁴ ones on it would stay: the fast kernel adds blocks.
  ///   - sums: `columns` elements.
  ///   - accumulating: whether the sums are added to what `sums` holds.
  public static func columnSums(
    _ x: Span<Scalar>, into sums: inout MutableSpan<Scalar>, accumulating: Bool
  ) {
    let columns = sums.count
    checkRows("Naive.columnSums", x.count, of: columns, fewest: 0)
    for j in 0..<columns {
      var sum: Scalar = 0
      for i in 0..<x.count / columns { sum += x[i * columns + j] }
      sums[j] = accumulating ? sums[j] + sum : sum
    }
  }

  /// The sum of every row, written into `sums` or added to it.
  ///
  ///     sums[i] = (accumulating ? sums[i] : 0) + Σ_j x[i, j]
  ///
  /// - Parameters:
  ///   - x: rows × columns, row-major; without columns the sums are 0.
  ///   - sums: `rows` elements.
  ///   - accumulating: whether the sums are added to what `sums` holds.
  public static func rowSums(
    _ x: Span<Scalar>, into sums: inout MutableSpan<Scalar>, accumulating: Bool
  ) {
    let rows = sums.count
    checkRows("Naive.rowSums", x.count, of: rows, fewest: 0)
    for i in 0..<rows {
      let columns = x.count / rows
      var sum: Scalar = 0
      for j in 0..<columns { sum += x[i * columns + j] }
      sums[i] = accumulating ? sums[i] + sum : sum
    }
  }
}

extension Fast {
  /// The elements that a thread takes at a time.
  private static let blockElements = 65_536

  /// Adds a row to every row; contract: `Naive.addRow`.
  ///
  /// Row by row, so that no index is divided; rows go to threads in blocks.
  public static func addRow(_ row: Span<Scalar>, to x: inout MutableSpan<Scalar>) {
    let columns = row.count
    checkRows("Fast.addRow", x.count, of: columns, fewest: 0)
    guard columns > 0 else { return }
    x.forEachBlock(of: max(1, blockElements / columns) * columns) { _, block in
      for start in stride(from: 0, to: block.count, by: columns) {
        var sums = block._mutatingExtracting(start..<start + columns)
        for j in sums.indices { sums[j] += row[j] }
      }
    }
  }

  /// The sum of every column; contract: `Naive.columnSums`.
  ///
  /// Row by row: memory is read in order, and eight columns are summed at once.
  public static func columnSums(
    _ x: Span<Scalar>, into sums: inout MutableSpan<Scalar>, accumulating: Bool
  ) {
    let columns = sums.count
    checkRows("Fast.columnSums", x.count, of: columns, fewest: 0)
    guard columns > 0 else { return }
    if !accumulating { sums.update(repeating: 0) }
    let rows = x.count / columns
    guard rows >= 2 * tallBlockRows else {
      // A thread takes some columns, down all rows: each sum is made in one order whoever makes it.
      sums.forEachBlock(of: max(64, blockElements / max(1, rows))) { first, block in
        addRows(of: x, columns, first: first, 0..<rows, to: &block)
      }
      return
    }
    // A tall matrix has too few columns to share. A thread takes some rows, whose sums are added in order.
    let blockCount = rows.dividedRoundingUp(by: tallBlockRows)
    var partial = [Scalar](repeating: 0, count: blockCount * columns)
    var partialSpan = partial.mutableSpan
    partialSpan.forEachBlock(of: columns) { start, block in
      let first = start / columns * tallBlockRows
      addRows(
        of: x, columns, first: 0, first..<min(first + tallBlockRows, rows), to: &block)
    }
    addRows(of: partial.span, columns, first: 0, 0..<blockCount, to: &sums)
  }

  /// The rows of a block of a tall matrix.
  private static let tallBlockRows = 2048

  /// Adds some rows' elements from column `first` on to as many sums.
  @inline(__always)
  private static func addRows(
    of x: Span<Scalar>, _ columns: Int, first: Int, _ rows: Range<Int>,
    to sums: inout MutableSpan<Scalar>
  ) {
    for i in rows {
      let row = x.extracting(i * columns + first..<i * columns + first + sums.count)
      for j in 0..<row.count { sums[j] += row[j] }
    }
  }

  /// The sum of every row; contract: `Naive.rowSums`.
  ///
  /// Four vectors of partial sums along each row, or each block of a long one.
  public static func rowSums(
    _ x: Span<Scalar>, into sums: inout MutableSpan<Scalar>, accumulating: Bool
  ) {
    let rows = sums.count
    checkRows("Fast.rowSums", x.count, of: rows, fewest: 0)
    guard rows > 0 else { return }
    let columns = x.count / rows
    sums.forEachBlock(of: max(1, blockElements / max(1, columns))) { first, block in
      for i in 0..<block.count {
        let start = (first + i) * columns
        let row = x.extracting(start..<start + columns)
        let sum = Threads.sum(count: columns, blockLength: blockElements) {
          sumOfTerms(row.extracting($0), row.extracting($0)) { elements, _ in elements }
        }
        block[i] = accumulating ? block[i] + sum : sum
      }
    }
  }
}
