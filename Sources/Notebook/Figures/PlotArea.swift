/// The part of a chart where data are drawn, and all that stands around it: title, legend, axes.
struct PlotArea {
  /// What stands around the data.
  struct Surroundings {
    var title: String
    var x: Axis
    var y: Axis
    var legend: [Legend.Entry] = []
    /// Room at the right, for a colour bar.
    var rightMargin = 0.0
    /// Room below the data where names take the place of the horizontal axis's ticks and label.
    var nameMargin: Double?
  }

  /// Where the data are drawn.
  let inner: Rectangle
  /// The horizontal axis.
  let x: AxisScale
  /// The vertical axis.
  let y: AxisScale

  private let frame: Rectangle
  private let surroundings: Surroundings
  private let legend: Legend
  private let xTicks: [Tick]
  private let yTicks: [Tick]

  /// Finds the place of everything.
  ///
  /// - Parameters:
  ///   - frame: the rectangle of the whole chart.
  ///   - surroundings: what stands around the data.
  ///   - points: all data, for axes without a range.
  ///   - padding: how much wider than the data such an axis is, as a share.
  init(
    in frame: Rectangle, _ surroundings: Surroundings, fitting points: [Point],
    padding: Double = 0.04
  ) {
    self.frame = frame
    self.surroundings = surroundings
    x = AxisScale(surroundings.x, values: points.lazy.map(\.x), padding: padding)
    y = AxisScale(surroundings.y, values: points.lazy.map(\.y), padding: padding)
    let titleHeight = surroundings.title.isEmpty ? 12.0 : 36.0
    let bottom = surroundings.nameMargin ?? (surroundings.x.label.isEmpty ? 32.0 : 52.0)
    yTicks = y.ticks(count: max(2, Int(frame.size.height / 60)))
    let tickWidth = yTicks.map { estimatedWidth($0.text, size: 12) }.max() ?? 0
    let left = tickWidth + 14 + (surroundings.y.label.isEmpty ? 4 : 24)
    let right = 20 + surroundings.rightMargin
    legend = Legend(surroundings.legend, width: frame.size.width - left - right)
    inner = frame.inset(
      left: left, top: titleHeight + (legend.height > 0 ? legend.height + 8 : 0), right: right,
      bottom: bottom)
    xTicks =
      surroundings.nameMargin == nil ? x.ticks(count: max(2, Int(inner.size.width / 80))) : []
  }

  /// The place of a point of the data on the canvas.
  func place(_ point: Point) -> Point {
    // What is far outside is cut off; keeping it near avoids coordinates that no viewer can draw.
    let reach = -4.0...5.0
    let right = min(max(x.share(point.x), reach.lowerBound), reach.upperBound)
    let up = min(max(y.share(point.y), reach.lowerBound), reach.upperBound)
    return Point(inner.left + right * inner.size.width, inner.bottom - up * inner.size.height)
  }

  /// Draws the lines of the grid; comes before the data.
  func drawGrid(on canvas: inout Canvas) {
    for tick in xTicks where !tick.text.isEmpty {
      let x = place(Point(tick.value, y.range.lowerBound)).x
      canvas.line(Point(x, inner.top), Point(x, inner.bottom), color: .grid)
    }
    for tick in yTicks where !tick.text.isEmpty {
      let y = place(Point(x.range.lowerBound, tick.value)).y
      canvas.line(Point(inner.left, y), Point(inner.right, y), color: .grid)
    }
  }

  /// Draws axes, ticks, labels, title and legend; comes after the data.
  func drawSurroundings(on canvas: inout Canvas) {
    canvas.rectangle(inner, stroke: .axis)
    for tick in xTicks {
      let x = place(Point(tick.value, y.range.lowerBound)).x
      let length = tick.text.isEmpty ? 3.0 : 5.0
      canvas.line(Point(x, inner.bottom), Point(x, inner.bottom + length), color: .axis)
      guard !tick.text.isEmpty else { continue }
      canvas.text(
        tick.text, at: Point(x, inner.bottom + 19), anchor: .middle, size: 12, color: .axis)
    }
    for tick in yTicks {
      let y = place(Point(x.range.lowerBound, tick.value)).y
      let length = tick.text.isEmpty ? 3.0 : 5.0
      canvas.line(Point(inner.left - length, y), Point(inner.left, y), color: .axis)
      guard !tick.text.isEmpty else { continue }
      canvas.text(
        tick.text, at: Point(inner.left - 9, y), anchor: .end, size: 12, color: .axis,
        isCentered: true)
    }
    drawLabels(on: &canvas)
  }

  private func drawLabels(on canvas: inout Canvas) {
    if !surroundings.x.label.isEmpty {
      canvas.text(
        surroundings.x.label, at: Point(inner.center.x, inner.bottom + 42), anchor: .middle)
    }
    if !surroundings.y.label.isEmpty {
      canvas.text(
        surroundings.y.label, at: Point(frame.left + 16, inner.center.y), anchor: .middle,
        angle: -90)
    }
    if !surroundings.title.isEmpty {
      canvas.text(
        surroundings.title, at: Point(inner.center.x, frame.top + 24), anchor: .middle, size: 15,
        isBold: true)
    }
    legend.draw(at: Point(inner.left, inner.top - legend.height - 6), on: &canvas)
  }
}
