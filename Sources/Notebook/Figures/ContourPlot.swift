import Foundation

/// A function of two variables as a landscape of colours and lines of equal height, with paths over it.
public struct ContourPlot: Chart {
  private let title: String
  private let x: Axis
  private let y: Axis
  private let grid: Grid
  private let isLogarithmic: Bool
  private let levelCount: Int
  private let valueLabel: String
  private let paths: [Series]
  private let marks: [Point]

  /// Creates a plot.
  ///
  /// - Parameters:
  ///   - title: what stands above it; empty for nothing.
  ///   - x: the horizontal axis's label.
  ///   - y: the vertical axis's label.
  ///   - grid: the function's values.
  ///   - isLogarithmic: whether lines stand at equal ratios of height, for a function with a narrow
  ///     valley; values must be positive then.
  ///   - levelCount: about how many lines.
  ///   - valueLabel: what the function measures, beside the colour bar.
  ///   - paths: lines over the landscape, such as the ways of optimizers.
  ///   - marks: points to mark with a cross, such as the minimum; one that is no number is left out.
  public init(
    title: String = "", x: String = "", y: String = "", grid: Grid, isLogarithmic: Bool = false,
    levelCount: Int = 14, valueLabel: String = "", paths: [Series] = [], marks: [Point] = []
  ) {
    self.title = title
    self.x = Axis(x, range: grid.x)
    self.y = Axis(y, range: grid.y)
    self.grid = grid
    self.isLogarithmic = isLogarithmic
    self.levelCount = levelCount
    self.valueLabel = valueLabel
    self.paths = paths
    self.marks = marks
  }

  /// Room for a square of data.
  public var naturalSize: Size { Size(width: 720, height: 560) }

  /// Draws the plot.
  public func draw(in frame: Rectangle, on canvas: inout Canvas) {
    let legend = paths.enumerated().map { $1.legendEntry(index: Self.pathColor($0)) }
    let area = PlotArea(
      in: frame,
      PlotArea.Surroundings(
        title: title, x: x, y: y, legend: legend, rightMargin: ColorBar.width),
      fitting: [])
    let heights = AxisScale(
      Axis("", scale: isLogarithmic ? .logarithmic : .linear), values: grid.values, padding: 0)
    let color = { (share: Double) in Self.paleViridis(share, steps: levelCount) }
    grid.fill(area.inner, on: &canvas) { color(heights.share($0)) }
    canvas.clipped(to: area.inner) { canvas in
      for level in levels(of: heights) {
        for line in grid.contour(at: level) {
          canvas.polyline(line.map(area.place), color: .white, width: 0.8)
        }
      }
      for (index, path) in paths.enumerated() {
        path.draw(in: area, x: x, y: y, index: Self.pathColor(index), on: &canvas)
      }
      for mark in marks where x.hasPlace(for: mark.x) && y.hasPlace(for: mark.y) {
        drawCross(at: area.place(mark), on: &canvas)
      }
    }
    ColorBar(scale: heights, color: color, label: valueLabel).draw(besides: area.inner, on: &canvas)
    area.drawSurroundings(on: &canvas)
  }

  /// The heights of the lines: the borders between the steps of colour.
  private func levels(of heights: AxisScale) -> [Double] {
    let (low, high) = (heights.range.lowerBound, heights.range.upperBound)
    return (1..<levelCount).map { index in
      let share = Double(index) / Double(levelCount)
      return isLogarithmic
        ? low * pow(10, (log10(high) - log10(low)) * share) : low + (high - low) * share
    }
  }

  /// Viridis in steps and half-way to white, so that paths stand out on it.
  private static func paleViridis(_ share: Double, steps: Int) -> Color {
    guard !share.isNaN else { return ColorMap.viridis.color(share) }
    let step = min(Double(steps - 1), max(0, (share * Double(steps)).rounded(.down)))
    return ColorMap.viridis.color(1 - step / Double(max(1, steps - 1)))
      .mixed(with: .white, share: 0.55)
  }

  /// Paths begin with vermillion: blue is too close to the landscape.
  private static func pathColor(_ index: Int) -> Int { [1, 6, 0, 3, 4, 7, 2, 8, 9, 5][index % 10] }

  private func drawCross(at point: Point, on canvas: inout Canvas) {
    for (dx, dy) in [(6.0, 6.0), (6.0, -6.0)] {
      canvas.line(
        Point(point.x - dx, point.y - dy), Point(point.x + dx, point.y + dy), color: .ink,
        width: 2.5)
    }
  }
}
