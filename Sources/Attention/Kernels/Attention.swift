import KernelSupport

extension Naive {
  /// Scaled dot-product attention: every query's mean of the values, weighted by how well its key fits.
  ///
  ///     s[i, j] = scale · Σ_c q[i, c] k[j, c]                      for every pair that the mask allows
  ///     p[i, j] = e^{s[i, j]} / Σ_j e^{s[i, j]}
  ///     y[i, c] = Σ_j p[i, j] v[j, c]
  ///
  /// for each sequence and each head. A query that may look at nothing gets zeros. A pair that is not allowed is
  /// skipped, not multiplied by 0: whatever stands in a masked key or value, NaN included, changes nothing.
  ///
  /// - Parameters:
  ///   - query: q, [batch, queries, heads · width], rows at `shape.queryStride`.
  ///   - key: k, [batch, keys, heads · width], rows at `shape.keyStride`.
  ///   - value: v, as k.
  ///   - output: y, [batch, queries, heads · width], dense; overwritten.
  ///   - logSumExp: ln Σ_j e^{s[i, j]}, [batch, heads, queries], −∞ where nothing is allowed; overwritten. It is
  ///     all that the backward pass needs to compute every p again.
  ///   - shape: the sizes, strides and the scale.
  ///   - mask: which pairs are allowed.
  ///   - dropout: which probabilities are dropped after the softmax; nil for none.
  ///
  /// Source: Vaswani et al., "Attention Is All You Need", NIPS 2017, equation 1.
  public static func attention(
    query: Span<Scalar>, key: Span<Scalar>, value: Span<Scalar>,
    into output: inout MutableSpan<Scalar>, logSumExp: inout MutableSpan<Scalar>,
    _ shape: AttentionShape, _ mask: AttentionMask, dropout: AttentionDropout?
  ) {
    shape.check(
      "attention", query: query.count, key: key.count, value: value.count, output: output.count,
      logSumExp: logSumExp.count)
    mask.check("attention", shape)
    forEachRow(shape) { row in
      let allowed = (0..<shape.keys).filter {
        mask.allows(batch: row.batch, query: row.query, key: $0, shape)
      }
      let scores = allowed.map { j in
        shape.scale * dot(query, row.queryStart, key, row.keyStart(j), shape.width)
      }
      let largest = scores.max() ?? -.infinity
      let sum = scores.reduce(0) { $0 + Scalar.exp($1 - largest) }
      logSumExp[row.number] = allowed.isEmpty ? -.infinity : largest + Scalar.log(sum)
      for c in 0..<shape.width {
        var y: Scalar = 0
        for (j, score) in zip(allowed, scores) {
          let probability = Scalar.exp(score - largest) / sum
          let factor = dropout?.factor(row: row.number, key: j, keys: shape.keys) ?? 1
          y += factor * probability * value[row.keyStart(j) + c]
        }
        output[row.outputStart + c] = y
      }
    }
  }

  /// The pullback of `attention`.
  ///
  ///     D[i] = Σ_c ∂L/∂y[i, c] y[i, c],    p[i, j] = e^{s[i, j] − logSumExp[i]}
  ///     ∂L/∂v[j, c] = Σ_i p[i, j] ∂L/∂y[i, c]
  ///     ∂L/∂p[i, j] = Σ_c ∂L/∂y[i, c] v[j, c]
  ///     ∂L/∂s[i, j] = p[i, j] (∂L/∂p[i, j] − D[i])
  ///     ∂L/∂q[i, c] = scale · Σ_j ∂L/∂s[i, j] k[j, c]
  ///     ∂L/∂k[j, c] = scale · Σ_i ∂L/∂s[i, j] q[i, c]
  ///
  /// over the pairs that the mask allows; the derivation is in chapter 6. D is the mean that the softmax's pullback
  /// subtracts, Σ_j p[i, j] ∂L/∂p[i, j]: the sum over j can be taken before that over c.
  ///
  /// - Parameters:
  ///   - query: q, as it went into `attention`.
  ///   - key: k.
  ///   - value: v.
  ///   - output: y, what came out.
  ///   - logSumExp: what came out with it.
  ///   - upstream: ∂L/∂y, as y.
  ///   - queryGradient: ∂L/∂q; has q's strides; the elements of its rows are overwritten.
  ///   - keyGradient: ∂L/∂k; as k.
  ///   - valueGradient: ∂L/∂v; as v.
  ///   - shape: the sizes, strides and the scale.
  ///   - mask: which pairs are allowed.
  ///   - dropout: which probabilities were dropped.
  public static func attentionBackward(
    query: Span<Scalar>, key: Span<Scalar>, value: Span<Scalar>, output: Span<Scalar>,
    logSumExp: Span<Scalar>, upstream: Span<Scalar>, queryGradient: inout MutableSpan<Scalar>,
    keyGradient: inout MutableSpan<Scalar>, valueGradient: inout MutableSpan<Scalar>,
    _ shape: AttentionShape, _ mask: AttentionMask, dropout: AttentionDropout?
  ) {
    checkBackward(
      query, key, value, output, logSumExp, upstream, queryGradient.count, keyGradient.count,
      valueGradient.count, shape, mask)
    for b in 0..<shape.batch {
      for h in 0..<shape.heads {
        attentionHeadBackward(
          query: query, key: key, value: value, output: output, logSumExp: logSumExp,
          upstream: upstream, queryGradient: &queryGradient, keyGradient: &keyGradient,
          valueGradient: &valueGradient, shape, mask, dropout: dropout, batch: b, head: h)
      }
    }
  }

  /// The pullback of `attention` for one head of one sequence.
  static func attentionHeadBackward(
    query: Span<Scalar>, key: Span<Scalar>, value: Span<Scalar>, output: Span<Scalar>,
    logSumExp: Span<Scalar>, upstream: Span<Scalar>, queryGradient: inout MutableSpan<Scalar>,
    keyGradient: inout MutableSpan<Scalar>, valueGradient: inout MutableSpan<Scalar>,
    _ shape: AttentionShape, _ mask: AttentionMask, dropout: AttentionDropout?, batch: Int,
    head: Int
  ) {
    for j in 0..<shape.keys {
      let k = AttentionRow(shape, batch: batch, head: head, query: 0).keyStart(j)
      for c in 0..<shape.width {
        keyGradient[k + c] = 0
        valueGradient[k + c] = 0
      }
    }
    for i in 0..<shape.queries {
      let row = AttentionRow(shape, batch: batch, head: head, query: i)
      let (q, y) = (row.queryStart, row.outputStart)
      for c in 0..<shape.width { queryGradient[q + c] = 0 }
      let mean = dot(upstream, y, output, y, shape.width)
      for j in 0..<shape.keys where mask.allows(batch: batch, query: i, key: j, shape) {
        let k = row.keyStart(j)
        let score = shape.scale * dot(query, q, key, k, shape.width)
        let probability = Scalar.exp(score - logSumExp[row.number])
        let factor = dropout?.factor(row: row.number, key: j, keys: shape.keys) ?? 1
        let slope =
          shape.scale * probability * (factor * dot(upstream, y, value, k, shape.width) - mean)
        for c in 0..<shape.width {
          valueGradient[k + c] += factor * probability * upstream[y + c]
          queryGradient[q + c] += slope * key[k + c]
          keyGradient[k + c] += slope * query[q + c]
        }
      }
    }
  }

  private static func forEachRow(_ shape: AttentionShape, _ body: (AttentionRow) -> Void) {
    for b in 0..<shape.batch {
      for h in 0..<shape.heads {
        for i in 0..<shape.queries { body(AttentionRow(shape, batch: b, head: h, query: i)) }
      }
    }
  }

  /// The product of `count` elements of x from `i` on and of y from `j` on.
  private static func dot(_ x: Span<Scalar>, _ i: Int, _ y: Span<Scalar>, _ j: Int, _ count: Int)
    -> Scalar
  {
    var sum: Scalar = 0
    for c in 0..<count { sum += x[i + c] * y[j + c] }
    return sum
  }
}

/// One query of one head of one sequence, and where its numbers are.
struct AttentionRow {
  let shape: AttentionShape
  let batch: Int
  let head: Int
  let query: Int

  init(_ shape: AttentionShape, batch: Int, head: Int, query: Int) {
    self.shape = shape
    self.batch = batch
    self.head = head
    self.query = query
  }

  /// The row's number among all.
  var number: Int { (batch * shape.heads + head) * shape.queries + query }
  var queryStart: Int {
    shape.queryStart(batch: batch, head: head) + query * shape.queryStride
  }
  var outputStart: Int { shape.outputStart(batch: batch, head: head) + query * shape.rowWidth }
  func keyStart(_ key: Int) -> Int {
    shape.keyStart(batch: batch, head: head) + key * shape.keyStride
  }
}

/// Stops the program unless a backward pass has operands and gradients of the shape's sizes.
func checkBackward(
  _ query: Span<Scalar>, _ key: Span<Scalar>, _ value: Span<Scalar>, _ output: Span<Scalar>,
  _ logSumExp: Span<Scalar>, _ upstream: Span<Scalar>, _ queryGradient: Int, _ keyGradient: Int,
  _ valueGradient: Int, _ shape: AttentionShape, _ mask: AttentionMask
) {
  shape.check(
    "attentionBackward", query: query.count, key: key.count, value: value.count,
    output: output.count, logSumExp: logSumExp.count)
  shape.check(
    "attentionBackward", query: queryGradient, key: keyGradient, value: valueGradient,
    output: upstream.count, logSumExp: logSumExp.count)
  mask.check("attentionBackward", shape)
}
