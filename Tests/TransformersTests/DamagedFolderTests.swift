import Foundation
import KernelSupport
import TestSupport
import Testing
import Transformers

/// Files that lie: bits turned over, ends cut off, bytes put in and added, ten thousand of them in all.
///
/// What remains readable may be another model; nothing may trap, and no error may be anything but one clear line.
@Suite struct DamagedFolderTests {
  private static let files = ["config.json", "vocab.json", "merges.txt", "model.safetensors"]
  private static let original = TokenFixture.folder.appending(path: "gpt2-tiny")

  /// One thing after another that can happen to a file.
  private static func damaged(
    _ intact: [UInt8], believed: Int, using generator: inout SeededGenerator
  ) -> [UInt8] {
    var bytes = intact
    switch generator.integer(below: 5) {
    case 0: bytes.removeLast(1 + generator.integer(below: bytes.count))
    case 1:
      let place = generator.integer(below: believed)
      bytes.insert(UInt8(generator.integer(below: 256)), at: place)
    case 2: bytes += (0..<1 + generator.integer(below: 64)).map { UInt8(($0 * 37) & 255) }
    case 3:
      // A number grows by digits.
      let digits = bytes[..<believed].indices.filter { (48...57).contains(bytes[$0]) }
      let place = digits[generator.integer(below: digits.count)]
      bytes.insert(
        contentsOf: [UInt8](repeating: 57, count: 1 + generator.integer(below: 20)), at: place)
    default:
      for _ in 0..<1 + generator.integer(below: 3) {
        bytes[generator.integer(below: believed)] ^= 1 << UInt8(generator.integer(below: 8))
      }
    }
    return bytes
  }

  @Test(arguments: files)
  func `a damaged file is an error or a model, never a trap`(file: String) throws {
    let temporary = try TemporaryFolder()
    for other in Self.files where other != file {
      try FileManager.default.createSymbolicLink(
        at: temporary.url.appending(path: other),
        withDestinationURL: Self.original.appending(path: other))
    }
    let intact = [UInt8](try Data(contentsOf: Self.original.appending(path: file)))
    // The header is what a tensor file can be believed wrongly in; the rest are numbers.
    let believed = file.hasSuffix("safetensors") ? min(intact.count, 3000) : intact.count
    var generator = SeededGenerator(seed: 9)
    var (refused, others) = (0, 0)
    for _ in 0..<2500 {
      let bytes = Self.damaged(intact, believed: believed, using: &generator)
      try Data(bytes).write(to: temporary.url.appending(path: file))
      do {
        _ = try GPT2Folder(contentsOf: temporary.url.path)
      } catch let error as any ReportedError {
        refused += 1
        #expect(error.exitStatus == .badData && !error.description.contains("\n"), "\(error)")
      } catch {
        others += 1
        Issue.record("\(error)")
      }
    }
    // A test in which nothing is refused, or in which the intact file is, would show nothing.
    #expect(refused > 500 && others == 0, "\(refused) of 2,500 refused")
    try Data(intact).write(to: temporary.url.appending(path: file))
    #expect(throws: Never.self) { try GPT2Folder(contentsOf: temporary.url.path) }
  }
}
