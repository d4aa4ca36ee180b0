import Foundation
import KernelSupport

/// A file or folder that does not exist, or is something else than what was asked for.
package struct MissingInput: ReportedError {
  /// Its path.
  package let path: String

  /// What is wrong with it.
  package let reason: String

  /// What was expected there.
  package let expected: String

  /// Creates the error.
  package init(path: String, reason: String = "does not exist", expected: String) {
    self.path = path
    self.reason = reason
    self.expected = expected
  }

  /// The line.
  package var description: String { "\(path): \(reason); expected \(expected)" }

  /// The status of missing input.
  package var exitStatus: ExitStatus { .missingInput }

  /// Checks that a file can be read.
  package static func check(file path: String, expected: String) throws(MissingInput) {
    do {
      _ = try openFile(path)
    } catch {
      guard error.cause == .missing else {
        throw MissingInput(path: path, reason: error.reason, expected: expected)
      }
      throw MissingInput(path: path, expected: expected)
    }
  }

  /// Checks that there is a folder.
  package static func check(folder path: String, expected: String) throws(MissingInput) {
    if isFolder(URL(fileURLWithPath: path)) { return }
    guard FileManager.default.fileExists(atPath: path) else {
      throw MissingInput(path: path, expected: expected)
    }
    throw MissingInput(path: path, reason: "is no folder", expected: expected)
  }
}

/// Whether there is a folder at the place, perhaps at the end of symbolic links.
package func isFolder(_ url: URL) -> Bool {
  var isFolder: ObjCBool = false
  return unsafe FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
    && isFolder.boolValue
}
