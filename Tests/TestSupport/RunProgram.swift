import Foundation

/// How a process ended and what it printed.
public struct ProcessResult {
  /// Its exit status, or the signal that ended it.
  public var status: Int32
  /// Whether it ended by itself, and not by a signal as after a trap.
  public var hasExited: Bool
  /// What it wrote to standard output.
  public var output: String
  /// What it wrote to standard error.
  public var errors: String
}

/// Runs a program of the package to its end.
///
/// - Parameters:
///   - program: its name among the products.
///   - arguments: its command line.
///   - folder: its current directory.
public func runProgram(
  _ program: String, _ arguments: [String], in folder: URL
) throws -> ProcessResult {
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
    status: process.terminationStatus, hasExited: process.terminationReason == .exit,
    output: try String(contentsOf: output, encoding: .utf8),
    errors: try String(contentsOf: errors, encoding: .utf8))
}
