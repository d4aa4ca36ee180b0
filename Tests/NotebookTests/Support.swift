import Foundation
import TestSupport

/// How a process ended and what it printed.
struct ProcessResult {
  var status: Int32
  var output: String
  var errors: String
}

/// Runs the fixture notebook to its end.
func runFixture(_ arguments: [String], in folder: URL) throws -> ProcessResult {
  try run("FixtureNotebook", arguments, in: folder)
}

/// Runs a program of the package to its end.
func run(_ program: String, _ arguments: [String], in folder: URL) throws -> ProcessResult {
  let process = Process()
  process.executableURL = products.appending(path: program)
  process.arguments = arguments
  process.currentDirectoryURL = folder
  let output = folder.appending(path: "stdout-\(UUID().uuidString)")
  let errors = folder.appending(path: "stderr-\(UUID().uuidString)")
  for url in [output, errors] { try Data().write(to: url) }
  process.standardOutput = try FileHandle(forWritingTo: output)
  process.standardError = try FileHandle(forWritingTo: errors)
  try process.run()
  process.waitUntilExit()
  defer { for url in [output, errors] { try? FileManager.default.removeItem(at: url) } }
  return ProcessResult(
    status: process.terminationStatus,
    output: try String(contentsOf: output, encoding: .utf8),
    errors: try String(contentsOf: errors, encoding: .utf8))
}
