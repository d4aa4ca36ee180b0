import Foundation
import KernelSupport

/// A grammar that draws sentences at random, and of which everything is known: the entropy of its text, the
/// probability of a sentence, the likeliest one.
///
/// In each state one of several pieces of text is chosen, which leads to another state. A state leads to later
/// ones only, so a sentence ends; and no piece begins another one of the same state, so a text tells which
/// choices made it. Hence the entropy of a sentence is the sum of its choices' entropies, and no model can predict
/// its characters better than that.
///
/// Source: Shannon, "A Mathematical Theory of Communication", Bell System Technical Journal 27, 1948, section 7.
public struct StochasticGrammar: Sendable {
  /// A piece of text that may come next.
  public struct Choice: Sendable {
    /// The text, at least one character.
    public let text: String
    /// How often it is chosen, above 0; those of a state sum to 1.
    public let probability: Double
    /// The state that follows; nil for the end of the sentence.
    public let next: Int?

    /// Creates a choice.
    ///
    /// - Parameters:
    ///   - text: the text, at least one character.
    ///   - probability: how often it is chosen, above 0.
    ///   - next: the number of the state that follows, above its own; nil for the end of the sentence.
    public init(_ text: String, _ probability: Double, next: Int?) {
      self.text = text
      self.probability = probability
      self.next = next
    }
  }

  /// What may come next in every state; a sentence begins in the first.
  public let states: [[Choice]]

  /// Creates a grammar.
  ///
  /// - Parameter states: the choices of every state; their probabilities sum to 1, they lead to later states,
  ///   and none's text begins another's.
  public init(_ states: [[Choice]]) {
    precondition(!states.isEmpty, "StochasticGrammar: no states")
    for (index, choices) in states.enumerated() {
      precondition(
        abs(choices.reduce(0) { $0 + $1.probability } - 1) < 1e-9
          && choices.allSatisfy { $0.probability > 0 && !$0.text.isEmpty },
        "StochasticGrammar: state \(index) has probabilities \(choices.map(\.probability))")
      precondition(
        choices.allSatisfy { ($0.next ?? states.count) > index && ($0.next ?? 0) < states.count },
        "StochasticGrammar: state \(index) leads to \(choices.map { $0.next ?? -1 })")
      for (place, choice) in choices.enumerated() {
        precondition(
          !choices.indices.contains { $0 != place && choices[$0].text.hasPrefix(choice.text) },
          "StochasticGrammar: in state \(index) '\(choice.text)' begins another choice")
      }
    }
    self.states = states
  }

  /// Draws a sentence.
  public func sentence(using generator: inout some RandomNumberGenerator) -> String {
    var (text, state) = ("", Int?.some(0))
    while let current = state {
      var share = Double(generator.uniform())
      let choices = states[current]
      let choice =
        choices.first { choice in
          share -= choice.probability
          return share < 0
        } ?? choices[choices.count - 1]
      text += choice.text
      state = choice.next
    }
    return text
  }

  /// Draws sentences until there are at least so many characters.
  public func text(atLeast count: Int, using generator: inout some RandomNumberGenerator) -> String
  {
    var text = ""
    while text.count < count { text += sentence(using: &generator) }
    return text
  }

  /// A sum over all choices, each weighted by how often a sentence makes it.
  private func mean(_ term: (Choice) -> Double) -> Double {
    var visits = [1.0] + [Double](repeating: 0, count: states.count - 1)
    var sum = 0.0
    for (index, choices) in states.enumerated() {
      for choice in choices {
        sum += visits[index] * choice.probability * term(choice)
        if let next = choice.next { visits[next] += visits[index] * choice.probability }
      }
    }
    return sum
  }

  /// The entropy of a sentence, in nats: −Σ p ln p over all sentences.
  public var entropy: Double { mean { -log($0.probability) } }

  /// The mean length of a sentence, in characters.
  public var meanLength: Double { mean { Double($0.text.count) } }

  /// The entropy of a character in a long text, in nats: no model's mean loss can be below it.
  public var entropyPerCharacter: Double { entropy / meanLength }

  /// The logarithm of the probability that a drawn sentence is this one; −∞ for what is none.
  public func logProbability(of sentence: String) -> Double {
    var (rest, state, sum) = (Substring(sentence), Int?.some(0), 0.0)
    while let current = state {
      guard let choice = states[current].first(where: { rest.hasPrefix($0.text) }) else {
        return -.infinity
      }
      rest = rest.dropFirst(choice.text.count)
      sum += log(choice.probability)
      state = choice.next
    }
    return rest.isEmpty ? sum : -.infinity
  }

  /// The likeliest sentence, found from the last state to the first: what may follow a state does not depend on
  /// how it was reached.
  ///
  /// Source: Bellman, "Dynamic Programming", 1957; Viterbi, IEEE Transactions on Information Theory 13, 1967.
  public var likeliestSentence: (text: String, logProbability: Double) {
    var best = [(text: String, logProbability: Double)](
      repeating: ("", 0), count: states.count)
    for (index, choices) in states.enumerated().reversed() {
      let ends = choices.map { choice in
        let rest = choice.next.map { best[$0] } ?? ("", 0)
        return (choice.text + rest.0, log(choice.probability) + rest.1)
      }
      best[index] = ends.max { $0.1 < $1.1 } ?? ("", 0)
    }
    return best[0]
  }

  /// Sentences of sailors, birds and ships, in which the verb agrees with a subject that may be a clause away.
  ///
  ///     two grey sailors who see a bird sing at night.
  ///
  /// Each ends with a new line. To choose between "sing" and "sings" one must remember how the sentence began.
  public static let seaside: StochasticGrammar = {
    func nouns(_ ending: String, then next: Int) -> [Choice] {
      [
        Choice("sailor\(ending) ", 0.5, next: next), Choice("bird\(ending) ", 0.3, next: next),
        Choice("ship\(ending) ", 0.2, next: next),
      ]
    }
    func described(_ ending: String, then next: Int, noun: Int) -> [Choice] {
      let plain = nouns(ending, then: next).map {
        Choice($0.text, $0.probability * 0.7, next: next)
      }
      return plain + [Choice("grey ", 0.2, next: noun), Choice("tiny ", 0.1, next: noun)]
    }
    func verbs(_ ending: String, then next: Int) -> [Choice] {
      [
        Choice("sing\(ending)", 0.5, next: next), Choice("wait\(ending)", 0.3, next: next),
        Choice("rest\(ending)", 0.2, next: next),
      ]
    }
    func clauseOrVerb(_ ending: String, clause: Int, then next: Int) -> [Choice] {
      [Choice("who see\(ending) ", 0.4, next: clause)]
        + verbs(ending, then: next).map { Choice($0.text, $0.probability * 0.6, next: next) }
    }
    func objects(then next: Int) -> [Choice] {
      [
        Choice("a bird ", 0.4, next: next), Choice("two ships ", 0.3, next: next),
        Choice("the sea ", 0.3, next: next),
      ]
    }
    return StochasticGrammar([
      [Choice("a ", 0.6, next: 1), Choice("two ", 0.4, next: 2)],
      described("", then: 5, noun: 3), described("s", then: 6, noun: 4),
      nouns("", then: 5), nouns("s", then: 6),
      clauseOrVerb("s", clause: 7, then: 11), clauseOrVerb("", clause: 8, then: 11),
      objects(then: 9), objects(then: 10),
      verbs("s", then: 11), verbs("", then: 11),
      [Choice(".\n", 0.7, next: nil), Choice(" at night.\n", 0.3, next: nil)],
    ])
  }()
}
