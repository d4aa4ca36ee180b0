import Backprop
import KernelSupport

/// How well dates were translated, and how well the network looked where the answer stood.
public struct DateScores: Sendable {
  /// The share of strings that are right in every character.
  public let exactMatch: Scalar
  /// The share of the characters that something of the source determines that looked most at such a character.
  public let alignment: Scalar
  /// The share of the targets' digits that looked most at their copy, or the name that stands for them.
  public let copyAlignment: Scalar

  /// Scores translations.
  ///
  /// - Parameters:
  ///   - texts: one for every example.
  ///   - weights: how much every character looked at every character of the source, [batch, 10, time]; nil gives
  ///     alignments of 0.
  ///   - examples: the right answers, and what determines them.
  public init(_ texts: [String], _ weights: Tensor?, _ examples: [DateExample]) {
    let right = zip(texts, examples).count { $0 == $1.target }
    exactMatch = Scalar(right) / Scalar(max(1, examples.count))
    guard let weights else {
      (alignment, copyAlignment) = (0, 0)
      return
    }
    let looked = weights.largestColumns()
    func share(_ places: (DateExample) -> [Range<Int>]) -> Scalar {
      var (hits, count) = (0, 0)
      for (index, example) in examples.enumerated() {
        for (place, range) in places(example).enumerated() where !range.isEmpty {
          count += 1
          if range.contains(looked[index * DateBatch.targetLength + place]) { hits += 1 }
        }
      }
      return Scalar(hits) / Scalar(max(1, count))
    }
    alignment = share(\.causes)
    copyAlignment = share(\.copies)
  }
}
