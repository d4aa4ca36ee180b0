import Datasets
import Foundation

/// A temporary folder with MNIST's four files in small, which a test damages; deleted at the end.
struct MNISTFolder: ~Copyable {
  /// The four names.
  static let names = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
  ]

  /// The folder's path; its name has a space, as a user's might.
  let path = FileManager.default.temporaryDirectory
    .appending(path: "mnist test \(UUID().uuidString)").path(percentEncoded: false)

  /// Writes three training and two test images.
  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try write(Self.names[0], [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 28, 0, 0, 0, 28] + pixels(3))
    try write(Self.names[1], [0, 0, 8, 1, 0, 0, 0, 3] + [5, 0, 9])
    try write(Self.names[2], [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28] + pixels(2))
    try write(Self.names[3], [0, 0, 8, 1, 0, 0, 0, 2] + [1, 2])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The pixels of images that differ in every row and from each other.
  func pixels(_ count: Int) -> [UInt8] {
    (0..<count * 784).map { UInt8(truncatingIfNeeded: $0 &* 167 >> 3) }
  }

  /// A file's path.
  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file of the folder.
  func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(filePath: file(name)), options: .atomic)
  }

  /// Changes a file of the folder.
  func edit(_ name: String, _ change: (inout [UInt8]) -> Void) throws {
    var bytes = [UInt8](try Data(contentsOf: URL(filePath: file(name))))
    change(&bytes)
    try write(name, bytes)
  }

  /// Removes a file of the folder.
  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: file(name)) }

  /// Replaces a file by its compressed form, whose name ends in `.gz`.
  func compress(_ name: String) throws {
    let gzip = try Process.run(
      URL(filePath: "/usr/bin/env"), arguments: ["gzip", "--", file(name)])
    gzip.waitUntilExit()
    guard gzip.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
  }

  /// What loading the folder throws; nil if it succeeds.
  func loadingError() -> DatasetError? {
    do {
      _ = try MNIST.load(from: path)
      return nil
    } catch {
      return error
    }
  }
}
