import KernelSupport

/// How a convolution reads its images: where they lie if it reads no padding, else in copies with zeros
/// around them.
///
/// Which of the two is the same for all of its blocks, and so are the distances between pixels.
struct PaddedLayout {
  /// The distance between images.
  let imageStride: Int
  /// The distance between rows.
  let rowStride: Int

  fileprivate let shape: ImageShape
  fileprivate let columns: Range<Int>
  fileprivate let isCopied: Bool

  /// Chooses how to read.
  ///
  /// - Parameters:
  ///   - shape: the shape of the images.
  ///   - rows: all rows that are read; those outside the images are zeros.
  ///   - columns: all columns; those outside the images are zeros.
  init(_ shape: ImageShape, rows: Range<Int>, columns: Range<Int>) {
    self.shape = shape
    self.columns = columns
    isCopied =
      rows.lowerBound < 0 || rows.upperBound > shape.height || columns.lowerBound < 0
      || columns.upperBound > shape.width
    rowStride = (isCopied ? columns.count : shape.width) * shape.channels
    imageStride = (isCopied ? rows.count : shape.height) * rowStride
  }

  /// Chooses how to read for all results of two axes.
  init(_ shape: ImageShape, rows: ConvolutionAxis, columns: ConvolutionAxis) {
    self.init(
      shape, rows: rows.sourceRange(0..<rows.count),
      columns: columns.sourceRange(0..<columns.count))
  }
}

/// A part of some images as a convolution reads it: all rows of several images, or a strip of one.
///
/// A block of the result needs only a strip of the images, so a copy is small, is made by the thread
/// that uses it, and is still in the cache when it does. No padded image exists as a whole.
@safe struct PaddedImages {
  /// The first element: row 0, column 0 of the range in the first image.
  private(set) var start: UnsafePointer<Scalar>
  /// How the images are read.
  let layout: PaddedLayout

  private let buffer: UnsafeMutablePointer<Scalar>?

  /// Cuts a part out of images.
  ///
  /// - Parameters:
  ///   - source: the elements of all images.
  ///   - layout: how they are read.
  ///   - images: which images.
  ///   - rows: which rows: all of the layout's, where there are several images.
  init(
    _ source: UnsafePointer<Scalar>, _ layout: PaddedLayout, images: Range<Int>, rows: Range<Int>
  ) {
    self.layout = layout
    let (shape, columns) = (layout.shape, layout.columns)
    let imageLength = shape.height * shape.width * shape.channels
    let rowLength = shape.width * shape.channels
    let first = unsafe source + images.lowerBound * imageLength
    guard layout.isCopied else {
      unsafe start = first + rows.lowerBound * rowLength + columns.lowerBound * shape.channels
      unsafe buffer = nil
      return
    }
    let copy = UnsafeMutablePointer<Scalar>.allocate(
      capacity: images.count * rows.count * layout.rowStride)
    let inside = columns.clamped(to: 0..<shape.width)
    let left = (inside.lowerBound - columns.lowerBound) * shape.channels
    let length = inside.count * shape.channels
    let right = layout.rowStride - left - length
    var target = unsafe copy
    for image in 0..<images.count {
      for row in rows {
        if row >= 0 && row < shape.height && length > 0 {
          let pixels =
            unsafe first
            + (image * imageLength + row * rowLength + inside.lowerBound * shape.channels)
          unsafe target.update(repeating: 0, count: left)
          unsafe (target + left).update(from: pixels, count: length)
          unsafe (target + left + length).update(repeating: 0, count: right)
        } else {
          unsafe target.update(repeating: 0, count: layout.rowStride)
        }
        unsafe target += layout.rowStride
      }
    }
    unsafe start = UnsafePointer(copy)
    unsafe buffer = copy
  }

  /// Frees the copy, if one was made.
  func deallocate() { unsafe buffer?.deallocate() }
}
