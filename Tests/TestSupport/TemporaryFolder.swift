import Foundation

/// A folder that lives as long as the test that holds it.
public final class TemporaryFolder {
  /// Where it is.
  public let url: URL

  /// Creates an empty folder among the system's temporary ones.
  public init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The path of a file in the folder.
  public func path(_ name: String) -> String { url.appending(path: name).path }

  /// Writes a file and the folders on the way to it.
  public func write(_ text: String, to name: String) throws {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  /// The text of a file, or `nil` if there is none.
  public func text(_ name: String) -> String? {
    try? String(contentsOf: url.appending(path: name), encoding: .utf8)
  }

  /// When a file was last changed.
  public func changeDate(_ name: String) throws -> Date? {
    try FileManager.default.attributesOfItem(atPath: path(name))[.modificationDate] as? Date
  }
}

/// The folder of built programs: the one that the tests themselves lie in.
public let products: URL = {
  let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
  return (bundle?.bundleURL ?? Bundle.main.executableURL ?? Bundle.main.bundleURL)
    .deletingLastPathComponent()
}()
