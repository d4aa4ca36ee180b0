import Backprop
import KernelSupport

/// A language model: at each step the probabilities of the token that comes next.
///
///     tokens → embedding → recurrent layers → dense → logits
///
/// Source: Mikolov, Karafiát, Burget, Černocký and Khudanpur, "Recurrent neural network based language model",
/// Interspeech 2010; on characters: Sutskever, Martens and Hinton, ICML 2011.
public struct CharacterModel {
  /// What the network knows of each token alone.
  public let embedding: Embedding
  /// What remembers.
  public let layers: Stacked
  /// What turns a state into the logits of the next token.
  public let output: Dense

  /// Creates a model.
  ///
  /// - Parameters:
  ///   - tokenCount: how many tokens there are, at least 1.
  ///   - embeddingWidth: the length of a token's vector, at least 1.
  ///   - layers: the recurrent layers, none of which reads ahead; the lowest one reads vectors of `embeddingWidth`.
  ///   - generator: where the random numbers come from.
  public init(
    tokenCount: Int, embeddingWidth: Int, layers: [any RecurrentLayer],
    using generator: inout some RandomNumberGenerator
  ) {
    embedding = Embedding(tokenCount, embeddingWidth, using: &generator)
    self.layers = Stacked(layers)
    precondition(
      !self.layers.readsAhead, "CharacterModel: a layer that reads ahead has seen what it predicts")
    output = Dense(self.layers.outputWidth, tokenCount, using: &generator)
  }

  /// Reads tokens.
  ///
  /// - Parameters:
  ///   - tokens: [batch, time], row-major.
  ///   - batch: how many sequences there are.
  ///   - state: what is remembered of the tokens before; empty for nothing.
  /// - Returns: the logits of the token that follows each, [batch, time, tokenCount], and the state after the last.
  public func callAsFunction(
    _ tokens: [Int], batch: Int, from state: [RecurrentState] = []
  ) -> (logits: Variable, state: [RecurrentState]) {
    let (hidden, last) = layers(
      embedding(tokens, shape: [batch, tokens.count / max(1, batch)]), from: state, lengths: nil)
    return (output(hidden), last)
  }

  /// The mean loss over a text that is read in one go, in nats a token.
  ///
  /// - Parameters:
  ///   - tokens: the text, at least two tokens.
  ///   - windowLength: how many tokens are read at a time; the state is carried on, so it changes nothing but the
  ///     memory that is used.
  public func loss(on tokens: [Int], windowLength: Int = 256) -> Double {
    precondition(tokens.count >= 2, "CharacterModel.loss: a text of \(tokens.count) tokens")
    return Variable.withoutGradients {
      var (sum, state) = (0.0, [RecurrentState]())
      for start in stride(from: 0, to: tokens.count - 1, by: windowLength) {
        let end = min(start + windowLength, tokens.count - 1)
        let (logits, last) = self(Array(tokens[start..<end]), batch: 1, from: state)
        let loss = logits.softmaxCrossEntropy(Array(tokens[start + 1..<end + 1]))
        sum += Double(loss.value.number) * Double(end - start)
        state = last
      }
      return sum / Double(tokens.count - 1)
    }
  }

  /// Goes on with a text, drawing each token from the probabilities that the model gives.
  ///
  /// - Parameters:
  ///   - tokens: what is read first, at least one token.
  ///   - count: how many are drawn.
  ///   - temperature: what logits are divided by, above 0: below 1 the likely becomes likelier.
  ///   - generator: draws the tokens.
  /// - Returns: the tokens that were drawn.
  public func continuation(
    of tokens: [Int], count: Int, temperature: Scalar = 1,
    using generator: inout some RandomNumberGenerator
  ) -> [Int] {
    precondition(
      !tokens.isEmpty && temperature > 0,
      "CharacterModel.continuation: \(tokens.count) tokens at a temperature of \(temperature)")
    return Variable.withoutGradients {
      var (logits, state) = self(tokens, batch: 1)
      var drawn: [Int] = []
      while drawn.count < count {
        let last = Array(logits.value.row(logits.value.rows - 1))
        drawn.append(sampledToken(logits: last, temperature: temperature, using: &generator))
        if drawn.count < count {
          (logits, state) = self([drawn[drawn.count - 1]], batch: 1, from: state)
        }
      }
      return drawn
    }
  }
}

/// Draws a token.
///
///     p[i] = e^{x[i] / T} / Σⱼ e^{x[j] / T}
///
/// - Parameters:
///   - logits: x, one for every token, at least one.
///   - temperature: T, above 0.
///   - generator: draws one number.
public func sampledToken(
  logits: [Scalar], temperature: Scalar, using generator: inout some RandomNumberGenerator
) -> Int {
  let largest = logits.max() ?? 0
  let powers = logits.map { Scalar.exp(($0 - largest) / temperature) }
  var share = generator.uniform() * powers.reduce(0, +)
  for (token, power) in powers.enumerated() {
    share -= power
    if share < 0 { return token }
  }
  // Rounding may leave a little: the last token that can occur.
  return powers.lastIndex { $0 > 0 } ?? 0
}
