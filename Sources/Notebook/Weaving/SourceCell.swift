import Foundation
import KernelSupport

/// A cell of a notebook as it stands in `main.swift`.
package struct SourceCell: Equatable {
  /// The cell's name.
  package var name: String
  /// Its code without the line that begins it, and without empty lines around.
  package var code: [String]

  /// The cells of a source file.
  ///
  /// - Throws: `MissingInput`, or `SourceError` if a name stands there twice or is no single word.
  package static func cells(inFile url: URL) throws -> [SourceCell] {
    guard let text = try? String(contentsOf: url, encoding: .utf8) else {
      throw MissingInput(path: url.path, expected: "the notebook's source")
    }
    return try cells(in: text, file: url.path)
  }

  /// The cells of a source text.
  ///
  /// A cell begins with a line `cell("name")` that is indented by nothing and lies neither in a comment
  /// nor in a string; it lasts until the next such line.
  ///
  /// - Throws: `SourceError` if a name stands there twice or is no single word.
  package static func cells(in text: String, file: String) throws -> [SourceCell] {
    let source = SwiftSource(text)
    var cells: [SourceCell] = []
    for (index, line) in source.lines.enumerated() {
      guard source.startsInCode(line: index), let match = line.wholeMatch(of: opening) else {
        if !cells.isEmpty { cells[cells.count - 1].code.append(line) }
        continue
      }
      let name = String(match.1)
      guard !name.contains(where: \.isWhitespace) else {
        throw SourceError(
          file: file, line: index + 1, "the name of cell '\(name)' has a space; expected one word")
      }
      guard !cells.contains(where: { $0.name == name }) else {
        throw SourceError(file: file, line: index + 1, "there are two cells named '\(name)'")
      }
      cells.append(SourceCell(name: name, code: []))
    }
    for index in cells.indices { cells[index].code = trimmed(cells[index].code) }
    return cells
  }

  private static var opening: Regex<(Substring, Substring)> {
    /cell\("([^"\\]+)"\)\s*(?:\/\/.*)?/
  }

  private static func trimmed(_ lines: [String]) -> [String] {
    let isEmpty = { (line: String) in line.allSatisfy(\.isWhitespace) }
    let start = lines.drop(while: isEmpty)
    return Array(start.reversed().drop(while: isEmpty).reversed())
  }
}

/// Something wrong in a source file or a document: its name, the line, and what was expected.
package struct SourceError: ReportedError, Equatable {
  /// The line of text to report.
  package let description: String

  /// The status of data that do not hold what they should.
  package var exitStatus: ExitStatus { .badData }

  /// Creates the error.
  package init(file: String, line: Int?, _ message: String) {
    description = ([file] + (line.map { ["\($0)"] } ?? [])).joined(separator: ":") + ": " + message
  }
}
