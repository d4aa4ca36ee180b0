import KernelSupport

/// A file or folder that does not exist.
package struct MissingInput: ReportedError {
  /// Its path.
  package let path: String

  /// What was expected there.
  package let expected: String

  /// Creates the error.
  package init(path: String, expected: String) {
    self.path = path
    self.expected = expected
  }

  /// The line.
  package var description: String { "\(path): does not exist; expected \(expected)" }

  /// The status of missing input.
  package var exitStatus: ExitStatus { .missingInput }
}
