import Attention
import Backprop
import CNN
import KernelSupport

/// Classifies sequences: blocks that look in both directions, the mean over the positions, and a dense layer.
///
///     h = tokens[ids] + positions[0 ..< time]
///     h = block(h)
///     logits = (mean of norm(h) over the positions that are no padding) W + b
///
/// Source: the encoder of Vaswani et al., "Attention Is All You Need", NIPS 2017; learned positions as in BERT, Devlin et
/// al., NAACL 2019.
public struct EncoderClassifier {
  /// A vector for every token, [vocabulary, width].
  public let tokens: Variable
  /// A vector for every position, [context, width].
  public let positions: Variable
  /// The blocks.
  public let blocks: [TransformerBlock]
  /// The norm after the blocks.
  public let finalNorm: LayerNormalization
  /// The logits.
  public let head: Dense

  /// Creates a model.
  ///
  /// - Parameters:
  ///   - vocabulary: how many tokens there are, at least 1.
  ///   - context: how many positions there are, at least 1.
  ///   - width: the length of a position's vector, a multiple of `heads`.
  ///   - layers: how many blocks, at least 0.
  ///   - heads: how many heads each has.
  ///   - inner: the length in the middle of the feed-forward layers.
  ///   - classes: how many classes there are, at least 1.
  ///   - activation: what the feed-forward layers apply.
  ///   - generator: where the random numbers come from.
  public init(
    vocabulary: Int, context: Int, width: Int, layers: Int, heads: Int, inner: Int, classes: Int,
    activation: FeedForwardActivation = .relu,
    using generator: inout some RandomNumberGenerator
  ) {
    tokens = embedding(vocabulary, width, &generator)
    positions = embedding(context, width, &generator)
    blocks = (0..<layers).map { _ in
      TransformerBlock(width, heads: heads, inner: inner, activation: activation, using: &generator)
    }
    finalNorm = LayerNormalization(width)
    head = Dense(width, classes, using: &generator)
  }

  /// The logits of every sequence.
  ///
  /// - Parameters:
  ///   - ids: tokens, rows of `time` each.
  ///   - time: how many tokens a row has.
  ///   - lengths: how many of a row's tokens count, at least 1; nil for all. The result depends on no others.
  ///   - phase: training or evaluation.
  /// - Returns: [batch, classes].
  public func callAsFunction(
    _ ids: [Int], time: Int, lengths: [Int]? = nil, _ phase: Phase = .evaluation
  ) -> Variable {
    let width = tokens.value.columns
    let start = embedded(ids, time: time, tokens, positions, scale: 1)
    let batch = start.value.shape[0]
    precondition(
      lengths.map { $0.count == batch && $0.allSatisfy { (1...time).contains($0) } } ?? true,
      "EncoderClassifier: lengths \(lengths ?? []) for \(batch) sequences of \(time)")
    let mask = lengths.map { AttentionMask.lengths($0) } ?? .none
    let hidden = start.passed(through: blocks, of: "blocks") { block, x, index in
      block(x, mask: mask, phase.part(index))
    }
    // The mean as a product with a row of shares, 0 for padding.
    let shares = (0..<batch).flatMap { row in
      let length = lengths?[row] ?? time
      return (0..<time).map { $0 < length ? 1 / Scalar(length) : 0 }
    }
    let mean = Variable(Tensor(shares, shape: [batch, 1, time])).batchedProduct(finalNorm(hidden))
    return head(mean.reshaped([batch, width]))
  }
}

/// A table of random vectors: normal, with a deviation of 1/√width.
func embedding(
  _ rows: Int, _ width: Int, _ generator: inout some RandomNumberGenerator
) -> Variable {
  precondition(rows >= 1 && width >= 1, "embedding: a table of shape \([rows, width])")
  let initializer = Initializer.gaussian(standardDeviation: 1 / Scalar(width).squareRoot())
  return Variable(
    initializer.tensor(shape: [rows, width], using: &generator), needsGradient: true)
}

/// scale · tokens[ids] + positions[0 ..< time], [batch, time, width].
func embedded(
  _ ids: [Int], time: Int, _ tokens: Variable, _ positions: Variable, scale: Scalar
) -> Variable {
  precondition(
    time >= 1 && ids.count.isMultiple(of: time) && time <= positions.value.rows,
    "embedded: \(ids.count) tokens in rows of \(time), with \(positions.value.rows) positions")
  let batch = ids.count / time
  let places = Array(repeating: Array(0..<time), count: batch).flatMap(\.self)
  let found = tokens.rows(at: ids)
  return ((scale == 1 ? found : scale * found) + positions.rows(at: places))
    .reshaped([batch, time, tokens.value.columns])
}
