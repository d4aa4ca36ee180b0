import KernelSupport

/// How the next token is chosen from a model's logits.
///
/// In this order: the logits are divided by the temperature; all but the `topK` largest are dropped; of those that are
/// left, the most probable ones are kept until their sum reaches `topP`; one of them is drawn.
///
/// Source: top-k: Fan, Lewis and Dauphin, "Hierarchical Neural Story Generation", ACL 2018; top-p: Holtzman, Buys, Du,
/// Forbes and Choi, "The Curious Case of Neural Text Degeneration", ICLR 2020.
public struct Sampling: Sendable, Hashable {
  /// What logits are divided by: below 1 bolder, above 1 more even; 0 always takes the largest.
  public let temperature: Scalar
  /// How many tokens are kept; nil for all. Of equal logits the lower number comes first: exactly k are kept.
  public let topK: Int?
  /// The sum of probabilities that is kept, in (0, 1]; nil for 1. The token that crosses it is kept, and so is at
  /// least one.
  public let topP: Scalar?

  /// Always the most probable token, the first of equals.
  public static let greedy = Sampling(temperature: 0)

  /// Creates a rule.
  ///
  /// - Parameters:
  ///   - temperature: at least 0.
  ///   - topK: at least 1, or nil.
  ///   - topP: in (0, 1], or nil.
  public init(temperature: Scalar = 1, topK: Int? = nil, topP: Scalar? = nil) {
    precondition(
      temperature >= 0 && temperature < .infinity && topK.map { $0 >= 1 } ?? true
        && topP.map { $0 > 0 && $0 <= 1 } ?? true,
      "Sampling: a temperature of \(temperature), top-k \(topK.map(String.init) ?? "nil"), top-p "
        + "\(topP.map { "\($0)" } ?? "nil")")
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
  }

  /// The probability of every token under this rule.
  ///
  /// - Parameter logits: one for every token, at least one of them; none is NaN.
  public func probabilities(_ logits: some Sequence<Scalar>) -> [Double] {
    let logits = Array(logits)
    precondition(!logits.isEmpty, "Sampling: no logits to choose from")
    // Ranked from the largest logit down; the sort is stable, so equal ones stay in the order of their numbers.
    var ranked = Array(logits.indices)
    if temperature == 0 || topK != nil || topP != nil {
      ranked.sort { (logits[$0], $1) > (logits[$1], $0) }
    }
    if temperature == 0 { ranked.removeLast(ranked.count - 1) }
    if let topK, topK < ranked.count { ranked.removeLast(ranked.count - topK) }
    let largest = ranked.reduce(-Scalar.infinity) { max($0, logits[$1]) }
    let heat = Double(temperature == 0 ? 1 : temperature)
    var weights = ranked.map { exponential((Double(logits[$0]) - Double(largest)) / heat) }
    if let topP {
      let total = weights.reduce(0, +)
      var before = 0.0
      let kept = weights.prefix { weight in
        defer { before += weight }
        // The sum *before* a token decides: the one that crosses p is kept, and the first always is.
        return before < Double(topP) * total
      }.count
      ranked.removeLast(ranked.count - max(1, kept))
      weights.removeLast(weights.count - max(1, kept))
    }
    let total = weights.reduce(0, +)
    var probabilities = [Double](repeating: 0, count: logits.count)
    for (token, weight) in zip(ranked, weights) { probabilities[token] = weight / total }
    return probabilities
  }

  /// Draws a token.
  ///
  /// - Parameters:
  ///   - logits: one for every token.
  ///   - generator: gives one number, or none at temperature 0.
  public func sample(
    _ logits: some Sequence<Scalar>, using generator: inout some RandomNumberGenerator
  ) -> Int {
    let probabilities = probabilities(logits)
    if temperature == 0 { return probabilities.firstIndex { $0 > 0 } ?? 0 }
    var left = Double(generator.next() >> 11) * 0x1p-53
    for (token, probability) in probabilities.enumerated() where probability > 0 {
      left -= probability
      if left < 0 { return token }
    }
    // Rounding may leave a crumb: it goes to the last that may be drawn.
    return probabilities.lastIndex { $0 > 0 } ?? 0
  }

  private func exponential(_ x: Double) -> Double { Double(Scalar.exp(Scalar(x))) }
}
