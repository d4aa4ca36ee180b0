import KernelSupport

/// Points of the plane, coloured by class, perhaps with lines such as a decision boundary.
public struct ScatterPlot: Chart {
  private let title: String
  private let x: Axis
  private let y: Axis
  private let points: [Point]
  private let classes: [Int]
  private let classNames: [String]
  private let lines: [Series]

  /// Creates a plot.
  ///
  /// - Parameters:
  ///   - title: what stands above it; empty for nothing.
  ///   - x: the horizontal axis; a string is the label of a linear one.
  ///   - y: the vertical axis.
  ///   - points: the points.
  ///   - classes: each point's class, from 0; empty where there is only one class.
  ///   - classNames: the classes' names for the legend; empty for no legend.
  ///   - lines: what is drawn over the points; they do not widen the axes.
  public init(
    title: String = "", x: Axis = "", y: Axis = "", points: [Point], classes: [Int] = [],
    classNames: [String] = [], lines: [Series] = []
  ) {
    precondition(
      classes.isEmpty || classes.count == points.count,
      "ScatterPlot: \(classes.count) classes for \(points.count) points")
    precondition(
      classes.allSatisfy { $0 >= 0 }, "ScatterPlot: a class of number \(classes.min() ?? 0)")
    self.title = title
    self.x = x
    self.y = y
    self.points = points
    self.classes = classes
    self.classNames = classNames
    self.lines = lines
  }

  /// Room for a square of data.
  public var naturalSize: Size { Size(width: 720, height: 560) }

  /// Draws the plot.
  public func draw(in frame: Rectangle, on canvas: inout Canvas) {
    let area = PlotArea(
      in: frame, PlotArea.Surroundings(title: title, x: x, y: y, legend: legend), fitting: points)
    area.drawGrid(on: &canvas)
    drawMarks(in: area, on: &canvas)
    area.drawSurroundings(on: &canvas)
  }

  /// The classes and lines that have names.
  var legend: [Legend.Entry] {
    classNames.enumerated().map { index, name in
      Legend.Entry(name: name, color: Palette.category(index), sample: .disc)
    } + lines.enumerated().map { index, line in line.legendEntry(index: lineColor(index)) }
  }

  /// Draws points and lines, for a chart that has an area already.
  func drawMarks(in area: PlotArea, on canvas: inout Canvas) {
    let isCrowded = points.count > 600 || area.inner.size.width < 320
    let radius = isCrowded ? 2.5 : 4.0
    canvas.clipped(to: area.inner) { canvas in
      for (index, point) in points.enumerated()
      where x.hasPlace(for: point.x) && y.hasPlace(for: point.y) {
        let color = Palette.category(classes.isEmpty ? 0 : classes[index])
        canvas.circle(area.place(point), radius: radius, fill: color, stroke: .white)
      }
      for (index, line) in lines.enumerated() {
        line.draw(in: area, x: x, y: y, index: lineColor(index), on: &canvas)
      }
    }
  }

  /// Lines get the colours that follow those of the classes.
  private func lineColor(_ index: Int) -> Int { (classes.max() ?? 0) + 1 + index }
}
