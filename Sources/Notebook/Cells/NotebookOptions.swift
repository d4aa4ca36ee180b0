import Foundation
import KernelSupport

/// What a notebook can be given beyond what every notebook takes.
public struct NotebookInputs: OptionSet, Sendable {
  /// A bit for each input.
  public let rawValue: Int

  /// Creates a set from its bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// `--epochs N`: it trains for as long as it is told.
  public static let epochs = Self(rawValue: 1)
  /// `--save FILE` and `--load FILE`: its training can be stopped and gone on with.
  public static let checkpoints = Self(rawValue: 2)
  /// `--text FILE`: it learns from texts of others.
  public static let text = Self(rawValue: 4)
}

/// The options of a notebook's command line.
package struct NotebookOptions {
  /// The folder with MNIST's four files, or `nil` for the embedded digits.
  package var data: String?
  /// The text that a chapter about text learns from besides its own, or `nil`.
  package var text: String?
  /// Which kernels to use.
  package var kernels = Backend.fast
  /// How many threads a kernel may use.
  package var threads = Threads.available
  /// What random numbers start from.
  package var seed: UInt64 = 1
  /// Over how many seeds, from that one on, the notebook is run for the spread of its metrics, or `nil` for one run.
  package var seeds: Int?
  /// The command line of one of those runs, but for its seed.
  var wordsOfOneRun: [String] = []
  /// How many passes over the data, or `nil` for what the notebook chose.
  package var epochs: Int?
  /// The file that gets checkpoints of the training.
  package var save: String?
  /// The checkpoint that training goes on from.
  package var load: String?
  /// The cell to stop after.
  package var until: String?
  /// The folder that gets a folder of figures for each chapter, or `nil` for a temporary one.
  package var figures: String?
  /// The file that gets a JSON line for every metric.
  package var metrics: String?
  /// The file that gets all cells and what they showed.
  package var record: String?
  /// Whether to print the names of the cells instead of running them.
  package var listsCells = false
  /// Whether to print the help.
  package var showsHelp = false

  /// What a notebook understands that takes some inputs of its own.
  static func understood(_ inputs: NotebookInputs) -> [CommandOption] {
    let epochs = [CommandOption("--epochs", "N", help: "passes over the training data")]
    let checkpoints = [
      CommandOption("--save", "FILE", help: "write checkpoints of the training there"),
      CommandOption("--load", "FILE", help: "go on from that checkpoint"),
    ]
    let text = [CommandOption("--text", "FILE", help: "learn from that text too, plain or .gz")]
    return [
      CommandOption(
        "--data", "DIR", help: "MNIST's four files, plain or .gz (default: embedded digits)"),
      CommandOption("--kernels", "naive|fast", help: "which kernels to use (default: fast)"),
      CommandOption("--threads", "N", help: "threads a kernel may use (default: all cores)"),
      CommandOption("--seed", "N", help: "what random numbers start from (default: 1)"),
      CommandOption(
        "--seeds", "N", help: "run N times, a seed each, and print metrics' means and ranges"),
    ] + (inputs.contains(.text) ? text : []) + (inputs.contains(.epochs) ? epochs : [])
      + (inputs.contains(.checkpoints) ? checkpoints : []) + [
        CommandOption("--until", "CELL", help: "stop after that cell"),
        CommandOption("--list", help: "print the names of the cells and run none"),
        CommandOption(
          "--figures", "DIR", help: "where figures are written (default: a temporary folder)"),
        CommandOption("--metrics", "FILE", help: "append a JSON line for every metric"),
        CommandOption("--record", "FILE", help: "write the cells and what they showed, for book"),
        CommandOption("--help", help: "print this"),
      ]
  }

  /// Reads a notebook's command line.
  ///
  /// - Parameters:
  ///   - words: the command line without the command's own name.
  ///   - inputs: what the notebook takes beyond what all take.
  /// - Throws: `UsageError`, naming the option and what was expected.
  package init(_ words: [String], takes inputs: NotebookInputs) throws {
    let arguments = try Arguments(words, understanding: Self.understood(inputs))
    if let operand = arguments.operands.first {
      throw UsageError("'\(operand)': unexpected; a notebook takes options only")
    }
    if let name = arguments["--kernels"] {
      guard let backend = Backend(rawValue: name) else {
        throw UsageError("--kernels: '\(name)' is unknown; expected naive or fast")
      }
      kernels = backend
    }
    data = arguments["--data"]
    text = arguments["--text"]
    threads = try arguments.integer("--threads", in: 1...1024) ?? threads
    seed = try arguments.integer("--seed", in: 0...UInt64.max) ?? seed
    seeds = try arguments.integer("--seeds", in: 2...1000)
    wordsOfOneRun = arguments.words(without: ["--seed", "--seeds"])
    epochs = try arguments.integer("--epochs", in: 1...1_000_000)
    save = arguments["--save"]
    load = arguments["--load"]
    until = arguments["--until"]
    figures = arguments["--figures"]
    metrics = arguments["--metrics"]
    record = arguments["--record"]
    listsCells = arguments.contains("--list")
    showsHelp = arguments.contains("--help")
    try checkOutputs()
    let single = ["--save", "--load", "--figures", "--metrics", "--record"].first {
      arguments.contains($0)
    }
    if seeds != nil, let single { throw UsageError("--seeds: cannot go with \(single)") }
  }

  /// Checks that no two outputs go to one file, where the second would take the place of the first.
  private func checkOutputs() throws(UsageError) {
    let outputs = [("--save", save), ("--metrics", metrics), ("--record", record)]
      .compactMap { name, path in
        path.map { (name: name, place: URL(fileURLWithPath: $0).standardizedFileURL) }
      }
    for (index, output) in outputs.enumerated() {
      guard let other = outputs[..<index].first(where: { $0.place == output.place }) else {
        continue
      }
      throw UsageError("\(output.name): the same file as \(other.name)")
    }
  }
}
