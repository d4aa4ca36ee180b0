import Foundation
import KernelSupport
import Notebook

// The notebook that the tests run as a process. A file `behaviour` in the current folder changes what it
// does, as a change of the code or the machine would.

let notebook = Notebook(chapter: "01-Fixture", takes: [.epochs, .checkpoints])
let behaviour = (try? String(contentsOfFile: "behaviour", encoding: .utf8)) ?? ""

cell("first")
let total = (1...4).reduce(0, +)
print("total", total, "share", fixed(behaviour == "rounding" ? 0.12346 : 0.12345, 5))

cell("second")
if behaviour == "fails" { notebook.attempt { throw NoData() } }
if behaviour == "traps" { preconditionFailure("as asked") }
if behaviour == "waits" {
  try Data("\(getpid())".utf8).write(to: URL(fileURLWithPath: "waiting"), options: .atomic)
  sleep(60)
}
let value = behaviour == "value" ? 0.75 : 0.5
table(columns: ["name", "value", "time"], rows: [["half", value, timing(.random(in: 1...2))]])
metric("fixture_value", value)

cell("third")
metric("fixture_seed", Double(notebook.seed))
let curve = [1, 2, behaviour == "figure" ? 5 : 3.0]
figure("curve", LineChart(x: "x", y: "y", series: [Series("s", y: curve)]), caption: "A curve.")
figure(
  "speed", LineChart(x: "x", y: "y", series: [Series("s", y: [Double.random(in: 0...1), 2])]),
  caption: "A timing.", isVolatile: true)
figure(
  "picture", ImageGrid(images: [[0, 0.5, 1, 0.25]], height: 2, width: 2, columnCount: 1),
  caption: "A picture.")

struct NoData: ReportedError {
  var description: String { "data/labels: truncated; expected 16 bytes" }
  var exitStatus: ExitStatus { .badData }
}
