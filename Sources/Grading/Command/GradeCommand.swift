import Foundation
import KernelSupport
import Notebook

/// The command `grade`: runs answers against the checks of their exercises and reports the points.
package struct GradeCommand {
  /// Whose answers are graded, in the order of the chapters.
  private let courseworks: [any Coursework.Type]
  /// The package that the answers are a part of.
  private let root: URL

  private static let options = [
    CommandOption("--json", help: "a JSON object a line instead of a table"),
    CommandOption("--require-all", help: "exit with status 1 unless every point was reached"),
    CommandOption("--time-limit", "SECONDS", help: "for each exercise (default: 10)"),
    CommandOption("--memory-limit", "MB", help: "for each exercise (default: 4096; on Linux)"),
    CommandOption("--seed", "N", help: "of the inputs that are drawn the second time (default: 1)"),
    CommandOption(
      "--exercise", "CHAPTER/NAME", help: "only this one, in this process, for a debugger"),
    CommandOption("--answers", "DIR", help: "the answers of many: a folder a student, a line each"),
    CommandOption("--csv", help: "with --answers: comma-separated values instead of a table"),
    CommandOption(
      "--record", "FILE", help: "with --exercise: its grade, under a seal from the input"),
    CommandOption("--help", help: "print this"),
  ]

  /// Creates the command.
  ///
  /// - Parameters:
  ///   - courseworks: whose answers are graded, in the order of the chapters.
  ///   - root: the top folder of the package that they are a part of.
  package init(courseworks: [any Coursework.Type], root: URL) {
    self.courseworks = courseworks
    self.root = root
  }

  /// Runs the command.
  ///
  /// - Parameter words: the command line without the command's own name.
  /// - Returns: the exit status: 0 if grading worked, 1 if all points were required and not reached.
  /// - Throws: `UsageError`, `WriteError`, `AnswerFault`.
  package func run(_ words: [String]) throws -> Int32 {
    let arguments = try Arguments(words, understanding: Self.options)
    if arguments.contains("--help") {
      writeLine(help, to: .standardOutput)
      return 0
    }
    for (option, other) in [("--record", "--exercise"), ("--csv", "--answers")]
    where arguments.contains(option) && !arguments.contains(other) {
      throw UsageError("\(option): expected \(other) beside it")
    }
    let trial = Trial(
      executable: Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0]),
      timeLimit: .seconds(try arguments.integer("--time-limit", in: 1...3600) ?? 10),
      memoryLimit: try arguments.integer("--memory-limit", in: 256...1_048_576) ?? 4096,
      seed: try arguments.integer("--seed", in: 1...UInt64.max) ?? 1)
    if let name = arguments["--exercise"] {
      let (chapter, exercise) = try find(name, arguments)
      if let record = arguments["--record"] {
        try writeRecord(of: exercise, in: chapter, to: record, trial)
        return 0
      }
      return try report([exercise.grade(in: chapter, seed: trial.seed)], arguments)
    }
    let chosen = try choose(arguments.operands)
    if let folder = arguments["--answers"] {
      guard !arguments.operands.isEmpty else {
        throw UsageError("--answers: expected the chapters to grade before it, such as backprop")
      }
      return try gradeHandedIn(folder, chosen, trial, arguments)
    }
    for coursework in chosen {
      try AnswerSource(of: coursework.chapter, in: root)?.check()
    }
    return try report(
      chosen.flatMap { coursework in
        try coursework.exercises.map { try trial.grade($0, in: coursework.chapter) }
      }, arguments)
  }

  /// The one exercise that is named.
  private func find(
    _ name: String, _ arguments: Arguments
  ) throws -> (chapter: String, Exercise) {
    let known = courseworks.flatMap { coursework in
      coursework.exercises.map { (coursework.chapter, $0) }
    }
    guard arguments.operands.isEmpty, !arguments.contains("--answers") else {
      throw UsageError("--exercise: expected no chapters and no --answers beside it")
    }
    guard let found = known.first(where: { "\($0)/\($1.name)" == name }) else {
      let names = known.map { "\($0)/\($1.name)" }.joined(separator: ", ")
      throw UsageError("--exercise: '\(name)' is unknown; expected one of \(names)")
    }
    return found
  }

  /// Grades an exercise in this process for the one that has started it.
  private func writeRecord(
    of exercise: Exercise, in chapter: String, to path: String, _ trial: Trial
  ) throws {
    // All of the input, before the answer is called: it shall not find the seals there.
    let input = try FileHandle.standardInput.readToEnd() ?? Data()
    let seals = String(decoding: input, as: UTF8.self).split(separator: "\n")
    guard seals.count == exercise.points + 1 else {
      throw AnswerFault("the input: expected \(exercise.points + 1) seals, got \(seals.count)")
    }
    confineProcess(memoryLimit: trial.memoryLimit)
    let grade = exercise.grade(in: chapter, seed: trial.seed)
    let record = Trial.Record(seal: String(seals[grade.points]), grade: grade)
    try writeWhole(JSONEncoder().encode(record), to: URL(fileURLWithPath: path))
  }

  /// The chapters that are named; all of them if none is.
  private func choose(_ names: [String]) throws -> [any Coursework.Type] {
    for name in names where !courseworks.contains(where: { $0.chapter == name }) {
      let known = courseworks.map { $0.chapter }.joined(separator: ", ")
      throw UsageError("'\(name)' is no chapter with exercises to grade; expected \(known)")
    }
    return courseworks.filter { names.isEmpty || names.contains($0.chapter) }
  }

  /// Grades a folder of students' folders.
  private func gradeHandedIn(
    _ folder: String, _ courseworks: [any Coursework.Type], _ trial: Trial, _ arguments: Arguments
  ) throws -> Int32 {
    let handedIn = HandedInAnswers(
      chapters: courseworks.map { ($0.chapter, $0.exercises) }, trial: trial,
      build: AnswerBuild(root: root).program)
    let results = try handedIn.grade(URL(fileURLWithPath: folder))
    let text =
      if arguments.contains("--json") {
        try jsonLines(of: results)
      } else {
        arguments.contains("--csv") ? csv(of: results) : table(of: results)
      }
    writeLine(text, to: .standardOutput)
    return status(results.flatMap(\.grades), arguments)
  }

  private func report(_ grades: [Grade], _ arguments: Arguments) throws -> Int32 {
    let text = arguments.contains("--json") ? try jsonLines(of: grades) : table(of: grades)
    writeLine(text, to: .standardOutput)
    return status(grades, arguments)
  }

  private func status(_ grades: [Grade], _ arguments: Arguments) -> Int32 {
    arguments.contains("--require-all") && !grades.allSatisfy(\.isComplete) ? 1 : 0
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
