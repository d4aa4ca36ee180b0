import Notebook
import Testing

private func document(_ text: String) throws -> Document { try Document(text, file: "README.md") }

@Test func `a document is prose and blocks and becomes the same text again`() throws {
  let text = """
    # Title

    <!-- cell: train -->
    old
    <!-- end -->
    <!-- cell: train-2 output -->
    <!-- end -->
    <!-- an ordinary comment -->
    <!-- quote: Sources/A.swift Naive.dot(_:_:) code -->
    <!-- end -->
    <!-- mnist: train -->
    <!-- end -->
    <!-- cell: data folded: reads the names, and counts -->
    <!-- end -->

    """
  let document = try document(text)
  #expect(document.text == text)
  #expect(
    document.blocks.map(\.kind) == [
      .cell("train", showsCode: true, showsOutput: true),
      .cell("train-2", showsCode: false, showsOutput: true),
      .quote(file: "Sources/A.swift", name: "Naive.dot(_:_:)", includesComment: false),
      .mnist("train"),
      .foldedCell("data", summary: "reads the names, and counts"),
    ])
  #expect(document.blocks.map(\.line) == [3, 6, 9, 11, 13])
}

@Test func `what looks like a marker in a code block is none`() throws {
  let text =
    "````md\n```\n<!-- cell: a -->\n````\n<!-- cell: b -->\n```text\n<!-- end -->\n```\n<!-- end -->"
  #expect(try document(text).blocks.map(\.kind) == [.cell("b", showsCode: true, showsOutput: true)])
  #expect(try document(text).text == text)
}

@Test(arguments: [
  ("a\n<!-- cell: x -->\nb\n", "README.md:2: '<!-- cell: x -->' has no '<!-- end -->'"),
  (
    "<!-- cell: x -->\n\n<!-- cell: y -->\n<!-- end -->",
    "README.md:3: a block begins inside of '<!-- cell: x -->' of line 1"
  ),
  ("a\n<!-- end -->", "README.md:2: '<!-- end -->' ends no block"),
  ("<!-- cell -->\n<!-- end -->", "README.md:1: '<!-- cell -->' is not understood"),
  ("<!-- cell: x folded: -->\n<!-- end -->", "README.md:1: '<!-- cell: x folded: -->' is not"),
  ("<!-- cell: x all -->\n<!-- end -->", "README.md:1: '<!-- cell: x all -->' is not"),
  ("<!-- quote: A.swift -->\n<!-- end -->", "README.md:1: '<!-- quote: A.swift -->' is not"),
  ("<!-- mnist: a b -->\n<!-- end -->", "README.md:1: '<!-- mnist: a b -->' is not"),
])
func `a wrong marker is an error that names the line`(text: String, line: String) {
  let error = #expect(throws: SourceError.self) { try document(text) }
  #expect(error?.description.hasPrefix(line) == true, "\(error?.description ?? "")")
  #expect(error?.exitStatus == .badData)
}
