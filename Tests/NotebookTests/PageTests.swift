import Foundation
import Testing

/// What a page needs besides its formulas: links that lead somewhere, and tables that fit on a narrow screen.
@Suite struct PageTests {
  private static let package = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// All documents of the project, by their paths.
  static let documents: [String] = {
    let chapters = FileManager.default.enumerator(atPath: package.appending(path: "Chapters").path)
    let pages = (chapters?.allObjects as? [String] ?? []).filter { $0.hasSuffix(".md") }
    return ["README.md", ".github/CONTRIBUTING.md"] + pages.sorted().map { "Chapters/\($0)" }
  }()

  private static func text(of document: String) throws -> String {
    try String(contentsOf: package.appending(path: document), encoding: .utf8)
  }

  /// What GitHub calls the heading of a section in a link to it.
  static func anchor(of heading: Substring) -> String {
    let letters = heading.lowercased().filter { $0.isLetter || $0.isNumber || " -_".contains($0) }
    return letters.replacing(" ", with: "-")
  }

  private static func anchors(of text: String) -> Set<String> {
    let prose = text.replacing(/(?ms)^```.*?^```$/, with: "")
    return Set(prose.matches(of: /(?m)^#+ (.+)$/).map { anchor(of: $0.output.1) })
  }

  /// The links of a text that lead nowhere.
  ///
  /// - Parameters:
  ///   - text: what a document holds.
  ///   - folder: where it is.
  static func brokenLinks(_ text: String, in folder: URL) -> [String] {
    let prose = text.replacing(/(?ms)^```.*?^```$/, with: "").replacing(/`[^`\n]*`/, with: "")
    return prose.matches(of: /\]\(([^)\s]+)\)/).map { String($0.output.1) }.filter { link in
      guard !link.contains("://") else { return false }
      let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
      let target = parts[0].isEmpty ? nil : folder.appending(path: String(parts[0]))
      if let target, !FileManager.default.fileExists(atPath: target.path) { return true }
      guard parts.count == 2 else { return false }
      let page = target.map { (try? String(contentsOf: $0, encoding: .utf8)) ?? "" } ?? text
      return !anchors(of: page).contains(String(parts[1]))
    }
  }

  /// The rows of tables with more columns than a narrow screen shows.
  static func wideRows(_ text: String) -> [String] {
    text.replacing(/(?ms)^```.*?^```$/, with: "").replacing("\\|", with: "").split(separator: "\n")
      .filter { $0.hasPrefix("|") && $0.count(where: { $0 == "|" }) > 10 }.map(String.init)
  }

  @Test func `all pages are looked at`() { #expect(Self.documents.count >= 18) }

  @Test(arguments: documents)
  func `every link leads somewhere, and no table is too wide`(document: String) throws {
    let text = try Self.text(of: document)
    let folder = Self.package.appending(path: document).deletingLastPathComponent()
    #expect(Self.brokenLinks(text, in: folder) == [])
    #expect(Self.wideRows(text) == [])
  }

  @Test func `a broken link and a wide table are found`() {
    let text =
      "# One, two\n[a](#one-two) [b](#three) [c](README.md) [d](none.md) [e](https://e.org)"
    #expect(Self.brokenLinks(text, in: Self.package) == ["#three", "none.md"])
    #expect(
      Self.wideRows("|a|b|c|d|e|f|g|h|i|\n|a|b|c|d|e|f|g|h|i|j|") == ["|a|b|c|d|e|f|g|h|i|j|"])
  }
}
