import KernelSupport
import Notebook

/// `bench kernels`: verifies kernels and times them, Naive against Fast.
package struct KernelsCommand {
  /// What it understands.
  package static let options =
    [
      CommandOption(
        "--only", "NAME", help: "that kernel, at more sizes; several with commas between"),
      CommandOption(
        "--shape", "MxNxK", help: "one matrix product, M×K by K×N; with --only, these rows"),
      CommandOption("--transposed", "SIDE", help: "left, right or both: how --shape is stored"),
      CommandOption("--kernels", "naive|fast", help: "time only these (default: both)"),
    ] + sharedOptions

  /// What is timed.
  package let cases: [KernelCase]

  private let backends: [Backend]
  private let showsJSON: Bool

  /// Reads the command line.
  ///
  /// - Throws: `UsageError`.
  package init(_ arguments: Arguments) throws {
    let names = try arguments.names("--only", of: KernelCase.all.map(\.kernel))
    let shape = arguments["--shape"]
    if let shape, names.isEmpty || names == ["matmul"] {
      cases = [try Self.product(shape, transposed: arguments["--transposed"])]
    } else {
      guard !arguments.contains("--transposed") else {
        throw UsageError("--transposed: tells how the matrix product of a --shape is stored")
      }
      cases = try Self.rows(names, shape: shape)
    }
    backends = try arguments.backend().map { [$0] } ?? Backend.allCases
    showsJSON = arguments.contains("--json")
  }

  /// The rows of the table for some kernels, or those of one shape.
  private static func rows(_ names: [String], shape: String?) throws -> [KernelCase] {
    let cases = KernelCase.selected(names)
    guard let shape else { return cases }
    let chosen = cases.filter { $0.shape == shape }
    guard !chosen.isEmpty else {
      let shapes = cases.map(\.shape).joined(separator: ", ")
      throw UsageError("--shape: '\(shape)' is not in the table; expected one of \(shapes)")
    }
    return chosen
  }

  /// The product that `--shape` and `--transposed` describe.
  private static func product(_ shape: String, transposed: String?) throws -> KernelCase {
    let sizes = shape.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard sizes.count == 3, sizes.allSatisfy({ (1...16384).contains($0) }) else {
      throw UsageError(
        "--shape: '\(shape)' is no shape; expected MxNxK, whole numbers from 1 to 16384")
    }
    guard KernelCase.transpositions.contains(transposed) else {
      throw UsageError(
        "--transposed: '\(transposed ?? "")' is unknown; expected left, right or both")
    }
    return .product(sizes[0], sizes[1], sizes[2], transposed)
  }

  /// Times one case after the other.
  ///
  /// - Throws: `VerificationError` before the first kernel that computes something wrong is timed.
  package func run() throws {
    var machine = Machine()
    if !showsJSON {
      writeLine(summary(of: &machine))
      writeLine(tableLine(KernelRow.columns.map(\.0), KernelRow.columns.map(\.1)))
    }
    for item in cases {
      let trial = item.prepare()
      try item.verify(trial)
      var seconds: [Backend: Double] = [:]
      for backend in backends where backend == .fast || item.cost.work <= KernelCase.naiveLimit {
        seconds[backend] = trial.seconds(backend)
      }
      let reached = seconds.values.map(item.cost.rate).max() ?? 0
      let row = KernelRow(
        item: item, threads: Threads.count, seconds: seconds,
        bound: machine.bound(of: item.cost, reached: reached))
      if showsJSON {
        for line in row.json { writeLine(line) }
      } else {
        writeLine(tableLine(row.texts, KernelRow.columns.map(\.1)))
      }
    }
  }

  /// The machine's limits in a line.
  private func summary(of machine: inout Machine) -> String {
    let beyondCaches = 32 << 20
    let arithmetic = fixed(machine.peakArithmetic / 1e9, 1)
    let rates = [elementCount, beyondCaches].map {
      fixed(machine.bandwidth(.update, elements: $0) / 1e9, 1)
    }
    let threads = Threads.count == 1 ? "1 thread" : "\(Threads.count) threads"
    return
      "\(threads): at most \(arithmetic) GFLOP/s; read and written, \(rates[0]) GB/s "
      + "in the second-level cache, \(rates[1]) GB/s beyond the caches\n"
  }
}
