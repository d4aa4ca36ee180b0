import Attention
import Backprop
import CNN
import KernelSupport

/// A decoder-only Transformer that predicts the next token from those before it.
///
///     h = tokens[ids] + positions[0 ..< time]
///     h = block(h)                                 each with a causal mask, the norm before
///     logits = norm(h) tokensᵀ                     the head is the token table: tied
///
/// Source: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019 (GPT-2).
public struct GPT {
  /// A vector for every token, [vocabulary, width]; transposed, it is the head.
  public let tokens: Variable
  /// A vector for every position, [context, width].
  public let positions: Variable
  /// The blocks.
  public let blocks: [TransformerBlock]
  /// The norm before the head.
  public let finalNorm: LayerNormalization
  /// The sizes.
  public let configuration: GPTConfiguration

  /// Creates a model with random weights.
  ///
  /// Weights are normal with deviation 0.02; those that write into the residual path have it divided by √(2 · layers),
  /// since so many of them add up.
  ///
  /// - Parameters:
  ///   - configuration: the sizes.
  ///   - generator: where the random numbers come from.
  public init(
    _ configuration: GPTConfiguration, using generator: inout some RandomNumberGenerator
  ) {
    self.init(zeros: configuration) { _, _ in }
    let narrow = 0.02 / Scalar(2 * max(1, configuration.layers)).squareRoot()
    for parameter in parameters(of: self) where parameter.variable.value.shape.count == 2 {
      let writesResidual =
        parameter.name.hasSuffix("output.weight") || parameter.name.hasSuffix("down.weight")
      let initializer = Initializer.gaussian(standardDeviation: writesResidual ? narrow : 0.02)
      parameter.variable.setValue(
        initializer.tensor(shape: parameter.variable.value.shape, using: &generator))
    }
  }

  /// Creates a model for weights that come from elsewhere: all are zero.
  ///
  /// - Parameters:
  ///   - configuration: the sizes.
  ///   - fill: gets a block and its number before the next one takes memory.
  init<Failure: Error>(
    zeros configuration: GPTConfiguration,
    _ fill: (_ block: TransformerBlock, _ index: Int) throws(Failure) -> Void
  ) throws(Failure) {
    func zeros(_ shape: [Int]) -> Variable { Variable(Tensor(shape: shape), needsGradient: true) }
    var unused = SeededGenerator(seed: 0)
    self.configuration = configuration
    tokens = zeros([configuration.vocabulary, configuration.width])
    positions = zeros([configuration.context, configuration.width])
    blocks = try (0..<configuration.layers).map { index throws(Failure) in
      let block = TransformerBlock(
        configuration.width, heads: configuration.heads, inner: configuration.inner,
        activation: configuration.activation, epsilon: configuration.epsilon, initializer: .zeros,
        using: &unused)
      try fill(block, index)
      return block
    }
    finalNorm = LayerNormalization(configuration.width, epsilon: configuration.epsilon)
  }

  /// The logits of the next token at every position.
  ///
  /// - Parameters:
  ///   - ids: tokens, batch rows of `time` each, row after row.
  ///   - time: how many tokens a row has, 1 to `context`.
  ///   - phase: training or evaluation.
  /// - Returns: [batch, time, vocabulary].
  public func callAsFunction(
    _ ids: [Int], time: Int, _ phase: Phase = .evaluation
  ) -> Variable {
    finalNorm(hidden(ids, time: time, phase)).transposedProduct(tokens)
  }

  /// What the last block gives, [batch, time, width].
  ///
  /// - Parameters:
  ///   - ids: tokens, batch rows of `time` each, row after row.
  ///   - time: how many tokens a row has, 1 to `context`.
  ///   - phase: training or evaluation.
  public func hidden(_ ids: [Int], time: Int, _ phase: Phase = .evaluation) -> Variable {
    precondition(
      time >= 1 && time <= configuration.context && ids.count.isMultiple(of: time),
      "GPT: \(ids.count) tokens in rows of \(time), a context of \(configuration.context)")
    let batch = ids.count / time
    let places = Array(repeating: Array(0..<time), count: batch).flatMap(\.self)
    let embedded = tokens.rows(at: ids) + positions.rows(at: places)
    let start = embedded.reshaped([batch, time, configuration.width])
    return start.passed(through: blocks, of: "blocks") { block, x, index in
      block(x, mask: .causal, phase.part(index))
    }
  }

  /// The mean cross-entropy of the next token, in nats.
  ///
  /// - Parameters:
  ///   - ids: tokens, rows of `time` each.
  ///   - targets: the token after each of them.
  ///   - time: how many tokens a row has.
  ///   - phase: training or evaluation.
  public func loss(
    _ ids: [Int], targets: [Int], time: Int, _ phase: Phase = .evaluation
  ) -> Variable {
    self(ids, time: time, phase).softmaxCrossEntropy(targets)
  }
}
