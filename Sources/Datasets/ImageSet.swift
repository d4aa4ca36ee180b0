import KernelSupport

/// Labelled greyscale images, kept as bytes until a batch of them is drawn.
///
/// A byte a pixel is what a camera or a scanner delivers, and a quarter of what single-precision
/// numbers would take: all of MNIST is 55 MB.
public struct ImageSet: Sendable, Equatable {
  /// The images' pixels, row-major `[count, height, width]`, 0 for paper and 255 for ink.
  public let pixels: [UInt8]

  /// The class of each image, `[count]`, in `0..<classCount`.
  public let labels: [UInt8]

  /// The number of rows of each image.
  public let height: Int

  /// The number of columns of each image.
  public let width: Int

  /// The number of classes that the labels tell apart.
  public let classCount: Int

  /// The number of images.
  public var count: Int { labels.count }

  /// The number of pixels in each image, `height · width`.
  public var pixelsPerImage: Int { height * width }

  /// Creates a set of images.
  ///
  /// - Parameters:
  ///   - pixels: row-major `[count, height, width]`, where `count` is the number of labels.
  ///   - labels: `[count]`, each below `classCount`.
  ///   - height: the number of rows of an image, at least 1.
  ///   - width: the number of columns of an image, at least 1.
  ///   - classCount: the number of classes, 1 to 256.
  public init(
    pixels: [UInt8], labels: [UInt8], height: Int, width: Int, classCount: Int = 10
  ) {
    precondition(
      height >= 1 && width >= 1 && pixels.count == labels.count * height * width,
      "ImageSet: \(pixels.count) pixels are not [\(labels.count), \(height), \(width)]")
    precondition(
      labels.allSatisfy { $0 < classCount }, "ImageSet: a label is not in 0..<\(classCount)")
    self.pixels = pixels
    self.labels = labels
    self.height = height
    self.width = width
    self.classCount = classCount
  }

  /// The pixels of one image, row-major `[height, width]`.
  ///
  /// - Parameter index: the image's number, in `0..<count`.
  public subscript(index: Int) -> ArraySlice<UInt8> {
    let start = offset(ofImage: index)
    return pixels[start..<start + pixelsPerImage]
  }

  /// A batch: the images at `indices`, their pixels scaled to 0...1.
  ///
  ///     result[b, y, x] = pixels[indices[b], y, x] / 255
  ///
  /// - Parameter indices: numbers of images, each in `0..<count`; repetitions are fine.
  /// - Returns: row-major `[indices.count, height, width]`; empty for no indices.
  public func scalars(at indices: some Collection<Int>) -> [Scalar] {
    [Scalar](capacity: indices.count * pixelsPerImage) { batch in
      for index in indices {
        let start = offset(ofImage: index)
        appendScaled(pixels.span.extracting(start..<start + pixelsPerImage), to: &batch)
      }
    }
  }

  /// The labels of the images at `indices`.
  ///
  /// - Parameter indices: numbers of images, each in `0..<count`; repetitions are fine.
  public func labels(at indices: some Collection<Int>) -> [Int] {
    indices.map { index in
      _ = offset(ofImage: index)
      return Int(labels[index])
    }
  }

  /// The first images, as a set of their own.
  ///
  /// - Parameter maxCount: how many, at least 0; all images if there are fewer.
  public func prefix(_ maxCount: Int) -> ImageSet {
    precondition(maxCount >= 0, "ImageSet.prefix: \(maxCount) images")
    let count = min(maxCount, count)
    return ImageSet(
      pixels: Array(pixels.prefix(count * pixelsPerImage)), labels: Array(labels.prefix(count)),
      height: height, width: width, classCount: classCount)
  }

  private func offset(ofImage index: Int) -> Int {
    precondition(
      labels.indices.contains(index),
      "ImageSet: no image \(index) in [\(count), \(height), \(width)]")
    return index * pixelsPerImage
  }
}

private func appendScaled(_ bytes: Span<UInt8>, to batch: inout OutputSpan<Scalar>) {
  for index in bytes.indices { batch.append(Scalar(bytes[index]) / 255) }
}
