import Foundation
import Testing

@testable import Grading

@Suite struct AnswerSourceTests {
  private func fault(in text: String) -> String? {
    do {
      try AnswerSource(text: text, name: "Exercises.swift").check()
      return nil
    } catch {
      return error.description
    }
  }

  @Test(arguments: [
    "import Backprop", "  import Backprop", "@testable import Backprop",
    "import class Backprop.Variable",
    "let a = 1; import `Backprop`", "import\n  Backprop", "public import Backprop",
    "/* import Foundation */ import /* the */ Backprop",
  ])
  func `a module that is to be written anew is named with its line`(text: String) throws {
    let found = try #require(fault(in: "import Foundation\n\n" + text))
    #expect(found.hasPrefix("Exercises.swift:3: 'import Backprop' is not allowed: "))
    #expect(found.hasSuffix("answers import Foundation, Grading, and KernelSupport only"))
  }

  @Test(arguments: [
    ("let x = unsafe y", "'unsafe'"), ("nonisolated(unsafe) var calls = 0", "'unsafe'"),
    ("unsafeBitCast(f, to: Int.self)", "'unsafeBitCast'"),
    ("let p: UnsafePointer<Int>", "'UnsafePointer'"),
    ("x.withUnsafeBytes { _ in }", "'withUnsafeBytes'"),
    (#"print("\(unsafe y)")"#, "'unsafe'"), ("@_silgen_name(\"grade\")", "'@_silgen_name'"),
    ("@c func write() {}", "'@c'"),
  ])
  func `what the compiler does not check is refused`(text: String, word: String) throws {
    let found = try #require(fault(in: "import Grading\n" + text))
    #expect(
      found == "Exercises.swift:2: \(word) is not allowed: answers are memory-safe Swift")
  }

  @Test(arguments: [
    "import Foundation\nimport Grading\nimport KernelSupport", "import func Foundation.exp",
    "// import Backprop", "/* It is unsafe to import Backprop. */", "let important = 1",
    "func f(@ViewBuilder c: Int) {}", "let _underscore = 1",
  ])
  func `other answers are let in`(text: String) {
    #expect(fault(in: text) == nil)
  }

  @Test func `the exercises as they stand are let in`() throws {
    let root = URL(fileURLWithPath: #filePath).appending(path: "../../..").standardizedFileURL
    for chapter in ["perceptrons", "backprop", "cnn", "transformers", "autoencoders"] {
      try #require(AnswerSource(of: chapter, in: root)).check()
    }
  }
}
