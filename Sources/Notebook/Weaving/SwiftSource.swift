/// A Swift source text in which code is told from comments and from strings.
///
/// It is no parser: it knows just enough of Swift's lexical rules (comments that nest, strings with escapes,
/// interpolations, several lines or number signs) to find matching braces and the names of declarations.
package struct SwiftSource {
  /// What a character of the source belongs to.
  enum Kind {
    case code
    case comment
    case string
  }

  /// The characters.
  let characters: [Character]
  /// What each of them belongs to.
  private(set) var kinds: [Kind]
  /// The lines, without line ends.
  package let lines: [String]
  /// Where each line starts in `characters`.
  private let lineStarts: [Int]

  /// Reads a source text.
  package init(_ text: String) {
    let characters = Array(text.replacing("\r\n", with: "\n"))
    self.characters = characters
    kinds = Array(repeating: .code, count: characters.count)
    lineStarts = [0] + characters.indices.filter { characters[$0] == "\n" }.map { $0 + 1 }
    lines = characters.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    var place = 0
    while place < characters.count { place = markToken(at: place) }
  }

  /// The text with spaces in place of comments; its lines are the same.
  package var textWithoutComments: String {
    String(
      zip(characters, kinds).map { character, kind in
        kind == .comment && character != "\n" ? " " : character
      })
  }

  /// The line, from 0, that a character stands in.
  func line(of place: Int) -> Int {
    lineStarts.partitioningIndex { $0 > place } - 1
  }

  /// Where a line starts.
  func start(ofLine line: Int) -> Int { lineStarts[line] }

  /// Whether a line begins neither in a comment nor in a string.
  package func startsInCode(line: Int) -> Bool {
    let start = lineStarts[line]
    return start < characters.count && kinds[start] == .code
  }

  /// Whether the characters at a place are these.
  private func has(_ text: String, at place: Int) -> Bool {
    place + text.count <= characters.count
      && characters[place..<(place + text.count)].elementsEqual(text)
  }

  private mutating func mark(_ range: Range<Int>, _ kind: Kind) {
    for place in range { kinds[place] = kind }
  }

  /// Marks the comment, string or character at a place, and returns where the next one starts.
  private mutating func markToken(at start: Int) -> Int {
    let end: Int
    if has("//", at: start) {
      end = characters[start...].firstIndex(of: "\n") ?? characters.count
      mark(start..<end, .comment)
    } else if has("/*", at: start) {
      end = endOfComment(at: start)
      mark(start..<end, .comment)
    } else if let stringEnd = endOfString(at: start) ?? endOfPattern(at: start) {
      end = stringEnd
      mark(start..<end, .string)
    } else {
      end = start + 1
    }
    return end
  }

  private func endOfComment(at start: Int) -> Int {
    var depth = 0
    var place = start
    while place < characters.count {
      if has("/*", at: place) {
        depth += 1
        place += 2
      } else if has("*/", at: place) {
        depth -= 1
        place += 2
        if depth == 0 { return place }
      } else {
        place += 1
      }
    }
    return place
  }

  /// Where the string that starts at a place ends, or `nil` if none starts there.
  private func endOfString(at start: Int) -> Int? {
    let signCount = characters[start...].prefix { $0 == "#" }.count
    var place = start + signCount
    guard has("\"", at: place) else { return nil }
    let signs = String(repeating: "#", count: signCount)
    let quotes = has("\"\"\"", at: place) ? "\"\"\"" : "\""
    place += quotes.count
    while place < characters.count {
      if has(quotes + signs, at: place) { return place + quotes.count + signCount }
      if quotes.count == 1, characters[place] == "\n" { return place }
      if has("\\" + signs + "(", at: place) {
        place = endOfInterpolation(at: place + signCount + 2)
      } else if has("\\" + signs, at: place) {
        place += signCount + 2
      } else {
        place += 1
      }
    }
    return characters.count
  }

  /// Where the regular expression `/…/` that starts at a place ends, or `nil` if none starts there.
  ///
  /// A slash begins one where a value is expected and no space follows; else it divides.
  private func endOfPattern(at start: Int) -> Int? {
    guard has("/", at: start), start + 1 < characters.count, !characters[start + 1].isWhitespace
    else { return nil }
    let before = characters[..<start].last { $0 != " " }
    guard before.map({ "([{=,:\n?".contains($0) }) ?? true else { return nil }
    var place = start + 1
    while place < characters.count, characters[place] != "\n" {
      if characters[place] == "/" { return place + 1 }
      place += characters[place] == "\\" ? 2 : 1
    }
    return nil
  }

  /// Where an interpolation ends, given the place after its opening parenthesis.
  private func endOfInterpolation(at start: Int) -> Int {
    var depth = 1
    var place = start
    while place < characters.count {
      if let end = endOfString(at: place) {
        place = end
        continue
      }
      if characters[place] == "(" { depth += 1 }
      if characters[place] == ")" { depth -= 1 }
      place += 1
      if depth == 0 { return place }
    }
    return place
  }
}

extension Array {
  /// The first index whose element satisfies a condition that all later ones satisfy too.
  func partitioningIndex(where condition: (Element) -> Bool) -> Int {
    var (low, high) = (startIndex, endIndex)
    while low < high {
      let middle = (low + high) / 2
      if condition(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
