import Foundation
import KernelSupport
import Notebook

/// What keeps an answer from being graded, in one line.
struct AnswerFault: ReportedError {
  let description: String
  var exitStatus: ExitStatus { .badData }

  init(_ description: String) { self.description = description }
}

/// The text of somebody's answers to a chapter.
struct AnswerSource {
  /// The file's name for messages.
  let name: String
  let text: String

  init(text: String, name: String) { (self.text, self.name) = (text, name) }

  /// Reads a file.
  ///
  /// - Parameter name: its name for messages.
  /// - Returns: nil if there is no such file.
  init?(_ file: URL, as name: String) {
    guard let data = try? Data(contentsOf: file) else { return nil }
    self.init(text: String(decoding: data, as: UTF8.self), name: name)
  }

  /// Reads the answers in a package, the reader's own.
  init?(of chapter: String, in root: URL) {
    guard let path = Self.path(of: chapter, in: root) else { return nil }
    self.init(root.appending(path: path), as: path)
  }

  /// Where a chapter's answers are in a package.
  static func path(of chapter: String, in root: URL) -> String? {
    try? Chapter.all(in: root).first { $0.product == chapter }
      .map { "Chapters/\($0.name)/Exercises.swift" }
  }

  /// Whom an answer may ask for help: not the chapters, whose functions it is to write anew.
  static let allowedModules = ["Foundation", "Grading", "KernelSupport"]

  /// Throws an `AnswerFault` if the answers import a module that they are to do without, or step past what
  /// the compiler checks.
  func check() throws(AnswerFault) {
    let code = SwiftSource(text).textWithoutComments
    // Kinds of imports, such as `import struct Module.Name`, and names in grave accents are the same module.
    let imports = code.matches(
      of: /\bimport\s+(?:(?:struct|class|enum|protocol|typealias|func|let|var)\s+)?`?(\w+)/
        .wordBoundaryKind(.simple))
    for match in imports where !Self.allowedModules.contains(String(match.1)) {
      throw AnswerFault(
        "\(place(of: match.range, in: code)): 'import \(match.1)' is not allowed: answers import"
          + " \(Self.allowedModules.formatted(.list(type: .and).locale(.init(identifier: "en"))))"
          + " only")
    }
    let unchecked = /@_\w+|@c\b|\w*[Uu]nsafe\w*/.wordBoundaryKind(.simple)
    if let match = code.firstMatch(of: unchecked) {
      throw AnswerFault(
        "\(place(of: match.range, in: code)): '\(match.0)' is not allowed: answers are memory-safe"
          + " Swift")
    }
  }

  /// The file and the line, from 1, where a range begins.
  private func place(of range: Range<String.Index>, in code: String) -> String {
    "\(name):\(code[..<range.lowerBound].count { $0 == "\n" } + 1)"
  }
}
