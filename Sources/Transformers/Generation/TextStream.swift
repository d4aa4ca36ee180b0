/// Turns tokens that arrive one by one into text, whole characters only.
///
/// A token may end inside a character of several bytes. What is not yet one waits for the next token; what never can
/// become one is U+FFFD.
public struct TextStream {
  private let encoding: BytePairEncoding
  private var pending: [UInt8] = []

  /// Creates a stream.
  public init(_ encoding: BytePairEncoding) { self.encoding = encoding }

  /// The text that a further token completes, perhaps none.
  public mutating func text(of token: Int) -> String {
    pending += encoding.bytes(of: [token])
    let complete = pending.count - Self.unfinished(pending)
    defer { pending.removeFirst(complete) }
    return String(decoding: pending.prefix(complete), as: UTF8.self)
  }

  /// What is left when no token follows.
  public mutating func rest() -> String {
    defer { pending = [] }
    return String(decoding: pending, as: UTF8.self)
  }

  /// How many bytes at the end may be the beginning of a character.
  private static func unfinished(_ bytes: [UInt8]) -> Int {
    for back in 1...3 where back <= bytes.count {
      let byte = bytes[bytes.count - back]
      if byte & 0xC0 == 0x80 { continue }
      let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
      return length > back ? back : 0
    }
    return 0
  }
}
