/// A node with its place on the canvas.
struct GraphNode {
  let node: Graph.Node
  let center: Point
  private let half: Size

  /// Finds the size of a node: the text's for a box, the room's for a circle.
  init(node: Graph.Node, center: Point, cell: Size) {
    self.node = node
    self.center = center
    switch node.shape {
    case .circle:
      let radius = min(24, min(cell.width, cell.height) * 0.38)
      half = Size(width: radius, height: radius)
    case .box:
      let width = max(
        estimatedWidth(node.label, size: 13), estimatedWidth(node.detail, size: 12))
      half = Size(width: width / 2 + 10, height: node.detail.isEmpty ? 15 : 22)
    }
  }

  /// Where a line from the middle towards a point leaves the node.
  func rim(towards point: Point) -> Point {
    let (dx, dy) = (point.x - center.x, point.y - center.y)
    let length = (dx * dx + dy * dy).squareRoot()
    guard length > 0 else { return center }
    let share =
      switch node.shape {
      case .circle: half.width / length
      case .box: min(half.width / max(abs(dx), 1e-9), half.height / max(abs(dy), 1e-9))
      }
    return Point(center.x + dx * share, center.y + dy * share)
  }

  /// Draws the node.
  func draw(on canvas: inout Canvas) {
    let fill = node.color.mixed(with: .white, share: 0.85)
    switch node.shape {
    case .circle:
      canvas.circle(center, radius: half.width, fill: fill, stroke: node.color)
    case .box:
      let box = Rectangle(
        left: center.x - half.width, top: center.y - half.height, right: center.x + half.width,
        bottom: center.y + half.height)
      canvas.rectangle(box, fill: fill, stroke: node.color, cornerRadius: 6)
    }
    guard !node.detail.isEmpty else {
      canvas.text(node.label, at: center, anchor: .middle, isCentered: true)
      return
    }
    canvas.text(
      node.label, at: Point(center.x, center.y - 9), anchor: .middle, isCentered: true)
    canvas.text(
      node.detail, at: Point(center.x, center.y + 9), anchor: .middle, size: 12, color: .axis,
      isCentered: true)
  }
}
