/// Walks through a source text and collects its declarations.
struct DeclarationFinder {
  let source: SwiftSource
  private(set) var declarations: [Declaration] = []
  private var place = 0

  init(source: SwiftSource) { self.source = source }

  private static let types: Set<String> = [
    "struct", "class", "enum", "actor", "protocol", "extension",
  ]
  private static let members: Set<String> = [
    "func", "var", "let", "init", "subscript", "deinit", "typealias", "associatedtype", "case",
    "macro",
  ]

  /// Reads the declarations up to the brace that closes a type, or up to the end of the file.
  mutating func readMembers(of path: [String]) {
    while let start = nextCode() {
      if source.characters[start] == "}" {
        place = start + 1
        return
      }
      if source.characters[start] == "#" || source.characters[start] == ";" {
        place = endOfLine(start)
      } else {
        readDeclaration(at: start, in: path)
      }
    }
  }

  private mutating func readDeclaration(at start: Int, in path: [String]) {
    place = start
    guard let keyword = readKeyword() else {
      place = endOfStatement(from: start)
      return
    }
    let names = readName(after: keyword)
    let isOperator = names.last?.first.map { !$0.isLetter && $0 != "_" } ?? false
    let labels =
      ["func", "init", "subscript"].contains(keyword) ? readLabels(ofOperator: isOperator) : ""
    let fullPath = path + names
    let index = declarations.count
    declarations.append(
      Declaration(
        path: fullPath, fullName: fullPath.joined(separator: ".") + labels, lines: 0..<0,
        codeStart: source.line(of: start), isExtension: keyword == "extension"))
    if Self.types.contains(keyword) {
      while let next = nextCode() {
        place = next + 1
        if source.characters[next] == "{" { break }
      }
      readMembers(of: fullPath)
    } else {
      place = endOfStatement(from: place)
    }
    let firstLine = startOfComment(before: source.line(of: start))
    declarations[index].lines = firstLine..<(source.line(of: place - 1) + 1)
  }

  /// Skips attributes and modifiers up to the word that says what is declared.
  private mutating func readKeyword() -> String? {
    var isClass = false
    while let next = nextCode() {
      if source.characters[next] == "@" {
        place = next + 1
        _ = readWord()
      } else if source.characters[next] == "(" {
        place = endOfBrackets(at: next)
        continue
      } else {
        guard let word = readWord() else { return isClass ? "class" : nil }
        if Self.types.contains(word) && word != "class" { return word }
        if Self.members.contains(word) { return word }
        if isClass && !Self.modifiers.contains(word) {
          place -= word.count
          return "class"
        }
        if word == "class" {
          isClass = true
        } else if !Self.modifiers.contains(word) {
          return nil
        }
      }
    }
    return nil
  }

  private static let modifiers: Set<String> = [
    "public", "package", "internal", "private", "fileprivate", "open", "static", "final",
    "mutating", "nonmutating", "borrowing", "consuming", "nonisolated", "isolated", "override",
    "required", "convenience", "lazy", "weak", "unowned", "indirect", "prefix", "postfix", "infix",
    "dynamic", "optional", "unsafe", "distributed", "async", "sending",
  ]

  /// Reads the name of what is declared: one part, or several for an extension.
  private mutating func readName(after keyword: String) -> [String] {
    if ["init", "subscript", "deinit"].contains(keyword) { return [keyword] }
    guard let start = nextCode() else { return [""] }
    place = start
    guard keyword == "extension" else { return [readWord() ?? readOperator()] }
    var names = [readWord() ?? ""]
    while place < source.characters.count, source.characters[place] == "." {
      place += 1
      names.append(readWord() ?? "")
    }
    return names
  }

  private mutating func readWord() -> String? {
    guard let start = nextCode() else { return nil }
    let isWord = { (character: Character) in
      character.isLetter || character.isNumber || character == "_"
    }
    let quoted = source.characters[start] == "`"
    let from = quoted ? start + 1 : start
    let word = source.characters[from...].prefix { quoted ? $0 != "`" : isWord($0) }
    guard !word.isEmpty else { return nil }
    place = from + word.count + (quoted ? 1 : 0)
    return String(word)
  }

  private mutating func readOperator() -> String {
    let name = source.characters[place...].prefix { !$0.isWhitespace && $0 != "(" }
    place += name.count
    return String(name)
  }

  /// Reads the labels of a parameter list: `(_:times:)`; an operator's parameters have none.
  private mutating func readLabels(ofOperator isOperator: Bool) -> String {
    while let next = nextCode(), source.characters[next] != "(" {
      guard source.characters[next] != "{" else { return "" }
      place = next + 1
    }
    guard let start = nextCode() else { return "" }
    let end = endOfBrackets(at: start)
    var labels = ""
    var expectsLabel = true
    var depth = 0
    place = start + 1
    while let next = nextCode(), next < end - 1 {
      let character = source.characters[next]
      if depth == 0, expectsLabel, character != "@", let word = readWord() {
        labels += isOperator ? "_:" : "\(word):"
        expectsLabel = false
        continue
      }
      place = next + 1
      if "([{<".contains(character) { depth += 1 }
      if ")]}".contains(character) { depth -= 1 }
      if character == ">", source.characters[next - 1] != "-" { depth -= 1 }
      if depth == 0, character == "," { expectsLabel = true }
    }
    place = end
    return "(\(labels))"
  }

  /// The next character of code that is no white space, as its place.
  private func nextCode() -> Int? {
    source.characters.indices[min(place, source.characters.count)...].first {
      source.kinds[$0] == .code && !source.characters[$0].isWhitespace
        || source.kinds[$0] == .string
    }
  }

  private func endOfLine(_ start: Int) -> Int {
    source.characters[start...].firstIndex(of: "\n") ?? source.characters.count
  }

  /// The place after the bracket that closes the one at a place.
  private func endOfBrackets(at start: Int) -> Int {
    var depth = 0
    for index in start..<source.characters.count where source.kinds[index] == .code {
      if "([{".contains(source.characters[index]) { depth += 1 }
      if ")]}".contains(source.characters[index]) { depth -= 1 }
      if depth == 0 { return index + 1 }
    }
    return source.characters.count
  }

  /// Where the rest of a member or statement ends: at the end of a line outside of all brackets, unless
  /// that line or the next one shows that it goes on.
  private func endOfStatement(from start: Int) -> Int {
    var index = start
    var end = start
    while index < source.characters.count {
      let character = source.characters[index]
      if source.kinds[index] == .code {
        if "([{".contains(character) {
          index = endOfBrackets(at: index)
          end = index
          continue
        }
        if ")]}".contains(character) { return end }
        if character == "\n", !goesOn(after: end, newline: index) { return end }
      }
      if source.kinds[index] != .comment, !character.isWhitespace { end = index + 1 }
      index += 1
    }
    return max(end, start + 1)
  }

  private func goesOn(after end: Int, newline: Int) -> Bool {
    if end > 0, source.kinds[end - 1] == .code, "=,:&|+-*/<".contains(source.characters[end - 1]) {
      return true
    }
    let next = source.characters.indices[newline...].first {
      source.kinds[$0] != .comment && !source.characters[$0].isWhitespace
    }
    guard let next, source.kinds[next] == .code else { return false }
    if "{.?:=&|+-*/<>".contains(source.characters[next]) {
      return source.characters[end - 1] != "}" || source.characters[next] == "."
    }
    let word = String(source.characters[next...].prefix { $0.isLetter })
    return ["where", "throws", "async", "rethrows", "else"].contains(word)
  }

  /// The first of the comment lines directly above a line.
  private func startOfComment(before line: Int) -> Int {
    var first = line
    while first > 0 {
      let text = source.lines[first - 1].drop { $0 == " " }
      guard text.hasPrefix("//") else { break }
      first -= 1
    }
    return first
  }
}
