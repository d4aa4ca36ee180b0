import KernelSupport

/// One line of a chart.
public struct Series: Sendable {
  /// How a series is drawn.
  public enum Style: Sendable {
    /// A line through the points.
    case line
    /// A dashed line, for what is compared against.
    case dashed
    /// A disc at each point.
    case markers
    /// A line with a disc at each point.
    case lineAndMarkers
  }

  /// Its name in the legend; empty for none.
  public var name: String

  /// The points in the order of the line; the line is broken where one has no place on the axes.
  public var points: [Point]

  /// How it is drawn.
  public var style: Style

  /// Its colour, or `nil` for the next of the palette.
  public var color: Color?

  /// A pale band around the line, for example from the least to the greatest of several runs.
  public var band: [(low: Point, high: Point)] = []

  /// Creates a series from points.
  ///
  /// - Parameters:
  ///   - name: its name in the legend; empty for none.
  ///   - points: the points in the order of the line.
  ///   - style: how it is drawn.
  ///   - color: its colour, or `nil` for the next of the palette.
  public init(_ name: String, points: [Point], style: Style = .line, color: Color? = nil) {
    self.name = name
    self.points = points
    self.style = style
    self.color = color
  }

  /// Creates a series from coordinates.
  ///
  /// - Parameters:
  ///   - name: its name in the legend; empty for none.
  ///   - x: the horizontal coordinates, as many as `y`.
  ///   - y: the vertical coordinates.
  ///   - style: how it is drawn.
  ///   - color: its colour, or `nil` for the next of the palette.
  public init(
    _ name: String, x: [some BinaryFloatingPoint], y: [some BinaryFloatingPoint],
    style: Style = .line, color: Color? = nil
  ) {
    precondition(x.count == y.count, "Series: \(x.count) x for \(y.count) y")
    self.init(name, points: zip(x, y).map { Point($0, $1) }, style: style, color: color)
  }

  /// Creates a series whose horizontal coordinates are 0, 1, 2 and so on, or begin elsewhere.
  ///
  /// - Parameters:
  ///   - name: its name in the legend; empty for none.
  ///   - y: the vertical coordinates.
  ///   - start: the horizontal coordinate of the first.
  ///   - style: how it is drawn.
  ///   - color: its colour, or `nil` for the next of the palette.
  public init(
    _ name: String, y: [some BinaryFloatingPoint], from start: Int = 0, style: Style = .line,
    color: Color? = nil
  ) {
    let x = y.indices.map { Double(start + $0) }
    self.init(name, x: x, y: y, style: style, color: color)
  }

  /// The series with a pale band between two lists of vertical coordinates, one a point.
  public func with(
    bandFrom low: [some BinaryFloatingPoint], to high: [some BinaryFloatingPoint]
  ) -> Series {
    precondition(
      low.count == points.count && high.count == points.count,
      "Series: a band of \(low.count) and \(high.count) values around \(points.count) points")
    var series = self
    series.band = points.indices.map {
      (Point(points[$0].x, low[$0]), Point(points[$0].x, high[$0]))
    }
    return series
  }

  /// All points that the axes have to cover.
  var extent: [Point] { points + band.flatMap { [$0.low, $0.high] } }

  /// What the legend says, given the series' place in its chart.
  func legendEntry(index: Int) -> Legend.Entry {
    let sample: Legend.Sample =
      switch style {
      case .line, .lineAndMarkers: .line(dash: nil)
      case .dashed: .line(dash: Self.dash)
      case .markers: .disc
      }
    return Legend.Entry(name: name, color: color ?? Palette.category(index), sample: sample)
  }

  private static let dash = "6 4"

  /// Draws the series into the area.
  func draw(in area: PlotArea, x: Axis, y: Axis, index: Int, on canvas: inout Canvas) {
    let color = color ?? Palette.category(index)
    let hasPlace = { (point: Point) in x.hasPlace(for: point.x) && y.hasPlace(for: point.y) }
    let rim = band.filter { hasPlace($0.low) && hasPlace($0.high) }
    if rim.count > 1 {
      let outline = rim.map(\.low) + rim.reversed().map(\.high)
      canvas.polygon(outline.map(area.place), fill: color, opacity: 0.18)
    } else if let bar = rim.first {
      canvas.line(
        area.place(bar.low), area.place(bar.high), color: color.mixed(with: .white, share: 0.72),
        width: 6)
    }
    if style != .markers {
      for part in points.split(whereSeparator: { !hasPlace($0) }) {
        if let point = part.first, part.count == 1, style != .lineAndMarkers {
          // A line through one point would be invisible.
          canvas.circle(area.place(point), radius: 2.5, fill: color)
        } else {
          canvas.polyline(
            part.map(area.place), color: color, dash: style == .dashed ? Self.dash : nil)
        }
      }
    }
    if style == .markers || style == .lineAndMarkers {
      for point in points where hasPlace(point) {
        canvas.circle(area.place(point), radius: 3.5, fill: color)
      }
    }
  }
}
