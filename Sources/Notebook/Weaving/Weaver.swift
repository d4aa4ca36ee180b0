import Foundation
import KernelSupport

/// A line that the book writes into a document.
package struct WovenLine: Equatable {
  /// The line, with the marks of `VolatileText`.
  package var text: String
  /// Whether it has to agree exactly, as code has to, and not only up to rounding.
  package var isExact: Bool

  /// Whether a line of the old document agrees with it.
  func agrees(with old: String) -> Bool {
    isExact ? old == text : Comparison.agrees(old, with: text)
  }
}

/// Makes the content of a document's blocks.
package struct Weaver {
  /// The cells of the notebook's source.
  package var cells: [SourceCell]
  /// What the cells showed.
  package var record: NotebookRecord
  /// The top folder of the package, where quoted files are found.
  package var root: URL
  /// The command that a block of results on MNIST names.
  package var dataCommand: String

  /// Creates a weaver.
  package init(cells: [SourceCell], record: NotebookRecord, root: URL, dataCommand: String) {
    self.cells = cells
    self.record = record
    self.root = root
    self.dataCommand = dataCommand
  }

  /// What a block is to hold.
  ///
  /// - Parameters:
  ///   - block: the block.
  ///   - file: the document's name, for messages.
  /// - Throws: `SourceError` naming the document, the line, and the cell or declaration that is missing.
  package func content(of block: Block, in file: String) throws -> [WovenLine] {
    let parts: [[WovenLine]]
    switch block.kind {
    case .cell(let name, let showsCode, let showsOutput):
      let cell = try cell(name, block, file)
      parts =
        (showsCode ? [exact(fenced(cell.code, "swift"))] : [])
        + (showsOutput ? outputs(of: name) : [])
    case .foldedCell(let name, let summary):
      let code = try cell(name, block, file).code
      parts =
        [exact(["<details>", "<summary>\(summary)</summary>"])]
        + [exact(fenced(code, "swift")), exact(["</details>"])] + outputs(of: name)
    case .mnist(let name):
      _ = try cell(name, block, file)
      let command = exact(fenced([dataCommand], "sh"))
      let outputs = recorded(name).filter { if case .figure = $0 { false } else { true } }
      parts = [command] + outputs.map(lines)
    case .quote(let source, let name, let includesComment):
      let code = try quote(source, name, includesComment, block, file)
      let link = "[`\(name)` in *\(source)*](../../\(source)):"
      parts = [exact([link]), exact(fenced(code, "swift"))]
    }
    return Array(parts.filter { !$0.isEmpty }.joined(separator: exact([""])))
  }

  private func cell(_ name: String, _ block: Block, _ file: String) throws -> SourceCell {
    guard let cell = cells.first(where: { $0.name == name }) else {
      throw SourceError(
        file: file, line: block.line, "the notebook has no cell '\(name)'")
    }
    return cell
  }

  private func quote(
    _ source: String, _ name: String, _ includesComment: Bool, _ block: Block, _ file: String
  ) throws -> [String] {
    guard let text = try? String(contentsOf: root.appending(path: source), encoding: .utf8) else {
      throw SourceError(
        file: file, line: block.line, "\(source), of which '\(name)' is quoted, does not exist")
    }
    do {
      return try SwiftSource(text).quote(name, includesComment: includesComment)
    } catch let error as QuoteError {
      throw SourceError(file: file, line: block.line, "\(source): \(error.description)")
    }
  }

  private func recorded(_ name: String) -> [CellOutput] {
    record.cells.first { $0.name == name }?.outputs ?? []
  }

  private func outputs(of name: String) -> [[WovenLine]] { recorded(name).map(lines) }

  private func lines(of output: CellOutput) -> [WovenLine] {
    switch output {
    case .text(let text):
      var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(trimmedAtEnd)
      while lines.last?.isEmpty == true { lines.removeLast() }
      return lines.isEmpty ? [] : similar(fenced(lines, "text"))
    case .table(let table):
      return similar(table.markdownLines)
    case .figure(let file, let caption, _):
      let path = "../../Figures/\(record.chapter)/\(file)"
      return similar(["![\(caption)](\(path))", "", "*\(caption)*"])
    }
  }

  private func trimmedAtEnd(_ line: Substring) -> String {
    String(line.reversed().drop(while: \.isWhitespace).reversed())
  }

  private func exact(_ lines: [String]) -> [WovenLine] {
    lines.map { WovenLine(text: $0, isExact: true) }
  }

  private func similar(_ lines: [String]) -> [WovenLine] {
    lines.map { WovenLine(text: $0, isExact: false) }
  }

  /// Lines as a Markdown code block, with a fence longer than any inside.
  private func fenced(_ lines: [String], _ language: String) -> [String] {
    let longest = lines.map { $0.drop { $0 == " " }.prefix { $0 == "`" }.count }.max() ?? 0
    let fence = String(repeating: "`", count: max(3, longest + 1))
    return [fence + language] + lines + [fence]
  }
}
