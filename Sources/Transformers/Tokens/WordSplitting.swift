/// GPT-2's rule for cutting a text into words, within which pairs are merged: no token ever spans two of them.
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// The rule is a regular expression; here it is a loop over Unicode scalars, never over Swift's `Character`, which
/// takes "\r\n", or a letter with its combining marks, for one. At every place the first alternative that fits wins:
///
/// 1. A contraction in lower case, without the space before it.
/// 2. A run of letters, of numbers, or of neither (nor white space), with one space before it if there is one.
/// 3. White space up to the last character before the next word; the last one, if it is a space, goes to that word. At the end of
///    the text, all of it.
///
/// Source: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019; the pattern in its code.
public enum WordSplitting {
  /// Cuts a text into words; joined again, they are the text.
  public static func words(in text: String) -> [Substring.UnicodeScalarView] {
    let scalars = text.unicodeScalars
    var words: [Substring.UnicodeScalarView] = []
    var start = scalars.startIndex
    while start < scalars.endIndex {
      let end = wordEnd(scalars[start...])
      words.append(scalars[start..<end])
      start = end
    }
    return words
  }

  private static let contractions: [[Unicode.Scalar]] = [
    ["s"], ["t"], ["r", "e"], ["v", "e"], ["m"], ["l", "l"], ["d"],
  ]

  /// Where the first word ends; there is at least one scalar.
  private static func wordEnd(
    _ scalars: Substring.UnicodeScalarView
  ) -> Substring.UnicodeScalarView.Index {
    let first = scalars[scalars.startIndex]
    let second = scalars.index(after: scalars.startIndex)
    if first == "'" {
      for ending in contractions where scalars[second...].starts(with: ending) {
        return scalars.index(second, offsetBy: ending.count)
      }
    }
    let kind = Kind(first)
    if kind != .space { return runEnd(scalars, of: kind) }
    if first == " ", second < scalars.endIndex {
      let next = Kind(scalars[second])
      if next != .space { return runEnd(scalars[second...], of: next) }
    }
    let end = runEnd(scalars, of: .space)
    // The last of a run belongs to the word that follows, or is a word by itself: a run of one is not cut.
    guard end < scalars.endIndex else { return end }
    let last = scalars.index(before: end)
    return last > scalars.startIndex ? last : end
  }

  private static func runEnd(
    _ scalars: Substring.UnicodeScalarView, of kind: Kind
  ) -> Substring.UnicodeScalarView.Index {
    scalars.firstIndex { Kind($0) != kind } ?? scalars.endIndex
  }

  /// What the rule tells apart.
  private enum Kind {
    case letter, number, space, other

    init(_ scalar: Unicode.Scalar) {
      let properties = scalar.properties
      if properties.isWhitespace {
        self = .space
        return
      }
      switch properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
        self = .letter
      case .decimalNumber, .letterNumber, .otherNumber: self = .number
      default: self = .other
      }
    }
  }
}
