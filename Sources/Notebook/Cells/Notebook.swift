import Foundation
import KernelSupport

/// A chapter's notebook: its options, and the session that its cells belong to.
///
/// `main.swift` creates it first of all; then `cell` begins a cell, and `print`, `table`, `metric` and
/// `figure` show and record what the cell has to say:
///
///     let notebook = Notebook(chapter: "04-CNN", takes: [.epochs, .checkpoints])
///     cell("gates")
///     print("AND(1, 1) =", and(1, 1))
public struct Notebook: Sendable {
  /// The folder with MNIST's files that `--data` names, or `nil` for the embedded digits.
  public let dataFolder: String?

  /// The text that `--text` names to learn from besides the chapter's own, or `nil`.
  public let textFile: String?

  /// What random numbers start from: `--seed`, or 1.
  public let seed: UInt64

  /// How many passes over the training data `--epochs` asks for, or `nil` for the notebook's own choice.
  public let epochs: Int?

  /// The file that `--save` names for checkpoints of the training, or `nil`.
  public let checkpointToSave: String?

  /// The checkpoint that `--load` names for training to go on from, or `nil`.
  public let checkpointToLoad: String?

  private let command: String

  /// Reads the command line and begins the session; on a mistake, says so in one line and exits.
  ///
  /// `--kernels` and `--threads` become the process's `LaunchSettings`. `--help` and `--list` print what
  /// they are asked for and end the process.
  ///
  /// - Parameters:
  ///   - chapter: the chapter's folder, for example `02-Backprop`.
  ///   - inputs: which further options have a meaning for it.
  ///   - source: the notebook's own source file: the default is right.
  public init(
    chapter: String, takes inputs: NotebookInputs = [], source: String = #filePath
  ) {
    let command = productName(ofChapter: chapter)
    self.command = command
    let options = reportingErrors(of: command) {
      let options = try NotebookOptions(
        Array(CommandLine.arguments.dropFirst()), takes: inputs)
      try Self.answer(
        options, command: command, NotebookOptions.understood(inputs), source: source)
      try options.checkPlaces(chapter: chapter)
      try Self.runSeeds(options)
      Session.begin(Session(chapter: chapter, command: command, options: options))
      return options
    }
    dataFolder = options.data
    textFile = options.text
    seed = options.seed
    epochs = options.epochs
    checkpointToSave = options.save
    checkpointToLoad = options.load
    LaunchSettings.choose(
      LaunchSettings(backend: options.kernels, threadCount: options.threads))
  }

  /// Where several seeds are asked for, runs the notebook once for each in a process of its own, and exits.
  private static func runSeeds(_ options: NotebookOptions) throws {
    guard let count = options.seeds else { return }
    try SeedRuns(
      program: Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0]),
      words: options.wordsOfOneRun,
      seeds: (0..<UInt64(count)).map { options.seed &+ $0 }
    ).run()
    exit(0)
  }

  /// Runs something that may fail; an error ends the notebook with one clear line on standard error.
  ///
  ///     let digits = notebook.attempt { try MNIST(folder: folder) }
  ///
  /// - Parameter body: what to run.
  /// - Returns: what `body` returned. A `ReportedError` exits with its status, another error with 1.
  public func attempt<Result>(_ body: () throws -> Result) -> Result {
    reportingErrors(of: command, body)
  }

  /// Answers `--help` and `--list`, and checks the name of the cell to stop after.
  private static func answer(
    _ options: NotebookOptions, command: String, _ understood: [CommandOption], source: String
  ) throws {
    if options.showsHelp {
      let text = helpText(
        usage: "swift run -c release \(command) [options]",
        purpose: "Runs this chapter's notebook from top to bottom.",
        options: understood)
      writeLine(text, to: .standardOutput)
      exit(0)
    }
    guard options.listsCells || options.until != nil else { return }
    let names = try SourceCell.cells(inFile: URL(fileURLWithPath: source)).map(\.name)
    if options.listsCells {
      for name in names { writeLine(name, to: .standardOutput) }
      exit(0)
    }
    if let until = options.until, !names.contains(until) {
      throw UsageError("--until: there is no cell '\(until)'; --list prints those that exist")
    }
  }
}

/// The name of a chapter's product: what follows the number, in lower case.
package func productName(ofChapter chapter: String) -> String {
  chapter.drop { $0.isNumber || $0 == "-" }.lowercased()
}

extension NotebookOptions {
  /// Checks what can be checked before any work: the folder of data and the places for output.
  func checkPlaces(chapter: String) throws {
    if let data {
      try MissingInput.check(folder: data, expected: "the folder with MNIST's four files")
    }
    if let text { try MissingInput.check(file: text, expected: "a text") }
    if let load { try MissingInput.check(file: load, expected: "a checkpoint that --save wrote") }
    if let figures {
      try checkWritable(folder: URL(fileURLWithPath: figures).appending(path: chapter))
    }
    for file in [save, record].compactMap(\.self) {
      try checkWritable(file: URL(fileURLWithPath: file))
    }
    if let metrics { try MetricsFile(path: metrics).append("") }
  }
}
