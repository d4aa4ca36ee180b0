import KernelSupport

/// The sizes of a GPT, in the words of GPT-2's `config.json`.
public struct GPTConfiguration: Hashable, Sendable {
  /// `vocab_size`: how many tokens there are.
  public var vocabulary: Int
  /// `n_positions`: how many tokens the model can look at.
  public var context: Int
  /// `n_embd`: the length of a position's vector.
  public var width: Int
  /// `n_layer`: how many blocks there are.
  public var layers: Int
  /// `n_head`: how many heads each has; divides the width.
  public var heads: Int
  /// `n_inner`: the length in the middle of the feed-forward layers.
  public var inner: Int
  /// `activation_function`: `gelu_new` for GPT-2.
  public var activation: FeedForwardActivation
  /// `layer_norm_epsilon`.
  public var epsilon: Scalar

  /// Creates a configuration.
  ///
  /// - Parameters:
  ///   - vocabulary: how many tokens there are, at least 1.
  ///   - context: how many tokens the model can look at, at least 1.
  ///   - width: the length of a position's vector, a multiple of `heads`.
  ///   - layers: how many blocks there are, at least 0.
  ///   - heads: how many heads each has, at least 1.
  ///   - inner: the length in the middle of the feed-forward layers; nil for four times the width.
  ///   - activation: what they apply.
  ///   - epsilon: ε of the norms, above 0.
  public init(
    vocabulary: Int, context: Int, width: Int, layers: Int, heads: Int, inner: Int? = nil,
    activation: FeedForwardActivation = .tanhGELU, epsilon: Scalar = 1e-5
  ) {
    self.vocabulary = vocabulary
    self.context = context
    self.width = width
    self.layers = layers
    self.heads = heads
    self.inner = inner ?? 4 * width
    self.activation = activation
    self.epsilon = epsilon
    precondition(
      vocabulary >= 1 && context >= 1 && heads >= 1 && width >= 1 && layers >= 0
        && self.inner >= 1 && width.isMultiple(of: heads),
      "GPTConfiguration: \(self)")
  }

  /// GPT-2 small: 124,439,808 parameters.
  ///
  /// Source: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019.
  public static let gpt2Small = GPTConfiguration(
    vocabulary: 50_257, context: 1024, width: 768, layers: 12, heads: 12)

  /// nanoGPT's setting for a processor, a character model of tiny-shakespeare.
  ///
  /// Source: Karpathy, nanoGPT, README, 2023.
  public static let characters = GPTConfiguration(
    vocabulary: 65, context: 64, width: 128, layers: 4, heads: 4)

  /// How many numbers a model of these sizes learns; the head is the token table and counts once.
  ///
  ///     V d + T d + L (12 d² + 13 d) + 2 d        where the inner width is 4 d
  public var parameterCount: Int {
    let attention = width * 3 * width + 3 * width + width * width + width
    let feedForward = 2 * width * inner + inner + width
    return (vocabulary + context) * width + layers * (attention + feedForward + 4 * width)
      + 2 * width
  }
}
