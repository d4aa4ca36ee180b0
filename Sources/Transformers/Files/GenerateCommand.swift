import Foundation
import KernelSupport

/// `transformers generate`: loads a folder with a GPT-2 and streams text that continues a prompt.
///
///     swift run -c release transformers generate --model DIR --prompt TEXT [--tokens N] [--temperature T]
///       [--top-k K] [--top-p P] [--seed N]
public struct GenerateCommand {
  private let folder: String
  private let prompt: String
  private let count: Int
  private let sampling: Sampling
  private let seed: UInt64

  /// What is wrong with a command line: one line.
  struct Mistake: ReportedError {
    let description: String
    var exitStatus: ExitStatus { .usage }
  }

  private static let usage = """
    usage: transformers generate --model DIR --prompt TEXT [options]
    Continues a text with a GPT-2 that the transformers library, or chapter 7, has saved.

      --model DIR      the folder: config.json, model.safetensors, vocab.json, merges.txt
      --prompt TEXT    the text to go on from
      --tokens N       how many tokens to add (default: 100)
      --temperature T  what logits are divided by; 0 takes the largest (default: 1)
      --top-k K        keep the K most probable tokens
      --top-p P        keep the most probable tokens that reach the probability P
      --seed N         what random numbers start from (default: 1)

    """

  /// Runs the command and ends the process, if the command line asks for it; otherwise returns.
  ///
  /// An error is one line on standard error and an exit status of `sysexits.h`.
  ///
  /// - Parameter arguments: the process's command line.
  public static func runIfAsked(_ arguments: [String] = CommandLine.arguments) {
    guard arguments.count > 1, arguments[1] == "generate" else { return }
    keepStandardStreams()
    if arguments.contains("--help") {
      show(usage)
      exit(0)
    }
    do {
      try GenerateCommand(Array(arguments.dropFirst(2))).run(show: show)
      exit(0)
    } catch {
      end(because: error)
    }
  }

  private static func show(_ text: String) {
    do { try FileHandle.standardOutput.show(text) } catch { end(because: error) }
  }

  private static func end(because error: any Error) -> Never {
    let reported = error as? any ReportedError
    // Who stops reading, as `head` does, has seen enough.
    if (error as? OutputError)?.isReaderGone != true {
      let line = (reported?.description ?? "\(error)").split(whereSeparator: \.isNewline)
        .joined(separator: " ")
      try? FileHandle.standardError.show("transformers generate: \(line)\n")
    }
    exit(reported?.exitStatus.rawValue ?? 1)
  }

  /// Reads a command line.
  ///
  /// - Throws: an error of one line, with the status of a wrong usage.
  init(_ words: [String]) throws {
    let names = [
      "--model", "--prompt", "--tokens", "--temperature", "--top-k", "--top-p", "--seed",
    ]
    var values: [String: String] = [:]
    var rest = words[...]
    while let word = rest.popFirst() {
      guard names.contains(word) else {
        throw Mistake(description: "'\(word)' is no option; --help lists them")
      }
      guard let value = rest.popFirst() else {
        throw Mistake(description: "\(word): a value is missing")
      }
      values[word] = value
    }
    func number<Number: LosslessStringConvertible & Comparable>(
      _ name: String, from least: Number, to most: Number
    ) throws -> Number? {
      guard let text = values[name] else { return nil }
      guard let value = Number(text), value >= least, value <= most else {
        throw Mistake(
          description: "\(name): '\(text)', expected a number from \(least) to \(most)")
      }
      return value
    }
    guard let folder = values["--model"], let prompt = values["--prompt"] else {
      throw Mistake(description: "--model and --prompt are needed")
    }
    guard !prompt.isEmpty else { throw Mistake(description: "--prompt: there is no text in it") }
    self.folder = folder
    self.prompt = prompt
    count = try number("--tokens", from: 1, to: 1_000_000) ?? 100
    let topP: Scalar? = try number("--top-p", from: .leastNormalMagnitude, to: 1)
    sampling = Sampling(
      temperature: try number("--temperature", from: 0, to: 1000) ?? 1,
      topK: try number("--top-k", from: 1, to: 1_000_000_000), topP: topP)
    seed = try number("--seed", from: 0, to: .max) ?? 1
  }

  /// Loads the folder and streams the prompt and what follows; a special token ends the text.
  ///
  /// - Parameter show: gets the text, piece by piece, in whole characters.
  func run(show: (_ text: String) -> Void) throws {
    let loaded = try GPT2Folder(contentsOf: folder)
    guard let encoding = loaded.encoding else {
      throw ModelFileError.missing(file: folder + "/vocab.json", expected: "the tokens")
    }
    let special = Set(encoding.specialTokens.values)
    var generator = SeededGenerator(seed: seed)
    var stream = TextStream(encoding)
    show(prompt)
    loaded.model.generate(
      after: encoding.encode(prompt), count: count, sampling, using: &generator
    ) { token in
      // A model may have more tokens than its vocabulary names: such a one has no text.
      guard !special.contains(token), token < encoding.count else { return false }
      let text = stream.text(of: token)
      if !text.isEmpty { show(text) }
      return true
    }
    show(stream.rest() + "\n")
  }
}
