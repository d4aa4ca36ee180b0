import Backprop
import KernelSupport

/// From the definition to here, two sequences of four heads, 256 queries and keys of width 64, two threads; the rungs
/// are `AttentionLadder`'s:
///
/// 1. The definition: query by query, an exponential at a time.                            487 ms
/// 2. Matrices: two fast products and a fast softmax, a square of scores for each head.    3.8 ms
/// 3. The online softmax in plain loops: no square, nothing faster.                        144 ms
/// 4. The same in register tiles, heads read where they lie, on all threads.               2.2 ms
///
/// A few queries against many keys, as a cache has them, go row by row: a tile of six rows would compute five for
/// nothing. Eight logarithms are taken at once; for short sequences one at a time cost a tenth of the whole.
extension Fast {
  /// Scaled dot-product attention; contract: `Naive.attention`.
  ///
  ///     for each head of each sequence, on any thread           (and each 256 queries, with few heads)
  ///       pack the keys, transposed, and the values
  ///       for each 24 queries
  ///         for each 128 keys, as far as the last of these queries can see
  ///           scores = q kᵀ                                     a product of chapter 2's tiles
  ///           online softmax: new maximum m, p = e^{scores − m}, and what was summed before × e^{old m − m}
  ///           output += p v                                     another one
  ///         output / Σ p
  ///
  /// The square of scores never exists: memory grows with the length, not with its square.
  public static func attention(
    query: Span<Scalar>, key: Span<Scalar>, value: Span<Scalar>,
    into output: inout MutableSpan<Scalar>, logSumExp: inout MutableSpan<Scalar>,
    _ shape: AttentionShape, _ mask: AttentionMask, dropout: AttentionDropout?
  ) {
    shape.check(
      "attention", query: query.count, key: key.count, value: value.count, output: output.count,
      logSumExp: logSumExp.count)
    mask.check("attention", shape)
    let headCount = shape.batch * shape.heads
    guard headCount > 0 && shape.queries > 0 else { return }
    let chunk =
      headCount < AttentionPlan.fewHeads ? AttentionPlan.queriesPerTask : max(1, shape.queries)
    let chunks = shape.queries.dividedRoundingUp(by: chunk)
    let tasks = headCount * chunks
    nonisolated(unsafe) let (q, k, v) = unsafe (address(query), address(key), address(value))
    nonisolated(unsafe) let (y, sums) = unsafe (address(&output), address(&logSumExp))
    let isMemoryBound = shape.queries <= AttentionPlan.fewQueries
    let operations = shape.operations * (isMemoryBound ? AttentionPlan.operationsPerLoad : 1)
    share(tasks, operations: operations) { task in
      let number = task / chunks
      let head = unsafe AttentionHead(number, shape, mask, dropout, q, k, v)
      let first = task % chunks * chunk
      let start = shape.outputStart(batch: number / shape.heads, head: number % shape.heads)
      unsafe head.attend(
        first..<min(first + chunk, shape.queries), into: y + start, sums + number * shape.queries)
    }
  }

  /// Runs tasks on threads, as many at once as are worth a hand-over.
  static func share(_ tasks: Int, operations: Int, _ body: @Sendable (_ task: Int) -> Void) {
    let perTask = max(1, operations / tasks)
    let group = max(1, AttentionPlan.sharedWork / perTask)
    Threads.perform(blockCount: tasks.dividedRoundingUp(by: group)) { block in
      for task in block * group..<min((block + 1) * group, tasks) { body(task) }
    }
  }
}

/// The address of the first element, which stays there as long as the span's owner lives; of nothing, an
/// address that nothing reads.
@unsafe func address(_ elements: Span<Scalar>) -> UnsafePointer<Scalar> {
  unsafe elements.withUnsafeBufferPointer {
    unsafe $0.baseAddress ?? UnsafePointer(bitPattern: 64)!
  }
}

/// The address of the first element that may be changed.
@unsafe func address(_ elements: inout MutableSpan<Scalar>) -> UnsafeMutablePointer<Scalar> {
  unsafe elements.withUnsafeMutableBufferPointer {
    unsafe $0.baseAddress ?? UnsafeMutablePointer(bitPattern: 64)!
  }
}

extension AttentionHead {
  /// Computes the outputs of some queries.
  ///
  /// - Parameters:
  ///   - queries: their numbers.
  ///   - output: the head's first output; rows at `shape.rowWidth`.
  ///   - logSumExp: that of the head's first query.
  func attend(
    _ queries: Range<Int>, into output: UnsafeMutablePointer<Scalar>,
    _ logSumExp: UnsafeMutablePointer<Scalar>
  ) {
    let keyCount = keyLimit(queries.upperBound - 1)
    let scores = unsafe UnsafeMutablePointer<Scalar>.allocateLines(capacity: SoftmaxRows.capacity)
    defer { unsafe scores.deallocate() }
    guard queries.count > AttentionPlan.fewQueries else {
      unsafe attendFew(queries, keyCount, scores, into: output, logSumExp)
      return
    }
    let room = unsafe UnsafeMutablePointer<Scalar>.allocateLines(
      capacity: panelCapacity(keyCount) + keyCount * packedWidth + 1)
    defer { unsafe room.deallocate() }
    let panels = unsafe room
    _ = unsafe packTransposed(key, stride: shape.keyStride, count: keyCount, into: panels)
    let values = unsafe values(keyCount, room: room + panelCapacity(keyCount))
    let columns = MatrixProductTile.columns
    let block = AttentionPlan.queryBlock
    for first in stride(from: queries.lowerBound, to: queries.upperBound, by: block) {
      let count = min(block, queries.upperBound - first)
      let limit = keyLimit(first + count - 1)
      var rows = unsafe SoftmaxRows(
        self, firstQuery: first, count: count, scores: scores,
        output: output + first * shape.rowWidth)
      for start in stride(from: 0, to: limit, by: AttentionPlan.keyBlock) {
        let keys = min(AttentionPlan.keyBlock, limit - start)
        // Whole panels: what the last one holds beyond the limit is masked.
        let product = unsafe PanelProduct(
          leftRows(query + first * shape.queryStride, stride: shape.queryStride),
          PanelBlock(
            start: panels + start * shape.width, lane: 1, step: columns,
            panel: columns * shape.width),
          rows: count, columns: keys.roundedUp(toMultipleOf: columns), steps: shape.width)
        unsafe product.compute(
          into: scores, rowStride: AttentionPlan.keyBlock, accumulating: false, .downColumns)
        rows.update(start, keys)
        rows.addValues(values, start, keys)
      }
      unsafe rows.finish(logSumExp + first)
    }
  }

  /// Computes the outputs of so few queries that keys and values are read once: a token's against a cache.
  private func attendFew(
    _ queries: Range<Int>, _ keyCount: Int, _ scores: UnsafeMutablePointer<Scalar>,
    into output: UnsafeMutablePointer<Scalar>, _ logSumExp: UnsafeMutablePointer<Scalar>
  ) {
    let first = queries.lowerBound
    let panels = unsafe UnsafeMutablePointer<Scalar>.allocateLines(
      capacity: panelCapacity(min(keyCount, AttentionPlan.keyBlock)) + 1)
    defer { unsafe panels.deallocate() }
    var rows = unsafe SoftmaxRows(
      self, firstQuery: first, count: queries.count, scores: scores,
      output: output + first * shape.rowWidth)
    for start in stride(from: 0, to: keyCount, by: AttentionPlan.keyBlock) {
      let keys = min(AttentionPlan.keyBlock, keyCount - start)
      _ = unsafe packTransposed(
        key + start * shape.keyStride, stride: shape.keyStride, count: keys, into: panels)
      unsafe rows.computeFewScores(query + first * shape.queryStride, panels, keys)
      rows.update(start, keys)
      rows.addFewValues(start, keys)
    }
    unsafe rows.finish(logSumExp + first)
  }
}
