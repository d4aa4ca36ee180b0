import Foundation

/// A file that is being written beside the one whose place it will take.
///
/// Its name is its own: it is created only where nothing has that name. A lock on it says that its writer
/// lives; the system drops the lock when a process ends, however that comes, and so the next writer
/// recognises what a killed one has left, and removes it.
struct PartialFile: ~Copyable {
  private let path: String
  private let descriptor: Int32

  private static let prefix = ".partial-"

  /// Creates an empty file.
  ///
  /// - Parameters:
  ///   - folder: the folder to write in.
  ///   - mode: its permissions; nil for those that new files get.
  init(in folder: String, mode: mode_t?) throws(FileError) {
    while true {
      let path = "\(folder)/\(Self.prefix)\(String(UInt64.random(in: 0 ... .max), radix: 16))"
      let descriptor = unsafe open(
        path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode.map { $0 & 0o777 } ?? 0o666
      )
      if descriptor < 0, errno == EEXIST { continue }
      guard descriptor >= 0 else { throw FileError(code: errno) }
      // Between the two lines another writer may have taken the file for an abandoned one.
      _ = flock(descriptor, LOCK_EX)
      var status = stat()
      if unsafe fstat(descriptor, &status) == 0, status.st_nlink > 0 {
        if let mode { _ = fchmod(descriptor, mode) }
        self.path = path
        self.descriptor = descriptor
        return
      }
      close(descriptor)
    }
  }

  deinit {
    // After the file has taken its place there is nothing left to remove.
    _ = unsafe unlink(path)
    close(descriptor)
  }

  /// Writes the content and waits until the disk has it.
  borrowing func write(_ data: Data) throws(FileError) {
    try writeAll(data, to: descriptor)
    guard fsync(descriptor) == 0 else { throw FileError(code: errno) }
  }

  /// Takes the place of another file, or a place that is empty.
  consuming func takePlace(of target: String) throws(FileError) {
    guard unsafe rename(path, target) == 0 else { throw FileError(code: errno) }
    // The new name is on the disk only when the folder is; where folders cannot be synchronised, it comes
    // there with time.
    let folder = unsafe open(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY)
    guard folder >= 0 else { return }
    _ = fsync(folder)
    close(folder)
  }

  /// Removes what writers have left that were killed.
  static func removeAbandoned(in folder: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names where name.hasPrefix(prefix) {
      guard UInt64(name.dropFirst(prefix.count), radix: 16) != nil else { continue }
      let path = "\(folder)/\(name)"
      let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      var status = stat()
      if unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
        flock(descriptor, LOCK_EX | LOCK_NB) == 0
      {
        _ = unsafe unlink(path)
      }
      close(descriptor)
    }
  }
}

/// Writes all bytes, however many pieces it takes.
///
/// - Parameters:
///   - data: the bytes.
///   - descriptor: an open file, pipe or terminal.
/// - Throws: `FileError`.
package func writeAll(_ data: Data, to descriptor: Int32) throws(FileError) {
  var rest = data[...]
  while !rest.isEmpty {
    let written = unsafe rest.withUnsafeBytes { bytes in
      unsafe write(descriptor, bytes.baseAddress, bytes.count)
    }
    if written > 0 {
      rest = rest.dropFirst(written)
    } else if errno == EAGAIN {
      // A pipe that its reader has made non-blocking, and that is full.
      var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      _ = unsafe poll(&waiting, 1, -1)
    } else if errno != EINTR {
      throw FileError(code: errno)
    }
  }
}
