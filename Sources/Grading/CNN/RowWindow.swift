import CNN

/// A window that slides over a row of pixels, with `padding` pixels before the row and as many after it.
public typealias RowWindow = (size: Int, stride: Int, dilation: Int, padding: Int)

extension ImageShape {
  /// One row of one channel.
  static func row(of pixels: Int) -> ImageShape {
    ImageShape(batch: 1, height: 1, width: pixels, channels: 1)
  }
}

extension Window {
  /// A window of one row.
  init(_ row: RowWindow) {
    self.init(
      Extent(height: 1, width: row.size), stride: Extent(height: 1, width: row.stride),
      dilation: Extent(height: 1, width: row.dilation),
      padding: .explicit(top: 0, bottom: 0, left: row.padding, right: row.padding))
  }
}
