import Foundation
import KernelSupport

/// Small pictures in rows and columns, enlarged so that they are legible: digits, weights, filters.
public struct ImageGrid: Figure {
  private let images: [[Double]]
  private let height: Int
  private let width: Int
  private let columnCount: Int
  private let colors: ColorMap
  private let range: ClosedRange<Double>?
  private let labels: [String]
  private let scale: Int

  /// Creates a grid, filled row by row.
  ///
  /// - Parameters:
  ///   - images: the pictures, each with `height * width` values row by row from the top.
  ///   - height: the height of a picture in pixels.
  ///   - width: the width of a picture in pixels.
  ///   - columnCount: how many stand side by side, at least 1.
  ///   - colors: the colours: `.ink` for what was drawn, `.diverging` for values of both signs.
  ///   - range: the values that the colours cover, or `nil` for those of each picture by itself; with
  ///     `.diverging` and `nil` that is the greatest absolute value, so that 0 is white.
  ///   - labels: a short text below each picture, of Latin letters, digits and a few signs; empty for none.
  public init(
    images: [[some BinaryFloatingPoint]], height: Int, width: Int, columnCount: Int,
    colors: ColorMap = .ink, range: ClosedRange<Double>? = nil, labels: [String] = []
  ) {
    precondition(
      !images.isEmpty && columnCount >= 1 && height >= 1 && width >= 1
        && images.allSatisfy { $0.count == height * width },
      "ImageGrid: pictures of \(Set(images.map(\.count)).sorted()) values in \(columnCount) columns; "
        + "expected \(height)×\(width)")
    precondition(
      labels.isEmpty || labels.count == images.count,
      "ImageGrid: \(labels.count) labels for \(images.count) pictures")
    self.images = images.map { $0.map { Double($0) } }
    self.height = height
    self.width = width
    self.columnCount = min(columnCount, images.count)
    self.colors = colors
    self.range = range
    self.labels = labels
    // The largest whole number that keeps the figure within the width of a page.
    scale = max(1, min(8, Self.pageWidth / self.columnCount / (width + 2)))
  }

  private static let pageWidth = 800
  private static let gap = 6

  /// The file is a PNG.
  public var fileExtension: String { "png" }

  /// The PNG file, grey unless there is colour in it.
  public func encoded() -> Data { picture.encoded() }

  /// The pixels.
  package var picture: PNG {
    let texts = labels.map(PixelFont.pixels)
    let labelWidth = ((texts.map(\.width).max() ?? 0) + PixelFont.gap) * Self.labelScale
    let labelHeight = labels.isEmpty ? 0 : (PixelFont.height + 3) * Self.labelScale
    let cellWidth = max(width * scale, labelWidth) + Self.gap
    let cellHeight = height * scale + Self.gap + labelHeight
    let rowCount = (images.count + columnCount - 1) / columnCount
    var sheet = Sheet(
      width: columnCount * cellWidth + Self.gap, height: rowCount * cellHeight + Self.gap)
    for (index, image) in images.enumerated() {
      let (row, column) = index.quotientAndRemainder(dividingBy: columnCount)
      let left = Self.gap + column * cellWidth
      let top = Self.gap + row * cellHeight
      let indent = (cellWidth - Self.gap - width * scale) / 2
      for (place, color) in colors(of: image).enumerated() {
        let (y, x) = place.quotientAndRemainder(dividingBy: width)
        sheet.fill(left + indent + x * scale, top + y * scale, side: scale, color)
      }
      guard !labels.isEmpty else { continue }
      let start = left + (cellWidth - Self.gap - texts[index].width * Self.labelScale) / 2
      let labelTop = top + height * scale + 2 * Self.labelScale
      for (x, y) in texts[index].places {
        sheet.fill(
          start + x * Self.labelScale, labelTop + y * Self.labelScale, side: Self.labelScale, .ink)
      }
    }
    return sheet.picture
  }

  private static let labelScale = 2

  private func colors(of image: [Double]) -> [Color] {
    let range = range ?? colors.range(of: image)
    return image.map { colors.color(colors.share(of: $0, in: range)) }
  }
}

/// The pixels of a figure under way.
private struct Sheet {
  private let width: Int
  private let height: Int
  private var pixels: [Color]

  /// Creates pale grey paper, on which white pictures stand out.
  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    pixels = Array(repeating: Color(gray: 238), count: width * height)
  }

  /// Fills a square.
  mutating func fill(_ left: Int, _ top: Int, side: Int, _ color: Color) {
    for y in top..<(top + side) {
      for x in left..<(left + side) { pixels[y * width + x] = color }
    }
  }

  /// The picture, grey unless there is colour in it.
  var picture: PNG {
    let isGray = pixels.allSatisfy { $0.red == $0.green && $0.green == $0.blue }
    return PNG(
      width: width, height: height, channelCount: isGray ? 1 : 3,
      values: isGray ? pixels.map(\.red) : pixels.flatMap { [$0.red, $0.green, $0.blue] })
  }
}
