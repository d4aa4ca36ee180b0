import Foundation
import Notebook
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// One chart of every kind, with data that are hard to draw.
private var charts: [(name: String, chart: any Chart)] {
  [
    (
      "lines",
      LineChart(
        title: "a < b & c", x: "step", y: Axis("loss", scale: .logarithmic),
        series: [
          Series("gaps", y: [1, .nan, 2, .infinity, -1, 0, 3]),
          Series("band", y: [1.0, 2], from: 1).with(bandFrom: [0.5, 1], to: [2.0, 3]),
          Series("empty", y: [Double](), style: .lineAndMarkers),
        ])
    ),
    ("nothing", LineChart(x: "x", y: "y", series: [])),
    ("one point", LineChart(x: "x", y: "y", series: [Series("", y: [5.0], style: .markers)])),
    (
      "scatter",
      ScatterPlot(
        points: [Point(0.0, 0.0), Point(Float(1), Float.nan)], classes: [0, 11],
        classNames: ["a", "b"],
        lines: [Series("line", points: [Point(-1e9, 0.0), Point(1e9, 1.0)])])
    ),
    (
      "classes",
      DecisionRegions(
        classGrid: Grid(x: 0...1, y: 0...1) { $0.x > $0.y ? 1.0 : 0 }, points: [Point(0.5, 0.5)],
        classes: [1])
    ),
    (
      "probability",
      DecisionRegions(
        probabilityGrid: Grid(x: 0...1, y: 0...1) { $0.x }, points: [Point(0.5, 0.5)],
        classes: [1])
    ),
    (
      "contours",
      ContourPlot(
        grid: Grid(x: -1...1, y: -1...1) { $0.x * $0.x + $0.y * $0.y + 0.01 }, isLogarithmic: true,
        paths: [Series("way", y: [0.0, 0.5])], marks: [.zero])
    ),
    (
      "heat",
      HeatMap(
        values: [[-1.0, .nan], [0.5, 2]], columnLabels: ["a", "b"], rowLabels: ["c", "d"],
        colors: .diverging, annotation: { fixed($0, 1) })
    ),
    ("one cell", HeatMap(values: [[3.0]])),
    ("bars", BarChart(y: "%", labels: ["a", "b"], values: [1, -2.5])),
    (
      "rates",
      BarChart(
        y: Axis("GFLOP/s", scale: .logarithmic), labels: ["a very long name indeed", "b"],
        groups: [("one", [1.0, 200]), ("two", [0, 3])], levels: [("most", 300), ("none", 0)])
    ),
    ("network", Graph(layers: [["x₁", "…", "x₄"], ["y"]])),
    (
      "graph",
      Graph(
        nodes: [.init("x", column: 0, row: 0), .init("y", detail: "2", column: 1, row: 0)],
        edges: [.init(0, 1, label: "w"), .init(1, 1)])
    ),
    (
      "diagram",
      Graph(
        nodes: [.init("x", column: 0, row: 0), .init("h", column: 1, row: 1, shape: .circle)],
        edges: [
          .init(0, 1, label: "[8, 3]", color: Palette.category(1), bend: 0.3),
          .init(1, 0, isDashed: true, bend: -0.2), .init(1, 0, isDashed: true),
        ], frames: [.init("cell", columns: 0...1, rows: 0...1)])
    ),
    (
      "panels",
      Panels(
        title: "both", columnCount: 2,
        [HeatMap(values: [[1.0, 2]]), BarChart(y: "n", labels: ["a"], values: [1.0])])
    ),
  ]
}

@Test(arguments: charts.indices)
func `every chart is well-formed SVG, the same each time`(index: Int) {
  let data = charts[index].chart.encoded()
  #expect(XMLParser(data: data).parse(), "\(charts[index].name)")
  #expect(charts[index].chart.encoded() == data)
  let text = String(decoding: data, as: UTF8.self)
  #expect(!text.contains(/="[^"]*\b(nan|inf)\b/))
  #expect(text.contains(##"fill="#ffffff"/>"##), "a page may be dark: the paper is white")
}

@Test func `bars can stand below a level, and colours without a bar of them`() {
  func text(_ chart: some Chart) -> String { String(decoding: chart.encoded(), as: UTF8.self) }
  func bars(_ levels: [(name: String, value: Double)]) -> String {
    text(BarChart(y: "n", labels: ["a"], groups: [("", [1.0])], levels: levels))
  }
  let level = bars([("best", 9)])
  #expect(level.contains(">best</text>"))
  #expect(level.components(separatedBy: "stroke-dasharray").count - 1 == 2, "its line, its sample")
  #expect(level.contains(">8</text>") && !bars([]).contains(">8</text>"), "the axis reaches it")
  let maps = [HeatMap(values: [[1.0, 2]]), HeatMap(values: [[1.0, 2]], valueLabel: nil)].map(text)
  #expect(maps[0].contains("<text") && !maps[1].contains("<text"))
}

@Test func `text is escaped and series without a place break the line`() {
  let text = String(decoding: charts[0].chart.encoded(), as: UTF8.self)
  #expect(text.contains("a &lt; b &amp; c"))
  // 1 | 2 | 3 stand alone, the band's series is a line of two points.
  #expect(text.components(separatedBy: "<circle").count - 1 == 3)
  #expect(text.components(separatedBy: "<polyline").count - 1 == 1)
}

@Test(arguments: [
  (0.0...1.0, 5, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
  (-3.0...3.0, 3, ["−2", "0", "2"]),
  (0.0...2500.0, 5, ["0", "500", "1000", "1500", "2000", "2500"]),
  (0.96...0.99, 3, ["0.96", "0.97", "0.98", "0.99"]),
  (1.0...10.0, 4, ["2", "4", "6", "8", "10"]),
  (0.0...4e-6, 2, ["0", "2·10⁻⁶", "4·10⁻⁶"]),
  (0.0...2e7, 2, ["0", "10⁷", "2·10⁷"]),
])
func `ticks stand at ones, twos and fives`(
  range: ClosedRange<Double>, count: Int, texts: [String]
) {
  let ticks = Tick.linear(in: range, count: count)
  #expect(ticks.map(\.text) == texts)
  #expect(
    ticks.allSatisfy { $0.value >= range.lowerBound - 1e-9 && $0.value <= range.upperBound + 1e-9 })
}

@Test(arguments: [
  (1.0...1000.0, 5, ["1", "10", "100", "1000"]),
  (1.0...10.0, 5, ["1", "2", "5", "10"]),
  (0.005...0.7, 7, ["0.005", "0.01", "0.02", "0.05", "0.1", "0.2", "0.5"]),
  (1e-12...1.0, 4, ["10⁻¹²", "10⁻⁹", "10⁻⁶", "10⁻³", "10⁰"]),
])
func `ticks of a logarithmic axis stand at powers of ten`(
  range: ClosedRange<Double>, count: Int, texts: [String]
) {
  let ticks = Tick.logarithmic(in: range, count: count)
  #expect(ticks.map(\.text).filter { !$0.isEmpty } == texts)
}

@Test func `a contour of a cone is a circle`() {
  let grid = Grid(x: -2...2, y: -2...2, columnCount: 80, rowCount: 80) {
    ($0.x * $0.x + $0.y * $0.y).squareRoot()
  }
  let lines = grid.contour(at: 1)
  #expect(lines.count == 1)
  #expect(lines[0].first == lines[0].last, "the line is closed")
  // Interpolation along a side of length h = 0.05 misses a curve of radius 1 by at most h²/8.
  for point in lines[0] {
    #expect(abs((point.x * point.x + point.y * point.y).squareRoot() - 1) < 0.05 * 0.05 / 8 * 1.5)
  }
}

@Test func `a contour that leaves the grid has open ends, and a saddle two lines`() {
  let slope = Grid(x: 0...1, y: 0...1) { $0.x }
  #expect(slope.contour(at: 0.4).count == 1)
  let saddle = Grid(x: -1...1, y: -1...1, columnCount: 40, rowCount: 40) { $0.x * $0.y }
  #expect(saddle.contour(at: 0.1).count == 2)
  #expect(slope.contour(at: 2).isEmpty)
}
