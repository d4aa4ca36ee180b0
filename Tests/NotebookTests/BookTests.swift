import Foundation
import KernelSupport
import Notebook
import TestSupport
import Testing

@Test func `a second run of the book touches nothing, and a check finds nothing`() throws {
  let package = try FixturePackage()
  #expect(try package.run(.weave).isEmpty)
  #expect(package.folder.text(FixturePackage.readme)?.contains("total 10 share 0.12345") == true)
  let state = try package.state()
  #expect(state.count == 5)
  #expect(try package.run(.weave).isEmpty)
  #expect(try package.run(.check).isEmpty)
  #expect(try package.state() == state)
  #expect(package.reports.lines.count == 6)
  #expect(package.reports.lines[0] == "01-Fixture: running")
  let took = /01-Fixture: \d+\.\d s, [1-9]\d* MB, rewrote document, 3 figures/
  #expect(package.reports.lines[1].wholeMatch(of: took) != nil)
  #expect(package.reports.lines[2] == "01-Fixture: running, about 0:00 left for the book")
  #expect(package.reports.lines[3].hasSuffix("rewrote nothing"))
  #expect(package.reports.lines[5].hasSuffix("would rewrite nothing"))
}

@Test func `rounding passes the check, another value and another figure do not`() throws {
  let package = try FixturePackage()
  _ = try package.run(.weave)
  let state = try package.state()
  try package.folder.write("rounding", to: "behaviour")
  #expect(try package.run(.check).isEmpty)
  try package.folder.write("value", to: "behaviour")
  let problems = try package.run(.check)
  #expect(problems.count == 1)
  #expect(problems.first?.contains("cell 'second'") == true)
  #expect(problems.first?.contains("| half | 0.75 |") == true)
  try package.folder.write("figure", to: "behaviour")
  #expect(try package.run(.check).first?.hasPrefix("Figures/01-Fixture/curve.svg") == true)
  #expect(try package.state() == state, "a check changes nothing")
}

@Test func `a run on MNIST fills its blocks and no others`() throws {
  let document = FixturePackage.document + "<!-- mnist: second -->\n<!-- end -->\n"
  let package = try FixturePackage(document: document)
  #expect(try package.run(.weave, dataFolder: package.folder.url.path).isEmpty)
  let text = try #require(package.folder.text(FixturePackage.readme))
  #expect(text.hasPrefix(FixturePackage.document))
  #expect(text.contains("swift run -c release fixture --data DIR"))
  #expect(text.contains("fixture_value: 0.5"))
  #expect(package.folder.text("Figures/01-Fixture/curve.svg") == nil)
  #expect(try package.run(.check, dataFolder: package.folder.url.path).isEmpty)
  #expect(throws: NotebookFailure.self) {
    try package.run(.check, dataFolder: package.folder.path("nowhere"))
  }
}

@Test func `a cell without a block fails both kinds of run`() throws {
  let document = FixturePackage.document.replacing("<!-- cell: third -->\n<!-- end -->\n", with: "")
  let package = try FixturePackage(document: document)
  #expect(try package.run(.weave).first?.contains("cell 'third' has no block") == true)
  #expect(try package.run(.check).first?.contains("cell 'third' has no block") == true)
}

@Test(arguments: [
  ("fails", "failed with exit status 65", "data/labels: truncated"),
  ("traps", "was killed by signal", "as asked"),
])
func `a notebook that fails leaves the document as it was`(
  behaviour: String, ending: String, message: String
) throws {
  let package = try FixturePackage(behaviour: behaviour)
  let error = #expect(throws: NotebookFailure.self) { try package.run(.weave) }
  #expect(error?.chapter == "01-Fixture")
  #expect(error?.ending.hasPrefix(ending) == true)
  #expect(error?.output.contains(message) == true)
  #expect(package.folder.text(FixturePackage.readme) == FixturePackage.document)
  #expect(package.folder.text("Figures/01-Fixture/curve.svg") == nil)
}

@Test func `a notebook that is not built or leaves no record is named`() throws {
  let package = try FixturePackage()
  let notebook = package.products.appending(path: "fixture")
  try FileManager.default.removeItem(at: notebook)
  var error = #expect(throws: NotebookFailure.self) { try package.run(.weave) }
  #expect(error?.ending.hasPrefix("could not be started") == true)
  try FileManager.default.createSymbolicLink(
    at: notebook, withDestinationURL: URL(fileURLWithPath: "/usr/bin/true"))
  error = #expect(throws: NotebookFailure.self) { try package.run(.weave) }
  #expect(error?.ending == "left no record")
}

@Test func `a chapter without a document is an error`() throws {
  let package = try FixturePackage(document: nil)
  #expect(throws: MissingInput.self) { try package.run(.weave) }
}

@Test func `chapters are named by product or folder`() throws {
  let folder = try TemporaryFolder()
  for name in ["02-Backprop", "01-Perceptrons"] {
    try folder.write("", to: "Chapters/\(name)/main.swift")
  }
  try folder.write("", to: "Chapters/.DS_Store")
  try folder.write("notes", to: "Chapters/notes/text")
  let chapters = try Chapter.all(in: folder.url)
  #expect(chapters.map(\.product) == ["perceptrons", "backprop"])
  #expect(try Chapter.select([], from: chapters) == chapters)
  #expect(try Chapter.select(["backprop"], from: chapters).map(\.name) == ["02-Backprop"])
  #expect(try Chapter.select(["01-Perceptrons"], from: chapters) == [chapters[0]])
  let error = #expect(throws: UsageError.self) { try Chapter.select(["cnn"], from: chapters) }
  #expect(
    error?.description
      == "'cnn': there is no such chapter; expected one of perceptrons, backprop")
  #expect(throws: MissingInput.self) { try Chapter.all(in: folder.url.appending(path: "x")) }
}

@Test func `notebooks are built as the book itself was`() {
  let toolchain = Toolchain(
    executable: URL(fileURLWithPath: "/tmp/scratch/x86_64-unknown-linux-gnu/release/book"))
  let root = URL(fileURLWithPath: "/tmp/package")
  #expect(
    toolchain.buildArguments(for: Chapter(name: "04-CNN", root: root), in: root) == [
      "build", "--package-path", "/tmp/package", "--scratch-path", "/tmp/scratch",
      "--configuration", "release", "--product", "cnn",
    ])
  #expect(
    toolchain.buildArguments(for: nil, in: root) == [
      "build", "--package-path", "/tmp/package", "--scratch-path", "/tmp/scratch",
      "--configuration", "release",
    ])
}
