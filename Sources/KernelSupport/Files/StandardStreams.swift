import Foundation

/// Standard output that takes no more.
package struct OutputError: ReportedError, Equatable {
  /// What is in the way.
  package let reason: String

  /// Whether its reader has gone: nobody is left who could miss anything.
  package let isReaderGone: Bool

  /// The line.
  package var description: String { "standard output: cannot be written: \(reason)" }

  /// The status of a failed output.
  package var exitStatus: ExitStatus { .failedOutput }
}

extension FileHandle {
  /// Writes a text to a standard stream without buffering, so that what was said is seen even if the process is killed.
  ///
  /// - Throws: `OutputError`, where `write` would trap: a full disk, a closed stream, a reader that has gone.
  package func show(_ text: String) throws(OutputError) {
    do {
      try writeAll(Data(text.utf8), to: fileDescriptor)
    } catch {
      throw OutputError(reason: error.reason, isReaderGone: error.cause == .readerGone)
    }
  }
}

/// Sees to it that no file gets the number of a standard stream that the process was started without, and with
/// the number all that is printed. Writing to a closed standard output still fails.
package func keepStandardStreams() {
  for (stream, mode) in [(0, O_RDONLY), (1, O_RDONLY), (2, O_WRONLY)]
  where fcntl(Int32(stream), F_GETFD) == -1 {
    // The lowest number that is free is this one.
    _ = unsafe open("/dev/null", mode)
  }
}
