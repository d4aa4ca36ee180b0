import KernelSupport

/// A colour of the screen, with 8 bits a channel.
public struct Color: Sendable, Equatable {
  /// The share of red, 0 to 255.
  public var red: UInt8
  /// The share of green, 0 to 255.
  public var green: UInt8
  /// The share of blue, 0 to 255.
  public var blue: UInt8

  /// Creates a colour from its hexadecimal form: `Color(0x0072B2)`.
  public init(_ hexadecimal: UInt32) {
    red = UInt8(hexadecimal >> 16 & 255)
    green = UInt8(hexadecimal >> 8 & 255)
    blue = UInt8(hexadecimal & 255)
  }

  /// Creates a grey: 0 is black, 255 is white.
  init(gray: UInt8) {
    red = gray
    green = gray
    blue = gray
  }

  /// The colour as SVG writes it.
  var svg: String {
    let digits = [red, green, blue].map { value in
      (value < 16 ? "0" : "") + String(value, radix: 16)
    }
    return "#" + digits.joined()
  }

  /// How bright it appears, from 0 to 1; dark text is legible on what is brighter than one half.
  var luminance: Double {
    (0.299 * Double(red) + 0.587 * Double(green) + 0.114 * Double(blue)) / 255
  }

  /// The colour on the way to another: `share` 0 gives this one, 1 the other.
  func mixed(with other: Color, share: Double) -> Color {
    func mix(_ a: UInt8, _ b: UInt8) -> UInt8 {
      UInt8((Double(a) + (Double(b) - Double(a)) * share).rounded())
    }
    var color = self
    color.red = mix(red, other.red)
    color.green = mix(green, other.green)
    color.blue = mix(blue, other.blue)
    return color
  }

  /// White.
  public static let white = Color(0xFFFFFF)
  /// The colour of text.
  static let ink = Color(0x222222)
  /// The colour of secondary text and of axes.
  static let axis = Color(0x555555)
  /// The colour of grid lines.
  static let grid = Color(0xE4E4E4)
  /// The colour of what is no number.
  static let undefined = Color(0xBBBBBB)
}

/// Colours for categories that colour-blind readers can tell apart.
///
/// Source: Okabe and Ito, "Color Universal Design" (2008), without its yellow, which is too pale for
/// lines on white, and followed by three more for the ten digits.
public enum Palette {
  /// Blue, vermillion, green, purple, orange, sky blue, black, brown, grey, olive.
  public static let categories: [Color] = [
    Color(0x0072B2), Color(0xD55E00), Color(0x009E73), Color(0xCC79A7), Color(0xE69F00),
    Color(0x56B4E9), Color(0x222222), Color(0x8C510A), Color(0x999999), Color(0xA8A000),
  ]

  /// The colour of a category; after the tenth they begin again.
  ///
  /// - Parameter index: the category's number, at least 0.
  public static func category(_ index: Int) -> Color {
    precondition(index >= 0, "Palette.category: a category of number \(index)")
    return categories[index % categories.count]
  }
}

/// A way from numbers to colours.
public struct ColorMap: Sendable {
  private let anchors: [Color]
  private let isSigned: Bool

  /// Creates a map through colours at equal distances.
  ///
  /// - Parameters:
  ///   - anchors: at least two colours.
  ///   - isSigned: whether the colour in the middle stands for 0.
  init(_ anchors: [Color], isSigned: Bool = false) {
    self.anchors = anchors
    self.isSigned = isSigned
  }

  /// The values that the colours cover, where nothing else is asked for: those that there are, made
  /// symmetric around 0 if the colour in the middle stands for it.
  func range(of values: some Sequence<Double>) -> ClosedRange<Double> {
    let finite = values.filter(\.isFinite).map { max(-Axis.greatest, min($0, Axis.greatest)) }
    let (low, high) = (finite.min() ?? 0, finite.max() ?? 0)
    guard isSigned else { return low...high }
    let extent = max(-low, high)
    return -extent...extent
  }

  /// Where a value lies between the ends of a range, 0 to 1; in a range of one number, where that has its colour:
  /// in the middle if the colour there stands for 0, else at the beginning.
  func share(of value: Double, in range: ClosedRange<Double>) -> Double {
    let (low, high) = (range.lowerBound, range.upperBound)
    guard low == high, value.isFinite else { return (value - low) / (high - low) }
    return isSigned ? 0.5 : 0
  }

  /// The colour of a share between 0 and 1; what lies outside gets the colour at the end, NaN grey.
  public func color(_ share: Double) -> Color {
    guard !share.isNaN else { return .undefined }
    let position = min(1, max(0, share)) * Double(anchors.count - 1)
    let index = min(Int(position), anchors.count - 2)
    return anchors[index].mixed(with: anchors[index + 1], share: position - Double(index))
  }

  /// From dark blue over green to yellow, evenly to the eye: for values from small to large.
  ///
  /// Source: the viridis map of Smith and van der Walt (2015), at ten places.
  public static let viridis = ColorMap([
    Color(0x440154), Color(0x482878), Color(0x3E4A89), Color(0x31688E), Color(0x26828E),
    Color(0x1F9E89), Color(0x35B779), Color(0x6ECE58), Color(0xB5DE2B), Color(0xFDE725),
  ])

  /// From blue over white to orange: for values of both signs, with 0 in the middle.
  public static let diverging = ColorMap(
    [
      Color(0x084C8D), Color(0x4A94CF), Color(0xFFFFFF), Color(0xEE8A3C), Color(0xA63A00),
    ], isSigned: true)

  /// From white to black: ink on paper.
  public static let ink = ColorMap([Color(0xFFFFFF), Color(0x000000)])

  /// From white to blue: counts and shares, with room for dark text on small ones.
  public static let blues = ColorMap([
    Color(0xFFFFFF), Color(0xC9DFF0), Color(0x7FB4D9), Color(0x2E7FBA), Color(0x08437A),
  ])
}
