import Foundation

/// A running `gzip -dc`, which decompresses a file into a pipe.
struct Gzip {
  /// The decompressed bytes.
  let output: FileHandle

  private let process = Process()

  /// Starts the program.
  ///
  /// - Parameters:
  ///   - file: the compressed file, at its beginning.
  ///   - path: the file's path, for messages.
  /// - Throws: `missingGzip` if nothing could be started.
  init(decompressing file: FileHandle, path: String) throws(DatasetError) {
    let pipe = Pipe()
    output = pipe.fileHandleForReading
    // `env` finds the program along `PATH`, and ends with status 127 if it does not.
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["gzip", "-dc"]
    process.standardInput = file
    process.standardOutput = pipe
    // Nobody would read what it says there, and a full pipe would stop it.
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { throw .missingGzip(file: path) }
  }

  /// Waits for the program, whose output has ended, and makes sure that it ended well.
  ///
  /// - Throws: `brokenGzip`, or `missingGzip` if there is no such program.
  func checkSuccess(path: String) throws(DatasetError) {
    process.waitUntilExit()
    switch process.terminationStatus {
    case 0: return
    case 127: throw .missingGzip(file: path)
    case let status: throw .brokenGzip(file: path, status: status)
    }
  }

  /// Ends the program if it still runs, and waits until it is gone.
  func end() {
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
  }
}
