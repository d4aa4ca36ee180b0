import KernelSupport
import Notebook

/// What was measured of a kernel at one size.
package struct KernelRow {
  /// The kernel and its size.
  let item: KernelCase
  /// The threads that it could use.
  let threads: Int
  /// Seconds a run; none for what was not timed.
  let seconds: [Backend: Double]
  /// What the machine can do at most: operations or bytes a second.
  let bound: Double

  /// Creates a row.
  package init(item: KernelCase, threads: Int, seconds: [Backend: Double], bound: Double) {
    self.item = item
    self.threads = threads
    self.seconds = seconds
    self.bound = bound
  }

  /// Operations or bytes a second, and their unit.
  private func rate(_ seconds: Double) -> (value: Double, name: String, unit: String) {
    switch item.cost {
    case .arithmetic: (item.cost.rate(seconds), "gflops", "GFLOP/s")
    case .memory: (item.cost.rate(seconds), "gbps", "GB/s")
    }
  }

  /// A JSON object a backend, a line each.
  package var json: [String] {
    Backend.allCases.compactMap { backend in
      guard let seconds = seconds[backend] else { return nil }
      let rate = rate(seconds)
      let transposed = item.transposed.map { #""transposed":"\#($0)","# } ?? ""
      return #"{"kernel":"\#(item.kernel)","shape":"\#(item.shape)",\#(transposed)"#
        + #""backend":"\#(backend.rawValue)","threads":\#(threads),"#
        + #""microseconds":\#(fixed(seconds * 1e6, 3)),"\#(rate.name)":\#(fixed(rate.value / 1e9, 3)),"#
        + #""share":\#(fixed(rate.value / bound, 3))}"#
    }
  }

  /// The table's columns and their widths; numbers stand at the right of theirs.
  package static let columns = [
    ("kernel", -28), ("shape", -20), ("transposed", -10), ("naive µs", 12), ("fast µs", 12),
    ("rate", 14), ("speed-up", 9), ("of peak", 8),
  ]

  /// The row of the table; a dash stands for what was not timed.
  package var texts: [String] {
    let (naive, fast) = (seconds[.naive], seconds[.fast])
    let shown = fast ?? naive
    let speedUp = naive.flatMap { naive in fast.map { naive / $0 } }
    return [
      item.kernel, item.shape, item.transposed ?? "", naive.map(microseconds) ?? "–",
      fast.map(microseconds) ?? "–",
      shown.map { fixed(rate($0).value / 1e9, 1) + " " + rate($0).unit } ?? "–",
      speedUp.map { fixed($0, 1) + "×" } ?? "–",
      shown.map { fixed(100 * rate($0).value / bound, 0) + " %" } ?? "–",
    ]
  }

  private func microseconds(_ seconds: Double) -> String { fixed(seconds * 1e6, 2) }
}
