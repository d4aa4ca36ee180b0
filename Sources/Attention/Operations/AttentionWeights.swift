import Backprop
import KernelSupport

extension Tensor {
  /// How much every query looks at every key: what a fused attention never writes down, for figures.
  ///
  /// This tensor holds the queries, [batch, queries, heads · width].
  ///
  /// - Parameters:
  ///   - key: [batch, keys, heads · width].
  ///   - heads: the number of heads.
  ///   - mask: which keys a query may look at.
  /// - Returns: p, [batch, heads, queries, keys].
  public func attentionWeights(
    key: Tensor, heads: Int = 1, mask: AttentionMask = .none
  ) -> Tensor {
    precondition(
      shape.count == 3 && key.shape.count == 3 && shape[0] == key.shape[0]
        && shape[2] == key.shape[2] && heads >= 1 && shape[2].isMultiple(of: heads),
      "attentionWeights: queries of shape \(shape) and keys of \(key.shape) in \(heads) heads")
    let (batch, queries, keys, width) = (shape[0], shape[1], key.shape[1], shape[2] / heads)
    let sizes = AttentionShape(
      batch: batch, heads: heads, queries: queries, keys: keys, width: width)
    mask.check("attentionWeights", sizes)
    var weights = [Scalar](repeating: 0, count: batch * heads * queries * keys)
    for number in 0..<sizes.rowCount {
      let row = AttentionRow(
        sizes, batch: number / (heads * queries), head: number / queries % heads,
        query: number % queries)
      let allowed = (0..<keys).filter {
        mask.allows(batch: row.batch, query: row.query, key: $0, sizes)
      }
      let scores = allowed.map { j in
        sizes.scale
          * (0..<width).reduce(Scalar(0)) {
            $0 + elements[row.queryStart + $1] * key.elements[row.keyStart(j) + $1]
          }
      }
      let exponentials = scores.map { Scalar.exp($0 - (scores.max() ?? 0)) }
      let sum = exponentials.reduce(0, +)
      for (j, e) in zip(allowed, exponentials) { weights[number * keys + j] = e / sum }
    }
    return Tensor(weights, shape: [batch, heads, queries, keys])
  }
}
