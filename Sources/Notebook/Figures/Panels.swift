import KernelSupport

/// Several charts side by side in one figure: small multiples.
public struct Panels: Chart {
  private let title: String
  private let charts: [any Chart]
  private let columnCount: Int
  private let panelHeight: Double

  /// Creates a figure of panels, filled row by row.
  ///
  /// - Parameters:
  ///   - title: what stands above all of them; empty for nothing.
  ///   - columnCount: how many stand side by side, at least 1; three is as many as stay legible.
  ///   - panelHeight: the height of one in pixels, or `nil` for nearly square ones.
  ///   - charts: the panels, at least one.
  public init(
    title: String = "", columnCount: Int, panelHeight: Double? = nil, _ charts: [any Chart]
  ) {
    precondition(
      columnCount >= 1 && !charts.isEmpty,
      "Panels: \(charts.count) charts in \(columnCount) columns; expected at least 1 of both")
    self.title = title
    self.charts = charts
    self.columnCount = columnCount
    self.panelHeight = panelHeight ?? min(420, Self.width / Double(columnCount) * 0.9)
  }

  private static let width = 800.0
  private var titleHeight: Double { title.isEmpty ? 0 : 36 }

  /// The width of a page and the height of all rows.
  public var naturalSize: Size {
    let rowCount = (charts.count + columnCount - 1) / columnCount
    return Size(width: Self.width, height: titleHeight + Double(rowCount) * panelHeight)
  }

  /// Draws the panels.
  public func draw(in frame: Rectangle, on canvas: inout Canvas) {
    if !title.isEmpty {
      canvas.text(
        title, at: Point(frame.center.x, frame.top + 26), anchor: .middle, size: 16, isBold: true)
    }
    let width = frame.size.width / Double(columnCount)
    for (index, chart) in charts.enumerated() {
      let (row, column) = index.quotientAndRemainder(dividingBy: columnCount)
      let origin = Point(
        frame.left + Double(column) * width,
        frame.top + titleHeight + Double(row) * panelHeight)
      chart.draw(
        in: Rectangle(origin: origin, size: Size(width: width, height: panelHeight)), on: &canvas)
    }
  }
}
