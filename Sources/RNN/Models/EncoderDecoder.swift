import Backprop
import KernelSupport

/// Two recurrent networks: one reads a sequence, the other writes another one from what the first remembers.
///
///     question → embedding → encoder → state;   state, answer so far → decoder → dense → next token
///
/// Everything the decoder knows of the question went through one state of fixed length. Chapter 6 is about that.
///
/// Source: Sutskever, Vinyals and Le, "Sequence to Sequence Learning with Neural Networks", NeurIPS 2014; Cho et al.,
/// EMNLP 2014.
public struct EncoderDecoder {
  /// The vectors of tokens, for questions and answers alike.
  public let embedding: Embedding
  /// What reads the question.
  public let encoder: any RecurrentLayer
  /// What writes the answer; its state is as long as the encoder's.
  public let decoder: any RecurrentLayer
  /// What turns a state into the logits of the next token.
  public let output: Dense
  /// The token that ends an answer, pads both, and begins the decoder's input.
  public let end: Int

  /// Creates a model.
  ///
  /// - Parameters:
  ///   - tokenCount: how many tokens there are, at least 1.
  ///   - end: the token that ends an answer and pads.
  ///   - embeddingWidth: the length of a token's vector, at least 1.
  ///   - encoder: reads vectors of `embeddingWidth`.
  ///   - decoder: reads vectors of `embeddingWidth`, has as many units, and does not read ahead.
  ///   - generator: where the random numbers come from.
  public init(
    tokenCount: Int, end: Int, embeddingWidth: Int, encoder: any RecurrentLayer,
    decoder: any RecurrentLayer, using generator: inout some RandomNumberGenerator
  ) {
    precondition(
      (0..<tokenCount).contains(end), "EncoderDecoder: the end is token \(end) of \(tokenCount)")
    precondition(
      !decoder.readsAhead, "EncoderDecoder: a decoder that reads ahead has seen what it writes")
    embedding = Embedding(tokenCount, embeddingWidth, using: &generator)
    self.encoder = encoder
    self.decoder = decoder
    output = Dense(decoder.outputWidth, tokenCount, using: &generator)
    self.end = end
  }

  /// What is remembered of questions.
  ///
  /// - Parameters:
  ///   - questions: tokens, all of the same count, padded at their end.
  ///   - lengths: how many of each are no padding.
  public func read(_ questions: [[Int]], lengths: [Int]) -> [RecurrentState] {
    let shape = [questions.count, questions.first?.count ?? 0]
    return encoder(embedding(questions.flatMap(\.self), shape: shape), from: [], lengths: lengths)
      .state
  }

  /// The logits of each next token of answers that are known so far.
  ///
  /// - Parameters:
  ///   - tokens: the answers so far, all of the same count; the first token of a new answer is `end`.
  ///   - state: what is remembered of the question and of what was written before.
  /// - Returns: the logits, [batch, time, tokens], and the state after the last token.
  public func write(
    _ tokens: [[Int]], from state: [RecurrentState]
  ) -> (logits: Variable, state: [RecurrentState]) {
    let shape = [tokens.count, tokens.first?.count ?? 0]
    let (hidden, last) = decoder(
      embedding(tokens.flatMap(\.self), shape: shape), from: state, lengths: nil)
    return (output(hidden), last)
  }

  /// The mean loss of answers, each token predicted from the right ones before it ("teacher forcing"), in nats a
  /// token. What comes after an answer's end takes no part.
  ///
  /// - Parameters:
  ///   - questions: tokens, padded at their end.
  ///   - lengths: how many of each question are no padding.
  ///   - answers: tokens, each with an end, padded with it.
  ///
  /// Source of teacher forcing: Williams and Zipser, Neural Computation 1, 1989.
  public func loss(_ questions: [[Int]], lengths: [Int], _ answers: [[Int]]) -> Variable {
    let known = answers.map { [end] + $0.dropLast() }
    let logits = write(known, from: read(questions, lengths: lengths)).logits
    let labels = answers.flatMap { answer in
      let last = answer.firstIndex(of: end) ?? answer.count - 1
      return answer.indices.map { $0 <= last ? answer[$0] : -1 }
    }
    let rows = logits.reshaped([labels.count, logits.value.columns])
    return rows.softmaxCrossEntropy(labels, ignoring: -1)
  }

  /// The likeliest token after each step: the answers that the model gives by itself.
  ///
  /// - Parameters:
  ///   - questions: tokens, padded at their end.
  ///   - lengths: how many of each question are no padding.
  ///   - count: how many tokens an answer has at most, its end included.
  /// - Returns: the answers, each padded with ends to `count` tokens.
  public func answers(_ questions: [[Int]], lengths: [Int], count: Int) -> [[Int]] {
    Variable.withoutGradients {
      var state = read(questions, lengths: lengths)
      var answers = questions.map { _ in [Int]() }
      var last = questions.map { _ in [end] }
      for _ in 0..<count {
        let (logits, next) = write(last, from: state)
        state = next
        for (index, token) in logits.value.largestColumns().enumerated() {
          let isOver = answers[index].last == end
          answers[index].append(isOver ? end : token)
        }
        last = answers.map { [$0[$0.count - 1]] }
      }
      return answers
    }
  }
}
