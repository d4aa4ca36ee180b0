import KernelSupport

extension Naive {
  /// What a product with a bias and a residual starts from: the bias in every row, and the residual.
  ///
  ///     y[i, j] = bias[j] (+ residual[i, j])
  ///
  /// The product is then added to it in place, where the book's matrix product can accumulate: neither the bias nor
  /// the residual takes a pass through memory of its own.
  ///
  /// - Parameters:
  ///   - bias: d elements, at least one.
  ///   - residual: as many elements as y, or none.
  ///   - y: n × d, row-major; overwritten.
  public static func biasRows(
    _ bias: Span<Scalar>, adding residual: Span<Scalar>, into y: inout MutableSpan<Scalar>
  ) {
    checkBiasRows(bias.count, residual.count, y.count)
    for i in y.indices { y[i] = bias[i % bias.count] + (residual.isEmpty ? 0 : residual[i]) }
  }
}

extension Fast {
  /// What a product with a bias and a residual starts from; contract: `Naive.biasRows`.
  ///
  /// Row by row, so that no index is divided, in blocks of rows that threads share.
  public static func biasRows(
    _ bias: Span<Scalar>, adding residual: Span<Scalar>, into y: inout MutableSpan<Scalar>
  ) {
    checkBiasRows(bias.count, residual.count, y.count)
    let columns = bias.count
    y.forEachBlock(of: max(1, ElementwiseBlock.light / columns) * columns) { first, block in
      for start in stride(from: 0, to: block.count, by: columns) {
        var row = block._mutatingExtracting(start..<start &+ columns)
        if residual.isEmpty {
          for j in row.indices { row[j] = bias[j] }
        } else {
          let added = residual.extracting(first &+ start..<first &+ start &+ columns)
          for j in row.indices { row[j] = bias[j] + added[j] }
        }
      }
    }
  }
}

private func checkBiasRows(_ columns: Int, _ residual: Int, _ count: Int) {
  precondition(
    columns >= 1 && count.isMultiple(of: columns) && (residual == 0 || residual == count),
    "biasRows: \(count) elements in rows of a bias of \(columns), with a residual of \(residual)")
}
