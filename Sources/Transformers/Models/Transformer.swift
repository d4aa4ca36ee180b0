import Attention
import Backprop
import CNN
import KernelSupport

/// The first Transformer: an encoder that looks both ways, and a decoder that looks back at what it wrote and at the whole
/// input.
///
///     memory = encoder(√d tokens[source] + waves)
///     logits = decoder(√d tokens[target] + waves, memory) W + b
///
/// Positions are sines and cosines. As in `nn.Transformer`, each stack ends in a norm, also where blocks end in one.
///
/// Source: Vaswani et al., "Attention Is All You Need", NIPS 2017, figure 1.
public struct Transformer {
  /// A vector for every token of either side, [vocabulary, width].
  public let tokens: Variable
  /// The encoder's blocks.
  public let encoder: [TransformerBlock]
  /// The norm after them.
  public let encoderNorm: LayerNormalization
  /// The decoder's blocks.
  public let decoder: [DecoderBlock]
  /// The norm after them.
  public let decoderNorm: LayerNormalization
  /// The logits.
  public let head: Dense
  /// The sines and cosines that are added to the vectors.
  private let waves: SinusoidalPositions

  /// Creates a model.
  ///
  /// - Parameters:
  ///   - vocabulary: how many tokens both sides have, at least 1.
  ///   - width: the length of a position's vector, even and a multiple of `heads`.
  ///   - layers: how many blocks each side has.
  ///   - heads: how many heads each block has.
  ///   - inner: the length in the middle of the feed-forward layers.
  ///   - placement: where blocks normalise.
  ///   - activation: what the feed-forward layers apply.
  ///   - dropout: the share of attention's probabilities that is dropped while the network learns.
  ///   - generator: where the random numbers come from.
  public init(
    vocabulary: Int, width: Int, layers: Int, heads: Int, inner: Int,
    placement: NormPlacement = .after, activation: FeedForwardActivation = .relu,
    dropout: Scalar = 0,
    using generator: inout some RandomNumberGenerator
  ) {
    tokens = embedding(vocabulary, width, &generator)
    encoder = (0..<layers).map { _ in
      TransformerBlock(
        width, heads: heads, inner: inner, placement: placement, activation: activation,
        dropout: dropout, using: &generator)
    }
    encoderNorm = LayerNormalization(width)
    decoder = (0..<layers).map { _ in
      DecoderBlock(
        width, heads: heads, inner: inner, placement: placement, activation: activation,
        dropout: dropout, using: &generator)
    }
    decoderNorm = LayerNormalization(width)
    head = Dense(width, vocabulary, using: &generator)
    waves = SinusoidalPositions(width)
  }

  /// What the encoder makes of sources.
  ///
  /// - Parameters:
  ///   - source: tokens, rows of `time` each.
  ///   - time: how many tokens a row has.
  ///   - lengths: how many of a row's tokens count; nil for all.
  ///   - phase: training or evaluation.
  /// - Returns: [batch, time, width].
  public func memory(
    _ source: [Int], time: Int, lengths: [Int]? = nil, _ phase: Phase = .evaluation
  ) -> Variable {
    let mask = lengths.map { AttentionMask.lengths($0) } ?? .none
    let start = vectors(source, time: time)
    return encoderNorm(
      start.passed(through: encoder, of: "encoder") { block, x, index in
        block(x, mask: mask, phase.part(index))
      })
  }

  /// The logits of the token after every token of the targets.
  ///
  /// - Parameters:
  ///   - target: tokens, rows of `time` each, from the start token on.
  ///   - time: how many tokens a row has.
  ///   - memory: what `memory` gave.
  ///   - lengths: how many tokens of each source count; nil for all.
  ///   - phase: training or evaluation.
  /// - Returns: [batch, time, vocabulary].
  public func logits(
    _ target: [Int], time: Int, memory: Variable, lengths: [Int]? = nil,
    _ phase: Phase = .evaluation
  ) -> Variable {
    let mask = lengths.map { AttentionMask.lengths($0) } ?? .none
    let start = vectors(target, time: time)
    return head(
      decoderNorm(
        start.passed(through: decoder, of: "decoder") { block, x, index in
          block(x, memory, memoryMask: mask, phase.part(1000 + index))
        }))
  }

  private func vectors(_ ids: [Int], time: Int) -> Variable {
    let width = tokens.value.columns
    precondition(
      time >= 1 && ids.count.isMultiple(of: time),
      "Transformer: \(ids.count) tokens in rows of \(time)")
    let found = tokens.rows(at: ids).reshaped([ids.count / time, time, width])
    return waves(Scalar(width).squareRoot() * found)
  }
}
