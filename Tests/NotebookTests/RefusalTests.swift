import Foundation
import KernelSupport
import Notebook
import Testing

/// A mistake in a call, and what the program says when it stops.
private let mistakes: [(line: String, make: @Sendable () -> Void)] = [
  ("Series: 1 x for 2 y", { _ = Series("", x: [1.0], y: [1.0, 2]) }),
  (
    "Series: a band of 1 and 2 values around 2 points",
    { _ = Series("", y: [1.0, 2]).with(bandFrom: [1.0], to: [1.0, 2]) }
  ),
  (
    "HeatMap: rows of lengths [1, 2]; expected one length above 0",
    { _ = HeatMap(values: [[1.0], [1, 2]]) }
  ),
  ("HeatMap: rows of lengths []", { _ = HeatMap(values: [[Double]]()) }),
  (
    "Grid: 90 values for 90 rows of 1, at least 2 each",
    { _ = Grid(x: 0...1, y: 0...1, columnCount: 1) { $0.x } }
  ),
  ("Grid: 90 rows of -1 cells", { _ = Grid(x: 0...1, y: 0...1, columnCount: -1) { $0.x } }),
  (
    "Axis: a logarithmic scale has no place for -1.0 to 1.0",
    { _ = Axis("", scale: .logarithmic, range: -1...1) }
  ),
  (
    "Axis: a logarithmic scale has no place for 0.0 to 1.0",
    {
      var axis = Axis("", scale: .logarithmic)
      axis.range = 0...1
    }
  ),
  (
    "Axis: a linear scale has no place for 0.0 to inf",
    { _ = Axis("", range: 0...Double.infinity) }
  ),
  ("progress: 0 steps in 1 epochs; both are at least 1", { _ = progress("p", total: 0) }),
  ("table: a row of 1 values under 2 columns", { table(columns: ["a", "b"], rows: [[1]]) }),
  (
    "BarChart: 1 values for 2 labels",
    { _ = BarChart(y: "", labels: ["a", "b"], values: [1.0]) }
  ),
  ("Graph: no nodes", { _ = Graph(nodes: [], edges: []) }),
  (
    "Graph: an edge from 0 to 1 among 1 nodes",
    { _ = Graph(nodes: [.init("", column: 0, row: 0)], edges: [.init(0, 1)]) }
  ),
  (
    "Canvas: a coordinate is nan",
    { _ = Graph(nodes: [.init("", column: 0, row: .nan)], edges: []).encoded() }
  ),
  (
    "ImageGrid: pictures of [3] values in 1 columns; expected 2×2",
    { _ = ImageGrid(images: [[1.0, 2, 3]], height: 2, width: 2, columnCount: 1) }
  ),
  (
    "ImageGrid: pictures of [1] values in 1 columns; expected -1×-1",
    { _ = ImageGrid(images: [[1.0]], height: -1, width: -1, columnCount: 1) }
  ),
  (
    "ImageGrid: 1 labels for 2 pictures",
    {
      _ = ImageGrid(
        images: [[1.0], [2]], height: 1, width: 1, columnCount: 1, labels: ["a"])
    }
  ),
  (
    "ScatterPlot: 1 classes for 2 points",
    { _ = ScatterPlot(points: [.zero, .zero], classes: [0]) }
  ),
  (
    "ScatterPlot: a class of number -1",
    { _ = ScatterPlot(points: [.zero, .zero], classes: [0, -1]) }
  ),
  (
    "DecisionRegions: a class of number -1.0",
    {
      let grid = Grid(x: 0...1, y: 0...1) { _ in -1.0 }
      _ = DecisionRegions(classGrid: grid, points: [], classes: [])
    }
  ),
  (
    "DecisionRegions: a class of number inf",
    {
      let grid = Grid(x: 0...1, y: 0...1) { _ in Double.infinity }
      _ = DecisionRegions(classGrid: grid, points: [], classes: [])
    }
  ),
  ("Palette.category: a category of number -1", { _ = Palette.category(-1) }),
  ("time: 0 repetitions", { _ = time(repetitions: 0) {} }),
  ("fixed: -1 decimals", { _ = fixed(1.0, -1) }),
  ("scientific: -1 decimals", { _ = scientific(1.0, -1) }),
]

@Test(arguments: mistakes.indices)
func `a mistake in a figure, a table or a number is named`(index: Int) async {
  let result = await #expect(
    processExitsWith: .failure, observing: [\.standardErrorContent]
  ) { [index] in
    mistakes[index].make()
  }
  let said = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  // "Fatal error" is the package's own check; the standard library's says "Precondition failed" here, and nothing
  // in an optimised build.
  #expect(said.contains("Fatal error: \(mistakes[index].line)"), "\(said.prefix(300))")
}
