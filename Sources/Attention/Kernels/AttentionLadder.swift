import Backprop
import KernelSupport

/// The steps from the definition of attention to the fused kernel, each with one idea more.
///
/// The times are those of the ladder's cell in chapter 6.
public enum AttentionLadder {
  /// What every rung computes: `Naive.attention` without a mask and without dropout.
  public typealias Rung =
    @Sendable (
      _ query: Span<Scalar>, _ key: Span<Scalar>, _ value: Span<Scalar>,
      _ output: inout MutableSpan<Scalar>, _ shape: AttentionShape
    ) -> Void

  /// The rungs from the bottom to the top.
  public static let rungs: [(name: String, function: Rung)] = [
    ("the definition", definition), ("matrices", matrices), ("online, in loops", online),
    ("online, in tiles", tiled),
  ]

  /// Query by query, as the formula reads.
  @Sendable public static func definition(
    _ query: Span<Scalar>, _ key: Span<Scalar>, _ value: Span<Scalar>,
    _ output: inout MutableSpan<Scalar>, _ shape: AttentionShape
  ) {
    var logSumExp = [Scalar](repeating: 0, count: shape.rowCount)
    var sums = logSumExp.mutableSpan
    Naive.attention(
      query: query, key: key, value: value, into: &output, logSumExp: &sums, shape, .none,
      dropout: nil)
  }

  /// Two fast products and a fast softmax between them: a square of scores for every head, and each head's columns
  /// copied out of the rows and back.
  @Sendable public static func matrices(
    _ query: Span<Scalar>, _ key: Span<Scalar>, _ value: Span<Scalar>,
    _ output: inout MutableSpan<Scalar>, _ shape: AttentionShape
  ) {
    let width = shape.width
    func columns(_ matrix: Span<Scalar>, _ start: Int, _ rows: Int, _ stride: Int) -> [Scalar] {
      (0..<rows).flatMap { row in (0..<width).map { matrix[start + row * stride + $0] } }
    }
    for number in 0..<shape.batch * shape.heads {
      let (b, h) = (number / shape.heads, number % shape.heads)
      let (qStart, kStart) = (
        shape.queryStart(batch: b, head: h), shape.keyStart(batch: b, head: h)
      )
      let q = columns(query, qStart, shape.queries, shape.queryStride)
      let k = columns(key, kStart, shape.keys, shape.keyStride)
      let v = columns(value, kStart, shape.keys, shape.keyStride)
      var scores = Tensor(shape: [shape.queries, shape.keys])
      scores.update { scores in
        Fast.matrixProduct(
          q.span, k.span, into: &scores,
          MatrixProductShape(
            rows: shape.queries, columns: shape.keys, inner: width, rightTransposed: true),
          accumulating: false)
        Fast.scale(&scores, by: shape.scale)
        Fast.softmax(&scores, columns: shape.keys)
      }
      let p = scores.elements
      var y = Tensor(shape: [shape.queries, width])
      y.update {
        Fast.matrixProduct(
          p.span, v.span, into: &$0,
          MatrixProductShape(rows: shape.queries, columns: width, inner: shape.keys),
          accumulating: false)
      }
      let start = shape.outputStart(batch: b, head: h)
      for row in 0..<shape.queries {
        for c in 0..<width {
          output[start + row * shape.rowWidth + c] = y.elements[row * width + c]
        }
      }
    }
  }

  /// The online softmax in plain loops: no square, one pass over the keys in blocks.
  ///
  /// It adds up everything in the order of the fused kernel, which must have the same bits.
  @Sendable public static func online(
    _ query: Span<Scalar>, _ key: Span<Scalar>, _ value: Span<Scalar>,
    _ output: inout MutableSpan<Scalar>, _ shape: AttentionShape
  ) {
    for number in 0..<shape.rowCount {
      let row = AttentionRow(
        shape, batch: number / (shape.heads * shape.queries),
        head: number / shape.queries % shape.heads, query: number % shape.queries)
      var largest = -Scalar.infinity
      var sum: Scalar = 0
      var y = [Scalar](repeating: 0, count: shape.width)
      for start in stride(from: 0, to: shape.keys, by: AttentionPlan.keyBlock) {
        let block = start..<min(start + AttentionPlan.keyBlock, shape.keys)
        let scores = block.map { j in
          (0..<shape.width).reduce(Scalar(0)) { sum, c in
            sum.addingProduct(query[row.queryStart + c], key[row.keyStart(j) + c])
          }
        }
        let now = max(largest, shape.scale * (scores.max() ?? -.infinity))
        let old = largest == now ? 1 : Scalar.exp(largest - now)
        let p = scores.map { Scalar.exp((-now).addingProduct($0, shape.scale)) }
        // Sixteen sums, key j in number j mod 16, then halves added to halves.
        var lanes = ScoreVector.zero
        for (j, term) in p.enumerated() { lanes[j % 16] += term }
        sum = lanes.laneSum.addingProduct(sum, old)
        for c in 0..<shape.width {
          var blockSum: Scalar = 0
          for (j, term) in zip(block, p) { blockSum.addProduct(term, value[row.keyStart(j) + c]) }
          y[c] = y[c] * old + blockSum
        }
        largest = now
      }
      for c in 0..<shape.width { output[row.outputStart + c] = y[c] * (1 / sum) }
    }
  }

  /// The same in register tiles, on all threads.
  @Sendable public static func tiled(
    _ query: Span<Scalar>, _ key: Span<Scalar>, _ value: Span<Scalar>,
    _ output: inout MutableSpan<Scalar>, _ shape: AttentionShape
  ) {
    var logSumExp = [Scalar](repeating: 0, count: shape.rowCount)
    var sums = logSumExp.mutableSpan
    Fast.attention(
      query: query, key: key, value: value, into: &output, logSumExp: &sums, shape, .none,
      dropout: nil)
  }
}
