import Attention
import KernelSupport
import TestSupport
import Testing

/// An attention, and what a backend makes of it.
struct AttentionCase: Sendable, CustomTestStringConvertible {
  var shape: AttentionShape
  var mask = AttentionMask.none
  var dropout: AttentionDropout?
  var name = ""

  var testDescription: String {
    "\(shape.batch)·\(shape.heads) × \(shape.queries)·\(shape.keys) × \(shape.width) \(name)"
  }

  init(
    _ batch: Int, _ heads: Int, _ queries: Int, _ keys: Int, _ width: Int,
    _ mask: AttentionMask = .none, dropout: AttentionDropout? = nil, _ name: String = "",
    queryStride: Int? = nil, keyStride: Int? = nil
  ) {
    shape = AttentionShape(
      batch: batch, heads: heads, queries: queries, keys: keys, width: width,
      queryStride: queryStride, keyStride: keyStride)
    self.mask = mask
    self.dropout = dropout
    self.name = name
  }

  /// Operands with elements between the rows' ends too, which no kernel may use.
  struct Operands {
    var query: [Scalar]
    var key: [Scalar]
    var value: [Scalar]
    var upstream: [Scalar]
  }

  func operands(seed: UInt64 = 1) -> Operands {
    func numbers(_ count: Int, _ seed: UInt64) -> [Scalar] {
      var generator = SeededGenerator(seed: seed)
      return (0..<count).map { _ in generator.normal() }
    }
    return Operands(
      query: numbers(shape.batch * shape.queries * shape.queryStride, 4 * seed),
      key: numbers(shape.batch * shape.keys * shape.keyStride, 4 * seed + 1),
      value: numbers(shape.batch * shape.keys * shape.keyStride, 4 * seed + 2),
      upstream: numbers(shape.outputCount, 4 * seed + 3))
  }

  struct Results: Equatable {
    var output: [Scalar]
    var logSumExp: [Scalar]
    var queryGradient: [Scalar]
    var keyGradient: [Scalar]
    var valueGradient: [Scalar]

    var all: [Scalar] { output + logSumExp + queryGradient + keyGradient + valueGradient }
  }

  /// Everything that the kernels compute; gradients begin as 7, to see that they are overwritten.
  func results(_ backend: Backend, _ operands: Operands) -> Results {
    let kernels = backend.attention
    let (q, k, v, dy) = (operands.query, operands.key, operands.value, operands.upstream)
    var results = Results(
      output: [Scalar](repeating: 7, count: shape.outputCount),
      logSumExp: [Scalar](repeating: 7, count: shape.rowCount),
      queryGradient: [Scalar](repeating: 7, count: q.count),
      keyGradient: [Scalar](repeating: 7, count: k.count),
      valueGradient: [Scalar](repeating: 7, count: v.count))
    var (y, sums) = (results.output, results.logSumExp)
    var ySpan = y.mutableSpan
    var sumsSpan = sums.mutableSpan
    kernels.attention(
      query: q.span, key: k.span, value: v.span, into: &ySpan, logSumExp: &sumsSpan, shape, mask,
      dropout: dropout)
    var (dq, dk, dv) = (results.queryGradient, results.keyGradient, results.valueGradient)
    var dqSpan = dq.mutableSpan
    var dkSpan = dk.mutableSpan
    var dvSpan = dv.mutableSpan
    kernels.attentionBackward(
      query: q.span, key: k.span, value: v.span, output: y.span, logSumExp: sums.span,
      upstream: dy.span, queryGradient: &dqSpan, keyGradient: &dkSpan, valueGradient: &dvSpan,
      shape, mask, dropout: dropout)
    results = Results(
      output: y, logSumExp: sums, queryGradient: dq, keyGradient: dk, valueGradient: dv)
    return results
  }

  func results(_ backend: Backend) -> Results { results(backend, operands()) }

  /// A pattern in which queries see every third key, and query 2 none.
  static func everyThird(_ queries: Int, _ keys: Int) -> AttentionMask {
    .allowing(
      AttentionPattern(queries: queries, keys: keys) { i, j in i != 2 && (i + j) % 3 == 0 })
  }

  /// The edges of tiles (6 or 12 rows, 8 or 16 columns), of blocks of 24 queries and 128 keys forward, of 48
  /// and 64 backward, and of tasks of 256 queries: `AttentionPlan`'s numbers, and those beside them.
  static let awkward: [AttentionCase] = [
    AttentionCase(1, 1, 1, 1, 1),
    AttentionCase(2, 1, 0, 3, 4, .none, "no queries"),
    AttentionCase(2, 1, 3, 0, 4, .none, "no keys"),
    AttentionCase(0, 2, 3, 3, 4, .none, "no sequences"),
    AttentionCase(2, 3, 5, 7, 3),
    AttentionCase(1, 2, 6, 15, 8),
    AttentionCase(1, 2, 7, 16, 15),
    AttentionCase(1, 1, 13, 17, 16),
    AttentionCase(2, 2, 23, 127, 17),
    AttentionCase(1, 2, 24, 128, 32),
    AttentionCase(1, 2, 25, 129, 33),
    AttentionCase(1, 1, 49, 65, 64),
    AttentionCase(1, 1, 47, 257, 9),
    AttentionCase(1, 1, 257, 130, 5, .none, "two tasks"),
    AttentionCase(2, 2, 64, 64, 32, .causal, "causal"),
    AttentionCase(1, 9, 31, 31, 8, .causal, "causal"),
    AttentionCase(1, 1, 130, 130, 16, .causal, "causal"),
    AttentionCase(1, 1, 513, 513, 7, .causal, "causal"),
    AttentionCase(2, 1, 3, 200, 16, .causal, "causal, a cache"),
    AttentionCase(1, 2, 1, 300, 24, .causal, "causal, one query"),
    AttentionCase(1, 2, 70, 20, 12, .causal, "causal, fewer keys than queries"),
    AttentionCase(3, 2, 11, 140, 10, .lengths([140, 0, 129]), "lengths"),
    AttentionCase(3, 2, 70, 70, 10, .causal.and(.lengths([70, 1, 33])), "causal, lengths"),
    AttentionCase(2, 2, 9, 50, 10, everyThird(9, 50), "pattern"),
    AttentionCase(
      2, 2, 30, 150, 6, everyThird(30, 150).and(.lengths([150, 17])), "pattern, lengths"),
    AttentionCase(2, 2, 20, 40, 8, dropout: AttentionDropout(rate: 0.3, seed: 5), "dropout"),
    AttentionCase(
      1, 2, 50, 141, 16, .causal, dropout: AttentionDropout(rate: 0.5, seed: 6), "causal, dropout"),
    AttentionCase(2, 2, 26, 26, 8, .causal, "strides", queryStride: 48, keyStride: 37),
  ]
}
