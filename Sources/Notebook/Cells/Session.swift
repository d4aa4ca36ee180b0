import Foundation
import Synchronization

/// The run of a notebook: the cell it has reached and all that its cells have shown.
///
/// Cells, `print` and the rest are free functions, as in any notebook, so the session they belong to is
/// the process's own; this is the one variable that all of them share.
struct Session {
  private let command: String
  private let options: NotebookOptions
  private var record: NotebookRecord

  private static let running = Mutex<Session?>(nil)

  /// Creates a session in which no cell has begun.
  init(chapter: String, command: String, options: NotebookOptions) {
    self.command = command
    self.options = options
    record = NotebookRecord(chapter: chapter)
  }

  /// Makes this the process's session, and sees to it that its record is written when the process ends.
  static func begin(_ session: Session) {
    running.withLock { current in
      precondition(current == nil, "Notebook: a process has one notebook, and it exists already")
      current = session
    }
    atexit { Session.current?.writeRecord() }
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
    let path = "\(options.figures)/\(record.chapter)/\(file)"
    reportingErrors(of: command) { try writeWhole(content, to: URL(fileURLWithPath: path)) }
    return path
  }

  /// Writes the record, if `--record` asked for it.
  private func writeRecord() {
    guard let path = options.record else { return }
    reportingErrors(of: command) {
      try writeWhole(JSONEncoder().encode(record), to: URL(fileURLWithPath: path))
    }
  }
}
