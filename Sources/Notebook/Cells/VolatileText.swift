import KernelSupport

/// Text that changes from run to run, such as a timing: shown, but not compared.
///
/// Such text is enclosed in two characters of Unicode's private use area, so that the mark survives
/// string interpolation. `print` and `table` remove the marks where the text is shown and keep them in
/// the record, where the book needs them.
package enum VolatileText {
  /// Stands before volatile text.
  package static let opening: Character = "\u{E000}"
  /// Stands after volatile text.
  package static let closing: Character = "\u{E001}"

  /// The text with the marks around it.
  package static func mark(_ text: String) -> String { "\(opening)\(text)\(closing)" }

  /// The text without marks, as a reader sees it.
  package static func shown(_ text: String) -> String {
    text.filter { $0 != opening && $0 != closing }
  }
}

/// Marks a value as one that changes from run to run: its text is shown, but not compared.
///
///     print("the fast kernel is", volatile(fixed(naive / fast, 1)), "times faster")
///
/// - Parameter value: anything; what is marked is its description.
public func volatile(_ value: some Any) -> String { VolatileText.mark(String(describing: value)) }

/// A duration whose text is marked as volatile wherever it is printed.
public struct Timing: Sendable, CustomStringConvertible {
  /// The duration in seconds.
  public var seconds: Double

  /// The duration in the unit that suits it, to three digits: `1.23 s`, `45.6 ms`, `789 µs`.
  public var description: String {
    let (value, unit) =
      switch seconds {
      case 1...: (seconds, "s")
      case 1e-3..<1: (seconds * 1e3, "ms")
      case 1e-6..<1e-3: (seconds * 1e6, "µs")
      default: (seconds * 1e9, "ns")
      }
    let decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0
    return volatile("\(fixed(value, decimals)) \(unit)")
  }
}

/// A duration as a value whose text is shown but not compared.
///
/// - Parameter seconds: the duration in seconds.
public func timing(_ seconds: Double) -> Timing { Timing(seconds: seconds) }

/// Runs some work and measures how long it takes.
///
/// - Parameters:
///   - repetitions: how often to run it, at least once; the shortest run counts, since whatever else
///     the machine does can only add time.
///   - work: what to measure.
/// - Returns: the duration of the shortest run.
public func time(repetitions: Int = 1, _ work: () throws -> Void) rethrows -> Timing {
  precondition(repetitions >= 1, "time: \(repetitions) repetitions")
  var shortest = Double.infinity
  for _ in 0..<repetitions {
    let elapsed = try ContinuousClock().measure(work)
    shortest = min(shortest, elapsed / .seconds(1))
  }
  return Timing(seconds: shortest)
}
