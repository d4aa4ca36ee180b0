import Foundation
import Notebook
import TestSupport
import Testing

/// A package with one chapter, and the record of a run of it.
private struct Fixture {
  let folder: TemporaryFolder
  let chapter: Chapter
  var record = NotebookRecord(
    chapter: "01-Sample",
    cells: [
      CellRecord(
        name: "sum",
        outputs: [.text("total 0.1234\nin \(timing(1))\n"), .figure("a.svg", isVolatile: false)]),
      CellRecord(
        name: "speed",
        outputs: [
          .table(Table(columns: ["n", "time"], rows: [["1", "\(timing(2))"]])),
          .figure("t.svg", isVolatile: true),
        ]),
    ])

  static let figures = "run/figures"

  init() throws {
    folder = try TemporaryFolder()
    chapter = Chapter(name: "01-Sample", root: folder.url)
    try folder.write(
      "import Notebook\ncell(\"sum\")\nlet a = 1\ncell(\"speed\")\nlet b = 2\n",
      to: "Chapters/01-Sample/main.swift")
    try folder.write(
      """
      # Sample

      <!-- cell: sum -->
      <!-- end -->

      <!-- cell: speed -->
      <!-- end -->

      <!-- quote: Sources/A.swift Naive.dot -->
      <!-- end -->

      <!-- mnist: sum -->
      <!-- end -->

      """, to: "Chapters/01-Sample/README.md")
    try folder.write(
      "extension Naive {\n  /// Adds.\n  static func dot() {}\n}\n", to: "Sources/A.swift")
    try folder.write("<svg>\n<line x1=\"1.50\"/>\n</svg>\n", to: "run/figures/a.svg")
    try folder.write("<svg>\n<line x1=\"2.50\"/>\n</svg>\n", to: "run/figures/t.svg")
  }

  func review(isOnMNIST: Bool = false) throws -> ChapterReview {
    try ChapterReview(
      of: chapter, record: record, figures: folder.url.appending(path: Self.figures),
      isOnMNIST: isOnMNIST)
  }

  var document: String { folder.text("Chapters/01-Sample/README.md") ?? "" }

  /// A fixture whose document and figures are up to date.
  static func woven() throws -> Fixture {
    let fixture = try Fixture()
    try fixture.review().apply()
    return fixture
  }

  func replace(_ old: String, with new: String, in file: String) throws {
    let text = try #require(folder.text(file))
    #expect(text.contains(old))
    try folder.write(text.replacing(old, with: new), to: file)
  }
}

extension CellOutput {
  fileprivate static func figure(_ file: String, isVolatile: Bool) -> CellOutput {
    .figure(file: file, caption: "See \(file).", isVolatile: isVolatile)
  }
}

private let readme = "Chapters/01-Sample/README.md"

@Test func `weaving writes code, outputs, tables, figures and quotations`() throws {
  let fixture = try Fixture.woven()
  #expect(
    fixture.document == """
      # Sample

      <!-- cell: sum -->
      ```swift
      let a = 1
      ```

      ```text
      total 0.1234
      in 1.00 s
      ```

      ![See a.svg.](../../Figures/01-Sample/a.svg)

      *See a.svg.*
      <!-- end -->

      <!-- cell: speed -->
      ```swift
      let b = 2
      ```

      | n | time |
      | --: | --: |
      | 1 | 2.00 s |

      ![See t.svg.](../../Figures/01-Sample/t.svg)

      *See t.svg.*
      <!-- end -->

      <!-- quote: Sources/A.swift Naive.dot -->
      [`Naive.dot` in *Sources/A.swift*](../../Sources/A.swift):

      ```swift
      /// Adds.
      static func dot() {}
      ```
      <!-- end -->

      <!-- mnist: sum -->
      <!-- end -->

      """)
  #expect(
    fixture.folder.text("Figures/01-Sample/a.svg") == fixture.folder.text("run/figures/a.svg"))
  #expect(try fixture.review().differences.isEmpty)
  #expect(try fixture.review().summary == "nothing")
}

@Test func `timings and roundings leave document and figures byte for byte`() throws {
  var fixture = try Fixture.woven()
  let old = fixture.document
  fixture.record.cells[0].outputs[0] = .text("total 0.1235\nin \(timing(0.25))\n")
  fixture.record.cells[1].outputs[0] = .table(
    Table(columns: ["n", "time"], rows: [["1", "\(timing(0.005))"]]))
  try fixture.replace("1.50", with: "1.51", in: "run/figures/a.svg")
  try fixture.replace("2.50", with: "9.75", in: "run/figures/t.svg")
  let review = try fixture.review()
  #expect(review.differences.isEmpty)
  try review.apply()
  #expect(fixture.document == old)
  #expect(fixture.folder.text("Figures/01-Sample/a.svg")?.contains("1.50") == true)
  #expect(fixture.folder.text("Figures/01-Sample/t.svg")?.contains("2.50") == true)
}

@Test func `only the blocks that drifted are rewritten, with their volatile figures`() throws {
  var fixture = try Fixture.woven()
  fixture.record.cells[0].outputs[0] = .text("total 0.1235\nin \(timing(0.25))\n")
  fixture.record.cells[1].outputs[0] = .table(
    Table(columns: ["n", "time"], rows: [["2", "\(timing(0.005))"]]))
  try fixture.replace("2.50", with: "9.75", in: "run/figures/t.svg")
  try fixture.review().apply()
  #expect(fixture.document.contains("total 0.1234\nin 1.00 s"), "this block agreed")
  #expect(fixture.document.contains("| 2 | 5.00 ms |"))
  #expect(fixture.folder.text("Figures/01-Sample/t.svg")?.contains("9.75") == true)
}

@Test func `drifted code is found`() throws {
  let fixture = try Fixture.woven()
  try fixture.replace("let a = 1", with: "let a = 1.0", in: "Chapters/01-Sample/main.swift")
  #expect(
    try fixture.review().differences == [
      "\(readme):3: cell 'sum' differs in its line 2\n  old: let a = 1\n  new: let a = 1.0"
    ])
}

@Test func `drifted output is found`() throws {
  var fixture = try Fixture.woven()
  fixture.record.cells[0].outputs[0] = .text("total 0.1334\nin \(timing(1))\n")
  #expect(
    try fixture.review().differences == [
      "\(readme):3: cell 'sum' differs in its line 6\n  old: total 0.1234\n  new: total 0.1334"
    ])
}

@Test func `missing and additional output is found`() throws {
  var fixture = try Fixture.woven()
  fixture.record.cells[1].outputs.append(.text("more\n"))
  #expect(try fixture.review().differences.first?.contains("old: (no line)") == true)
  fixture.record.cells[1].outputs.removeAll()
  #expect(try fixture.review().differences.first?.contains("new: (no line)") == true)
}

@Test func `a quotation of drifted code is found`() throws {
  let fixture = try Fixture.woven()
  try fixture.replace("/// Adds.", with: "/// Multiplies.", in: "Sources/A.swift")
  #expect(
    try fixture.review().differences == [
      "\(readme):32: the quotation of 'Naive.dot' from Sources/A.swift differs in its line 4\n"
        + "  old: /// Adds.\n  new: /// Multiplies."
    ])
}

@Test func `a quotation of what does not exist is an error`() throws {
  let fixture = try Fixture.woven()
  try fixture.replace("func dot", with: "func product", in: "Sources/A.swift")
  var error = #expect(throws: SourceError.self) { try fixture.review() }
  #expect(
    error?.description == "\(readme):32: Sources/A.swift: there is no declaration 'Naive.dot'")
  try fixture.replace("Sources/A.swift Naive", with: "Sources/B.swift Naive", in: readme)
  error = #expect(throws: SourceError.self) { try fixture.review() }
  #expect(
    error?.description
      == "\(readme):32: Sources/B.swift, of which 'Naive.dot' is quoted, does not exist")
}

@Test func `a cell of the document that the notebook lacks is an error`() throws {
  let fixture = try Fixture.woven()
  try fixture.replace("<!-- cell: sum", with: "<!-- cell: product", in: readme)
  let error = #expect(throws: SourceError.self) { try fixture.review() }
  #expect(error?.description == "\(readme):3: the notebook has no cell 'product'")
}

@Test func `a cell of the notebook that the document lacks is found`() throws {
  var fixture = try Fixture.woven()
  let source = try #require(fixture.folder.text("Chapters/01-Sample/main.swift"))
  try fixture.folder.write(
    source + "cell(\"extra\")\n", to: "Chapters/01-Sample/main.swift")
  fixture.record.cells.append(CellRecord(name: "extra"))
  #expect(
    try fixture.review().omissions == [
      "\(readme): the notebook's cell 'extra' has no block; expected '<!-- cell: extra -->'"
    ])
}

@Test func `a cell that did not run is an error`() throws {
  var fixture = try Fixture.woven()
  fixture.record.cells.removeLast()
  #expect(throws: SourceError.self) { try fixture.review() }
}

@Test func `a figure that differs, is missing or stale is found and put right`() throws {
  let fixture = try Fixture.woven()
  try fixture.folder.write("<svg>\n<line x1=\"1.70\"/>\n</svg>\n", to: "Figures/01-Sample/a.svg")
  try FileManager.default.removeItem(atPath: fixture.folder.path("Figures/01-Sample/t.svg"))
  try fixture.folder.write("<svg/>", to: "Figures/01-Sample/old.svg")
  let review = try fixture.review()
  #expect(
    review.differences == [
      "Figures/01-Sample/a.svg: the figure of cell 'sum' differs: line 2 was "
        + "'<line x1=\"1.70\"/>', is '<line x1=\"1.50\"/>'",
      "Figures/01-Sample/t.svg: the figure of cell 'speed' is missing",
      "Figures/01-Sample/old.svg: no cell draws this figure",
    ])
  #expect(review.summary == "3 figures")
  try review.apply()
  #expect(try fixture.review().differences.isEmpty)
  #expect(fixture.folder.text("Figures/01-Sample/old.svg") == nil)
}

@Test func `a run on MNIST concerns its own blocks only`() throws {
  var fixture = try Fixture.woven()
  try fixture.folder.write("<svg/>", to: "Figures/01-Sample/old.svg")
  fixture.record.cells[0].outputs[0] = .text("total 0.9\n")
  let review = try fixture.review(isOnMNIST: true)
  #expect(review.omissions.isEmpty)
  try review.apply()
  #expect(
    fixture.document.hasSuffix(
      """
      <!-- mnist: sum -->
      ```sh
      swift run -c release sample --data DIR
      ```

      ```text
      total 0.9
      ```
      <!-- end -->

      """))
  #expect(fixture.document.contains("total 0.1234"))
  #expect(fixture.folder.text("Figures/01-Sample/old.svg") != nil)
  #expect(try fixture.review(isOnMNIST: true).differences.isEmpty)
}

@Test func `a document that is missing is an error`() throws {
  let fixture = try Fixture()
  try FileManager.default.removeItem(atPath: fixture.folder.path(readme))
  let error = #expect(throws: MissingInput.self) { try fixture.review() }
  #expect(error?.description.hasPrefix("\(readme): does not exist; expected the chapter's") == true)
}

@Test func `code that holds a fence gets a longer one`() throws {
  let fixture = try Fixture()
  try fixture.replace(
    "let a = 1", with: "let a = \"\"\"\n```\n\"\"\"", in: "Chapters/01-Sample/main.swift")
  try fixture.review().apply()
  #expect(fixture.document.contains("````swift\nlet a = \"\"\"\n```\n\"\"\"\n````"))
  #expect(try fixture.review().differences.isEmpty)
}

@Test func `a folded cell hides its code under a summary and shows its output`() throws {
  let fixture = try Fixture()
  try fixture.replace(
    "<!-- cell: speed -->", with: "<!-- cell: speed folded: measures -->", in: readme)
  try fixture.review().apply()
  #expect(
    fixture.document.contains(
      """
      <!-- cell: speed folded: measures -->
      <details>
      <summary>measures</summary>

      ```swift
      let b = 2
      ```

      </details>

      | n | time |
      """))
}
