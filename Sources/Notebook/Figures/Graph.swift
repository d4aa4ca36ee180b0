import KernelSupport

/// Nodes and the arrows between them: a computation, the drawing of a network, the diagram of a model.
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
    /// Its colour; nil for grey.
    public var color: Color?
    /// Whether it is dashed.
    public var isDashed: Bool
    /// How far it bends to its left, seen from its start, as a share of its length.
    public var bend: Double

    /// Creates an arrow.
    ///
    /// - Parameters:
    ///   - start: the node it comes from, as an index.
    ///   - end: the node it goes to, as an index.
    ///   - label: the text at its middle; empty for none.
    ///   - color: its colour; nil for grey.
    ///   - isDashed: whether it is dashed, as what flows back is.
    ///   - bend: how far it bends to its left, seen from its start, as a share of its length; 0 for a straight
    ///     one, negative numbers to the right.
    public init(
      _ start: Int, _ end: Int, label: String = "", color: Color? = nil, isDashed: Bool = false,
      bend: Double = 0
    ) {
      self.start = start
      self.end = end
      self.label = label
      self.color = color
      self.isDashed = isDashed
      self.bend = bend
    }
  }

  /// A frame around a part of the grid, with a text above it.
  public struct Frame: Sendable {
    /// The text above it.
    public var label: String
    /// The columns within it.
    public var columns: ClosedRange<Double>
    /// The rows within it.
    public var rows: ClosedRange<Double>

    /// Creates a frame.
    ///
    /// - Parameters:
    ///   - label: the text above it; empty for none.
    ///   - columns: the columns within it, the first and the last one whole.
    ///   - rows: the rows within it.
    public init(_ label: String, columns: ClosedRange<Double>, rows: ClosedRange<Double>) {
      self.label = label
      self.columns = columns
      self.rows = rows
    }
  }

  private let title: String
  private let nodes: [Node]
  private let edges: [Edge]
  private let frames: [Frame]

  /// Creates a graph.
  ///
  /// - Parameters:
  ///   - title: what stands above it; empty for nothing.
  ///   - nodes: the nodes, at least one.
  ///   - edges: the arrows between them.
  ///   - frames: what is drawn around some of the nodes, behind them.
  public init(title: String = "", nodes: [Node], edges: [Edge], frames: [Frame] = []) {
    precondition(!nodes.isEmpty, "Graph: no nodes")
    for edge in edges {
      precondition(
        nodes.indices.contains(edge.start) && nodes.indices.contains(edge.end),
        "Graph: an edge from \(edge.start) to \(edge.end) among \(nodes.count) nodes")
    }
    self.title = title
    self.nodes = nodes
    self.edges = edges
    self.frames = frames
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
    for frame in frames {
      let box = Rectangle(
        left: inner.left + frame.columns.lowerBound * cell.width + 4,
        top: inner.top + frame.rows.lowerBound * cell.height + 4,
        right: inner.left + (frame.columns.upperBound + 1) * cell.width - 4,
        bottom: inner.top + (frame.rows.upperBound + 1) * cell.height - 4)
      canvas.rectangle(box, fill: Color(0xF7F7F7), stroke: .grid, cornerRadius: 8)
      canvas.text(
        frame.label, at: Point(box.left + 8, box.top + 15), size: 12, color: .axis)
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
    let (across, down) = (to.center.x - from.center.x, to.center.y - from.center.y)
    let middle = Point((from.center.x + to.center.x) / 2, (from.center.y + to.center.y) / 2)
    // The control point of a quadratic curve, twice as far out as the curve's own middle.
    let control = Point(
      middle.x + 2 * edge.bend * down, middle.y - 2 * edge.bend * across)
    let start = from.rim(towards: edge.bend == 0 ? to.center : control)
    let end = to.rim(towards: edge.bend == 0 ? from.center : control)
    let tail = edge.bend == 0 ? start : control
    let (dx, dy) = (end.x - tail.x, end.y - tail.y)
    let length = (dx * dx + dy * dy).squareRoot()
    guard length > 1 else { return }
    let (ux, uy) = (dx / length, dy / length)
    let base = Point(end.x - ux * 8, end.y - uy * 8)
    let color = edge.color ?? .axis
    let dash = edge.isDashed ? "4 3" : nil
    var place = Point((start.x + end.x) / 2, (start.y + end.y) / 2)
    if edge.bend == 0 {
      canvas.line(start, base, color: color, width: 1.2, dash: dash)
    } else {
      let curve = (0...24).map { step in
        let t = Double(step) / 24
        let (a, b, c) = ((1 - t) * (1 - t), 2 * t * (1 - t), t * t)
        return Point(
          a * start.x + b * control.x + c * base.x, a * start.y + b * control.y + c * base.y)
      }
      place = curve[12]
      canvas.polyline(curve, color: color, width: 1.2, dash: dash)
    }
    canvas.polygon(
      [
        end, Point(base.x - uy * 3.5, base.y + ux * 3.5),
        Point(base.x + uy * 3.5, base.y - ux * 3.5),
      ], fill: color)
    guard !edge.label.isEmpty else { return }
    let half = estimatedWidth(edge.label, size: 12) / 2 + 2
    let box = Rectangle(
      left: place.x - half, top: place.y - 8, right: place.x + half, bottom: place.y + 8)
    canvas.rectangle(box, fill: .white)
    canvas.text(edge.label, at: place, anchor: .middle, size: 12, isCentered: true)
  }
}
