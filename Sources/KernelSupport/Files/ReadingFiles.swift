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

extension FileHandle {
  /// How many bytes the file has.
  ///
  /// - Throws: `FileError`.
  package func length() throws(FileError) -> Int {
    do { return Int(try seekToEnd()) } catch { throw FileError(code: EIO) }
  }

  /// The bytes at some places of the file.
  ///
  /// - Parameter range: which, within the file's length.
  /// - Throws: `FileError`, also where the file has become shorter meanwhile.
  package func bytes(_ range: Range<Int>) throws(FileError) -> Data {
    do {
      try seek(toOffset: UInt64(range.lowerBound))
      let data = try read(upToCount: range.count) ?? Data()
      if data.count == range.count { return data }
    } catch {}
    throw FileError(code: EIO)
  }
}
