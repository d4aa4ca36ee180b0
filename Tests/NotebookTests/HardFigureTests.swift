import Foundation
import KernelSupport
import Notebook
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The text of a chart's file, which any reader of XML must accept.
private func svg(
  _ chart: some Chart, sourceLocation: SourceLocation = #_sourceLocation
) -> String {
  let data = chart.encoded()
  #expect(XMLParser(data: data).parse(), sourceLocation: sourceLocation)
  return String(decoding: data, as: UTF8.self)
}

private func count(_ part: String, in text: String) -> Int {
  text.components(separatedBy: part).count - 1
}

private let undefined = "#bbbbbb"

@Suite struct HardFigureTests {
  @Test func `zero is white in diverging colours, also where nothing else is`() {
    let images = [[0.0, 0, 0, 0], [0, -2, 1, 0], [0, 0, 0, .nan]]
    let grid = ImageGrid(
      images: images, height: 2, width: 2, columnCount: 1, colors: .diverging)
    let picture = grid.picture
    let values = Set(
      stride(from: 0, to: picture.values.count, by: 3).map { Array(picture.values[$0..<$0 + 3]) })
    let (white, gray): ([UInt8], [UInt8]) = ([255, 255, 255], [0xBB, 0xBB, 0xBB])
    let ends: [[UInt8]] = [[0x08, 0x4C, 0x8D]]
    #expect(values.contains(white) && values.contains(gray) && values.contains(ends[0]))
    let zeros = ImageGrid(
      images: [[0.0, -0.0, 0, 0]], height: 2, width: 2, columnCount: 1, colors: .diverging)
    let dark = zeros.picture.values.filter { $0 < 200 }
    #expect(dark.isEmpty, "nothing is dark in a picture of zeros")
  }

  @Test func `a constant picture of ink on paper is paper, and large numbers do not overflow`() {
    let paper = ImageGrid(images: [[7.0]], height: 1, width: 1, columnCount: 1).picture
    #expect(paper.values.allSatisfy { $0 > 200 })
    let huge = ImageGrid(
      images: [[-1.5e308, 1.5e308]], height: 1, width: 2, columnCount: 1, colors: .diverging)
    #expect(huge.picture.values.contains(0x08), "the least number has the colour of the end")
  }

  @Test(arguments: [Series.Style.line, .dashed, .markers, .lineAndMarkers])
  func `a line of one epoch is visible`(style: Series.Style) {
    let text = svg(LineChart(x: "epoch", y: "loss", series: [Series("", y: [0.5], style: style)]))
    #expect(count("<circle", in: text) == 1)
  }

  @Test func `isolated points beside NaN are visible`() {
    let text = svg(
      LineChart(
        x: "x", y: "y", series: [Series("", y: [1, .nan, 2, 3, .infinity, 4.0])]))
    #expect(count("<circle", in: text) == 2)
    #expect(count("<polyline", in: text) == 1)
  }

  @Test func `a band around one point is visible`() {
    let series = Series("", y: [1.0], style: .markers).with(bandFrom: [0.5], to: [2.0])
    #expect(count("stroke-width=\"6\"", in: svg(LineChart(x: "x", y: "y", series: [series]))) == 1)
  }

  @Test func `where a classifier answers NaN the plane is grey`() {
    for isProbability in [false, true] {
      let grid = Grid(x: 0...1, y: 0...1, columnCount: 4, rowCount: 2) {
        $0.x < 0.5 ? .nan : 1.0
      }
      let text = svg(
        isProbability
          ? DecisionRegions(probabilityGrid: grid, points: [], classes: [])
          : DecisionRegions(classGrid: grid, points: [], classes: []))
      #expect(count("fill=\"\(undefined)\" shape-rendering", in: text) == 1)
      // No region has the colour of class 0, in any shade that a number gives.
      #expect(count("shape-rendering", in: text) == 2)
    }
  }

  @Test func `a mark and a path of NaN are left out`() {
    let grid = Grid(x: 0...1, y: 0...1) { $0.x }
    let text = svg(
      ContourPlot(grid: grid, marks: [Point(Double.nan, 0.5), Point(0.5, Double.infinity)]))
    #expect(count("stroke-width=\"2.5\"", in: text) == 0)
    let all = Grid(x: 0...1, y: 0...1) { _ in Double.nan }
    #expect(svg(ContourPlot(grid: all)).contains(undefined))
    #expect(svg(HeatMap(values: [[Double.nan, .infinity]])).contains(undefined))
  }

  @Test(arguments: [Axis.Scale.linear, .logarithmic])
  func `axes reach over all numbers`(scale: Axis.Scale) {
    let numbers: [[Double]] = [
      [1e-300, 1e-300], [1e-300, 1e300], [1e-300, 1], [1e-300, .leastNonzeroMagnitude],
      [1e-300, 1.7e308],
      [1e-300, 1e-301], [1e-300, 1e301], [1, 1.0000000000000002], [1e300, 1e300],
      [-1e300, 1e300], [-1.7e308, 1.7e308], [1e16, 1e16 + 2], [0, .leastNonzeroMagnitude],
      [-0.0, 0],
    ]
    for values in numbers {
      let range = min(values[0], values[1])...max(values[0], values[1])
      let hasPlace = scale == .linear && range.upperBound <= 1e300 && range.lowerBound >= -1e300
      var axes = [Axis("y", scale: scale)]
      if hasPlace { axes.append(Axis("y", scale: scale, range: range)) }
      for axis in axes {
        let text = svg(LineChart(x: "x", y: axis, series: [Series("", y: values)]))
        #expect(!text.contains(/="[^"]*\b(nan|inf)\b/), "\(values)")
        _ = svg(BarChart(y: axis, labels: ["a", "b"], values: values))
      }
      _ = svg(HeatMap(values: [values], scale: scale, colors: .diverging))
    }
    let text = svg(
      LineChart(
        x: "x", y: Axis("y", scale: .logarithmic, range: 1e-300...1e300),
        series: [Series("", y: [1.0, 1e100])]))
    #expect(text.contains(">10⁻³⁰⁰</text>") || text.contains(">10⁰</text>"))
  }

  @Test func `a label with characters that XML forbids is still a label`() {
    let label = "a\u{0}\u{8}\u{1B}[1m\u{FFFE}\u{7F}<&>\"'\u{E000}3 s\u{E001} é😀\tb"
    for chart in [
      LineChart(
        title: label, x: Axis(label), y: Axis(label), series: [Series(label, y: [1.0, 2])]),
      BarChart(title: label, y: Axis(label), labels: [label], values: [1.0]),
      Graph(nodes: [.init(label, detail: label, column: 0, row: 0)], edges: []),
      ScatterPlot(points: [.zero], classNames: [label]),
    ] as [any Chart] {
      let text = svg(chart)
      #expect(text.contains("a\u{FFFD}\u{FFFD}\u{FFFD}[1m\u{FFFD}\u{7F}&lt;&amp;&gt;\"'3 s é😀\tb"))
    }
  }
}
