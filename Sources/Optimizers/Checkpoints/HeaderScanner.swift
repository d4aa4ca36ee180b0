/// Reads the JSON of a safetensors header from front to back.
///
/// The header of a file needs objects, strings, whole numbers and lists of those, and nothing below
/// them: so there is no recursion that a hostile file could drive deep, no number that is rounded on its
/// way through a `Double`, and a name that occurs twice is seen, which a general parser hides.
///
/// Source: RFC 8259, "The JavaScript Object Notation (JSON) Data Interchange Format".
struct HeaderScanner {
  /// The file's path, for messages.
  let file: String

  /// The place of the next byte, counted from the beginning of the file.
  private(set) var offset: Int

  private let bytes: ArraySlice<UInt8>

  /// Creates a scanner at the beginning of a header.
  ///
  /// - Parameters:
  ///   - header: the header's bytes, a slice of the whole file's.
  ///   - file: the file's path.
  init(_ header: ArraySlice<UInt8>, file: String) {
    bytes = header
    offset = header.startIndex
    self.file = file
  }

  /// Reads an object: calls `member` for every name, to read the value that follows.
  ///
  /// - Throws: `duplicateName`, `malformedHeader`, and what `member` throws.
  mutating func object(
    _ member: (_ scanner: inout Self, _ name: String) throws(SafeTensorsError) -> Void
  ) throws(SafeTensorsError) {
    var names: Set<[UInt8]> = []
    try items(between: "{", "}") { (scanner) throws(SafeTensorsError) in
      let start = scanner.offset
      let name = try scanner.string()
      guard names.insert(Array(name.utf8)).inserted else {
        throw .duplicateName(file: scanner.file, offset: start, name: name)
      }
      try scanner.expect(":")
      try member(&scanner, name)
    }
  }

  /// Reads a list of whole numbers.
  mutating func integers() throws(SafeTensorsError) -> [Int] {
    var numbers: [Int] = []
    try items(between: "[", "]") { (scanner) throws(SafeTensorsError) in
      numbers.append(try scanner.integer())
    }
    return numbers
  }

  /// Reads a string.
  mutating func string() throws(SafeTensorsError) -> String {
    try expect("\"", "a string")
    let start = offset
    var text: [UInt8] = []
    while let byte = take(), byte >= 0x20 {
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw malformed("text in UTF-8", at: start)
        }
        return string
      case UInt8(ascii: "\\"):
        text += String(try escaped()).utf8
      default:
        text.append(byte)
      }
    }
    throw malformed("a string that ends, without control characters in it", at: start)
  }

  /// Makes sure that nothing but white space is left.
  mutating func end() throws(SafeTensorsError) {
    skipWhitespace()
    guard offset == bytes.endIndex else { throw malformed("the end of the header") }
  }

  /// Reads what stands between two brackets, separated by commas.
  private mutating func items(
    between opening: Unicode.Scalar, _ closing: Unicode.Scalar,
    _ item: (_ scanner: inout Self) throws(SafeTensorsError) -> Void
  ) throws(SafeTensorsError) {
    try expect(opening)
    if skip(closing) { return }
    repeat {
      skipWhitespace()
      try item(&self)
    } while skip(",")
    try expect(closing, "',' or '\(closing)'")
  }

  /// Reads a whole number: digits only, without a leading zero, no larger than an `Int`.
  private mutating func integer() throws(SafeTensorsError) -> Int {
    let start = offset
    while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
    let digits = bytes[start..<offset]
    guard digits.count == 1 || digits.first != UInt8(ascii: "0"),
      let number = Int(String(decoding: digits, as: UTF8.self))
    else { throw malformed("a whole number from 0 to \(Int.max)", at: start) }
    return number
  }

  /// Reads what follows a backslash.
  private mutating func escaped() throws(SafeTensorsError) -> Unicode.Scalar {
    let start = offset
    switch take().map(Unicode.Scalar.init) {
    case "\"": return "\""
    case "\\": return "\\"
    case "/": return "/"
    case "b": return "\u{8}"
    case "f": return "\u{C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "u":
      var units = [try codeUnit(at: start)]
      if UTF16.isLeadSurrogate(units[0]) {
        guard take() == UInt8(ascii: "\\"), take() == UInt8(ascii: "u") else { break }
        units.append(try codeUnit(at: start))
      }
      guard let text = String(validating: units, as: UTF16.self) else { break }
      return text.unicodeScalars[text.startIndex]
    default: break
    }
    throw malformed("an escape sequence of JSON", at: start)
  }

  /// Reads four hexadecimal digits.
  private mutating func codeUnit(at start: Int) throws(SafeTensorsError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = take().flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw malformed("an escape sequence of JSON", at: start)
      }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }

  /// Skips white space and one given character, which must follow.
  private mutating func expect(
    _ character: Unicode.Scalar, _ expected: String? = nil
  ) throws(SafeTensorsError) {
    guard skip(character) else { throw malformed(expected ?? "'\(character)'") }
  }

  /// Skips white space and, if it follows, one given character.
  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipWhitespace()
    guard peek() == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func skipWhitespace() {
    while let byte = peek(), [0x20, 0x09, 0x0A, 0x0D].contains(byte) { offset += 1 }
  }

  private func peek() -> UInt8? { offset < bytes.endIndex ? bytes[offset] : nil }

  private mutating func take() -> UInt8? {
    guard let byte = peek() else { return nil }
    offset += 1
    return byte
  }

  /// An error at a place in the header: the current one, unless another is given.
  func malformed(_ expected: String, at place: Int? = nil) -> SafeTensorsError {
    .malformedHeader(file: file, offset: place ?? offset, expected: expected)
  }
}
