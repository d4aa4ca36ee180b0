import Backprop
import KernelSupport

extension Fast {
  /// The pullback of `attention`; contract: `Naive.attentionBackward`.
  ///
  ///     for each head of each sequence, on any thread
  ///       for each 64 keys, for each 48 queries that can see one of them
  ///         scores = q kᵀ,  slopes = ∂L/∂y vᵀ                   two products
  ///         p = e^{scores − logSumExp},  slopes ← p (slopes − D)
  ///         ∂L/∂v += pᵀ ∂L/∂y,  ∂L/∂k += slopesᵀ q,  ∂L/∂q += slopes k      three more
  ///
  /// A head's gradients are the work of one thread: sums over queries have one order.
  public static func attentionBackward(
    query: Span<Scalar>, key: Span<Scalar>, value: Span<Scalar>, output: Span<Scalar>,
    logSumExp: Span<Scalar>, upstream: Span<Scalar>, queryGradient: inout MutableSpan<Scalar>,
    keyGradient: inout MutableSpan<Scalar>, valueGradient: inout MutableSpan<Scalar>,
    _ shape: AttentionShape, _ mask: AttentionMask, dropout: AttentionDropout?
  ) {
    checkBackward(
      query, key, value, output, logSumExp, upstream, queryGradient.count, keyGradient.count,
      valueGradient.count, shape, mask)
    let headCount = shape.batch * shape.heads
    guard headCount > 0 && shape.queries > 0 && shape.keys > 0 else {
      Naive.attentionBackward(
        query: query, key: key, value: value, output: output, logSumExp: logSumExp,
        upstream: upstream, queryGradient: &queryGradient, keyGradient: &keyGradient,
        valueGradient: &valueGradient, shape, mask, dropout: dropout)
      return
    }
    nonisolated(unsafe) let (q, k, v) = unsafe (address(query), address(key), address(value))
    nonisolated(unsafe) let (y, dy, sums) = unsafe (
      address(output), address(upstream), address(logSumExp)
    )
    let (queryCount, keyCount) = (queryGradient.count, keyGradient.count)
    let valueCount = valueGradient.count
    nonisolated(unsafe) let (dq, dk, dv) = unsafe (
      address(&queryGradient), address(&keyGradient), address(&valueGradient)
    )
    share(headCount, operations: 5 * shape.operations / 2) { number in
      let head = unsafe AttentionHead(number, shape, mask, dropout, q, k, v)
      let (batch, headNumber) = (number / shape.heads, number % shape.heads)
      let outputStart = shape.outputStart(batch: batch, head: headNumber)
      let keyStart = shape.keyStart(batch: batch, head: headNumber)
      let gradients = unsafe HeadGradients(
        head: head, output: y + outputStart, upstream: dy + outputStart,
        logSumExp: sums + number * shape.queries,
        query: dq + shape.queryStart(batch: batch, head: headNumber), key: dk + keyStart,
        value: dv + keyStart)
      guard !gradients.compute() else { return }
      // A number that is not finite: its products with 0 would be NaN, and are skipped one by one.
      var queryGradient = unsafe MutableSpan(_unsafeStart: dq, count: queryCount)
      var keyGradient = unsafe MutableSpan(_unsafeStart: dk, count: keyCount)
      var valueGradient = unsafe MutableSpan(_unsafeStart: dv, count: valueCount)
      Naive.attentionHeadBackward(
        query: query, key: key, value: value, output: output, logSumExp: logSumExp,
        upstream: upstream, queryGradient: &queryGradient, keyGradient: &keyGradient,
        valueGradient: &valueGradient, shape, mask, dropout: dropout, batch: batch, head: headNumber
      )
    }
  }
}
