import KernelSupport

extension Naive {
  /// The images at given places, between pixels too: the mean of the four pixels around a place, each the
  /// heavier the nearer it is.
  ///
  ///     for n in 0..<batch { for y in 0..<height { for x in 0..<width { for c in 0..<channels {
  ///       (r, q) = (rows[n, y, x], columns[n, y, x])
  ///       output[n, y, x, c] = Σ_{i = ⌊r⌋, ⌊r⌋ + 1} Σ_{j = ⌊q⌋, ⌊q⌋ + 1}
  ///         (1 − |r − i|) (1 − |q − j|) · input[n, i, j, c]
  ///     } } } }
  ///
  /// Beyond the border lies paper: a pixel that the image does not have counts as 0, and a place that is
  /// no number lies beyond it. At a pixel's own place the result is that pixel, exactly.
  ///
  /// - Parameters:
  ///   - input: the images, [batch, image height, image width, channels], of finite numbers.
  ///   - rows: where to look, counted in pixels from the centre of the topmost row, [batch, height, width].
  ///   - columns: the same from the centre of the leftmost column.
  ///   - output: the results, [batch, height, width, channels].
  ///   - shape: the sizes.
  ///
  /// Source: Jaderberg, Simonyan, Zisserman and Kavukcuoglu, "Spatial Transformer Networks", NIPS 2015,
  /// equation 5.
  public static func resample(
    _ input: Span<Scalar>, rows: Span<Scalar>, columns: Span<Scalar>,
    into output: inout MutableSpan<Scalar>, _ shape: ResamplingShape
  ) {
    shape.check(
      "Naive.resample", input: input.count, rows: rows.count, columns: columns.count,
      output: output.count)
    let (images, channels) = (shape.input, shape.input.channels)
    for n in 0..<images.batch {
      for y in 0..<shape.output.height {
        for x in 0..<shape.output.width {
          let place = (n * shape.output.height + y) * shape.output.width + x
          let (r, q) = (rows[place], columns[place])
          for c in 0..<channels {
            var sum: Scalar = 0
            if r > -1 && r < Scalar(images.height) && q > -1 && q < Scalar(images.width) {
              let (top, left) = (Int(r.rounded(.down)), Int(q.rounded(.down)))
              for i in max(0, top)..<min(top + 2, images.height) {
                for j in max(0, left)..<min(left + 2, images.width) {
                  let weight = (1 - abs(r - Scalar(i))) * (1 - abs(q - Scalar(j)))
                  sum += weight * input[((n * images.height + i) * images.width + j) * channels + c]
                }
              }
            }
            output[place * channels + c] = sum
          }
        }
      }
    }
  }
}

/// From the definition to the fast kernel:
///
/// 1. A border of zeros around a copy of each image: no place needs a test for what lies beyond.
/// 2. Places outside are sent to the corner of that border, so that all that remains is the same for all.
/// 3. Two interpolations down the columns and one between them: three products a pixel, not eight.
/// 4. With a single channel, eight places at once as far as the arithmetic on places goes; then each loads
///    two pairs of neighbours, which are interpolated together.
/// 5. Several images on several threads.
///
/// It stays below four times on one thread. Four pixels are fetched for every place, from wherever it lies, one
/// load each: that bounds it, and vectors help with the rest only.
extension Fast {
  /// The images at given places; contract: `Naive.resample`.
  public static func resample(
    _ input: Span<Scalar>, rows: Span<Scalar>, columns: Span<Scalar>,
    into output: inout MutableSpan<Scalar>, _ shape: ResamplingShape
  ) {
    shape.check(
      "Fast.resample", input: input.count, rows: rows.count, columns: columns.count,
      output: output.count)
    let (images, channels) = (shape.input, shape.input.channels)
    let (places, pixels) = (shape.output.height * shape.output.width, images.height * images.width)
    guard !output.isEmpty else { return }
    let border = BorderedImage(height: images.height, width: images.width, channels: channels)
    // Some 15 µs of work, in whole images, since each needs its border.
    let imagesPerBlock = max(1, 16_384 / (places * channels))
    output.forEachBlock(of: imagesPerBlock * places * channels) { start, block in
      var copy = [Scalar](repeating: 0, count: border.count)
      let first = start / (places * channels)
      for image in first..<first + block.count / (places * channels) {
        var bordered = copy.mutableSpan
        border.fill(
          &bordered,
          with: input.extracting(image * pixels * channels..<(image + 1) * pixels * channels))
        let range = image * places..<(image + 1) * places
        let (r, q) = (rows.extracting(range), columns.extracting(range))
        let offset = (image - first) * places * channels
        if channels == 1 && border.hasExactIndices {
          border.resamplePlaces(bordered.span, r, q, into: &block, at: offset)
        } else {
          border.resampleChannels(bordered.span, r, q, into: &block, at: offset)
        }
      }
    }
  }
}

/// An image with a border of zeros, one pixel wide, and how to look into it.
private struct BorderedImage {
  let height: Int
  let width: Int
  let channels: Int

  /// The elements of a row, border included.
  var rowLength: Int { (width + 2) * channels }

  /// All elements, border included.
  var count: Int { (height + 2) * rowLength }

  /// Whether a scalar can hold every index without rounding.
  var hasExactIndices: Bool { count < 1 << Scalar.significandBitCount }

  /// Copies an image, [height, width, channels], into the border.
  @inline(__always)
  func fill(_ bordered: inout MutableSpan<Scalar>, with image: Span<Scalar>) {
    let length = width &* channels
    for y in 0..<height {
      let row = image.extracting(y &* length..<(y &+ 1) &* length)
      let start = (y &+ 1) &* rowLength &+ channels
      for i in row.indices { bordered[start &+ i] = row[i] }
    }
  }

  /// The image, of one channel, at eight places at a time.
  @inline(__always)
  func resamplePlaces(
    _ image: Span<Scalar>, _ rows: Span<Scalar>, _ columns: Span<Scalar>,
    into output: inout MutableSpan<Scalar>, at offset: Int
  ) {
    var place = 0
    while place &+ Vector.scalarCount <= rows.count {
      let values = interpolated(image, rows.vector(at: place), columns.vector(at: place))
      output.store(values, at: offset &+ place)
      place &+= Vector.scalarCount
    }
    guard place < rows.count else { return }
    let values = interpolated(image, rows.lastVector(at: place), columns.lastVector(at: place))
    for lane in 0..<rows.count &- place { output[offset &+ place &+ lane] = values[lane] }
  }

  /// Eight results of an image of one channel.
  @inline(__always)
  private func interpolated(
    _ image: Span<Scalar>, _ rows: Vector, _ columns: Vector
  ) -> Vector {
    let (height, width) = (Scalar(height), Scalar(width))
    let isInside = (rows .> -1) .& (rows .< height) .& (columns .> -1) .& (columns .< width)
    let r = Vector(repeating: -1).replacing(with: rows, where: isInside)
    let q = Vector(repeating: -1).replacing(with: columns, where: isInside)
    let (top, left) = (r.rounded(.down), q.rounded(.down))
    let index = (left + 1).addingProduct(top + 1, Vector(repeating: width + 2))
    let (right, below) = (q - left, r - top)
    // Written out, since a lane whose number the compiler does not know goes through memory.
    func value(_ lane: Int) -> Scalar {
      let first = Int(index[lane])
      let upper = image.pair(at: first)
      let lower = image.pair(at: first &+ rowLength)
      let between = upper.addingProduct(lower - upper, SIMD2(repeating: below[lane]))
      return between.x.addingProduct(between.y - between.x, right[lane])
    }
    return Vector(
      value(0), value(1), value(2), value(3), value(4), value(5), value(6), value(7))
  }

  /// The image at one place after the other, all channels of each.
  @inline(__always)
  func resampleChannels(
    _ image: Span<Scalar>, _ rows: Span<Scalar>, _ columns: Span<Scalar>,
    into output: inout MutableSpan<Scalar>, at offset: Int
  ) {
    for place in rows.indices {
      let isInside =
        rows[place] > -1 && rows[place] < Scalar(height) && columns[place] > -1
        && columns[place] < Scalar(width)
      let (r, q) = isInside ? (rows[place], columns[place]) : (-1, -1)
      let (top, left) = (r.rounded(.down), q.rounded(.down))
      let (below, right) = (r - top, q - left)
      let start = (Int(top) &+ 1) &* rowLength &+ (Int(left) &+ 1) &* channels
      let upper = image.extracting(start..<start &+ 2 &* channels)
      let lower = image.extracting(start &+ rowLength..<start &+ rowLength &+ 2 &* channels)
      let result = offset &+ place &* channels
      for channel in 0..<channels {
        let (a, b) = (upper[channel], upper[channels &+ channel])
        let (c, d) = (lower[channel], lower[channels &+ channel])
        let onLeft = a.addingProduct(c - a, below)
        let onRight = b.addingProduct(d - b, below)
        output[result &+ channel] = onLeft.addingProduct(onRight - onLeft, right)
      }
    }
  }
}

extension Span where Element == Scalar {
  /// The element at `index` and the one after it, with one check and one load.
  @inline(__always)
  fileprivate func pair(at index: Int) -> SIMD2<Scalar> {
    Swift.precondition(index >= 0 && index &+ 2 <= count, "Span.pair: two elements do not fit here")
    return unsafe bytes.unsafeLoadUnaligned(
      fromUncheckedByteOffset: index &* MemoryLayout<Scalar>.stride, as: SIMD2<Scalar>.self)
  }
}
