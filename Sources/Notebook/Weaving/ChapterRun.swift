import Foundation
import KernelSupport

/// A finished run of a chapter's notebook.
package struct ChapterRun {
  /// What it showed.
  package let record: NotebookRecord
  /// The folder with its figures.
  package let figures: URL
  /// How long it took, in seconds.
  package let seconds: Double

  /// Runs a chapter's notebook; all that it writes goes into a folder of its own.
  ///
  /// - Parameters:
  ///   - chapter: the chapter.
  ///   - executable: its built notebook.
  ///   - folder: an empty folder for the record and the figures.
  ///   - dataFolder: the folder of MNIST, or `nil` for the embedded digits.
  ///   - until: the cell to stop after, or `nil` for the last one.
  /// - Throws: `NotebookFailure` if the notebook fails, is killed or leaves no record; `Interrupted`.
  package init(
    of chapter: Chapter, executable: URL, into folder: URL, dataFolder: String? = nil,
    until: String? = nil
  ) throws {
    let recordFile = folder.appending(path: "record.json")
    let figuresFolder = folder.appending(path: "figures")
    let log = folder.appending(path: "log.txt")
    let arguments =
      ["--record", recordFile.path, "--figures", figuresFolder.path]
      + (dataFolder.map { ["--data", $0] } ?? []) + (until.map { ["--until", $0] } ?? [])
    let start = ContinuousClock.now
    let ending = try Self.run(
      executable, arguments, in: chapter.root, log: log)
    seconds = (ContinuousClock.now - start) / .seconds(1)
    let output = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
    guard ending == nil else {
      throw NotebookFailure(chapter: chapter.name, ending: ending ?? "", output: output)
    }
    guard let data = try? Data(contentsOf: recordFile),
      let record = try? JSONDecoder().decode(NotebookRecord.self, from: data)
    else {
      throw NotebookFailure(chapter: chapter.name, ending: "left no record", output: output)
    }
    self.record = record
    figures = figuresFolder.appending(path: chapter.name)
  }

  /// Runs a program to its end; `nil` if that was a good one.
  private static func run(
    _ executable: URL, _ arguments: [String], in folder: URL, log: URL
  ) throws -> String? {
    try writeWhole(Data(), to: log)
    let output = try FileHandle(forWritingTo: log)
    defer { try? output.close() }
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    guard FileManager.default.isExecutableFile(atPath: executable.path) else {
      return "could not be started: there is no program \(executable.path)"
    }
    try ChildProcess.run(process)
    switch (process.terminationReason, process.terminationStatus) {
    case (.exit, 0): return nil
    case (.exit, let status): return "failed with exit status \(status)"
    case (_, let signal): return "was killed by signal \(signal)"
    }
  }
}

/// A notebook that did not run to its end.
package struct NotebookFailure: LocalizedError {
  /// The chapter's folder.
  package let chapter: String
  /// How the run ended.
  package let ending: String
  /// All that it printed.
  package let output: String

  /// The line: chapter, ending, and the last that was printed.
  package var errorDescription: String? {
    let last = output.split(separator: "\n").suffix(3).joined(separator: " | ")
    return "\(chapter): the notebook \(ending); " + (last.isEmpty ? "it printed nothing" : last)
  }
}
