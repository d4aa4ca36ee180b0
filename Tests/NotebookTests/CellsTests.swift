import Notebook
import Synchronization
import Testing

@Test func `numbers have a fixed number of decimals and no negative zero`() {
  #expect(fixed(0.96167, 3) == "0.962")
  #expect(fixed(Float(2), 0) == "2")
  #expect(fixed(-0.0001, 2) == "0.00")
  #expect(fixed(-1.5, 1) == "-1.5")
  #expect(fixed(-Double.nan, 2) == "nan" && scientific(-Double.nan, 2) == "nan")
  #expect(fixed(Double.nan, 1) == "nan")
  #expect(scientific(0.00123, 2) == "1.23e-03")
}

@Test(arguments: [
  (12.34, "12.3 s"), (1.0, "1.00 s"), (0.0456, "45.6 ms"), (0.000789, "789 µs"), (2e-9, "2.00 ns"),
])
func `a timing has the unit that suits it`(seconds: Double, text: String) {
  #expect(VolatileText.shown("\(timing(seconds))") == text)
}

@Test func `volatile text keeps its mark through interpolation`() {
  let text = "took \(timing(1.5)), \(volatile(3)) times"
  #expect(text != VolatileText.shown(text))
  #expect(VolatileText.shown(text) == "took 1.50 s, 3 times")
}

@Test func `the shortest of several runs counts`() {
  var runs = 0
  let duration = time(repetitions: 3) { runs += 1 }
  #expect(runs == 3)
  #expect(duration.seconds >= 0 && duration.seconds < 1)
}

@Test func `a table aligns numbers to the right on a terminal`() {
  let table = Table(
    columns: ["gate", "output", "time"],
    rows: [["AND", "1", "\(timing(1))"], ["NAND", "10.5", "\(timing(0.01))"]])
  #expect(
    table.terminalText == """
      gate  output     time
      ────  ──────  ───────
      AND        1   1.00 s
      NAND    10.5  10.0 ms
      """)
}

@Test func `a table in a document escapes what would end a cell`() {
  let table = Table(columns: ["a|b", "n"], rows: [["x\ny", "−3"]])
  #expect(table.markdownLines == ["| a\\|b | n |", "| :-- | --: |", "| x<br>y | −3 |"])
}

@Test func `elsewhere than on a terminal progress is a line an epoch`() {
  let written = Written()
  let work = ProgressReport(
    name: "training", total: 6, epochs: 3, columns: { nil }, write: written.append)
  for step in 1...6 { work.advance(loss: 1 / Float(step)) }
  work.finish()
  let lines = written.text.split(separator: "\n")
  #expect(lines.count == 3)
  #expect(lines[0].hasPrefix("training: epoch 1 of 3, loss 0.5000, "))
  #expect(lines[2].hasPrefix("training: epoch 3 of 3, loss 0.1667, "))
}

@Test func `on a terminal progress is a bar, redrawn at most ten times a second`() {
  let written = Written()
  let work = ProgressReport(
    name: "training", total: 1000, epochs: 1, columns: { 80 }, write: written.append)
  let duration = time { for _ in 0..<1000 { work.advance(loss: 0.25) } }
  let drawn = written.text.split(separator: "\r").count
  #expect(Double(drawn) <= 1 + duration.seconds * 10)
  let bar = work.bar(columns: 120)
  #expect(bar.hasPrefix("training ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 100 %, loss 0.2500, "))
  #expect(bar.hasSuffix("/s, 0:00 left"))
  work.finish()
  #expect(written.text.contains("training: 1000 steps, loss 0.2500, "))
}

@Test func `the bar is never wider than the terminal, and follows its size`() {
  let written = Written()
  let columns = Mutex(0)
  let work = ProgressReport(
    name: "training", total: 3, epochs: 1, columns: { columns.withLock { $0 } },
    write: written.append)
  work.advance(loss: 0.25)
  for width in 0...120 {
    #expect(work.bar(columns: width).count <= max(0, width - 1), "\(width) columns")
    // What is drawn asks for the width itself.
    columns.withLock { $0 = width }
    #expect(work.bar(columns: width).hasPrefix("training".prefix(max(0, width - 1))))
  }
  #expect(work.bar(columns: 120).contains(String(repeating: "━", count: 10) + "┄"))
  #expect(!work.bar(columns: 40).contains("━") && work.bar(columns: 45).contains("33 %"))
}

/// Collects what is written.
private final class Written: Sendable {
  private let parts = Mutex("")
  var text: String { parts.withLock { $0 } }
  func append(_ text: String) { parts.withLock { $0 += text } }
}

@Test func `negative numbers of a table have minus signs, and nothing else has`() {
  let plain = ["-1.5", "-2 (-3–-1)", "1e-05", "2-3", "x-1", "- 1", "-x", "784-10"]
  let shown = ["−1.5", "−2 (−3–−1)", "1e-05", "2-3", "x-1", "- 1", "-x", "784-10"]
  #expect(plain.map(Table.withMinusSigns) == shown)
}
