import KernelSupport

/// The search for a likely sequence that keeps several beginnings at a time.
///
/// To take the likeliest token at each step is greedy: a good beginning may be the price of a bad end. A beam keeps
/// the `width` likeliest beginnings, goes on with each by every token, and keeps the likeliest of all that come out.
///
/// Source: Lowerre, "The Harpy Speech Recognition System", 1976; length normalisation: Wu et al., "Google's Neural
/// Machine Translation System", 2016, equation 14.
public struct BeamSearch: Sendable {
  /// How many beginnings are kept, at least 1; 1 is the greedy search.
  public let width: Int
  /// α: a finished sequence of n tokens is scored by (Σ ln p) / nᵅ. 0 compares probabilities; 1 means per token.
  public let lengthPower: Double
  /// How many tokens a sequence has at most, its end included.
  public let maximumLength: Int

  /// Creates a search.
  ///
  /// - Parameters:
  ///   - width: how many beginnings are kept, at least 1.
  ///   - lengthPower: α, at least 0.
  ///   - maximumLength: how many tokens a sequence has at most, its end included, at least 1.
  public init(width: Int, lengthPower: Double = 0, maximumLength: Int) {
    precondition(
      width >= 1 && lengthPower >= 0 && maximumLength >= 1,
      "BeamSearch: width \(width), power \(lengthPower), at most \(maximumLength) tokens")
    self.width = width
    self.lengthPower = lengthPower
    self.maximumLength = maximumLength
  }

  /// A sequence that was found.
  public struct Hypothesis: Sendable, Equatable {
    /// Its tokens; the last one is the end, unless it ran out of length.
    public let tokens: [Int]
    /// Σ ln p of its tokens.
    public let logProbability: Double
    /// What hypotheses are ordered by.
    public let score: Double
  }

  /// Searches.
  ///
  /// - Parameters:
  ///   - state: what the model remembers before the first token.
  ///   - end: the token that ends a sequence. A finished one is kept as it is: it takes no part in what follows, and
  ///     so is counted once.
  ///   - next: the log-probabilities of all tokens after a sequence, and what the model then remembers; called
  ///     with the state of the sequence and its last token, nil at the beginning.
  /// - Returns: the `width` best sequences, the best one first.
  public func search<State>(
    from state: State, end: Int,
    next: (_ state: State, _ lastToken: Int?) -> (logProbabilities: [Double], state: State)
  ) -> [Hypothesis] {
    var open: [(tokens: [Int], sum: Double, state: State)] = [([], 0, state)]
    var finished: [Hypothesis] = []
    for length in 1...maximumLength {
      var candidates: [(tokens: [Int], sum: Double, state: State)] = []
      for beginning in open {
        let (scores, after) = next(beginning.state, beginning.tokens.last)
        for (token, score) in scores.enumerated() where score > -.infinity {
          candidates.append((beginning.tokens + [token], beginning.sum + score, after))
        }
      }
      // The order of equals is that of their making: the same on every machine.
      let order = candidates.indices.sorted {
        candidates[$0].sum > candidates[$1].sum
          || candidates[$0].sum == candidates[$1].sum && $0 < $1
      }
      open = []
      for index in order.prefix(width) {
        let candidate = candidates[index]
        if candidate.tokens.last == end || length == maximumLength {
          finished.append(hypothesis(candidate.tokens, candidate.sum))
        } else {
          open.append(candidate)
        }
      }
      if open.isEmpty || isDecided(finished, open.map(\.sum)) { break }
    }
    let best = finished.indices.sorted {
      finished[$0].score > finished[$1].score
        || finished[$0].score == finished[$1].score && $0 < $1
    }
    return best.prefix(width).map { finished[$0] }
  }

  private func hypothesis(_ tokens: [Int], _ sum: Double) -> Hypothesis {
    Hypothesis(tokens: tokens, logProbability: sum, score: score(sum, tokens.count))
  }

  /// (Σ ln p) / nᵅ
  private func score(_ sum: Double, _ count: Int) -> Double {
    var (power, whole) = (1.0, lengthPower)
    // α is nearly always 0, 1 or in between; exp and log would do, but not to the last bit on every machine.
    while whole >= 1 {
      power *= Double(count)
      whole -= 1
    }
    if whole > 0 {
      power *= Double(Scalar.exp(Scalar(whole) * Scalar.log(Scalar(count))))
    }
    return sum / power
  }

  /// Whether no open sequence can still beat the finished ones: its sum only falls, and its length is at most the
  /// longest.
  private func isDecided(_ finished: [Hypothesis], _ open: [Double]) -> Bool {
    guard finished.count >= width else { return false }
    let worst = finished.map(\.score).sorted(by: >)[width - 1]
    return open.allSatisfy { score($0, maximumLength) <= worst }
  }
}
