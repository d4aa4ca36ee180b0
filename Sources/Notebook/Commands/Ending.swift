import Foundation
import KernelSupport

/// Runs the body of a command; an error ends the command with one line on standard error.
///
/// - Parameters:
///   - command: the name that the line begins with.
///   - body: what to run.
/// - Returns: what `body` returned. An error that is no `ReportedError` exits with status 1.
package func reportingErrors<Result>(of command: String, _ body: () throws -> Result) -> Result {
  keepStandardStreams()
  do {
    return try body()
  } catch {
    endCommand(command, because: error)
  }
}

/// Ends the command with one line on standard error and the error's exit status.
package func endCommand(_ command: String, because error: any Error) -> Never {
  let reported = error as? any ReportedError
  // Who stops reading, as `head` does, has seen enough.
  if (error as? OutputError)?.isReaderGone == true { _exit(ExitStatus.failedOutput.rawValue) }
  let message = reported?.description ?? error.localizedDescription
  let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
  writeLine("\(command): \(line)", to: .standardError)
  // Without the actions of an ordinary end: a notebook that failed leaves no record.
  _exit(reported?.exitStatus.rawValue ?? 1)
}

/// Writes a line without buffering, so that what was said is seen even if the process is killed.
package func writeLine(_ text: String, to handle: FileHandle) { emit(text + "\n", to: handle) }

/// Writes a text without buffering; where standard output takes no more, that ends the command.
///
/// What standard error does not take is lost: there is nobody else to tell.
func emit(_ text: String, to handle: FileHandle) {
  do {
    try handle.show(text)
  } catch {
    guard handle.fileDescriptor == FileHandle.standardOutput.fileDescriptor else { return }
    let name = URL(fileURLWithPath: CommandLine.arguments[0]).lastPathComponent
    endCommand(Session.current?.command ?? name, because: error)
  }
}
