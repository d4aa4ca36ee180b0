import Foundation
import KernelSupport
import Synchronization

/// The run of a notebook: the cell it has reached and all that its cells have shown.
///
/// Cells, `print` and the rest are free functions, as in any notebook, so the session they belong to is
/// the process's own; this is the one variable that all of them share.
struct Session {
  /// What the notebook is called in messages.
  let command: String
  private let options: NotebookOptions
  private var record: NotebookRecord
  private let start = ContinuousClock.now

  private static let running = Mutex<Session?>(nil)

  /// Creates a session in which no cell has begun.
  init(chapter: String, command: String, options: NotebookOptions) {
    self.command = command
    self.options = options
    record = NotebookRecord(chapter: chapter)
  }

  /// Makes this the process's session, and sees to it that it ends well when the process does.
  static func begin(_ session: Session) {
    running.withLock { current in
      precondition(current == nil, "Notebook: a process has one notebook, and it exists already")
      current = session
    }
    atexit { Session.current?.end() }
  }

  /// The process's session as it is now, if there is one.
  static var current: Session? { running.withLock { $0 } }

  /// Begins a cell; ends the process instead if the cell before it was the last one asked for.
  static func begin(cell name: String) {
    let isOver = running.withLock { session in
      guard let cells = session?.record.cells else { return false }
      if let last = cells.last, last.name == session?.options.until { return true }
      precondition(
        !cells.contains { $0.name == name }, "cell: there are two cells named '\(name)'")
      session?.record.cells.append(CellRecord(name: name))
      return false
    }
    if isOver { exit(0) }
  }

  /// Records what the current cell shows; what comes before the first cell is shown but not recorded.
  static func show(_ output: CellOutput) {
    running.withLock { session in
      guard let last = session?.record.cells.indices.last else { return }
      session?.record.cells[last].show(output)
    }
  }

  /// Appends a metric to the metrics file, if there is one.
  func write(metric name: String, _ value: Double) {
    guard let path = options.metrics else { return }
    let line = MetricLine(
      chapter: record.chapter, cell: record.cells.last?.name ?? "", name: name, value: value)
    reportingErrors(of: command) { try MetricsFile(path: path).append(line.json) }
  }

  /// Writes a figure's file into the chapter's folder of figures.
  ///
  /// - Returns: the file's path.
  func write(figure file: String, _ content: Data) -> String {
    let isTaken = record.cells.flatMap(\.outputs).contains { output in
      if case .figure(file, _, _) = output { true } else { false }
    }
    precondition(!isTaken, "figure: there are two figures named '\(file)'")
    let folder = options.figures.map { URL(fileURLWithPath: $0) } ?? Self.temporaryFigures
    let url = folder.appending(path: "\(record.chapter)/\(file)")
    reportingErrors(of: command) { try writeWhole(content, to: url) }
    return url.path
  }

  /// Where figures go that nobody has asked for: an experiment must not change the book's own.
  private static let temporaryFigures = FileManager.default.temporaryDirectory
    .appending(path: "figures-\(UUID().uuidString)")

  /// Says what the run took, and writes its record.
  private func end() {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    writeLine(
      "\(command): \(fixed(seconds, 1)) s, \(megabytesText(peakMemory)) of memory at most",
      to: .standardError)
    writeRecord()
  }

  /// Writes the record, if `--record` asked for it.
  private func writeRecord() {
    guard let path = options.record else { return }
    var record = record
    record.peakMemory = peakMemory
    reportingErrors(of: command) {
      try writeWhole(JSONEncoder().encode(record), to: URL(fileURLWithPath: path))
    }
  }
}
