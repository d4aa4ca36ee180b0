import Foundation
import TestSupport

/// How a process ended and what it printed.
typealias ProcessResult = TestSupport.ProcessResult

/// Runs the fixture notebook to its end.
func runFixture(_ arguments: [String], in folder: URL) throws -> ProcessResult {
  try run("FixtureNotebook", arguments, in: folder)
}

/// Runs a program of the package to its end.
func run(_ program: String, _ arguments: [String], in folder: URL) throws -> ProcessResult {
  try runProgram(program, arguments, in: folder)
}
