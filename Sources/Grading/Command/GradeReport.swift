import Foundation
import Notebook

/// A line for every value, for programs.
func jsonLines(of values: [some Encodable]) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return try values.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
    .joined(separator: "\n")
}

/// A table of the points, and below it what is wrong, for people.
func table(of grades: [Grade]) -> String {
  let rows = grades.map { ["\($0.chapter)/\($0.exercise)", "\($0.points)", "\($0.of)"] }
  let (points, of) = (grades.map(\.points).reduce(0, +), grades.map(\.of).reduce(0, +))
  let table = Table(
    columns: ["exercise", "points", "of"], rows: rows + [["total", "\(points)", "\(of)"]])
  let messages = grades.filter { !$0.isComplete }.map { grade in
    "\(grade.chapter)/\(grade.exercise): \(grade.message)"
      + (grade.hint.isEmpty ? "" : "\n  A hint: \(grade.hint)")
  }
  return ([table.terminalText, ""] + messages).joined(separator: "\n")
}

/// A line for every student, for people.
func table(of results: [HandedInAnswers.Result]) -> String {
  Table(
    columns: ["student", "points", "of", "remark"],
    rows: results.map { [$0.student, "\($0.points)", "\($0.of)", $0.remark] }
  ).terminalText
}

/// A line for every student, for a spreadsheet: a column for every exercise.
func csv(of results: [HandedInAnswers.Result]) -> String {
  let exercises = results.first?.grades.map { "\($0.chapter)/\($0.exercise)" } ?? []
  let rows = results.map { result in
    [result.student] + result.grades.map { "\($0.points)" }
      + ["\(result.points)", "\(result.of)", result.remark]
  }
  return ([["student"] + exercises + ["points", "of", "remark"]] + rows)
    .map { $0.map(quoted).joined(separator: ",") }.joined(separator: "\n")
}

/// A field of a line of comma-separated values, in quotation marks where it needs them (RFC 4180).
///
/// A spreadsheet takes what begins with a sign for a formula; an apostrophe makes it text.
private func quoted(_ field: String) -> String {
  let text = field.first.map { "=+-@".contains($0) } == true ? "'" + field : field
  guard text.contains(where: { ",\"\r\n".contains($0) }) else { return text }
  return "\"" + text.replacing("\"", with: "\"\"") + "\""
}
