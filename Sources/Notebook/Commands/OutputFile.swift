import Foundation
import KernelSupport

/// A file or folder that cannot be written.
package struct WriteError: ReportedError {
  /// The path of the file or folder.
  package let path: String

  /// What is in the way.
  package let reason: String

  /// Creates the error.
  package init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// The line.
  package var description: String { "\(path): cannot be written: \(reason)" }

  /// The status of output that cannot be written.
  package var exitStatus: ExitStatus { .cannotWrite }
}

/// Writes a file whole: beside its place first, then renamed into it.
///
/// A file that already holds the same bytes is not touched. A process that is killed at any moment
/// leaves either the old file or the new one.
///
/// - Parameters:
///   - data: the whole content.
///   - url: the file; folders on the way to it are created.
/// - Throws: `WriteError`.
package func writeWhole(_ data: Data, to url: URL) throws {
  if let old = try? Data(contentsOf: url), old == data { return }
  do {
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url, options: .atomic)
  } catch {
    throw WriteError(path: url.path, reason: reason(of: error))
  }
}

/// Checks that a folder exists or could be created and can be written to; leaves nothing behind.
///
/// Permissions alone don't tell: the disk may be read-only, or a folder one of the system's own. So an
/// empty file is created and removed again.
///
/// - Throws: `WriteError`.
package func checkWritable(folder: URL) throws {
  let files = FileManager.default
  var ancestor = folder.standardizedFileURL
  while !files.fileExists(atPath: ancestor.path), ancestor.path != "/" {
    ancestor.deleteLastPathComponent()
  }
  guard isFolder(ancestor) else {
    throw WriteError(path: folder.path, reason: "\(ancestor.path) is a file, expected a folder")
  }
  let trial = ancestor.appending(path: ".\(UUID().uuidString)")
  do {
    try Data().write(to: trial)
    try files.removeItem(at: trial)
  } catch {
    throw WriteError(path: folder.path, reason: "\(ancestor.path): \(reason(of: error))")
  }
}

/// Whether there is a folder at the place.
package func isFolder(_ url: URL) -> Bool {
  (try? url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) == true
    || (try? url.resolvingSymlinksInPath().resourceValues(forKeys: [.isDirectoryKey]).isDirectory)
      == true
}

/// What went wrong, in a few words.
package func reason(of error: any Error) -> String {
  switch (error as? CocoaError)?.code {
  case .fileNoSuchFile, .fileReadNoSuchFile: "there is no such file or folder"
  case .fileWriteNoPermission, .fileReadNoPermission: "no permission"
  case .fileWriteOutOfSpace: "no space left on the disk"
  default: error.localizedDescription
  }
}
