/// Lines over two axes: losses over epochs, rates over sizes, functions.
public struct LineChart: Chart {
  private let title: String
  private let x: Axis
  private let y: Axis
  private let series: [Series]

  /// Creates a chart.
  ///
  /// - Parameters:
  ///   - title: what stands above it; empty for nothing.
  ///   - x: the horizontal axis; a string is the label of a linear one.
  ///   - y: the vertical axis.
  ///   - series: the lines, drawn in this order.
  public init(title: String = "", x: Axis, y: Axis, series: [Series]) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
  }

  /// Draws the chart.
  public func draw(in frame: Rectangle, on canvas: inout Canvas) {
    let legend = series.enumerated().map { $1.legendEntry(index: $0) }
    let area = PlotArea(
      in: frame, PlotArea.Surroundings(title: title, x: x, y: y, legend: legend),
      fitting: series.flatMap(\.extent))
    area.drawGrid(on: &canvas)
    canvas.clipped(to: area.inner) { canvas in
      for (index, series) in series.enumerated() {
        series.draw(in: area, x: x, y: y, index: index, on: &canvas)
      }
    }
    area.drawSurroundings(on: &canvas)
  }
}
