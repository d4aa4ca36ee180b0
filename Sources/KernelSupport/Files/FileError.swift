import Foundation

/// Why a file or folder cannot be read or written, in a few words.
package struct FileError: Error, Equatable {
  /// What stands in the way.
  package enum Cause: Sendable {
    /// There is nothing at the path.
    case missing
    /// There is a folder, a pipe or a device where a file should be.
    case noFile
    /// Nobody reads what is written any more.
    case readerGone
    /// Something else.
    case other
  }

  /// What stands in the way.
  package let cause: Cause

  /// The same in words, to follow a colon.
  package let reason: String

  /// Creates an error from what the system says: its `errno`.
  package init(code: Int32) {
    cause =
      switch code {
      case ENOENT: .missing
      case EISDIR: .noFile
      case EPIPE: .readerGone
      default: .other
      }
    reason =
      switch code {
      case ENOENT: "there is no such file or folder"
      case EACCES, EPERM: "no permission"
      case EISDIR: "it is a folder"
      case ENOTDIR: "a file stands where a folder should be"
      case ENOSPC, EDQUOT: "no space left on the disk"
      case EROFS: "the disk can only be read"
      case ELOOP: "symbolic links that lead round in a circle"
      case EBADF: "it is closed"
      default: unsafe String(cString: strerror(code))
      }
  }

  /// Creates the error for what is no file that can be read or replaced; nil for one that is.
  ///
  /// - Parameter mode: the kind of file, as the system's `stat` tells it.
  init?(kindOf mode: mode_t) {
    switch mode & S_IFMT {
    case S_IFREG: return nil
    case S_IFDIR: self.init(code: EISDIR)
    default:
      self.init(cause: .noFile, reason: "it is a pipe or a device, no file")
    }
  }

  private init(cause: Cause, reason: String) {
    self.cause = cause
    self.reason = reason
  }
}
