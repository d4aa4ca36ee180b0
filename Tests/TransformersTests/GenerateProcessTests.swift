import Foundation
import TestSupport
import Testing

private let isBuilt = FileManager.default.isExecutableFile(
  atPath: products.appending(path: "transformers").path)

/// The command as a process: statuses, streams, options.
@Suite(.enabled(if: isBuilt)) struct GenerateProcessTests {
  private static let model = TokenFixture.folder.appending(path: "gpt2-tiny").path
  private static func generate(_ arguments: [String]) throws -> ProcessResult {
    let folder = try TemporaryFolder()
    return try runProgram("transformers", ["generate"] + arguments, in: folder.url)
  }
  private static func text(_ arguments: String...) throws -> String {
    let result = try generate(
      ["--model", model, "--prompt", "Alice", "--tokens", "24"] + arguments)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    #expect(result.output.hasPrefix("Alice") && result.output.hasSuffix("\n"))
    return result.output
  }

  @Test func `the seed decides the text, and nothing else does`() throws {
    let first = try Self.text("--seed", "3")
    #expect(first == (try Self.text("--seed", "3")))
    #expect(first != (try Self.text("--seed", "4")))
    #expect(try Self.text() == Self.text("--seed", "1", "--temperature", "1"))
  }

  @Test func `temperature 0, top-k of 1 and a small top-p all take the largest`() throws {
    let greedy = try Self.text("--temperature", "0", "--seed", "5")
    #expect(greedy == (try Self.text("--temperature", "0", "--seed", "6")))
    #expect(greedy == (try Self.text("--top-k", "1")))
    #expect(greedy == (try Self.text("--top-p", "1e-6")))
    #expect(greedy != (try Self.text("--temperature", "2")))
  }

  @Test func `rules that keep everything change nothing`() throws {
    let plain = try Self.text("--seed", "8")
    #expect(plain == (try Self.text("--seed", "8", "--top-k", "420")))
    #expect(plain == (try Self.text("--seed", "8", "--top-p", "1")))
    #expect(plain != (try Self.text("--seed", "8", "--top-k", "3")))
  }

  @Test func `a text may grow past the context`() throws {
    // The model sees 16 tokens.
    let result = try Self.generate(["--model", Self.model, "--prompt", "Oh", "--tokens", "60"])
    #expect(result.status == 0 && result.output.count > 60)
  }

  @Test(arguments: [
    ([], "--model and --prompt"), (["--model", "m"], "--model and --prompt"),
    (["--wrong", "1"], "'--wrong'"), (["--model"], "a value is missing"),
    (["--model", "m", "--prompt", ""], "--prompt"),
    (["--model", "m", "--prompt", "a", "--tokens", "0"], "--tokens: '0'"),
    (["--model", "m", "--prompt", "a", "--temperature", "-1"], "--temperature: '-1'"),
    (["--model", "m", "--prompt", "a", "--temperature", "nan"], "--temperature: 'nan'"),
    (["--model", "m", "--prompt", "a", "--top-k", "0"], "--top-k: '0'"),
    (["--model", "m", "--prompt", "a", "--top-p", "0"], "--top-p: '0'"),
    (["--model", "m", "--prompt", "a", "--top-p", "1.5"], "--top-p: '1.5'"),
    (["--model", "m", "--prompt", "a", "--seed", "-1"], "--seed: '-1'"),
  ])
  func `a wrong command line is one line and 64`(arguments: [String], part: String) throws {
    let result = try Self.generate(arguments)
    #expect(result.status == 64 && result.hasExited && result.output.isEmpty)
    #expect(result.errors.split(separator: "\n").count == 1 && result.errors.contains(part))
  }

  @Test func `help goes to standard output`() throws {
    let result = try Self.generate(["--help"])
    #expect(result.status == 0 && result.output.hasPrefix("usage: ") && result.errors.isEmpty)
  }

  @Test(arguments: ["config.json", "model.safetensors", "vocab.json", "merges.txt"])
  func `a folder without a file, or with a broken one, is one line and no text`(
    file: String
  ) throws {
    let folder = try TemporaryFolder()
    let copy = folder.url.appending(path: "model")
    try FileManager.default.copyItem(at: URL(filePath: Self.model), to: copy)
    let place = copy.appending(path: file)
    let bytes = try Data(contentsOf: place)
    for (damage, status): (Data?, Int32) in [(nil, 66), (bytes.prefix(bytes.count / 2), 65)] {
      try FileManager.default.removeItem(at: place)
      try damage?.write(to: place)
      let result = try runProgram(
        "transformers", ["generate", "--model", copy.path, "--prompt", "Alice"], in: folder.url)
      #expect(result.status == status && result.hasExited, "\(result)")
      #expect(result.output.isEmpty && result.errors.split(separator: "\n").count == 1)
      #expect(result.errors.contains(file), "\(result.errors)")
      if damage == nil { try Data().write(to: place) }
    }
  }

  @Test func `no folder at all is one line and 66`() throws {
    let result = try Self.generate(["--model", "nowhere", "--prompt", "Alice"])
    #expect(result.status == 66 && result.output.isEmpty)
    #expect(result.errors.contains("nowhere") && result.errors.split(separator: "\n").count == 1)
  }
}
