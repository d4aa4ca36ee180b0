/// Nodes and the arrows between them: a computation, or the drawing of a network.
public struct Graph: Chart {
  /// A node with its place in a grid of columns and rows.
  public struct Node: Sendable {
    /// How a node's rim is drawn.
    public enum Shape: Sendable {
      /// A circle, for a neuron.
      case circle
      /// A box as wide as its text, for an operation or a value.
      case box
    }

    /// Its text.
    public var label: String
    /// A second, smaller line, for example the node's value; empty for none.
    public var detail: String
    /// Its column, from 0 at the left; between columns is possible.
    public var column: Double
    /// Its row, from 0 at the top; between rows is possible.
    public var row: Double
    /// Its rim.
    public var shape: Shape
    /// The colour of its rim and, paler, of its inside.
    public var color: Color

    /// Creates a node.
    ///
    /// - Parameters:
    ///   - label: its text.
    ///   - detail: a second, smaller line; empty for none.
    ///   - column: its column, from 0 at the left.
    ///   - row: its row, from 0 at the top.
    ///   - shape: its rim.
    ///   - color: the colour of its rim and, paler, of its inside.
    public init(
      _ label: String, detail: String = "", column: Double, row: Double, shape: Shape = .box,
      color: Color = Palette.category(0)
    ) {
      self.label = label
      self.detail = detail
      self.column = column
      self.row = row
      self.shape = shape
      self.color = color
    }
  }

  /// An arrow between two nodes.
  public struct Edge: Sendable {
    /// The node it comes from, as an index.
    public var start: Int
    /// The node it goes to, as an index.
    public var end: Int
    /// The text at its middle; empty for none.
    public var label: String

    /// Creates an arrow.
    ///
    /// - Parameters:
    ///   - start: the node it comes from, as an index.
    ///   - end: the node it goes to, as an index.
    ///   - label: the text at its middle; empty for none.
    public init(_ start: Int, _ end: Int, label: String = "") {
      self.start = start
      self.end = end
      self.label = label
    }
  }

  private let title: String
  private let nodes: [Node]
  private let edges: [Edge]

  /// Creates a graph.
  ///
  /// - Parameters:
  ///   - title: what stands above it; empty for nothing.
  ///   - nodes: the nodes, at least one.
  ///   - edges: the arrows between them.
  public init(title: String = "", nodes: [Node], edges: [Edge]) {
    precondition(!nodes.isEmpty, "Graph: no nodes")
    for edge in edges {
      precondition(
        nodes.indices.contains(edge.start) && nodes.indices.contains(edge.end),
        "Graph: an edge from \(edge.start) to \(edge.end) among \(nodes.count) nodes")
    }
    self.title = title
    self.nodes = nodes
    self.edges = edges
  }

  /// Creates the drawing of a network: layers from left to right, each connected to the next.
  ///
  /// - Parameters:
  ///   - title: what stands above it; empty for nothing.
  ///   - layers: the neurons' texts, layer by layer. A layer `["x₁", "x₂", "…"]` shows its dots without a rim.
  public init(title: String = "", layers: [[String]]) {
    let tallest = layers.map(\.count).max() ?? 0
    var nodes: [Node] = []
    var edges: [Edge] = []
    var earlier: Range<Int> = 0..<0
    for (column, layer) in layers.enumerated() {
      let current = nodes.count..<(nodes.count + layer.count)
      for (row, label) in layer.enumerated() {
        let top = Double(tallest - layer.count) / 2
        nodes.append(
          Node(
            label, column: Double(column), row: top + Double(row), shape: .circle,
            color: Palette.category(column)))
      }
      for start in earlier where nodes[start].label != Self.dots {
        for end in current where nodes[end].label != Self.dots { edges.append(Edge(start, end)) }
      }
      earlier = current
    }
    self.init(title: title, nodes: nodes, edges: edges)
  }

  private static let dots = "…"

  /// A height that gives each row its room.
  public var naturalSize: Size {
    let rows = (nodes.map(\.row).max() ?? 0) + 1
    return Size(width: 720, height: min(720, rows * 72 + (title.isEmpty ? 16 : 44)))
  }

  /// Draws the graph.
  public func draw(in frame: Rectangle, on canvas: inout Canvas) {
    let inner = frame.inset(left: 12, top: title.isEmpty ? 8 : 38, right: 12, bottom: 8)
    let columns = (nodes.map(\.column).max() ?? 0) + 1
    let rows = (nodes.map(\.row).max() ?? 0) + 1
    let cell = Size(width: inner.size.width / columns, height: inner.size.height / rows)
    let drawn = nodes.map { node in
      GraphNode(
        node: node,
        center: Point(
          inner.left + (node.column + 0.5) * cell.width, inner.top + (node.row + 0.5) * cell.height
        ), cell: cell)
    }
    for edge in edges { draw(edge, among: drawn, on: &canvas) }
    for node in drawn {
      if node.node.label == Self.dots {
        canvas.text("⋮", at: node.center, anchor: .middle, size: 18, isCentered: true)
      } else {
        node.draw(on: &canvas)
      }
    }
    if !title.isEmpty {
      canvas.text(
        title, at: Point(frame.center.x, frame.top + 24), anchor: .middle, size: 15, isBold: true)
    }
  }

  private func draw(_ edge: Edge, among nodes: [GraphNode], on canvas: inout Canvas) {
    let (from, to) = (nodes[edge.start], nodes[edge.end])
    let start = from.rim(towards: to.center)
    let end = to.rim(towards: from.center)
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    let length = (dx * dx + dy * dy).squareRoot()
    guard length > 1 else { return }
    let (ux, uy) = (dx / length, dy / length)
    let base = Point(end.x - ux * 8, end.y - uy * 8)
    canvas.line(start, base, color: .axis, width: 1.2)
    canvas.polygon(
      [
        end, Point(base.x - uy * 3.5, base.y + ux * 3.5),
        Point(base.x + uy * 3.5, base.y - ux * 3.5),
      ], fill: .axis)
    guard !edge.label.isEmpty else { return }
    let middle = Point((start.x + end.x) / 2, (start.y + end.y) / 2)
    let half = estimatedWidth(edge.label, size: 12) / 2 + 2
    let box = Rectangle(
      left: middle.x - half, top: middle.y - 8, right: middle.x + half, bottom: middle.y + 8)
    canvas.rectangle(box, fill: .white)
    canvas.text(edge.label, at: middle, anchor: .middle, size: 12, isCentered: true)
  }
}

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
