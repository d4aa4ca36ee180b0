import Backprop
import KernelSupport

/// Examples as numbers of characters, padded to the longest.
public struct DateBatch: Sendable {
  /// The characters that a source may hold; the number of one is its place. Padding is number 0.
  public static let sourceCharacters = Array(" 0123456789/-.,()abcdefghijklmnopqrstuvwxyz")
  /// The characters of a target.
  public static let targetCharacters = Array("0123456789-")
  /// What the decoder is given before the first character.
  public static let startToken = targetCharacters.count

  /// The examples.
  public let examples: [DateExample]
  /// The sources, [batch, time] in row-major order.
  public let sources: [Int]
  /// The length of every source.
  public let lengths: [Int]
  /// The length of the longest source.
  public let time: Int
  /// The targets, [batch, 10] in row-major order.
  public let targets: [Int]

  private static let sourceNumbers = numbers(of: sourceCharacters)
  private static let targetNumbers = numbers(of: targetCharacters)

  /// Turns examples into numbers.
  public init(_ examples: [DateExample]) {
    self.examples = examples
    lengths = examples.map(\.source.count)
    let longest = lengths.max() ?? 0
    time = longest
    sources = examples.flatMap { example in
      example.source.map { Self.sourceNumbers[$0, default: 0] }
        + [Int](repeating: 0, count: longest - example.source.count)
    }
    targets = examples.flatMap { $0.target.map { Self.targetNumbers[$0, default: 0] } }
  }

  /// The number of examples.
  public var count: Int { examples.count }

  /// What the decoder reads while it learns: the start, and all of the right answer but the last character.
  public var shiftedTargets: [Int] {
    stride(from: 0, to: targets.count, by: Self.targetLength).flatMap {
      [Self.startToken] + targets[$0..<$0 + Self.targetLength - 1]
    }
  }

  /// The characters of a target.
  public static let targetLength = 10

  private static func numbers(of characters: [Character]) -> [Character: Int] {
    Dictionary(uniqueKeysWithValues: characters.enumerated().map { ($1, $0) })
  }
}
