import Foundation
import KernelSupport

/// A notebook run over several seeds, for the spread of its metrics.
///
/// One run of an experiment is an anecdote. `--seeds 5` runs the notebook five times, each time as a program of its
/// own with another seed, and prints the mean and the range of every metric:
///
///     swift run -c release optimizers --seeds 5 --until contest
struct SeedRuns {
  /// The notebook's own program.
  var program: URL
  /// Its command line without `--seeds` and `--seed`.
  var words: [String]
  /// The seeds, one a run.
  var seeds: [UInt64]

  /// Runs the notebook once a seed and prints a table of its metrics.
  ///
  /// - Throws: `SeedRunError` if a run fails, `Interrupted`, and errors of the file system.
  func run() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "seeds-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    ChildProcess.passOnSignals()
    let runs = try seeds.map { seed in
      writeLine("seed \(seed)", to: .standardError)
      return try metrics(seed, in: folder)
    }
    writeLine(Self.summary(of: runs).terminalText, to: .standardOutput)
  }

  /// The metrics of the run with a seed, in the order in which it gave them.
  private func metrics(_ seed: UInt64, in folder: URL) throws -> [Measurement] {
    let file = folder.appending(path: "\(seed).jsonl")
    let process = Process()
    process.executableURL = program
    process.arguments =
      words + [
        "--seed", "\(seed)", "--metrics", file.path, "--figures",
        folder.appending(path: "Figures").path,
      ]
    process.standardOutput = FileHandle.nullDevice
    try ChildProcess.run(process)
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw SeedRunError(seed: seed, status: process.terminationStatus)
    }
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      .map { try JSONDecoder().decode(Measurement.self, from: Data($0.utf8)) }
  }

  /// What the summary needs of a line of a metrics file.
  struct Measurement: Decodable {
    var cell: String
    var name: String
    /// Nothing where the metric was infinite or NaN.
    var value: Double?
  }

  /// A row a metric: its mean, and the smallest and the largest value; NaN where a run had no number.
  static func summary(of runs: [[Measurement]]) -> Table {
    let rows = (runs.first ?? []).indices.map { index -> [String] in
      let values = runs.map { $0.indices.contains(index) ? $0[index].value ?? .nan : .nan }
      let mean = values.reduce(0, +) / Double(values.count)
      let range = values.contains(where: \.isNaN) ? [.nan, .nan] : [values.min(), values.max()]
      return [runs[0][index].cell, runs[0][index].name]
        + ([mean] + range).map { shortText($0 ?? .nan) }
    }
    return Table(
      columns: ["cell", "metric", "mean of \(runs.count) seeds", "lowest", "highest"], rows: rows)
  }
}

/// A run with one of the seeds that did not come to its end.
struct SeedRunError: ReportedError, Equatable {
  /// The seed.
  var seed: UInt64
  /// What the run ended with.
  var status: Int32

  /// The line.
  var description: String { "--seeds: the run with seed \(seed) ended with status \(status)" }

  /// The run's own status, if it is one that commands end with.
  var exitStatus: ExitStatus { ExitStatus(rawValue: status) ?? .failedProgram }
}
