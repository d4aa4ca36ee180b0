import KernelSupport

/// What a classifier answers at every point of the plane, under the points that it learned from.
public struct DecisionRegions: Chart {
  private let title: String
  private let x: Axis
  private let y: Axis
  private let grid: Grid
  private let isProbability: Bool
  private let scatter: ScatterPlot

  /// Creates a plot of classes: each region in a pale shade of its class's colour.
  ///
  /// - Parameters:
  ///   - title: what stands above it; empty for nothing.
  ///   - x: the horizontal axis's label.
  ///   - y: the vertical axis's label.
  ///   - classGrid: the number of the class at every point, from 0; where it is NaN the region is grey.
  ///   - points: the points to show over the regions.
  ///   - classes: the points' classes.
  ///   - classNames: the classes' names for the legend; empty for no legend.
  public init(
    title: String = "", x: String = "", y: String = "", classGrid: Grid, points: [Point],
    classes: [Int], classNames: [String] = []
  ) {
    let stranger = classGrid.values.first { !($0.isNaN || (0..<1e9).contains($0)) }
    precondition(stranger == nil, "DecisionRegions: a class of number \(stranger ?? 0)")
    self.init(
      title, x, y, classGrid, isProbability: false, points: points, classes: classes, classNames)
  }

  /// Creates a plot of the probability of class 1 of two, from the colour of class 0 to that of class 1.
  ///
  /// - Parameters:
  ///   - title: what stands above it; empty for nothing.
  ///   - x: the horizontal axis's label.
  ///   - y: the vertical axis's label.
  ///   - probabilityGrid: the probability of class 1 at every point, 0 to 1; NaN is grey.
  ///   - points: the points to show over the regions.
  ///   - classes: the points' classes, 0 or 1.
  ///   - classNames: the classes' names for the legend; empty for no legend.
  public init(
    title: String = "", x: String = "", y: String = "", probabilityGrid: Grid, points: [Point],
    classes: [Int], classNames: [String] = []
  ) {
    self.init(
      title, x, y, probabilityGrid, isProbability: true, points: points, classes: classes,
      classNames)
  }

  private init(
    _ title: String, _ x: String, _ y: String, _ grid: Grid, isProbability: Bool, points: [Point],
    classes: [Int], _ classNames: [String]
  ) {
    self.title = title
    self.x = Axis(x, range: grid.x)
    self.y = Axis(y, range: grid.y)
    self.grid = grid
    self.isProbability = isProbability
    scatter = ScatterPlot(points: points, classes: classes, classNames: classNames)
  }

  /// Room for a square of data.
  public var naturalSize: Size { Size(width: 720, height: 560) }

  /// Draws the plot.
  public func draw(in frame: Rectangle, on canvas: inout Canvas) {
    let area = PlotArea(
      in: frame, PlotArea.Surroundings(title: title, x: x, y: y, legend: scatter.legend),
      fitting: [])
    grid.fill(area.inner, on: &canvas, color: color)
    if isProbability {
      for line in grid.contour(at: 0.5) {
        canvas.polyline(line.map(area.place), color: .axis, width: 1.5)
      }
    }
    scatter.drawMarks(in: area, on: &canvas)
    area.drawSurroundings(on: &canvas)
  }

  private func color(_ value: Double) -> Color {
    guard !value.isNaN else { return .undefined }
    guard isProbability else {
      return Palette.category(Int(value)).mixed(with: .white, share: 0.72)
    }
    // Twenty steps are as many as the eye tells apart here, and keep the file small.
    let share = (min(1, max(0, value)) * 20).rounded() / 20
    let side = Palette.category(share < 0.5 ? 0 : 1)
    return Color.white.mixed(with: side, share: abs(share - 0.5) * 0.9)
  }
}
