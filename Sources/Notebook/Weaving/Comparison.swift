import Foundation

/// Tells a text that changed from one that was only computed anew.
///
/// Two texts agree if their words agree exactly and their numbers up to rounding: within 1e-4 of the
/// larger one, or within one in the last digit printed (of the one with more of them). Whole numbers on both sides count something and
/// have to agree exactly. What the new text marks as volatile agrees with anything.
package enum Comparison {
  /// Whether an old text agrees with a new one.
  ///
  /// - Parameters:
  ///   - old: a text as shown, without marks.
  ///   - new: a text with the marks of `VolatileText`.
  package static func agrees(_ old: String, with new: String) -> Bool {
    old == new || matches(pattern: tokens(of: new), tokens(of: old))
  }

  /// A part of a text that is compared as a whole.
  private enum Token {
    case number(Substring)
    case other(Character)
    case anything

    func agrees(with old: Token) -> Bool {
      switch (self, old) {
      case (.number(let new), .number(let old)): numbersAgree(old, new)
      case (.other(let new), .other(let old)): new == old
      default: false
      }
    }
  }

  /// Matches as file names are matched against a pattern with stars: when something does not fit, the last
  /// star takes one more token.
  private static func matches(pattern: [Token], _ text: [Token]) -> Bool {
    var (p, t) = (0, 0)
    var retry: (pattern: Int, text: Int)?
    while t < text.count {
      if p < pattern.count, case .anything = pattern[p] {
        retry = (p + 1, t)
        p += 1
      } else if p < pattern.count, pattern[p].agrees(with: text[t]) {
        p += 1
        t += 1
      } else if let (after, taken) = retry {
        retry = (after, taken + 1)
        p = after
        t = taken + 1
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { if case .anything = $0 { true } else { false } }
  }

  private static func tokens(of text: String) -> [Token] {
    var tokens: [Token] = []
    var rest = text[...]
    var previous: Character = " "
    while let character = rest.first {
      if character == VolatileText.opening {
        // Padding beside volatile text changes with its width.
        while case .other(" ")? = tokens.last { tokens.removeLast() }
        tokens.append(.anything)
        rest = rest.drop { $0 != VolatileText.closing }.dropFirst().drop { $0 == " " }
        previous = " "
        continue
      }
      let isInWord = previous.isLetter || previous == "_" || previous == "#"
      if !isInWord, let match = rest.prefixMatch(of: numberPattern(after: previous)) {
        tokens.append(.number(match.0))
        rest = rest[match.range.upperBound...]
        previous = "0"
      } else {
        tokens.append(.other(character))
        rest = rest.dropFirst()
        previous = character
      }
    }
    return tokens
  }

  /// A number; a sign belongs to it unless a number stands before, as in `2-3`.
  private static func numberPattern(after previous: Character) -> Regex<Substring> {
    previous.isNumber || previous == ")"
      ? /\d+(?:\.\d+)?(?:e[-+]?\d+)?/ : /[-−+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?/
  }

  private static func numbersAgree(_ old: Substring, _ new: Substring) -> Bool {
    if old == new { return true }
    guard let a = Number(old), let b = Number(new) else { return false }
    if a.isWhole && b.isWhole { return false }
    let distance = abs(a.value - b.value)
    // Slightly more than one digit, since the distance of two decimals is itself rounded.
    return distance <= 1e-4 * max(abs(a.value), abs(b.value))
      || distance <= 1.001 * min(a.lastDigit, b.lastDigit)
  }

  /// A number as it was printed.
  private struct Number {
    var value: Double
    var isWhole: Bool
    /// What one in the last digit is worth.
    var lastDigit: Double

    init?(_ text: Substring) {
      let parts = text.replacing("−", with: "-").split(separator: "e")
      guard let value = Double(parts.joined(separator: "e")), value.isFinite else { return nil }
      let exponent = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
      let decimals = parts[0].split(separator: ".").dropFirst().first?.count ?? 0
      self.value = value
      isWhole = exponent == 0 && decimals == 0
      lastDigit = pow(10, Double(exponent - decimals))
    }
  }
}
