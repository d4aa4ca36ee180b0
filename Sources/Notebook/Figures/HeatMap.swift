import KernelSupport

/// A matrix of numbers as colours, with a colour bar.
public struct HeatMap: Chart {
  private let title: String
  private let x: String
  private let y: String
  private let values: [[Double]]
  private let columnLabels: [String]
  private let rowLabels: [String]
  private let range: ClosedRange<Double>?
  private let scale: Axis.Scale
  private let colors: ColorMap
  private let valueLabel: String?
  private let annotation: ((Double) -> String)?

  /// Creates a heat map.
  ///
  /// - Parameters:
  ///   - title: what stands above it; empty for nothing.
  ///   - x: what the columns are.
  ///   - y: what the rows are.
  ///   - values: the rows from the top, all of one length, at least one row and one column.
  ///   - columnLabels: the columns' names, empty for none; of many only every second or third is shown.
  ///   - rowLabels: the rows' names.
  ///   - range: what the colours cover, or `nil` for what the values need.
  ///   - scale: whether equal steps of colour are equal differences or equal ratios.
  ///   - colors: the colours; with `.diverging` give a range with 0 in its middle.
  ///   - valueLabel: what is measured, beside the colour bar; `nil` for no bar, where colours only tell apart.
  ///   - annotation: the text in a cell, or `nil` for none.
  public init(
    title: String = "", x: String = "", y: String = "", values: [[some BinaryFloatingPoint]],
    columnLabels: [String] = [], rowLabels: [String] = [], range: ClosedRange<Double>? = nil,
    scale: Axis.Scale = .linear, colors: ColorMap = .viridis, valueLabel: String? = "",
    annotation: ((Double) -> String)? = nil
  ) {
    let columnCount = values.first?.count ?? 0
    precondition(
      columnCount > 0 && values.allSatisfy { $0.count == columnCount },
      "HeatMap: rows of lengths \(Set(values.map(\.count)).sorted()); expected one length above 0")
    self.title = title
    self.x = x
    self.y = y
    self.values = values.map { $0.map { Double($0) } }
    self.columnLabels = columnLabels
    self.rowLabels = rowLabels
    self.range = range
    self.scale = scale
    self.colors = colors
    self.valueLabel = valueLabel
    self.annotation = annotation
  }

  /// A height that makes cells nearly square where there are not too many.
  public var naturalSize: Size {
    let rows = Double(values.count)
    let columns = Double(values[0].count)
    return Size(width: 720, height: min(640, max(220, 560 * rows / columns + 90)))
  }

  /// Draws the heat map.
  public func draw(in frame: Rectangle, on canvas: inout Canvas) {
    let left = (rowLabels.map { estimatedWidth($0, size: 12) }.max() ?? 0) + (y.isEmpty ? 14 : 36)
    let inner = frame.inset(
      left: left, top: title.isEmpty ? 14 : 36, right: valueLabel == nil ? 16 : ColorBar.width + 16,
      bottom: (x.isEmpty ? 12 : 32) + (columnLabels.isEmpty ? 0 : 22))
    let covered = range ?? (scale == .linear ? colors.range(of: values.joined()) : nil)
    let colorScale = AxisScale(
      Axis("", scale: scale, range: covered), values: values.joined(), padding: 0)
    drawCells(in: inner, colorScale: colorScale, on: &canvas)
    drawLabels(around: inner, frame: frame, on: &canvas)
    if let valueLabel {
      ColorBar(scale: colorScale, color: colors.color, label: valueLabel)
        .draw(besides: inner, on: &canvas)
    }
  }

  private func drawCells(
    in inner: Rectangle, colorScale: AxisScale, on canvas: inout Canvas
  ) {
    let shares = values.map { row in row.map { colorScale.share($0) } }
    // A grid needs two columns and rows; a single one is drawn twice as wide.
    let columnRepeat = shares[0].count == 1 ? 2 : 1
    let rowRepeat = shares.count == 1 ? 2 : 1
    let grid = Grid(
      x: 0...1, y: 0...1, columnCount: shares[0].count * columnRepeat,
      rowCount: shares.count * rowRepeat,
      values: shares.reversed().flatMap { row in
        Array(
          repeating: row.flatMap { Array(repeating: $0, count: columnRepeat) }, count: rowRepeat
        )
        .joined()
      })
    grid.fill(inner, on: &canvas, color: colors.color)
    canvas.rectangle(inner, stroke: .axis)
    guard let annotation else { return }
    let height = inner.size.height / Double(values.count)
    for (row, numbers) in values.enumerated() {
      for (column, value) in numbers.enumerated() {
        let isDark = colors.color(shares[row][column]).luminance < 0.5
        canvas.text(
          annotation(value).replacing("-", with: "−"), at: cellCenter(column, row, in: inner),
          anchor: .middle,
          size: min(13, max(9, height * 0.45)), color: isDark ? .white : .ink, isCentered: true)
      }
    }
  }

  private func drawLabels(around inner: Rectangle, frame: Rectangle, on canvas: inout Canvas) {
    let widest = columnLabels.map { estimatedWidth($0, size: 12) }.max() ?? 0
    for (column, label) in thinned(columnLabels, room: inner.size.width, needed: widest + 8) {
      let x = cellCenter(column, 0, in: inner).x
      canvas.text(
        label, at: Point(x, inner.bottom + 18), anchor: .middle, size: 12, color: .axis)
    }
    for (row, label) in thinned(rowLabels, room: inner.size.height, needed: 14) {
      let y = cellCenter(0, row, in: inner).y
      canvas.text(
        label, at: Point(inner.left - 8, y), anchor: .end, size: 12, color: .axis,
        isCentered: true)
    }
    if !x.isEmpty {
      canvas.text(x, at: Point(inner.center.x, frame.bottom - 10), anchor: .middle)
    }
    if !y.isEmpty {
      canvas.text(y, at: Point(frame.left + 18, inner.center.y), anchor: .middle, angle: -90)
    }
    if !title.isEmpty {
      canvas.text(
        title, at: Point(inner.center.x, frame.top + 24), anchor: .middle, size: 15, isBold: true)
    }
  }

  /// The labels that are not empty and their places: all of them, or every second or third, as there is room.
  private func thinned(_ labels: [String], room: Double, needed: Double) -> [(Int, String)] {
    let named = labels.enumerated().filter { !$0.element.isEmpty }
    let step = max(1, Int((needed * Double(named.count) / room).rounded(.up)))
    return stride(from: 0, to: named.count, by: step).map { (named[$0].offset, named[$0].element) }
  }

  private func cellCenter(_ column: Int, _ row: Int, in inner: Rectangle) -> Point {
    Point(
      inner.left + (Double(column) + 0.5) / Double(values[0].count) * inner.size.width,
      inner.top + (Double(row) + 0.5) / Double(values.count) * inner.size.height)
  }
}
