import Foundation

/// Opens a file to be read from its beginning.
///
/// A folder is refused, and so is a pipe, at which a reader would wait for a writer that may never come.
///
/// - Parameter path: its path; symbolic links are followed.
/// - Throws: `FileError`.
package func openFile(_ path: String) throws(FileError) -> FileHandle {
  let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
  guard descriptor >= 0 else { throw FileError(code: errno) }
  let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  var status = stat()
  guard unsafe fstat(descriptor, &status) == 0 else { throw FileError(code: errno) }
  if let error = FileError(kindOf: status.st_mode) { throw error }
  return handle
}

/// Reads a whole file.
///
/// - Parameter path: its path; symbolic links are followed.
/// - Throws: `FileError`.
package func contents(ofFile path: String) throws(FileError) -> Data {
  let handle = try openFile(path)
  do { return try handle.readToEnd() ?? Data() } catch { throw FileError(code: EIO) }
}
