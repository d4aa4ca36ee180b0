/// Why a command ended: the exit status of BSD's `sysexits.h`, or a shell's.
public enum ExitStatus: Int32, Sendable {
  /// The command line was wrong.
  case usage = 64
  /// An input file does not hold what it should.
  case badData = 65
  /// An input file or folder does not exist or cannot be read.
  case missingInput = 66
  /// A program that a command ran did not come to its end.
  case failedProgram = 70
  /// An output file cannot be written.
  case cannotWrite = 73
  /// Standard output takes no more.
  case failedOutput = 74
  /// Ctrl-C, or another signal that asks a process to end: what a shell makes of the first.
  case interrupted = 130
}

/// An error of the world outside (a file, an option, a format): one clear line and an exit status.
///
/// A programmer's mistake, such as shapes that do not fit, stops at a precondition instead.
public protocol ReportedError: Error, CustomStringConvertible {
  /// The status that a command exits with when this error ends it.
  var exitStatus: ExitStatus { get }
}
