import Foundation
import KernelSupport
import Notebook

/// The answers of many: a folder a student, graded one after the other, each built and run apart.
///
/// What one has handed in stops nobody else: a file that is missing, imports what it must not or does not
/// compile costs its author's points and is named in the remark.
///
/// It holds against answers that crash, hang, leave, print, take all memory, remember what they were asked or
/// write a grade themselves. What a check does not draw (an edge case) could be looked up in the grader; what it
/// draws depends on a seed. It is no sandbox: an answer runs as the user who grades it, and may read that
/// user's files, use the network and start programs. Grade answers of people whom you don't know in a
/// container, or as a user who owns nothing.
struct HandedInAnswers {
  /// The products of the chapters, with their exercises.
  let chapters: [(product: String, exercises: [Exercise])]
  /// What runs a built program.
  let trial: Trial
  /// Builds the grader with somebody's answers to a chapter in it, and returns the program.
  let build: (_ answers: AnswerSource, _ chapter: String) throws -> URL

  /// What a student got.
  struct Result: Codable {
    let student: String
    let grades: [Grade]
    let points: Int
    let of: Int
    let remark: String

    init(student: String, grades: [Grade]) {
      self.student = student
      self.grades = grades
      points = grades.map(\.points).reduce(0, +)
      of = grades.map(\.of).reduce(0, +)
      let wrong = grades.first { !$0.isComplete }
      remark = wrong.map { "\($0.chapter)/\($0.exercise): \($0.message)" } ?? ""
    }
  }

  /// Grades all folders within a folder, in the order of their names.
  ///
  /// - Throws: `MissingInput` if there are none.
  func grade(_ folder: URL) throws -> [Result] {
    let files = FileManager.default
    let names = ((try? files.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
      .filter { !$0.hasPrefix(".") && isFolder(folder.appending(path: $0)) }
    guard !names.isEmpty else {
      throw MissingInput(path: folder.path, expected: "a folder with a folder for every student")
    }
    return try names.map { name in
      writeLine("grade: \(name)", to: .standardError)
      return Result(
        student: name,
        grades: try chapters.flatMap {
          try grades(of: folder.appending(path: name), $0.product, $0.exercises)
        })
    }
  }

  /// A student's grades in a chapter.
  private func grades(
    of student: URL, _ chapter: String, _ exercises: [Exercise]
  ) throws -> [Grade] {
    do {
      let program = try build(try source(of: chapter, in: student), chapter)
      var trial = trial
      trial.executable = program
      return try exercises.map { try trial.grade($0, in: chapter) }
    } catch let fault as AnswerFault {
      return exercises.map { .none(for: $0, in: chapter, because: fault.description) }
    }
  }

  /// The answers to a chapter that a student handed in: a whole fork of the book, a file named after the
  /// chapter, or, where one chapter is graded, the file alone.
  private func source(of chapter: String, in student: URL) throws(AnswerFault) -> AnswerSource {
    let places =
      [AnswerSource.path(of: chapter, in: student), "\(chapter).swift"].compactMap(\.self)
      + (chapters.count == 1 ? ["Exercises.swift"] : [])
    for place in places {
      guard let source = AnswerSource(student.appending(path: place), as: place) else { continue }
      try source.check()
      return source
    }
    throw AnswerFault("no \(places[places.count - 1])")
  }
}
