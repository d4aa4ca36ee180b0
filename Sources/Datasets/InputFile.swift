import Foundation
import KernelSupport

/// A file that is read from beginning to end, through `gzip -dc` if its name ends in `.gz`.
///
/// Whichever way the reading ends, the file is closed, and a `gzip` that still runs is ended.
struct InputFile: ~Copyable {
  /// The file's path, for messages.
  let path: String

  /// How many bytes have been read.
  private(set) var offset = 0

  private let handle: FileHandle
  private let gzip: Gzip?

  /// Opens a file.
  ///
  /// - Throws: `unreadable` if it is no file or cannot be opened, `missingGzip` if no program can be started.
  static func open(_ path: String) throws(DatasetError) -> InputFile {
    let file: FileHandle
    do { file = try openFile(path) } catch {
      throw .unreadable(file: path, reason: error.reason)
    }
    return try InputFile(file, path: path)
  }

  /// Reads from a file that is open.
  ///
  /// - Throws: `missingGzip` if no program can be started.
  init(_ file: FileHandle, path: String) throws(DatasetError) {
    guard path.hasSuffix(".gz") else {
      self.init(path: path, handle: file, gzip: nil)
      return
    }
    let gzip = try Gzip(decompressing: file, path: path)
    self.init(path: path, handle: gzip.output, gzip: gzip)
  }

  private init(path: String, handle: FileHandle, gzip: Gzip?) {
    self.path = path
    self.handle = handle
    self.gzip = gzip
  }

  deinit {
    try? handle.close()
    gzip?.end()
  }

  /// The next bytes: `count` of them, or fewer if the file ends before.
  ///
  /// Bytes arrive as `gzip` delivers them, a piece at a time, so no second copy of the file builds up.
  ///
  /// - Throws: `unreadable`; `brokenGzip` or `missingGzip` when the file ends since `gzip` failed.
  mutating func read(_ count: Int) throws(DatasetError) -> [UInt8] {
    var bytes: [UInt8] = []
    // Enough for MNIST; what a header claims beyond that is believed as it arrives.
    bytes.reserveCapacity(min(count, 1 << 26))
    while bytes.count < count {
      let piece: Data?
      do {
        piece = try handle.read(upToCount: min(count - bytes.count, 1 << 16))
      } catch {
        throw .unreadable(file: path, reason: "the disk or the program gzip failed")
      }
      guard let piece, !piece.isEmpty else {
        try gzip?.checkSuccess(path: path)
        break
      }
      bytes.append(contentsOf: piece)
    }
    offset += bytes.count
    return bytes
  }
}
