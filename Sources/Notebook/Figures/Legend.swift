/// The names of what a chart shows, in rows above it, where they cover nothing.
struct Legend {
  /// How a name's sample is drawn.
  enum Sample {
    case line(dash: String?)
    case disc
    case square
  }

  /// A name with its sample.
  struct Entry {
    var name: String
    var color: Color
    var sample: Sample
  }

  private static let fontSize = 13.0
  private static let rowHeight = 20.0
  private static let sampleWidth = 22.0
  private static let gap = 18.0

  private var rows: [[(entry: Entry, offset: Double)]] = []

  /// Breaks the entries that have names into rows.
  init(_ entries: [Entry], width: Double) {
    var offset = Double.infinity
    for entry in entries where !entry.name.isEmpty {
      let needed = Self.sampleWidth + 6 + estimatedWidth(entry.name, size: Self.fontSize)
      if offset + needed > width {
        rows.append([])
        offset = 0
      }
      rows[rows.count - 1].append((entry, offset))
      offset += needed + Self.gap
    }
  }

  /// The height of all rows.
  var height: Double { Double(rows.count) * Self.rowHeight }

  /// Draws the rows downwards from a point at their upper left.
  func draw(at origin: Point, on canvas: inout Canvas) {
    for (index, row) in rows.enumerated() {
      let y = origin.y + (Double(index) + 0.5) * Self.rowHeight
      for (entry, offset) in row {
        let x = origin.x + offset
        let end = x + Self.sampleWidth
        switch entry.sample {
        case .line(let dash):
          canvas.line(Point(x, y), Point(end, y), color: entry.color, width: 2.5, dash: dash)
        case .disc:
          canvas.circle(Point((x + end) / 2, y), radius: 5, fill: entry.color)
        case .square:
          let box = Rectangle(
            left: end - 14, top: y - 7, right: end, bottom: y + 7)
          canvas.rectangle(box, fill: entry.color)
        }
        canvas.text(
          entry.name, at: Point(end + 6, y), size: Self.fontSize, isCentered: true)
      }
    }
  }
}
