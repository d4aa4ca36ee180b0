import Foundation
import KernelSupport

/// The characters of a text, each with a number.
///
/// A new line is one character, whichever way the text's file ends its lines.
public struct Vocabulary: Sendable, Equatable, Codable {
  /// The characters in the order of their numbers: sorted, each once.
  public let characters: [String]

  private let numbers: [Character: Int]

  /// Finds the characters of a text.
  public init(of text: String) { self.init(characters: Set(text).sorted()) }

  private init(characters: [Character]) {
    self.characters = characters.map { String($0) }
    numbers = Dictionary(uniqueKeysWithValues: characters.enumerated().map { ($1, $0) })
  }

  /// Reads what `encode(to:)` wrote.
  public init(from decoder: any Decoder) throws {
    let characters = try decoder.singleValueContainer().decode([String].self)
    self.init(characters: characters.compactMap(\.first))
  }

  /// Writes the characters as a list.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(characters)
  }

  /// The characters as a list in JSON, on one line: what a checkpoint says of what its tokens mean.
  public var json: String {
    // A list of texts can always be written as JSON.
    String(decoding: (try? JSONEncoder().encode(self)) ?? Data(), as: UTF8.self)
  }

  /// How many characters there are.
  public var count: Int { characters.count }

  /// The numbers of a text's characters.
  ///
  /// - Returns: nil if one of them is not in the vocabulary.
  public func encode(_ text: String) -> [Int]? {
    var tokens: [Int] = []
    tokens.reserveCapacity(text.utf8.count)
    for character in text {
      guard let number = numbers[character] else { return nil }
      tokens.append(number)
    }
    return tokens
  }

  /// The text of numbers, each below `count`.
  public func decode(_ tokens: some Sequence<Int>) -> String {
    tokens.map { characters[$0] }.joined()
  }
}
