import Attention
import Backprop
import CNN
import KernelSupport

/// Where a block normalises.
public enum NormPlacement: String, Hashable, Sendable, CaseIterable {
  /// Before attention and feed-forward layer, beside the residual path, which nothing interrupts: GPT-2's.
  ///
  ///     x ← x + attention(norm(x));   x ← x + feedForward(norm(x))
  case before
  /// After the residual was added: the first Transformer's, and `nn.Transformer`'s default.
  ///
  ///     x ← norm(x + attention(x));   x ← norm(x + feedForward(x))
  case after
}

extension MultiHeadAttention {
  /// The layer's output and a residual, added in the pass of the output's product.
  ///
  /// - Parameters:
  ///   - input: x, [batch, time, width].
  ///   - residual: what is added, of x's shape.
  ///   - mask: which positions a position may look at.
  ///   - phase: training, where probabilities may be dropped, or evaluation.
  public func callAsFunction(
    _ input: Variable, adding residual: Variable, mask: AttentionMask, _ phase: Phase
  ) -> Variable {
    let attended = queryKeyValue(input, adding: nil).selfAttention(
      heads: heads, mask: mask, dropout: phase.attentionDropout(rate: dropout))
    return output(attended, adding: residual)
  }
}

extension CrossAttention {
  /// The layer's output and a residual, added in the pass of the output's product.
  ///
  /// - Parameters:
  ///   - input: x, [batch, queries, width].
  ///   - memory: what is looked at, [batch, keys, width].
  ///   - residual: what is added, of x's shape.
  ///   - mask: which keys a query may look at.
  ///   - phase: training, where probabilities may be dropped, or evaluation.
  public func callAsFunction(
    _ input: Variable, _ memory: Variable, adding residual: Variable, mask: AttentionMask,
    _ phase: Phase
  ) -> Variable {
    let attended = query(input, adding: nil).attention(
      keysAndValues: keyValue(memory, adding: nil), heads: heads, mask: mask,
      dropout: phase.attentionDropout(rate: dropout))
    return output(attended, adding: residual)
  }
}

/// A Transformer block: positions look at one another, then each thinks for itself, and both only add to what was
/// there.
///
/// With a causal mask it is a decoder's block without cross-attention, of which a GPT is made; with another one, an
/// encoder's.
///
/// Source: Vaswani et al., "Attention Is All You Need", NIPS 2017, section 3.1; the norm before: Xiong et al., "On Layer
/// Normalization in the Transformer Architecture", ICML 2020.
public struct TransformerBlock {
  /// The norm of the attention: before or after it.
  public let attentionNorm: LayerNormalization
  /// What lets positions look at one another.
  public let attention: MultiHeadAttention
  /// The norm of the feed-forward layer: before or after it.
  public let feedForwardNorm: LayerNormalization
  /// What treats every position alike.
  public let feedForward: FeedForward
  /// Where the block normalises.
  public let placement: NormPlacement

  /// Creates a block.
  ///
  /// - Parameters:
  ///   - width: the length of a position's vector, a multiple of `heads`.
  ///   - heads: the number of heads, at least 1.
  ///   - inner: the length in the middle of the feed-forward layer; nil for four times the width.
  ///   - placement: where the block normalises.
  ///   - activation: what the feed-forward layer applies.
  ///   - epsilon: ε of the norms.
  ///   - dropout: the share of attention's probabilities that is dropped while the network learns.
  ///   - initializer: how the weights are drawn.
  ///   - generator: where the random numbers come from.
  public init(
    _ width: Int, heads: Int, inner: Int? = nil, placement: NormPlacement = .before,
    activation: FeedForwardActivation = .tanhGELU, epsilon: Scalar = 1e-5, dropout: Scalar = 0,
    initializer: Initializer = .xavierUniform,
    using generator: inout some RandomNumberGenerator
  ) {
    attentionNorm = LayerNormalization(width, epsilon: epsilon)
    attention = MultiHeadAttention(
      width, heads: heads, dropout: dropout, initializer: initializer, using: &generator)
    feedForwardNorm = LayerNormalization(width, epsilon: epsilon)
    feedForward = FeedForward(
      width, inner: inner ?? 4 * width, activation: activation, initializer: initializer,
      using: &generator)
    self.placement = placement
  }

  /// The block's output.
  ///
  /// - Parameters:
  ///   - input: x, [batch, time, width].
  ///   - mask: which positions a position may look at.
  ///   - phase: training or evaluation.
  /// - Returns: y, of the input's shape.
  public func callAsFunction(
    _ input: Variable, mask: AttentionMask, _ phase: Phase = .evaluation
  ) -> Variable {
    switch placement {
    case .before:
      let x = attention(attentionNorm(input), adding: input, mask: mask, phase)
      return feedForward(feedForwardNorm(x), adding: x)
    case .after:
      let x = attentionNorm(attention(input, adding: input, mask: mask, phase))
      return feedForwardNorm(feedForward(x, adding: x))
    }
  }
}

/// A decoder's block: positions look at one another, then at the encoder's output, then each thinks for itself.
///
/// Source: Vaswani et al., 2017, section 3.1.
public struct DecoderBlock {
  /// The norm of the self-attention: before or after it.
  public let attentionNorm: LayerNormalization
  /// What lets positions look at one another.
  public let attention: MultiHeadAttention
  /// The norm of the attention to the memory: before or after it.
  public let memoryNorm: LayerNormalization
  /// What lets positions look at the memory.
  public let memoryAttention: CrossAttention
  /// The norm of the feed-forward layer: before or after it.
  public let feedForwardNorm: LayerNormalization
  /// What treats every position alike.
  public let feedForward: FeedForward
  /// Where the block normalises.
  public let placement: NormPlacement

  /// Creates a block; the parameters are `TransformerBlock`'s.
  public init(
    _ width: Int, heads: Int, inner: Int? = nil, placement: NormPlacement = .before,
    activation: FeedForwardActivation = .relu, epsilon: Scalar = 1e-5, dropout: Scalar = 0,
    using generator: inout some RandomNumberGenerator
  ) {
    attentionNorm = LayerNormalization(width, epsilon: epsilon)
    attention = MultiHeadAttention(width, heads: heads, dropout: dropout, using: &generator)
    memoryNorm = LayerNormalization(width, epsilon: epsilon)
    memoryAttention = CrossAttention(width, heads: heads, dropout: dropout, using: &generator)
    feedForwardNorm = LayerNormalization(width, epsilon: epsilon)
    feedForward = FeedForward(
      width, inner: inner ?? 4 * width, activation: activation, using: &generator)
    self.placement = placement
  }

  /// The block's output.
  ///
  /// - Parameters:
  ///   - input: x, [batch, time, width].
  ///   - memory: the encoder's output, [batch, keys, width].
  ///   - mask: which positions a position may look at: causal, and perhaps lengths.
  ///   - memoryMask: which keys of the memory a position may look at.
  ///   - phase: training or evaluation.
  /// - Returns: y, of the input's shape.
  public func callAsFunction(
    _ input: Variable, _ memory: Variable, mask: AttentionMask = .causal,
    memoryMask: AttentionMask = .none, _ phase: Phase = .evaluation
  ) -> Variable {
    switch placement {
    case .before:
      var x = attention(attentionNorm(input), adding: input, mask: mask, phase.part(0))
      x = memoryAttention(memoryNorm(x), memory, adding: x, mask: memoryMask, phase.part(1))
      return feedForward(feedForwardNorm(x), adding: x)
    case .after:
      var x = attentionNorm(attention(input, adding: input, mask: mask, phase.part(0)))
      x = memoryNorm(memoryAttention(x, memory, adding: x, mask: memoryMask, phase.part(1)))
      return feedForwardNorm(feedForward(x, adding: x))
    }
  }
}
