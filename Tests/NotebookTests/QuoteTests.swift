import Notebook
import Testing

/// Braces where they do not count, overloads, operators, nesting: what the scanner has to tell apart.
private let source = SwiftSource(
  ###"""
  import Foundation

  /// The namespace.
  ///
  /// Two lines.
  public enum Naive {}

  // A remark on the extension.
  extension Naive: Kernels where Element == Int {
    /// Adds up: `}` in a comment.
    @inlinable
    public static func dot(_ a: [Int], _ b: [Int]) -> Int {
      let text = "} \(a.map { "\($0) }" }) {"  // } {
      let raw = ##"a "# } \(b) \##(b.count)"##
      let long = """
        } "quoted" \(text) {
        """
      /* } /* } */ { */
      return zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } + raw.count + long.count
    }

    static func dot(_ a: [Int], times factor: Int, _ map: (Int, Int) -> Int) -> Int { factor }

    static var name: String {
      get { "naive" }
      set { _ = newValue }
    }
    static let table: [String: Int] = [
      "a": 1,
      "b": 2,
    ]
    static let count = table
      .map { $0.value }
      .reduce(0, +)
    static var pattern: Regex<Substring> {
      /"\/[({]/
    }
    static let half = table.count / 2 / 1
    let stored = 5 {
      didSet { print(oldValue) }
    }
  }

  struct Outer<Element> {
    final class Inner {
      init(shape: [Int] = [1, 2]) {}
      init?(_ text: String) { return nil }
      subscript(index: Int) -> Int { index }
      class func make() -> Inner { Inner(shape: []) }
    }
    case ignored
    static func == (a: Outer, b: Outer) -> Bool { true }
    static func + (
      a: Outer, b: Outer
    ) -> Outer {
      a
    }
  }

  protocol Kernels {
    /// A requirement.
    static func dot(_ a: [Int], _ b: [Int]) -> Int

    var size: Int { get }
    func async(_ value: Int) async throws
      -> Int
  }

  extension Outer.Inner {
    func `repeat`() {}
  }

  #if os(Linux)
    private func helper<T>(of value: T, _ pair: [T: [Int]]) where T: Hashable {}
  #endif
  """###)

private func quote(_ name: String, includesComment: Bool = false) throws -> [String] {
  try source.quote(name, includesComment: includesComment)
}

@Test func `a declaration is quoted whole, with braces in strings and comments`() throws {
  let lines = try quote("Naive.dot(_:_:)")
  #expect(lines.first == "@inlinable")
  #expect(lines.last == "}")
  #expect(lines.count == 10)
  #expect(lines[2] == #"  let text = "} \(a.map { "\($0) }" }) {"  // } {"#)
}

@Test func `its comment belongs to a declaration if it is asked for`() throws {
  #expect(
    try quote("Naive.dot(_:_:)", includesComment: true).first == "/// Adds up: `}` in a comment.")
  #expect(try quote("Kernels.dot", includesComment: true).count == 2)
  let comments = { (lines: [String]) in lines.count { $0.contains("///") } }
  #expect(comments(try quote("Kernels", includesComment: true)) > 0)
  #expect(comments(try quote("Kernels")) == 0)
}

@Test(arguments: [
  ("Naive.dot(_:times:_:)", 1), ("Naive.name", 4), ("Naive.table", 4), ("Naive.count", 3),
  ("Naive.stored", 3), ("Naive.pattern", 3), ("Naive.half", 1), ("Outer.Inner", 6),
  ("Outer.Inner.init(shape:)", 1),
  ("Outer.Inner.init(_:)", 1), ("Outer.Inner.subscript", 1), ("Outer.Inner.make", 1),
  ("Outer.==", 1), ("Outer.+(_:_:)", 5), ("Outer.+", 5), ("Kernels", 7), ("Kernels.dot", 1),
  ("Kernels.size", 1), ("Kernels.async", 2), ("Outer.Inner.repeat", 1),
  ("helper(of:_:)", 1), ("Outer", 15), ("Naive", 1),
])
func `every kind of declaration is found with its lines`(name: String, count: Int) throws {
  let lines = try quote(name)
  #expect(lines.count == count, "\(lines.joined(separator: "\n"))")
}

@Test func `a declaration that is missing is an error`() {
  for name in ["Naive.norm", "dot", "text", "Naive.dot(_:)", "Fast.dot", "ignored"] {
    let error = #expect(throws: QuoteError.self) { try quote(name) }
    #expect(error?.description == "there is no declaration '\(name)'")
  }
}

@Test func `a name of several declarations is an error that lists them`() {
  let error = #expect(throws: QuoteError.self) { try quote("Naive.dot") }
  #expect(
    error?.description
      == "'Naive.dot' could be any of 2: Naive.dot(_:_:), Naive.dot(_:times:_:)")
  #expect(throws: QuoteError.self) { try quote("Outer.Inner.init") }
}

@Test func `cells are split at lines of code that begin one`() throws {
  let cells = try SourceCell.cells(
    in: #"""
      import Notebook
      let notebook = Notebook(chapter: "01")

      cell("first")  // a remark

      print("a")
      if true {
        cell("indented")
      }

      cell("second-one")
      let text = """
      cell("in a string")
      """
      /*
      cell("in a comment")
      */
      cell("empty")

      """#, file: "main.swift")
  #expect(cells.map(\.name) == ["first", "second-one", "empty"])
  #expect(cells[0].code == [#"print("a")"#, "if true {", #"  cell("indented")"#, "}"])
  #expect(cells[1].code.count == 6)
  #expect(cells[2].code.isEmpty)
}

@Test(arguments: [
  ("cell(\"a\")\nprint(1)\ncell(\"a\")\n", "main.swift:3: there are two cells named 'a'"),
  ("\ncell(\"a b\")\n", "main.swift:2: the name of cell 'a b' has a space; expected one word"),
])
func `a cell whose name the document could not use is an error`(text: String, line: String) {
  let error = #expect(throws: SourceError.self) {
    try SourceCell.cells(in: text, file: "main.swift")
  }
  #expect(error?.description == line)
}
