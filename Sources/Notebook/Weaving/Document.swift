import KernelSupport

/// A chapter's document: prose, and between HTML comments the blocks that the book writes.
///
/// A block begins with one of these lines and ends with `<!-- end -->`:
///
///     <!-- cell: NAME -->             the cell's code, then all that it showed
///     <!-- cell: NAME code -->        its code only
///     <!-- cell: NAME output -->      what it showed only
///     <!-- cell: NAME folded: … -->   its code folded under a summary, then all that it showed
///     <!-- mnist: NAME -->            what the cell shows with `--data`, and the command for it
///     <!-- quote: FILE NAME -->       a declaration of a source file with its comment
///     <!-- quote: FILE NAME code -->  the same without comments of documentation
///
/// `FILE` is a path from the package's top, `NAME` of a declaration its names separated by points
/// (`Naive.dot`), with argument labels where overloads need them (`Naive.dot(_:_:)`).
package struct Document {
  /// A part of a document.
  package enum Part: Equatable {
    /// Lines that the book leaves as they are.
    case prose([String])
    /// A block with the lines that stand in it now.
    case block(Block, content: [String])
  }

  /// The file's name, for messages.
  package let file: String
  /// The parts in order.
  package var parts: [Part] = []

  /// Reads a document.
  ///
  /// - Throws: `SourceError` naming the line of a marker that is not understood, stands in another
  ///   block, or has no end.
  package init(_ text: String, file: String) throws {
    self.file = file
    var prose: [String] = []
    var open: (block: Block, content: [String])?
    var fence: Substring?
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let line = String(line)
      // What looks like a marker within a code block is an example of one.
      let ticks = line.prefix { $0 == "`" }
      if let opening = fence {
        if ticks.count >= opening.count, line.allSatisfy({ $0 == "`" }) { fence = nil }
      } else if ticks.count >= 3 {
        fence = ticks
      }
      let marker = try fence == nil ? Marker(line, file: file, number: index + 1) : nil
      switch (marker, open) {
      case (nil, nil): prose.append(line)
      case (nil, _?): open?.content.append(line)
      case (.opening(let block), nil):
        parts.append(.prose(prose))
        prose = []
        open = (block, [])
      case (.end, let (block, content)?):
        parts.append(.block(block, content: content))
        open = nil
      case (.opening, let (block, _)?):
        throw SourceError(
          file: file, line: index + 1,
          "a block begins inside of '\(block.marker)' of line \(block.line)")
      case (.end, nil):
        throw SourceError(file: file, line: index + 1, "'\(Marker.endText)' ends no block")
      }
    }
    if let (block, _) = open {
      throw SourceError(
        file: file, line: block.line, "'\(block.marker)' has no '\(Marker.endText)'")
    }
    parts.append(.prose(prose))
  }

  /// The whole text.
  package var text: String {
    parts.flatMap { part in
      switch part {
      case .prose(let lines): lines
      case .block(let block, let content): [block.marker] + content + [Marker.endText]
      }
    }.joined(separator: "\n")
  }

  /// The blocks in order.
  package var blocks: [Block] {
    parts.compactMap { part in
      guard case .block(let block, _) = part else { return nil }
      return block
    }
  }
}

/// What a block is to hold, as its first line says.
package struct Block: Equatable {
  /// The kinds of blocks.
  package enum Kind: Equatable {
    /// A cell's code, output or both.
    case cell(String, showsCode: Bool, showsOutput: Bool)
    /// A cell's code, which a reader unfolds under a summary of it, and its output.
    case foldedCell(String, summary: String)
    /// What a cell shows on MNIST.
    case mnist(String)
    /// A declaration of a source file.
    case quote(file: String, name: String, includesComment: Bool)
  }

  /// What it holds.
  package let kind: Kind
  /// The line that begins it, as it stands in the document.
  package let marker: String
  /// The number of that line, from 1.
  package let line: Int
}

/// A line that begins or ends a block.
private enum Marker {
  case opening(Block)
  case end

  static let endText = "<!-- end -->"

  /// Reads a line; `nil` for a line that is no marker.
  init?(_ line: String, file: String, number: Int) throws {
    guard let match = line.wholeMatch(of: /\s*<!--\s*(cell|mnist|quote|end)\b:?(.*?)-->\s*/) else {
      return nil
    }
    if match.1 == "cell", let folded = match.2.wholeMatch(of: /\s*(\S+)\s+folded:\s*(\S.*?)\s*/) {
      let kind = Block.Kind.foldedCell(String(folded.1), summary: String(folded.2))
      self = .opening(Block(kind: kind, marker: line, line: number))
      return
    }
    let words = match.2.split(separator: " ").map(String.init)
    let kind: Block.Kind
    switch (String(match.1), words.count, words.last) {
    case ("end", 0, _):
      self = .end
      return
    case ("cell", 1, _): kind = .cell(words[0], showsCode: true, showsOutput: true)
    case ("cell", 2, "code"): kind = .cell(words[0], showsCode: true, showsOutput: false)
    case ("cell", 2, "output"): kind = .cell(words[0], showsCode: false, showsOutput: true)
    case ("mnist", 1, _): kind = .mnist(words[0])
    case ("quote", 2, _):
      kind = .quote(file: words[0], name: words[1], includesComment: true)
    case ("quote", 3, "code"):
      kind = .quote(file: words[0], name: words[1], includesComment: false)
    default:
      throw SourceError(
        file: file, line: number,
        "'\(line)' is not understood; expected cell: NAME, mnist: NAME or quote: FILE NAME")
    }
    self = .opening(Block(kind: kind, marker: line, line: number))
  }
}
