import Backprop
import CNN
import KernelSupport

/// Self-attention with several heads: every position asks every other one a question per head.
///
///     q | k | v = x [W_q | W_k | W_v] + b
///     y = [head₁ | … | head_H] W_o + b_o,   head_h = softmax(q_h k_hᵀ / √d) v_h
///
/// One product makes queries, keys and values of all heads; a head is a range of columns of it.
///
/// Source: Vaswani et al., "Attention Is All You Need", NIPS 2017, section 3.2.2.
public struct MultiHeadAttention: PhaselessLayer {
  /// x to q | k | v: weights [width, 3 · width].
  public let queryKeyValue: Dense
  /// The heads' results to the output: weights [width, width].
  public let output: Dense
  /// The number of heads.
  public let heads: Int
  /// The share of probabilities that is dropped while the network learns.
  public let dropout: Scalar
  /// How queries and keys are turned by their positions; nil for not at all.
  public let rotary: RotaryPositions?

  /// Creates a layer.
  ///
  /// - Parameters:
  ///   - width: the length of an input and an output, a multiple of `heads`.
  ///   - heads: the number of heads, at least 1.
  ///   - dropout: the share of probabilities that is dropped while the network learns, in [0, 1).
  ///   - rotary: how queries and keys are turned by their positions; nil for not at all.
  ///   - initializer: how the weights are drawn, those of queries, keys and values apart.
  ///   - generator: where the random numbers come from.
  public init(
    _ width: Int, heads: Int, dropout: Scalar = 0, rotary: RotaryPositions? = nil,
    initializer: Initializer = .xavierUniform, using generator: inout some RandomNumberGenerator
  ) {
    checkWidth("MultiHeadAttention", width, heads, dropout)
    queryKeyValue = denseSideBySide(width, width, count: 3, initializer, using: &generator)
    output = Dense(width, width, initializer: initializer, using: &generator)
    self.heads = heads
    self.dropout = dropout
    self.rotary = rotary
  }

  /// The layer's output.
  ///
  /// - Parameters:
  ///   - input: x, [batch, time, width].
  ///   - mask: which positions a position may look at.
  ///   - phase: training, where probabilities may be dropped, or evaluation.
  /// - Returns: y, of the input's shape.
  public func callAsFunction(_ input: Variable, mask: AttentionMask, _ phase: Phase) -> Variable {
    var packed = queryKeyValue(input)
    if let rotary {
      let width = output.weight.value.rows
      packed = packed.rotated(rotary, width: width / heads, columns: 2 * width)
    }
    return output(
      packed.selfAttention(
        heads: heads, mask: mask, dropout: phase.attentionDropout(rate: dropout)))
  }

  /// The layer's output when it is used, every position looking at every other one.
  public func callAsFunction(_ input: Variable) -> Variable {
    self(input, mask: .none, .evaluation)
  }
}

/// Attention of one sequence to another one with several heads: queries from the first, keys and values from
/// the second.
///
///     q = x W_q + b_q,   k | v = memory [W_k | W_v] + b
///     y = [head₁ | … | head_H] W_o + b_o,   head_h = softmax(q_h k_hᵀ / √d) v_h
///
/// Source: Vaswani et al., 2017, section 3.2.3, "encoder-decoder attention".
public struct CrossAttention {
  /// x to q: weights [width, width].
  public let query: Dense
  /// Memory to k | v: weights [memory width, 2 · width].
  public let keyValue: Dense
  /// The heads' results to the output: weights [width, width].
  public let output: Dense
  /// The number of heads.
  public let heads: Int
  /// The share of probabilities that is dropped while the network learns.
  public let dropout: Scalar

  /// Creates a layer.
  ///
  /// - Parameters:
  ///   - width: the length of an input and an output, a multiple of `heads`.
  ///   - memoryWidth: the length of what is looked at; nil for `width`.
  ///   - heads: the number of heads, at least 1.
  ///   - dropout: the share of probabilities that is dropped while the network learns, in [0, 1).
  ///   - generator: where the random numbers come from.
  public init(
    _ width: Int, memoryWidth: Int? = nil, heads: Int, dropout: Scalar = 0,
    using generator: inout some RandomNumberGenerator
  ) {
    checkWidth("CrossAttention", width, heads, dropout)
    query = Dense(width, width, using: &generator)
    keyValue = denseSideBySide(
      memoryWidth ?? width, width, count: 2, .xavierUniform, using: &generator)
    output = Dense(width, width, using: &generator)
    self.heads = heads
    self.dropout = dropout
  }

  /// The layer's output.
  ///
  /// - Parameters:
  ///   - input: x, [batch, queries, width].
  ///   - memory: what is looked at, [batch, keys, memory width].
  ///   - mask: which keys a query may look at.
  ///   - phase: training, where probabilities may be dropped, or evaluation.
  /// - Returns: y, of the input's shape.
  public func callAsFunction(
    _ input: Variable, _ memory: Variable, mask: AttentionMask = .none,
    _ phase: Phase = .evaluation
  ) -> Variable {
    output(
      query(input).attention(
        keysAndValues: keyValue(memory), heads: heads, mask: mask,
        dropout: phase.attentionDropout(rate: dropout)))
  }
}

extension Phase {
  /// The dropout of an attention in this phase: none in evaluation.
  public func attentionDropout(rate: Scalar) -> AttentionDropout? {
    guard case .training(let seed) = self, rate > 0 else { return nil }
    return AttentionDropout(rate: rate, seed: seed)
  }
}

private func checkWidth(_ layer: String, _ width: Int, _ heads: Int, _ dropout: Scalar) {
  precondition(
    heads >= 1 && width >= 1 && width.isMultiple(of: heads),
    "\(layer): \(heads) heads do not divide a width of \(width)")
  precondition(
    (0..<1).contains(dropout), "\(layer): a dropout of \(dropout), expected one in [0, 1)")
}

/// Several dense layers of the same inputs in one: each is drawn as if it stood alone, since the scale of its
/// weights follows from its own number of outputs.
private func denseSideBySide(
  _ inputs: Int, _ outputs: Int, count: Int, _ initializer: Initializer,
  using generator: inout some RandomNumberGenerator
) -> Dense {
  let layer = Dense(inputs, count * outputs, initializer: .zeros, using: &generator)
  if case .zeros = initializer { return layer }
  let parts = (0..<count).map { _ in
    initializer.tensor(shape: [inputs, outputs], using: &generator)
  }
  layer.weight.setValue(
    Tensor(
      (0..<inputs).flatMap { row in parts.flatMap { Array($0.row(row)) } },
      shape: [inputs, count * outputs]))
  return layer
}
