import Foundation
import KernelSupport

/// Announces long work and tells how far it is, on standard error: never part of the document.
///
///     let training = progress("training", total: epochs * steps, epochs: epochs)
///     for … { training.advance(loss: loss) }
///     training.finish()
///
/// On a terminal a bar shows the share, the loss, the rate and the time left, no wider than the terminal is at
/// that moment; elsewhere there is a line an epoch.
///
/// - Parameters:
///   - name: what is going on.
///   - total: the number of steps in all, at least 1.
///   - epochs: into how many equal parts the steps fall, at least 1.
public func progress(_ name: String, total: Int, epochs: Int = 1) -> ProgressReport {
  ProgressReport(
    name: name, total: total, epochs: epochs,
    columns: columnsOfTerminal, write: { emit($0, to: .standardError) })
}

/// How many characters fit into a line of the terminal that standard error is; nil where it is none.
private func columnsOfTerminal() -> Int? {
  let descriptor = FileHandle.standardError.fileDescriptor
  guard isatty(descriptor) == 1 else { return nil }
  var size = winsize()
  let isKnown = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
  return isKnown ? Int(size.ws_col) : 80
}

/// Long work under way; see `progress(_:total:epochs:)`.
public final class ProgressReport {
  private let name: String
  private let total: Int
  private let epochs: Int
  private let columns: () -> Int?
  private let write: (String) -> Void
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var lastDrawn: ContinuousClock.Instant?
  private var steps = 0
  private var loss: Double?

  /// Begins to report.
  ///
  /// - Parameters:
  ///   - name: what is going on.
  ///   - total: the number of steps in all, at least 1.
  ///   - epochs: into how many equal parts the steps fall, at least 1.
  ///   - columns: the width of the terminal, asked for whenever it is drawn on; nil for no terminal.
  ///   - write: gets what is reported.
  package init(
    name: String, total: Int, epochs: Int, columns: @escaping () -> Int?,
    write: @escaping (String) -> Void
  ) {
    precondition(
      total >= 1 && epochs >= 1, "progress: \(total) steps in \(epochs) epochs; both are at least 1"
    )
    self.name = name
    self.total = total
    self.epochs = epochs
    self.columns = columns
    self.write = write
    start = clock.now
  }

  /// Reports that a step is done.
  ///
  /// - Parameter loss: the loss after the step, if there is one to show.
  public func advance(loss: (some BinaryFloatingPoint)?) {
    self.loss = loss.map { Double($0) }
    steps += 1
    if let columns = columns() {
      let now = clock.now
      if let lastDrawn, now - lastDrawn < .milliseconds(100) { return }
      lastDrawn = now
      write(Self.clearLine + bar(columns: columns))
    } else if epoch(after: steps) > epoch(after: steps - 1) {
      write("\(name): epoch \(epoch(after: steps)) of \(epochs)\(lossText), \(secondsText)\n")
    }
  }

  /// Reports that a step is done.
  public func advance() { advance(loss: Double?.none) }

  /// Reports that the work is done.
  public func finish() {
    guard columns() != nil else { return }
    write("\(Self.clearLine)\(name): \(steps) steps\(lossText), \(secondsText)\n")
  }

  private static let clearLine = "\r\u{1B}[K"

  private var seconds: Double { (clock.now - start) / .seconds(1) }
  private var secondsText: String { "\(fixed(seconds, 1)) s" }
  private var lossText: String { loss.map { ", loss \(fixed($0, 4))" } ?? "" }

  /// How many epochs are complete after so many steps.
  private func epoch(after steps: Int) -> Int { steps * epochs / total }

  /// The bar with its share, loss, rate and time left.
  ///
  /// In a narrow terminal the bar itself gets shorter, goes, and then what stands at the end is cut: a line that
  /// wraps could not be drawn over. The last column stays free, since some terminals wrap after it.
  ///
  /// - Parameter columns: the width of the terminal.
  package func bar(columns: Int) -> String {
    let share = min(1, Double(steps) / Double(total))
    let rate = Double(steps) / max(seconds, 1e-9)
    let left = Int((Double(total - min(steps, total)) / rate).rounded(.up))
    let text =
      "\(Int(share * 100)) %\(lossText), \(fixed(rate, rate < 10 ? 1 : 0))/s, "
      + "\(minutesText(left)) left"
    let room = columns - 1 - name.count - text.count - 2
    guard room >= 4 else { return String("\(name) \(text)".prefix(max(0, columns - 1))) }
    let width = min(30, room)
    let filled = Int(share * Double(width))
    let drawn =
      String(repeating: "━", count: filled) + String(repeating: "┄", count: width - filled)
    return "\(name) \(drawn) \(text)"
  }
}

/// A duration in minutes and seconds: `3:07`.
func minutesText(_ seconds: Int) -> String {
  "\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)"
}
