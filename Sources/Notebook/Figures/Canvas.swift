import KernelSupport

/// What charts are drawn on: it collects the elements of an SVG file.
///
/// Coordinates are pixels from the upper left corner, written with at most two decimals.
public struct Canvas {
  private let size: Size
  private var elements: [String] = []
  private var clipCount = 0

  /// Creates an empty canvas.
  init(size: Size) { self.size = size }

  /// The whole SVG file, on white paper since a page may be dark.
  var document: String {
    let (width, height) = (number(size.width), number(size.height))
    let opening = """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
      viewBox="0 0 \(width) \(height)" font-family="sans-serif">
      <rect width="\(width)" height="\(height)" fill="#ffffff"/>
      """
    return ([opening] + elements + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  /// Draws a straight line.
  mutating func line(
    _ start: Point, _ end: Point, color: Color, width: Double = 1, dash: String? = nil
  ) {
    elements.append(
      "<line x1=\"\(number(start.x))\" y1=\"\(number(start.y))\" x2=\"\(number(end.x))\" "
        + "y2=\"\(number(end.y))\"\(stroke(color, width, dash))/>")
  }

  /// Draws a line through points.
  mutating func polyline(
    _ points: [Point], color: Color, width: Double = 2, dash: String? = nil
  ) {
    elements.append(
      "<polyline points=\"\(list(points))\" fill=\"none\" stroke-linejoin=\"round\" "
        + "stroke-linecap=\"round\"\(stroke(color, width, dash))/>")
  }

  /// Fills a polygon.
  mutating func polygon(_ points: [Point], fill: Color, opacity: Double = 1) {
    elements.append(
      "<polygon points=\"\(list(points))\" fill=\"\(fill.svg)\"\(self.opacity(opacity))/>")
  }

  /// Draws a rectangle.
  mutating func rectangle(
    _ frame: Rectangle, fill: Color? = nil, stroke color: Color? = nil, cornerRadius: Double = 0
  ) {
    let rounding = cornerRadius > 0 ? " rx=\"\(number(cornerRadius))\"" : ""
    elements.append(
      "<rect x=\"\(number(frame.left))\" y=\"\(number(frame.top))\" "
        + "width=\"\(number(frame.size.width))\" height=\"\(number(frame.size.height))\"\(rounding) "
        + "fill=\"\(fill?.svg ?? "none")\"\(color.map { stroke($0, 1, nil) } ?? "")/>")
  }

  /// Draws a disc, with a rim if `stroke` gives its colour.
  mutating func circle(
    _ center: Point, radius: Double, fill: Color, stroke color: Color? = nil, opacity: Double = 1
  ) {
    elements.append(
      "<circle cx=\"\(number(center.x))\" cy=\"\(number(center.y))\" r=\"\(number(radius))\" "
        + "fill=\"\(fill.svg)\"\(color.map { stroke($0, 1, nil) } ?? "")"
        + "\(self.opacity(opacity))/>")
  }

  /// Fills an area given in SVG's own path language.
  mutating func area(_ path: String, fill: Color) {
    elements.append("<path d=\"\(path)\" fill=\"\(fill.svg)\" shape-rendering=\"crispEdges\"/>")
  }

  /// Where a text stands relative to its point.
  enum Anchor: String { case start, middle, end }

  /// Writes text with its baseline at the point, or with its middle there if `isCentered`.
  mutating func text(
    _ text: String, at point: Point, anchor: Anchor = .start, size: Double = 13,
    color: Color = .ink, isBold: Bool = false, isCentered: Bool = false, angle: Double = 0
  ) {
    // The middle of lower-case letters with their risers is a third of the size above the baseline.
    let y = isCentered && angle == 0 ? point.y + size * 0.35 : point.y
    let place = "x=\"\(number(point.x))\" y=\"\(number(y))\""
    let turn =
      angle == 0
      ? "" : " transform=\"rotate(\(number(angle)) \(number(point.x)) \(number(point.y)))\""
    elements.append(
      "<text \(place) font-size=\"\(number(size))\" text-anchor=\"\(anchor.rawValue)\" "
        + "fill=\"\(color.svg)\"\(isBold ? " font-weight=\"bold\"" : "")\(turn)>"
        + "\(escaped(text))</text>")
  }

  /// Draws what stays inside a rectangle; what sticks out is cut off.
  mutating func clipped(to frame: Rectangle, _ draw: (inout Canvas) -> Void) {
    clipCount += 1
    let name = "clip\(clipCount)"
    elements.append("<clipPath id=\"\(name)\">")
    rectangle(frame, fill: .white)
    elements.append("</clipPath>\n<g clip-path=\"url(#\(name))\">")
    draw(&self)
    elements.append("</g>")
  }

  private func stroke(_ color: Color, _ width: Double, _ dash: String?) -> String {
    let pattern = dash.map { " stroke-dasharray=\"\($0)\"" } ?? ""
    return " stroke=\"\(color.svg)\" stroke-width=\"\(number(width))\"\(pattern)"
  }

  private func opacity(_ value: Double) -> String {
    value < 1 ? " opacity=\"\(number(value))\"" : ""
  }

  private func list(_ points: [Point]) -> String {
    points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
  }

  /// The text as XML writes it. Characters that no XML may hold become the sign for one that is missing.
  private func escaped(_ text: String) -> String {
    let scalars = VolatileText.shown(text).unicodeScalars.map { scalar in
      switch scalar {
      case "\t", "\n", "\r", " "..."\u{D7FF}", "\u{E000}"..."\u{FFFD}", "\u{10000}"...: scalar
      default: "\u{FFFD}" as Unicode.Scalar
      }
    }
    return String(String.UnicodeScalarView(scalars)).replacing("&", with: "&amp;").replacing(
      "<", with: "&lt;"
    ).replacing(">", with: "&gt;")
  }
}

/// A coordinate as text: two decimals at most, no locale, no zeros at the end.
func number(_ value: Double) -> String {
  precondition(abs(value) < 1e12, "Canvas: a coordinate is \(value)")
  let hundredths = Int((value * 100).rounded())
  let (whole, part) = abs(hundredths).quotientAndRemainder(dividingBy: 100)
  let sign = hundredths < 0 ? "-" : ""
  let decimals =
    part == 0 ? "" : part % 10 == 0 ? ".\(part / 10)" : part < 10 ? ".0\(part)" : ".\(part)"
  return "\(sign)\(whole)\(decimals)"
}

/// About how wide a text is in a sans-serif font: rather more than less.
///
/// - Parameters:
///   - text: the text.
///   - size: the font size in pixels.
func estimatedWidth(_ text: String, size: Double) -> Double {
  text.reduce(0) { width, character in
    let share =
      switch character {
      case "i", "j", "l", "I", ".", ",", ":", ";", "'", "|", "!": 0.32
      case "f", "t", "r", "(", ")", " ", "-", "/": 0.4
      case "m", "w", "M", "W", "%", "@", "—": 0.95
      case "A"..."Z": 0.7
      default: 0.62
      }
    return width + share * size
  }
}
