import Foundation
import KernelSupport
import Notebook

/// The command `grade`: runs answers against the checks of their exercises and reports the points.
package struct GradeCommand {
  /// Whose answers are graded, in the order of the chapters.
  private let courseworks: [any Coursework.Type]

  private static let options = [
    CommandOption("--json", help: "a JSON object a line instead of a table"),
    CommandOption("--require-all", help: "exit with status 1 unless every point was reached"),
    CommandOption("--time-limit", "SECONDS", help: "for each exercise (default: 10)"),
    CommandOption(
      "--exercise", "CHAPTER/NAME", help: "only this one, in this process, for a debugger"),
    CommandOption("--record", "FILE", help: "with --exercise: write its grade there, as JSON"),
    CommandOption("--help", help: "print this"),
  ]

  /// Creates the command.
  package init(courseworks: [any Coursework.Type]) { self.courseworks = courseworks }

  /// Runs the command.
  ///
  /// - Parameter words: the command line without the command's own name.
  /// - Returns: the exit status: 0 if grading worked, 1 if all points were required and not reached.
  /// - Throws: `UsageError`, `WriteError`.
  package func run(_ words: [String]) throws -> Int32 {
    let arguments = try Arguments(words, understanding: Self.options)
    if arguments.contains("--help") {
      writeLine(help, to: .standardOutput)
      return 0
    }
    let seconds = try arguments.integer("--time-limit", in: 1...3600) ?? 10
    let grades =
      if let name = arguments["--exercise"] {
        [try gradeHere(name, arguments.operands)]
      } else {
        try gradeApart(arguments, timeLimit: .seconds(seconds))
      }
    if let record = arguments["--record"] {
      try writeWhole(JSONEncoder().encode(grades[0]), to: URL(fileURLWithPath: record))
      return 0
    }
    let report = arguments.contains("--json") ? try jsonLines(of: grades) : table(of: grades)
    writeLine(report, to: .standardOutput)
    return arguments.contains("--require-all") && !grades.allSatisfy(\.isComplete) ? 1 : 0
  }

  /// Grades one exercise in this process.
  private func gradeHere(_ name: String, _ operands: [String]) throws -> Grade {
    let known = courseworks.flatMap { coursework in
      coursework.exercises.map { (coursework.chapter, $0) }
    }
    guard operands.isEmpty else {
      throw UsageError("--exercise: expected no chapters beside it")
    }
    guard let (chapter, exercise) = known.first(where: { "\($0)/\($1.name)" == name }) else {
      let names = known.map { "\($0)/\($1.name)" }.joined(separator: ", ")
      throw UsageError("--exercise: '\(name)' is unknown; expected one of \(names)")
    }
    return exercise.grade(in: chapter)
  }

  /// Grades the exercises of the chapters that are named, each in a process of its own.
  private func gradeApart(_ arguments: Arguments, timeLimit: Duration) throws -> [Grade] {
    guard !arguments.contains("--record") else {
      throw UsageError("--record: expected --exercise beside it")
    }
    for name in arguments.operands where !courseworks.contains(where: { $0.chapter == name }) {
      let names = courseworks.map { $0.chapter }.joined(separator: ", ")
      throw UsageError("'\(name)' is no chapter with exercises to grade; expected \(names)")
    }
    let chosen = courseworks.filter {
      arguments.operands.isEmpty || arguments.operands.contains($0.chapter)
    }
    let trial = Trial(
      executable: Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0]),
      timeLimit: timeLimit)
    return try chosen.flatMap { coursework in
      try coursework.exercises.map { try trial.grade($0, in: coursework.chapter) }
    }
  }

  private var help: String {
    let chapters = courseworks.map { $0.chapter }.joined(separator: ", ")
    return helpText(
      usage: "swift run grade [chapters] [options]",
      purpose:
        "Grades the answers in the chapters' Exercises.swift, each exercise in a process of its"
        + " own.\nThe chapters are \(chapters); without a name all are graded.",
      options: Self.options)
  }
}

/// A line for every grade, for programs.
private func jsonLines(of grades: [Grade]) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return try grades.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
    .joined(separator: "\n")
}

/// A table of the points, and below it what is wrong, for people.
private func table(of grades: [Grade]) -> String {
  let rows = grades.map { ["\($0.chapter)/\($0.exercise)", "\($0.points)", "\($0.of)"] }
  let (points, of) = (grades.map(\.points).reduce(0, +), grades.map(\.of).reduce(0, +))
  let table = Table(
    columns: ["exercise", "points", "of"], rows: rows + [["total", "\(points)", "\(of)"]])
  let messages = grades.filter { !$0.isComplete }.map {
    "\($0.chapter)/\($0.exercise): \($0.message)"
  }
  return ([table.terminalText, ""] + messages).joined(separator: "\n")
}
