import Backprop
import KernelSupport

extension Transformer {
  /// Writes the answer to every source, always with the most probable next token.
  ///
  /// - Parameters:
  ///   - source: tokens, rows of `time` each.
  ///   - time: how many tokens a row has.
  ///   - lengths: how many of a row's tokens count; nil for all.
  ///   - start: the token that begins every answer.
  ///   - end: the token that ends it.
  ///   - limit: the most tokens that an answer has.
  /// - Returns: the answers, without `start` and `end`.
  public func greedy(
    _ source: [Int], time: Int, lengths: [Int]? = nil, start: Int, end: Int, limit: Int
  ) -> [[Int]] {
    Variable.withoutGradients {
      let memory = memory(source, time: time, lengths: lengths)
      let batch = source.count / time
      var rows = [[Int]](repeating: [start], count: batch)
      for length in 1...max(1, limit) {
        let logits = logits(
          rows.flatMap(\.self), time: length, memory: memory, lengths: lengths
        ).sliced(length - 1..<length, axis: 1).value
        for (row, token) in logits.largestColumns().enumerated() { rows[row].append(token) }
        if rows.allSatisfy({ $0.contains(end) }) { break }
      }
      return rows.map { Array($0.dropFirst().prefix { $0 != end }.prefix(limit)) }
    }
  }

  /// An answer and the logarithm of its probability.
  public struct Hypothesis: Sendable, Equatable {
    /// The tokens, without the start; with the end if it came to one.
    public let tokens: [Int]
    /// ln of the product of the tokens' probabilities.
    public let logProbability: Double

    /// Joins an answer and its logarithm.
    public init(tokens: [Int], logProbability: Double) {
      self.tokens = tokens
      self.logProbability = logProbability
    }
  }

  /// Looks for the most probable answer to one source, with several candidates side by side.
  ///
  ///     keep the `width` best of all continuations of the `width` best by one token each;
  ///     an answer that has ended stays as it is and goes on competing
  ///
  /// A width of 1 is `greedy`; one as large as the number of all answers finds the best for certain.
  ///
  /// - Parameters:
  ///   - source: the tokens of one source.
  ///   - width: how many candidates are kept, at least 1.
  ///   - start: the token that begins every answer.
  ///   - end: the token that ends it.
  ///   - limit: the most tokens that an answer has, `end` included.
  /// - Returns: the candidates, the most probable first.
  public func beamSearch(
    _ source: [Int], width: Int, start: Int, end: Int, limit: Int
  ) -> [Hypothesis] {
    precondition(width >= 1, "beamSearch: a width of \(width)")
    return Variable.withoutGradients {
      let memory = memory(source, time: source.count)
      var beams = [Hypothesis(tokens: [], logProbability: 0)]
      for length in 1...max(1, limit) {
        let open = beams.filter { $0.tokens.last != end }
        if open.isEmpty { break }
        let copies = memory.broadcast(to: [open.count] + memory.value.shape.dropFirst())
        let logits = logits(
          open.flatMap { [start] + $0.tokens }, time: length, memory: copies
        ).sliced(length - 1..<length, axis: 1).value
        var candidates = beams.filter { $0.tokens.last == end }
        for (row, beam) in open.enumerated() {
          for (token, logarithm) in logarithms(Array(logits.row(row))).enumerated() {
            candidates.append(
              Hypothesis(
                tokens: beam.tokens + [token], logProbability: beam.logProbability + logarithm))
          }
        }
        // A stable sort: of equals, the first.
        candidates.sort { $0.logProbability > $1.logProbability }
        beams = Array(candidates.prefix(width))
      }
      return beams
    }
  }
}

/// ln softmax.
private func logarithms(_ logits: [Scalar]) -> [Double] {
  let largest = Double(logits.max() ?? 0)
  let sum = logits.reduce(0.0) { $0 + Double(Scalar.exp(Scalar(Double($1) - largest))) }
  let logarithm = Double(Scalar.log(Scalar(sum)))
  return logits.map { Double($0) - largest - logarithm }
}
