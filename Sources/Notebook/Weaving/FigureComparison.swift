import Foundation

/// Tells a figure that changed from one that was only drawn anew.
package enum FigureComparison {
  /// How far apart two values of a picture's pixels may be.
  private static let pixelTolerance = 2

  /// Why an old figure does not agree with a new one, or `nil` if it does.
  ///
  /// SVG files are compared as texts with numbers, PNG files pixel by pixel.
  ///
  /// - Parameters:
  ///   - old: the content of the old file.
  ///   - new: the content of the new file.
  ///   - fileExtension: the format of both, `svg` or `png`.
  package static func difference(old: Data, new: Data, fileExtension: String) -> String? {
    if old == new { return nil }
    return fileExtension == "png"
      ? pictureDifference(old: old, new: new)
      : textDifference(
        old: String(decoding: old, as: UTF8.self),
        new: String(decoding: new, as: UTF8.self))
  }

  private static func textDifference(old: String, new: String) -> String? {
    let (oldLines, newLines) = (old.split(separator: "\n"), new.split(separator: "\n"))
    for (index, (a, b)) in zip(oldLines, newLines).enumerated()
    where !Comparison.agrees(String(a), with: String(b)) {
      return "line \(index + 1) was '\(shortened(a))', is '\(shortened(b))'"
    }
    return oldLines.count == newLines.count
      ? nil : "it had \(oldLines.count) lines, has \(newLines.count)"
  }

  private static func pictureDifference(old: Data, new: Data) -> String? {
    guard let a = PNG(decoding: old), let b = PNG(decoding: new) else {
      return "it is no picture of this book's making"
    }
    guard (a.width, a.height, a.channelCount) == (b.width, b.height, b.channelCount) else {
      return "it was \(a.width)×\(a.height) pixels of \(a.channelCount) channels, "
        + "is \(b.width)×\(b.height) of \(b.channelCount)"
    }
    let place = a.values.indices.first {
      abs(Int(a.values[$0]) - Int(b.values[$0])) > pixelTolerance
    }
    guard let place else { return nil }
    let (row, column) = (place / a.channelCount).quotientAndRemainder(dividingBy: a.width)
    return "the pixel in row \(row), column \(column) was \(a.values[place]), is \(b.values[place])"
  }

  private static func shortened(_ line: Substring) -> String {
    line.count > 120 ? line.prefix(117) + "…" : String(line)
  }
}
