import Foundation
import KernelSupport
import Notebook
import Testing

@testable import Grading

@Suite struct HandedInTests {
  /// Grades a folder in which each student has these files, with the fixture's program for whatever builds.
  private func grade(
    _ students: [String: [String: String]],
    chapters: [any Coursework.Type] = [UnansweredPerceptrons.self]
  ) throws -> [HandedInAnswers.Result] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "test-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for (student, files) in students {
      try FileManager.default.createDirectory(
        at: folder.appending(path: student), withIntermediateDirectories: true)
      for (name, text) in files {
        try writeWhole(Data(text.utf8), to: folder.appending(path: "\(student)/\(name)"))
      }
    }
    return try HandedInAnswers(
      chapters: chapters.map { ($0.chapter, $0.exercises) },
      trial: Trial(executable: fixtureProgram, timeLimit: .seconds(2), memoryLimit: 4096, seed: 1)
    ) { source, _ in
      guard !source.text.contains("broken") else { throw AnswerFault("does not compile: …") }
      return fixtureProgram
    }.grade(folder)
  }

  @Test func `what one hands in stops nobody else, and each gets a line`() throws {
    let results = try grade([
      "ada": ["Exercises.swift": "import Grading"], "bob": ["Exercises.swift": "broken"],
      "cleo": ["notes.txt": ""], "dan": ["Exercises.swift": "import Perceptrons"],
      "eve": ["perceptrons.swift": "import Grading"],
    ])
    #expect(results.map(\.student) == ["ada", "bob", "cleo", "dan", "eve"])
    #expect(results.map(\.points) == [4, 0, 0, 0, 4])
    #expect(results.map(\.of) == [19, 19, 19, 19, 19])
    try #require(results.count == 5)
    #expect(results[0].remark.hasPrefix("perceptrons/dot: crashed"))
    #expect(results[1].remark == "perceptrons/dot: does not compile: …")
    #expect(results[2].remark == "perceptrons/dot: no Exercises.swift")
    #expect(results[3].remark.contains("Exercises.swift:1: 'import Perceptrons' is not allowed"))
  }

  @Test func `a spreadsheet gets a column an exercise, and no formulas`() throws {
    let grades = [
      Grade(chapter: "cnn", exercise: "folded", points: 1, of: 3, message: "a \"b\", c", hint: "")
    ]
    #expect(
      csv(of: [.init(student: "=1+1", grades: grades)])
        == "student,cnn/folded,points,of,remark\n'=1+1,1,1,3,\"cnn/folded: a \"\"b\"\", c\"")
  }

  @Test func `a folder without students is missing input`() throws {
    let error = try #require(throws: MissingInput.self) { try grade([:]) }
    #expect(error.exitStatus == .missingInput)
  }

  @Test func `the compiler's first error is named`() {
    let output = """
      [3/9] Compiling BackpropCoursework Exercises.swift
      /tmp/Chapters/02-Backprop/Exercises.swift:7:3: warning: unused
      /tmp/Chapters/02-Backprop/Exercises.swift:12:5: error: cannot find 'sum' in scope
      /tmp/Chapters/02-Backprop/Exercises.swift:14:5: error: missing return
      """
    #expect(
      compilerError(in: output)
        == "does not compile: Exercises.swift:12: cannot find 'sum' in scope")
    #expect(compilerError(in: "error: no space left") == nil)
  }
}
