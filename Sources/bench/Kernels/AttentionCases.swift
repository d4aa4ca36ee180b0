import Attention
import KernelSupport

/// The kernels of chapter 6.
extension KernelCase {
  static var attention: [KernelCase] {
    let shapes = [(12, 4, 64, 32), (64, 4, 24, 32), (8, 8, 256, 64), (1, 8, 2048, 64)]
    return shapes.flatMap { batch, heads, time, width in
      [AttentionMask.none, .causal].flatMap { mask in
        let shape = AttentionShape(
          batch: batch, heads: heads, queries: time, keys: time, width: width)
        return [forward(shape, mask), backward(shape, mask)]
      }
    }
      + [64, 256, 1024].map { keys in
        forward(AttentionShape(batch: 1, heads: 8, queries: 1, keys: keys, width: 64), .causal)
      }
  }

  private static func text(_ shape: AttentionShape, _ mask: AttentionMask) -> String {
    let time = shape.queries == shape.keys ? "\(shape.keys)" : "\(shape.queries)/\(shape.keys)"
    return "\(shape.batch)x\(shape.heads)x\(time)x\(shape.width)\(mask.isCausal ? " causal" : "")"
  }

  /// The pairs that a mask leaves, as a share of all.
  private static func share(_ shape: AttentionShape, _ mask: AttentionMask) -> Double {
    guard mask.isCausal else { return 1 }
    let seen = (0..<shape.queries).reduce(0) { $0 + $1 + 1 + shape.keys - shape.queries }
    return Double(seen) / Double(shape.queries * shape.keys)
  }

  private static func forward(_ shape: AttentionShape, _ mask: AttentionMask) -> KernelCase {
    let operations = Int(Double(shape.operations) * share(shape, mask))
    return KernelCase(
      kernel: "attention", shape: text(shape, mask), cost: .arithmetic(operations: operations)
    ) {
      let operands = Operands(shape)
      var trial = KernelTrial(
        changing: [
          [Scalar](repeating: 0, count: shape.outputCount),
          [Scalar](repeating: 0, count: shape.rowCount),
        ], tolerance: Tolerance.rounding(magnitude: 32)
      ) { kernels, arrays in
        var sums = arrays.removeLast()
        var output = arrays[0].mutableSpan
        var sumsSpan = sums.mutableSpan
        kernels.attention.attention(
          query: operands.query.span, key: operands.key.span, value: operands.value.span,
          into: &output, logSumExp: &sumsSpan, shape, mask, dropout: nil)
        arrays.append(sums)
      }
      trial.overwrites = true
      return trial
    }
  }

  private static func backward(_ shape: AttentionShape, _ mask: AttentionMask) -> KernelCase {
    let operations = Int(2.5 * Double(shape.operations) * share(shape, mask))
    return KernelCase(
      kernel: "attentionBackward", shape: text(shape, mask),
      cost: .arithmetic(operations: operations)
    ) {
      let operands = Operands(shape)
      let upstream = numbers(shape.outputCount, stream: 4)
      var output = [Scalar](repeating: 0, count: shape.outputCount)
      var sums = [Scalar](repeating: 0, count: shape.rowCount)
      var outputSpan = output.mutableSpan
      var sumsSpan = sums.mutableSpan
      Fast.attention(
        query: operands.query.span, key: operands.key.span, value: operands.value.span,
        into: &outputSpan, logSumExp: &sumsSpan, shape, mask, dropout: nil)
      let (y, logSumExp) = (output, sums)
      let zeros = [Scalar](repeating: 0, count: operands.key.count)
      var trial = KernelTrial(
        changing: [[Scalar](repeating: 0, count: shape.outputCount), zeros, zeros],
        tolerance: Tolerance.rounding(magnitude: 256)
      ) { kernels, arrays in
        var value = arrays.removeLast()
        var key = arrays.removeLast()
        var query = arrays[0].mutableSpan
        var keySpan = key.mutableSpan
        var valueSpan = value.mutableSpan
        kernels.attention.attentionBackward(
          query: operands.query.span, key: operands.key.span, value: operands.value.span,
          output: y.span, logSumExp: logSumExp.span, upstream: upstream.span,
          queryGradient: &query, keyGradient: &keySpan, valueGradient: &valueSpan, shape, mask,
          dropout: nil)
        arrays.append(key)
        arrays.append(value)
      }
      trial.overwrites = true
      return trial
    }
  }

  private struct Operands {
    let query: [Scalar]
    let key: [Scalar]
    let value: [Scalar]

    init(_ shape: AttentionShape) {
      let keys = shape.batch * shape.keys * shape.rowWidth
      query = numbers(shape.outputCount, in: -2..<2, stream: 1)
      key = numbers(keys, in: -2..<2, stream: 2)
      value = numbers(keys, stream: 3)
    }
  }
}
