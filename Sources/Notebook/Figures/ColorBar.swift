/// A bar that tells which colour stands for which number.
struct ColorBar {
  /// The room it needs at the right of a chart.
  static let width = 84.0

  /// The numbers at its ends.
  var scale: AxisScale
  /// Its colours, from a share of the scale.
  var color: (Double) -> Color
  /// What it measures.
  var label: String

  /// Draws the bar at the right of an area of data.
  func draw(besides inner: Rectangle, on canvas: inout Canvas) {
    let steps = 64
    let bar = Rectangle(
      left: inner.right + 16, top: inner.top, right: inner.right + 30, bottom: inner.bottom)
    let grid = Grid(x: 0...1, y: 0...1, columnCount: 2, rowCount: steps) { $0.y }
    grid.fill(bar, on: &canvas, color: color)
    canvas.rectangle(bar, stroke: .axis)
    for tick in scale.ticks(count: max(2, Int(inner.size.height / 60))) where !tick.text.isEmpty {
      let y = bar.bottom - scale.share(tick.value) * bar.size.height
      canvas.line(Point(bar.right, y), Point(bar.right + 4, y), color: .axis)
      canvas.text(
        tick.text, at: Point(bar.right + 7, y), size: 12, color: .axis, isCentered: true)
    }
    if !label.isEmpty {
      canvas.text(
        label, at: Point(inner.right + ColorBar.width - 4, inner.center.y), anchor: .middle,
        angle: -90)
    }
  }
}
