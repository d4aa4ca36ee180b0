import Foundation
import TestSupport
import Testing

/// Every command of the package that has been built: all of them, unless somebody builds a part of it.
private let commands = [
  "FixtureNotebook", "book", "bench", "grade", "perceptrons", "backprop", "optimizers", "cnn",
  "rnn",
  "attention", "transformers", "gan", "autoencoders",
].filter { FileManager.default.isExecutableFile(atPath: products.appending(path: $0).path) }

@Suite struct CommandsTests {
  @Test func `there are commands to try`() {
    #expect(commands.starts(with: ["FixtureNotebook", "book"]))
  }

  @Test(arguments: commands, [["--wrong"], ["--wrong=1"], ["--help", "--help"], ["--help=yes"]])
  func `a wrong option is one line and 64`(command: String, arguments: [String]) throws {
    let folder = try TemporaryFolder()
    let result = try run(command, arguments, in: folder.url)
    #expect(result.status == 64)
    #expect(result.output.isEmpty)
    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    #expect(
      result.errors.contains("--help") || result.errors.contains("--wrong"), "\(result.errors)")
  }

  @Test(arguments: commands) func `help begins with the usage`(command: String) throws {
    let folder = try TemporaryFolder()
    let result = try run(command, ["--help"], in: folder.url)
    #expect(result.status == 0)
    #expect(result.output.hasPrefix("usage: ") && result.errors.isEmpty)
  }
}
