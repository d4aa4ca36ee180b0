import Foundation
import KernelSupport

/// Bars of one or several kinds side by side, with names below.
public struct BarChart: Chart {
  private let title: String
  private let y: Axis
  private let labels: [String]
  private let groups: [(name: String, values: [Double])]
  private let levels: [(name: String, value: Double)]

  /// Creates a chart.
  ///
  /// - Parameters:
  ///   - title: what stands above it; empty for nothing.
  ///   - y: the axis of the values. A linear one begins at 0 unless it has a range.
  ///   - labels: the names below the bars.
  ///   - groups: one value a label for each kind of bar, with the kind's name for the legend.
  ///   - levels: what all bars are compared with, as dashed lines across the chart, with their names.
  public init(
    title: String = "", y: Axis, labels: [String],
    groups: [(name: String, values: [some BinaryFloatingPoint])],
    levels: [(name: String, value: Double)] = []
  ) {
    for group in groups {
      precondition(
        group.values.count == labels.count,
        "BarChart: \(group.values.count) values for \(labels.count) labels")
    }
    self.title = title
    self.y = y
    self.labels = labels
    self.groups = groups.map { ($0.name, $0.values.map { Double($0) }) }
    self.levels = levels
  }

  /// Creates a chart of one kind of bar.
  ///
  /// - Parameters:
  ///   - title: what stands above it; empty for nothing.
  ///   - y: the axis of the values. A linear one begins at 0 unless it has a range.
  ///   - labels: the names below the bars.
  ///   - values: one value a label.
  public init(
    title: String = "", y: Axis, labels: [String], values: [some BinaryFloatingPoint]
  ) {
    self.init(title: title, y: y, labels: labels, groups: [("", values)])
  }

  /// Draws the chart.
  public func draw(in frame: Rectangle, on canvas: inout Canvas) {
    // Names stand upright if they fit, else slanted.
    let widest = labels.map { estimatedWidth($0, size: 12) }.max() ?? 0
    let isSlanted = widest > (frame.size.width - 90) / Double(max(1, labels.count)) - 4
    let area = PlotArea(
      in: frame,
      PlotArea.Surroundings(
        title: title, x: Axis("", range: 0...1), y: fitted, legend: legend,
        nameMargin: isSlanted ? 30 + widest / 2 : 34),
      fitting: [])
    area.drawGrid(on: &canvas)
    canvas.clipped(to: area.inner) { canvas in
      drawBars(in: area, on: &canvas)
      for level in levels where y.hasPlace(for: level.value) {
        let ends = [0, 1].map { area.place(Point($0, level.value)) }
        canvas.line(ends[0], ends[1], color: .axis, width: 2, dash: Self.dash)
      }
    }
    area.drawSurroundings(on: &canvas)
    drawNames(under: area.inner, isSlanted: isSlanted, on: &canvas)
  }

  private var legend: [Legend.Entry] {
    groups.enumerated().map { index, group in
      Legend.Entry(name: group.name, color: Palette.category(index), sample: .square)
    }
      + levels.map { Legend.Entry(name: $0.name, color: .axis, sample: .line(dash: Self.dash)) }
  }

  private static let dash = "6 4"

  /// The axis with a range that bars can stand on, where it has none: from 0, or from a power of ten.
  private var fitted: Axis {
    var axis = y
    let values = (groups.flatMap(\.values) + levels.map(\.value)).filter(axis.hasPlace)
    guard axis.range == nil, let least = values.min(), let greatest = values.max() else {
      return axis
    }
    if axis.scale == .logarithmic {
      axis.cover(from: pow(10, floor(log10(least) - 0.05)), to: greatest * 1.3)
      return axis
    }
    let (low, high) = (min(0, least), max(0, greatest))
    let pad = (high - low) * 0.06
    if high > low {
      axis.cover(from: low < 0 ? low - pad : 0, to: high > 0 ? high + pad : 0)
    }
    return axis
  }

  private func drawBars(in area: PlotArea, on canvas: inout Canvas) {
    let slot = 1 / Double(max(1, labels.count))
    let width = slot * 0.72 / Double(max(1, groups.count))
    let base = area.y.isLogarithmic ? area.y.range.lowerBound : 0
    for (index, group) in groups.enumerated() {
      for (place, value) in group.values.enumerated() where y.hasPlace(for: value) {
        let left = (Double(place) + 0.14) * slot + Double(index) * width
        let corners = [
          area.place(Point(left, value)), area.place(Point(left + width * 0.94, base)),
        ]
        let bar = Rectangle(
          left: corners[0].x, top: min(corners[0].y, corners[1].y), right: corners[1].x,
          bottom: max(corners[0].y, corners[1].y))
        canvas.rectangle(bar, fill: Palette.category(index))
      }
    }
  }

  private func drawNames(under inner: Rectangle, isSlanted: Bool, on canvas: inout Canvas) {
    let slot = inner.size.width / Double(max(1, labels.count))
    for (index, label) in labels.enumerated() {
      let x = inner.left + (Double(index) + 0.5) * slot
      if isSlanted {
        canvas.text(
          label, at: Point(x + 6, inner.bottom + 16), anchor: .end, size: 12, color: .axis,
          angle: -30)
      } else {
        canvas.text(
          label, at: Point(x, inner.bottom + 19), anchor: .middle, size: 12, color: .axis)
      }
    }
  }
}
