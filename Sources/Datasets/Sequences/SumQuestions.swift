import KernelSupport

/// Sums of two numbers, written down: "535+61" and "596".
///
/// Source: Zaremba and Sutskever, "Learning to Execute", 2014; in the form of Keras's example `addition_rnn`.
public struct SumQuestions: Sendable {
  /// The characters, by their numbers: digits, plus, and the end of an answer, which also pads.
  public static let characters = Array("0123456789+.").map { String($0) }

  /// The number of the character that ends an answer and pads.
  public static let end = 11

  /// The characters of the questions, [count, 2 · digits + 1], padded at their end.
  public let questions: [[Int]]

  /// How many characters of each question are no padding.
  public let lengths: [Int]

  /// The characters of the answers, [count, digits + 2]: the digits, the end, padding.
  public let answers: [[Int]]

  /// Draws questions, no two of them the same.
  ///
  /// - Parameters:
  ///   - count: how many, at most half of those that there are.
  ///   - digits: how many digits a number has at most, 1 to 6.
  ///   - reversed: whether questions are written from their end to their beginning.
  ///   - generator: draws them.
  public init(
    count: Int, digits: Int, reversed: Bool = false,
    using generator: inout some RandomNumberGenerator
  ) {
    precondition((1...6).contains(digits), "SumQuestions: numbers of \(digits) digits")
    let bound = (0..<digits).reduce(1) { power, _ in power * 10 }
    precondition(
      (0...bound * bound / 2).contains(count), "SumQuestions: \(count) of numbers below \(bound)")
    var seen: Set<[Int]> = []
    var (questions, lengths, answers): ([[Int]], [Int], [[Int]]) = ([], [], [])
    // A number of digits first, so that short numbers are no rarer than long ones.
    func number(_ generator: inout some RandomNumberGenerator) -> Int {
      let length = 1 + generator.integer(below: digits)
      return (0..<length).reduce(0) { number, _ in 10 * number + generator.integer(below: 10) }
    }
    while questions.count < count {
      let (a, b) = (number(&generator), number(&generator))
      guard seen.insert([a, b]).inserted else { continue }
      let question = Self.tokens("\(a)+\(b)")
      questions.append(
        Self.padded(reversed ? question.reversed() : question, to: 2 * digits + 1))
      lengths.append(question.count)
      answers.append(Self.padded(Self.tokens("\(a + b)."), to: digits + 2))
    }
    self.questions = questions
    self.lengths = lengths
    self.answers = answers
  }

  /// The text of characters.
  public static func text(_ tokens: some Sequence<Int>) -> String {
    tokens.map { characters[$0] }.joined()
  }

  private static func tokens(_ text: String) -> [Int] {
    text.map { character in characters.firstIndex(of: String(character)) ?? end }
  }

  private static func padded(_ tokens: [Int], to length: Int) -> [Int] {
    tokens + [Int](repeating: end, count: length - tokens.count)
  }
}
