import Foundation

/// Something that `figure` can write into a file.
public protocol Figure {
  /// The file's extension, which is also the name of its format: `svg` or `png`.
  var fileExtension: String { get }

  /// The whole content of the file; the same figure gives the same bytes on every machine.
  func encoded() -> Data
}

/// A figure of lines and shapes, which becomes an SVG file or a part of `Panels`.
public protocol Chart: Figure {
  /// The width and height that suit the chart when it stands alone, in pixels.
  var naturalSize: Size { get }

  /// Draws the chart.
  ///
  /// - Parameters:
  ///   - frame: the rectangle to stay in.
  ///   - canvas: what to draw on.
  func draw(in frame: Rectangle, on canvas: inout Canvas)
}

extension Chart {
  /// Every chart is an SVG file.
  public var fileExtension: String { "svg" }

  /// The width of a page and a height that leaves room for text around.
  public var naturalSize: Size { Size(width: 720, height: 420) }

  /// The SVG file of the chart at its natural size.
  public func encoded() -> Data {
    var canvas = Canvas(size: naturalSize)
    draw(in: Rectangle(origin: .zero, size: naturalSize), on: &canvas)
    return Data(canvas.document.utf8)
  }
}
