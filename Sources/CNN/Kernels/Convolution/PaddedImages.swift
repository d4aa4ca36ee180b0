import KernelSupport

/// A part of some images with the padding that a convolution reads: where they lie if nothing of it is
/// padding, else a copy with zeros around it.
///
/// A block of the result needs only a strip of the images, so the copy is small, is made by the thread
/// that uses it, and is still in the cache when it does. No padded image exists as a whole.
@safe struct PaddedImages {
  /// The first element: row 0, column 0 of the range in the first image.
  private(set) var start: UnsafePointer<Scalar>
  /// The distance between images.
  let imageStride: Int
  /// The distance between rows.
  let rowStride: Int

  private let buffer: UnsafeMutablePointer<Scalar>?

  /// Cuts a part out of images.
  ///
  /// - Parameters:
  ///   - source: the elements of all images.
  ///   - shape: their shape.
  ///   - images: which images.
  ///   - rows: which rows; those outside the images are zeros.
  ///   - columns: which columns; those outside the images are zeros.
  init(
    _ source: UnsafePointer<Scalar>, _ shape: ImageShape, images: Range<Int>, rows: Range<Int>,
    columns: Range<Int>
  ) {
    let imageLength = shape.height * shape.width * shape.channels
    let rowLength = shape.width * shape.channels
    let first = unsafe source + images.lowerBound * imageLength
    guard
      rows.lowerBound < 0 || rows.upperBound > shape.height || columns.lowerBound < 0
        || columns.upperBound > shape.width
    else {
      unsafe start = first + rows.lowerBound * rowLength + columns.lowerBound * shape.channels
      imageStride = imageLength
      rowStride = rowLength
      unsafe buffer = nil
      return
    }
    rowStride = columns.count * shape.channels
    imageStride = rows.count * rowStride
    let copy = UnsafeMutablePointer<Scalar>.allocate(capacity: images.count * imageStride)
    let inside = columns.clamped(to: 0..<shape.width)
    let left = (inside.lowerBound - columns.lowerBound) * shape.channels
    let length = inside.count * shape.channels
    var target = unsafe copy
    for image in 0..<images.count {
      for row in rows {
        if row >= 0 && row < shape.height && length > 0 {
          let pixels =
            unsafe first
            + (image * imageLength + row * rowLength + inside.lowerBound * shape.channels)
          unsafe target.update(repeating: 0, count: left)
          unsafe (target + left).update(from: pixels, count: length)
          unsafe (target + left + length).update(repeating: 0, count: rowStride - left - length)
        } else {
          unsafe target.update(repeating: 0, count: rowStride)
        }
        unsafe target += rowStride
      }
    }
    unsafe start = UnsafePointer(copy)
    unsafe buffer = copy
  }

  /// Frees the copy, if one was made.
  func deallocate() { unsafe buffer?.deallocate() }
}
