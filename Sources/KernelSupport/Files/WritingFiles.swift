import Foundation

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
/// A process that is killed at any moment, or a machine that loses its power, leaves either the old file or
/// the new one. What is there already is looked at first:
///
/// - a file that holds the same bytes is not touched;
/// - a symbolic link stays, and the file that it leads to is replaced;
/// - a file keeps its permissions, and one that must not be written to is refused;
/// - a folder, a pipe or a device is refused.
///
/// - Parameters:
///   - data: the whole content.
///   - url: the file; folders on the way to it are created.
/// - Throws: `WriteError`.
package func writeWhole(_ data: Data, to url: URL) throws(WriteError) {
  do {
    let target = try replaceableFile(url.path)
    if target.mode != nil, (try? contents(ofFile: target.path)) == data { return }
    let folder = folder(of: target.path)
    try createFolder(folder)
    PartialFile.removeAbandoned(in: folder)
    let partial = try PartialFile(in: folder, mode: target.mode)
    try partial.write(data)
    try partial.takePlace(of: target.path)
  } catch {
    throw WriteError(path: url.path, reason: error.reason)
  }
}

/// Checks that a file could be written; leaves nothing behind.
///
/// - Throws: `WriteError`.
package func checkWritable(file: URL) throws(WriteError) {
  let target: String
  do {
    target = try replaceableFile(file.path).path
  } catch {
    throw WriteError(path: file.path, reason: error.reason)
  }
  try checkWritable(folder: URL(fileURLWithPath: folder(of: target)))
}

/// Checks that a folder exists or could be created and can be written to; leaves nothing behind.
///
/// Permissions alone don't tell: the disk may be read-only, or a folder one of the system's own. So an
/// empty file is created and removed again.
///
/// - Throws: `WriteError`.
package func checkWritable(folder: URL) throws(WriteError) {
  let files = FileManager.default
  var ancestor = folder.standardizedFileURL
  while !files.fileExists(atPath: ancestor.path), ancestor.path != "/" {
    ancestor.deleteLastPathComponent()
  }
  do {
    _ = try PartialFile(in: ancestor.path, mode: nil)
  } catch {
    throw WriteError(path: folder.path, reason: "\(ancestor.path): \(error.reason)")
  }
}

/// Removes a file.
///
/// - Throws: `WriteError`.
package func removeFile(_ url: URL) throws(WriteError) {
  guard unsafe unlink(url.path) == 0 else {
    throw WriteError(path: url.path, reason: FileError(code: errno).reason)
  }
}

/// The file that a path leads to, at the end of all symbolic links, and its permissions; none if there is
/// no file yet.
private func replaceableFile(
  _ path: String
) throws(FileError) -> (path: String, mode: mode_t?) {
  var path = path
  // As many links as systems follow.
  for _ in 0..<40 {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else {
      // What is missing, folders perhaps as well, is created.
      guard errno == ENOENT else { throw FileError(code: errno) }
      return (path, nil)
    }
    guard status.st_mode & S_IFMT == S_IFLNK else {
      if let error = FileError(kindOf: status.st_mode) { throw error }
      guard unsafe faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 else {
        throw FileError(code: errno)
      }
      return (path, status.st_mode & 0o7777)
    }
    guard let next = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else {
      throw FileError(code: errno)
    }
    path = next.hasPrefix("/") ? next : "\(folder(of: path))/\(next)"
  }
  throw FileError(code: ELOOP)
}

/// Creates a folder and those on the way to it, unless they exist.
private func createFolder(_ path: String) throws(FileError) {
  if unsafe mkdir(path, 0o777) == 0 || errno == EEXIST || path == "/" { return }
  guard errno == ENOENT else { throw FileError(code: errno) }
  try createFolder(folder(of: path))
  guard unsafe mkdir(path, 0o777) == 0 || errno == EEXIST else { throw FileError(code: errno) }
}

/// The folder that an absolute path's last name is in.
private func folder(of path: String) -> String {
  let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  return folder.isEmpty ? "/" : folder
}
