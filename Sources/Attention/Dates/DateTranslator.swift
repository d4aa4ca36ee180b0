import Backprop
import KernelSupport
import RNN

/// A recurrent encoder and decoder that translate dates, with attention or without.
///
///     memory = [encoder(source) | embedding]      a vector for every character, read from both sides, and its own
///     h = decoder(target so far),  h₀ from where the encoder ended
///     with attention:     y = softmax(tanh([h | context(h, memory)] W_c) W_o)
///     without:            y = softmax(tanh(h W_c) W_o)
///
/// The decoder attends after its step, as Luong's does; Bahdanau's attends before, and its step reads the context. So
/// all steps of a right answer are one call of every layer.
///
/// Source: Sutskever, Vinyals and Le, "Sequence to Sequence Learning with Neural Networks", NIPS 2014; Bahdanau, Cho
/// and Bengio, 2015; Luong, Pham and Manning, 2015, figure 2.
public struct DateTranslator {
  /// The vectors of the source's characters.
  public let sourceEmbedding: Embedding
  /// Reads the source from both sides.
  public let encoder: Bidirectional
  /// Where the encoder ended to where the decoder begins.
  public let bridge: Dense
  /// The vectors of the target's characters and of the start.
  public let targetEmbedding: Embedding
  /// Writes the target.
  public let decoder: GRU
  /// How the decoder looks at the source; nil if it does not.
  public var attention: (any AttentionLayer)?
  /// State and context to what the output is read from.
  public let combination: Dense
  /// The scores of the target's characters.
  public let output: Dense

  /// Creates a network.
  ///
  /// - Parameters:
  ///   - units: the encoder's units on each side; the decoder has twice as many.
  ///   - attention: makes the attention for a query width and a memory width; nil for none.
  ///   - generator: where the random numbers come from.
  public init<Generator: RandomNumberGenerator>(
    units: Int, using generator: inout Generator,
    attention: (
      (_ width: Int, _ memoryWidth: Int, _ generator: inout Generator) -> any AttentionLayer
    )?
  ) {
    let (width, embedding) = (2 * units, 16)
    let targets = DateBatch.targetCharacters.count
    sourceEmbedding = Embedding(
      DateBatch.sourceCharacters.count, embedding, using: &generator)
    encoder = Bidirectional(
      forward: GRU(embedding, units, using: &generator),
      backward: GRU(embedding, units, using: &generator))
    bridge = Dense(width, width, activation: .tanh, using: &generator)
    targetEmbedding = Embedding(targets + 1, embedding, using: &generator)
    decoder = GRU(embedding, width, using: &generator)
    self.attention = attention?(width, width + embedding, &generator)
    combination = Dense(
      attention == nil ? width : 2 * width + embedding, width, activation: .tanh, using: &generator)
    output = Dense(width, targets, using: &generator)
  }

  /// What the decoder knows of the sources.
  private struct Reading {
    let memory: Variable
    let start: RecurrentState
    let mask: AttentionMask
  }

  private func read(_ batch: DateBatch) -> Reading {
    let characters = sourceEmbedding(batch.sources, shape: [batch.count, batch.time])
    let (memory, states) = encoder(characters, from: [], lengths: batch.lengths)
    let ends = Variable.concatenated(states.map(\.hidden), axis: -1)
    return Reading(
      memory: Variable.concatenated([memory, characters], axis: -1),
      start: RecurrentState(hidden: bridge(ends)), mask: .lengths(batch.lengths))
  }

  /// One or several steps of the decoder.
  private func write(
    _ tokens: [Int], _ reading: Reading, from state: [RecurrentState]
  ) -> (logits: Variable, weights: Tensor?, state: [RecurrentState]) {
    let batch = reading.memory.value.shape[0]
    let inputs = targetEmbedding(tokens, shape: [batch, tokens.count / batch])
    let (hidden, next) = decoder(inputs, from: state, lengths: nil)
    guard let attention else { return (output(combination(hidden)), nil, next) }
    let attended = attention(hidden, reading.memory, mask: reading.mask)
    let both = Variable.concatenated([hidden, attended.context], axis: -1)
    return (output(combination(both)), attended.weights.value, next)
  }

  /// The mean cross-entropy of the right answers' characters, each given those before it.
  public func loss(_ batch: DateBatch) -> Variable {
    let reading = read(batch)
    let (logits, _, _) = write(batch.shiftedTargets, reading, from: [reading.start])
    return logits.softmaxCrossEntropy(batch.targets)
  }

  /// Translates: at every step the likeliest character, which the next step reads.
  ///
  /// - Parameter batch: the sources; its targets are not looked at.
  /// - Returns: the translations, and how much each of their characters looked at each of the source's,
  ///   [batch, 10, time]; nil without attention.
  public func translate(_ batch: DateBatch) -> (texts: [String], weights: Tensor?) {
    Variable.withoutGradients {
      let reading = read(batch)
      var state = [reading.start]
      var tokens = [Int](repeating: DateBatch.startToken, count: batch.count)
      var texts = [String](repeating: "", count: batch.count)
      var weights: [Variable] = []
      for _ in 0..<DateBatch.targetLength {
        let step = write(tokens, reading, from: state)
        state = step.state
        tokens = step.logits.value.largestColumns()
        for (index, token) in tokens.enumerated() {
          texts[index].append(DateBatch.targetCharacters[token])
        }
        if let row = step.weights { weights.append(Variable(row)) }
      }
      guard !weights.isEmpty else { return (texts, nil) }
      return (texts, Variable.concatenated(weights, axis: 1).value)
    }
  }
}
