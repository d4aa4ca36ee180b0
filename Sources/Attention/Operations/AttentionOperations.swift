import Backprop
import KernelSupport

extension Variable {
  /// Scaled dot-product attention, head by head; this variable holds the queries.
  ///
  ///     y = softmax(q kᵀ / √d) v
  ///
  /// Heads are ranges of columns: head h has the columns h · width ..< (h + 1) · width of q, k, v and y.
  ///
  /// - Parameters:
  ///   - key: k, [batch, keys, heads · width].
  ///   - value: v, of k's shape.
  ///   - heads: the number of heads; divides the length of a row.
  ///   - mask: which keys a query may look at; a query that may look at none gets zeros.
  ///   - scale: what scores are multiplied by; nil for 1/√d, d the width of a head.
  ///   - dropout: which probabilities are dropped; nil for none, as in evaluation.
  /// - Returns: y, of the shape of q, [batch, queries, heads · width].
  public func attention(
    key: Variable, value: Variable, heads: Int = 1, mask: AttentionMask = .none,
    scale: Scalar? = nil, dropout: AttentionDropout? = nil
  ) -> Variable {
    let query = self
    let (qShape, kShape) = (query.value.shape, key.value.shape)
    precondition(
      qShape.count == 3 && kShape.count == 3 && kShape == value.value.shape
        && qShape[0] == kShape[0] && qShape[2] == kShape[2],
      "attention: queries of shape \(qShape), keys of \(kShape) and values of \(value.value.shape), "
        + "expected [batch, time, heads · width]")
    checkHeads("attention", heads, width: qShape[2], qShape)
    let shape = AttentionShape(
      batch: qShape[0], heads: heads, queries: qShape[1], keys: kShape[1],
      width: qShape[2] / heads, scale: scale)
    let kernels = Backend.current.attention
    let (q, k, v) = (query.value.elements, key.value.elements, value.value.elements)
    let (output, logSumExp) = attended(
      kernels, q.span, k.span, v.span, shape, mask, dropout, outputShape: qShape)
    let y = output.elements
    return Variable(output, from: [query, key, value]) { gradient in
      let upstream = gradient.elements
      var keyGradient = Tensor(shape: kShape)
      var valueGradient = Tensor(shape: kShape)
      let queryGradient = Tensor(shape: qShape) { dq in
        keyGradient.update { dk in
          valueGradient.update { dv in
            kernels.attentionBackward(
              query: q.span, key: k.span, value: v.span, output: y.span,
              logSumExp: logSumExp.span, upstream: upstream.span, queryGradient: &dq,
              keyGradient: &dk, valueGradient: &dv, shape, mask, dropout: dropout)
          }
        }
      }
      query.addGradient(queryGradient)
      key.addGradient(keyGradient)
      value.addGradient(valueGradient)
    }
  }

  /// Self-attention of q, k and v that stand side by side, as one product with [W_q | W_k | W_v] makes them.
  ///
  /// The same as `attention` of the three thirds, without taking them apart.
  ///
  /// - Parameters:
  ///   - heads: the number of heads; divides a third of a row.
  ///   - mask: which keys a query may look at.
  ///   - dropout: which probabilities are dropped; nil for none, as in evaluation.
  /// - Returns: y, [batch, time, heads · width], from [batch, time, 3 · heads · width].
  public func selfAttention(
    heads: Int, mask: AttentionMask = .none, dropout: AttentionDropout? = nil
  ) -> Variable {
    let packed = value.shape
    precondition(
      packed.count == 3 && packed[2].isMultiple(of: 3),
      "selfAttention: a tensor of shape \(packed), expected [batch, time, 3 · heads · width]")
    let row = packed[2] / 3
    checkHeads("selfAttention", heads, width: row, packed)
    let shape = AttentionShape(
      batch: packed[0], heads: heads, queries: packed[1], keys: packed[1], width: row / heads,
      queryStride: 3 * row, keyStride: 3 * row)
    let kernels = Backend.current.attention
    let qkv = value.elements
    let thirds = SideBySide(count: qkv.count, row: row)
    let (output, logSumExp) = attended(
      kernels, qkv.span.extracting(thirds[0]), qkv.span.extracting(thirds[1]),
      qkv.span.extracting(thirds[2]), shape, mask, dropout,
      outputShape: [packed[0], packed[1], row])
    let y = output.elements
    return Variable(output, from: [self]) { [self] gradient in
      let upstream = gradient.elements
      addGradient(
        Tensor(shape: packed) { gradient in
          thirds.withThree(&gradient) { dq, dk, dv in
            kernels.attentionBackward(
              query: qkv.span.extracting(thirds[0]), key: qkv.span.extracting(thirds[1]),
              value: qkv.span.extracting(thirds[2]), output: y.span,
              logSumExp: logSumExp.span, upstream: upstream.span, queryGradient: &dq,
              keyGradient: &dk, valueGradient: &dv, shape, mask, dropout: dropout)
          }
        })
    }
  }
}

extension Variable {
  /// Attention to keys and values that stand side by side; this variable holds the queries.
  ///
  /// - Parameters:
  ///   - keysAndValues: k | v, [batch, keys, 2 · heads · width].
  ///   - heads: the number of heads; divides the length of a query's row.
  ///   - mask: which keys a query may look at.
  ///   - dropout: which probabilities are dropped; nil for none, as in evaluation.
  /// - Returns: y, of the shape of q, [batch, queries, heads · width].
  public func attention(
    keysAndValues: Variable, heads: Int, mask: AttentionMask = .none,
    dropout: AttentionDropout? = nil
  ) -> Variable {
    let query = self
    let (qShape, packed) = (query.value.shape, keysAndValues.value.shape)
    precondition(
      qShape.count == 3 && packed.count == 3 && qShape[0] == packed[0]
        && 2 * qShape[2] == packed[2],
      "attention: queries of shape \(qShape), keys and values of \(packed), expected "
        + "[batch, time, heads · width] and [batch, time, 2 · heads · width]")
    let row = qShape[2]
    checkHeads("attention", heads, width: row, qShape)
    let shape = AttentionShape(
      batch: qShape[0], heads: heads, queries: qShape[1], keys: packed[1], width: row / heads,
      keyStride: 2 * row)
    let kernels = Backend.current.attention
    let (q, kv) = (query.value.elements, keysAndValues.value.elements)
    let columns = SideBySide(count: kv.count, row: row)
    let (output, logSumExp) = attended(
      kernels, q.span, kv.span.extracting(columns[0]), kv.span.extracting(columns[1]), shape,
      mask, dropout, outputShape: qShape)
    let y = output.elements
    return Variable(output, from: [query, keysAndValues]) { gradient in
      let upstream = gradient.elements
      var keysAndValuesGradient = Tensor(shape: packed)
      let queryGradient = Tensor(shape: qShape) { dq in
        keysAndValuesGradient.update { gradient in
          columns.withTwo(&gradient) { dk, dv in
            kernels.attentionBackward(
              query: q.span, key: kv.span.extracting(columns[0]),
              value: kv.span.extracting(columns[1]), output: y.span, logSumExp: logSumExp.span,
              upstream: upstream.span, queryGradient: &dq, keyGradient: &dk, valueGradient: &dv,
              shape, mask, dropout: dropout)
          }
        }
      }
      query.addGradient(queryGradient)
      keysAndValues.addGradient(keysAndValuesGradient)
    }
  }
}

/// What a kernel makes of queries, keys and values: the output, and the logarithms for its pullback.
private func attended(
  _ kernels: any AttentionKernels.Type, _ q: Span<Scalar>, _ k: Span<Scalar>, _ v: Span<Scalar>,
  _ shape: AttentionShape, _ mask: AttentionMask, _ dropout: AttentionDropout?, outputShape: [Int]
) -> (output: Tensor, logSumExp: [Scalar]) {
  var logSumExp = [Scalar](repeating: 0, count: shape.rowCount)
  var sums = logSumExp.mutableSpan
  let output = Tensor(shape: outputShape) {
    kernels.attention(
      query: q, key: k, value: v, into: &$0, logSumExp: &sums, shape, mask,
      dropout: dropout?.rate == 0 ? nil : dropout)
  }
  return (output, logSumExp)
}

private func checkHeads(_ operation: String, _ heads: Int, width: Int, _ shape: [Int]) {
  precondition(
    heads >= 1 && width.isMultiple(of: heads) && width > 0,
    "\(operation): \(heads) heads do not divide rows of \(width) elements of shape \(shape)")
}

/// Matrices side by side in the rows of one: spans that begin at the first column of each.
///
/// Unsafe where they are changed, since such spans lie within one another; a kernel that keeps to the columns of
/// each, as its contract says, changes no element through two of them. It saves gradients a copy.
private struct SideBySide {
  let count: Int
  let row: Int

  /// The elements from a matrix's first column on.
  subscript(index: Int) -> Range<Int> { min(index * row, count)..<count }

  /// Calls a function with the first two matrices.
  func withTwo(
    _ elements: inout MutableSpan<Scalar>,
    _ body: (inout MutableSpan<Scalar>, inout MutableSpan<Scalar>) -> Void
  ) {
    unsafe elements.withUnsafeMutableBufferPointer { elements in
      var first = unsafe MutableSpan(_unsafeElements: elements)
      var second = unsafe MutableSpan(
        _unsafeElements: UnsafeMutableBufferPointer(rebasing: elements[self[1]]))
      body(&first, &second)
    }
  }

  /// Calls a function with all three matrices.
  func withThree(
    _ elements: inout MutableSpan<Scalar>,
    _ body: (
      inout MutableSpan<Scalar>, inout MutableSpan<Scalar>, inout MutableSpan<Scalar>
    ) -> Void
  ) {
    unsafe elements.withUnsafeMutableBufferPointer { elements in
      var first = unsafe MutableSpan(_unsafeElements: elements)
      var second = unsafe MutableSpan(
        _unsafeElements: UnsafeMutableBufferPointer(rebasing: elements[self[1]]))
      var third = unsafe MutableSpan(
        _unsafeElements: UnsafeMutableBufferPointer(rebasing: elements[self[2]]))
      body(&first, &second, &third)
    }
  }
}
