import Foundation

/// Announces long work and tells how far it is, on standard error: never part of the document.
///
///     let training = progress("training", total: epochs * steps, epochs: epochs)
///     for … { training.advance(loss: loss) }
///     training.finish()
///
/// On a terminal a bar shows the share, the loss, the rate and the time left; elsewhere there is a line
/// an epoch.
///
/// - Parameters:
///   - name: what is going on.
///   - total: the number of steps in all, at least 1.
///   - epochs: into how many equal parts the steps fall, at least 1.
public func progress(_ name: String, total: Int, epochs: Int = 1) -> ProgressReport {
  ProgressReport(
    name: name, total: total, epochs: epochs,
    isTerminal: isatty(FileHandle.standardError.fileDescriptor) == 1,
    write: { FileHandle.standardError.write(Data($0.utf8)) })
}

/// Long work under way; see `progress(_:total:epochs:)`.
public final class ProgressReport {
  private let name: String
  private let total: Int
  private let epochs: Int
  private let isTerminal: Bool
  private let write: (String) -> Void
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var lastDrawn: ContinuousClock.Instant?
  private var steps = 0
  private var loss: Double?

  /// Begins to report.
  package init(
    name: String, total: Int, epochs: Int, isTerminal: Bool, write: @escaping (String) -> Void
  ) {
    precondition(
      total >= 1 && epochs >= 1, "progress: \(total) steps in \(epochs) epochs; both are at least 1"
    )
    self.name = name
    self.total = total
    self.epochs = epochs
    self.isTerminal = isTerminal
    self.write = write
    start = clock.now
  }

  /// Reports that a step is done.
  ///
  /// - Parameter loss: the loss after the step, if there is one to show.
  public func advance(loss: (some BinaryFloatingPoint)?) {
    self.loss = loss.map { Double($0) }
    steps += 1
    if isTerminal {
      let now = clock.now
      if let lastDrawn, now - lastDrawn < .milliseconds(100) { return }
      lastDrawn = now
      write("\r\u{1B}[K" + bar)
    } else if epoch(after: steps) > epoch(after: steps - 1) {
      write("\(name): epoch \(epoch(after: steps)) of \(epochs)\(lossText), \(secondsText)\n")
    }
  }

  /// Reports that a step is done.
  public func advance() { advance(loss: Double?.none) }

  /// Reports that the work is done.
  public func finish() {
    if isTerminal { write("\r\u{1B}[K\(name): \(steps) steps\(lossText), \(secondsText)\n") }
  }

  private var seconds: Double { (clock.now - start) / .seconds(1) }
  private var secondsText: String { "\(fixed(seconds, 1)) s" }
  private var lossText: String { loss.map { ", loss \(fixed($0, 4))" } ?? "" }

  /// How many epochs are complete after so many steps.
  private func epoch(after steps: Int) -> Int { steps * epochs / total }

  /// The bar with its share, loss, rate and time left.
  package var bar: String {
    let width = 30
    let share = min(1, Double(steps) / Double(total))
    let filled = Int(share * Double(width))
    let rate = Double(steps) / max(seconds, 1e-9)
    let left = Int((Double(total - min(steps, total)) / rate).rounded(.up))
    let drawn =
      String(repeating: "━", count: filled) + String(repeating: "┄", count: width - filled)
    let minutes = "\(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60)"
    return
      "\(name) \(drawn) \(Int(share * 100)) %\(lossText), \(fixed(rate, rate < 10 ? 1 : 0))/s, "
      + "\(minutes) left"
  }
}
