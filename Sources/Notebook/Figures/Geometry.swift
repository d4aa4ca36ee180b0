/// A point of the plane: in data, or on a canvas, where y grows downwards.
public struct Point: Sendable, Equatable {
  /// The horizontal coordinate.
  public var x: Double
  /// The vertical coordinate.
  public var y: Double

  /// Creates a point.
  public init(_ x: some BinaryFloatingPoint, _ y: some BinaryFloatingPoint) {
    self.x = Double(x)
    self.y = Double(y)
  }

  /// The origin.
  public static var zero: Point { Point(0.0, 0.0) }
}

/// A width and a height, in pixels.
public struct Size: Sendable, Equatable {
  /// The width.
  public var width: Double
  /// The height.
  public var height: Double

  /// Creates a size.
  public init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }
}

/// A rectangle of a canvas, in pixels.
public struct Rectangle: Sendable, Equatable {
  /// The corner at the upper left.
  public var origin: Point
  /// The width and height.
  public var size: Size

  /// Creates a rectangle.
  public init(origin: Point, size: Size) {
    self.origin = origin
    self.size = size
  }

  /// Creates a rectangle from its edges.
  init(left: Double, top: Double, right: Double, bottom: Double) {
    origin = Point(left, top)
    size = Size(width: right - left, height: bottom - top)
  }

  /// The edge at the left.
  var left: Double { origin.x }
  /// The edge at the top.
  var top: Double { origin.y }
  /// The edge at the right.
  var right: Double { origin.x + size.width }
  /// The edge at the bottom.
  var bottom: Double { origin.y + size.height }
  /// The point in the middle.
  var center: Point { Point((left + right) / 2, (top + bottom) / 2) }

  /// The rectangle with each edge moved inwards.
  func inset(left: Double = 0, top: Double = 0, right: Double = 0, bottom: Double = 0) -> Rectangle
  {
    Rectangle(
      left: self.left + left, top: self.top + top, right: self.right - right,
      bottom: self.bottom - bottom)
  }
}
