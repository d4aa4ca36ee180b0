/// GPT-2's way to write any byte as a visible character, so that a vocabulary of byte strings fits into text files.
///
///     33…126, 161…172, 174…255   stand for themselves, as Unicode scalars: tokens 0…187
///     the other 68 bytes         become U+0100, U+0101, … in order: tokens 188…255
///
/// So a space, byte 32, is written `Ġ` (U+0120), and a line feed `Ċ` (U+010A).
///
/// Source: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019; `bytes_to_unicode` in its code.
public enum ByteAlphabet {
  /// The bytes in the order of their tokens.
  public static let bytes: [UInt8] = {
    let visible = (0...255).filter(isVisible).map { UInt8($0) }
    return visible + (0...255).filter { !isVisible($0) }.map { UInt8($0) }
  }()

  /// The token of every byte.
  public static let tokens: [Int] = {
    var tokens = [Int](repeating: 0, count: 256)
    for (token, byte) in bytes.enumerated() { tokens[Int(byte)] = token }
    return tokens
  }()

  private static let scalars: [Unicode.Scalar] = {
    var hidden: UInt32 = 0x100
    return (0...255).map { byte in
      if isVisible(byte) { return Unicode.Scalar(UInt8(byte)) }
      defer { hidden += 1 }
      return Unicode.Scalar(hidden) ?? "?"
    }
  }()

  private static let bytesOfScalars: [Unicode.Scalar: UInt8] = Dictionary(
    uniqueKeysWithValues: scalars.enumerated().map { ($1, UInt8($0)) })

  /// Bytes as text of visible characters.
  public static func text(_ bytes: some Sequence<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(scalars[Int(byte)]) }
    return String(text)
  }

  /// The bytes that such a text stands for; nil if it has another character in it.
  public static func bytes(of text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard let byte = bytesOfScalars[scalar] else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  private static func isVisible(_ byte: Int) -> Bool {
    (33...126).contains(byte) || (161...172).contains(byte) || (174...255).contains(byte)
  }
}
