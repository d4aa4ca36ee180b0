import Backprop
import KernelSupport

/// The gradient of a convolution with respect to images of few channels: the windows' gradients by a matrix product, each
/// scattered over the pixels that its window covers.
///
///     for each image, on any thread
///       for each strip of its output rows
///         windows ← G Wᵀ               output pixels × (kernel height · kernel width · in)
///         image[under the window] += each row of windows
///
/// A register tile of `DirectConvolution` computes sixteen or thirty-two channels of the image's gradient
/// whether they exist or not: of a picture with three, most of its work is for nothing. Here the taps fill the
/// tile's columns, and what it costs is to add a number for every tap. Known as col2im: the pullback of im2col.
///
/// With one channel and every second pixel, as where a generator draws its image, the product is made the other way
/// round, windowsᵀ ← W Gᵀ: two taps side by side, interleaved, lie on a run of the image's row, and vectors add it.
/// Every sum has the same order either way.
struct ScatteredGradient {
  private let shape: ConvolutionShape
  /// Whether the product is made the other way round.
  private let isPaired: Bool

  /// The rows of a strip's windows, as many as outweigh the packing of the weights.
  private static let pixelsPerStrip = 256

  /// Whether a convolution gains from it: few channels, and taps that lie side by side in the image.
  static func applies(to shape: ConvolutionShape) -> Bool {
    shape.input.channels <= 8 && shape.geometry.window.dilation.width == 1
  }

  /// Describes the gradient of a convolution.
  init(_ shape: ConvolutionShape) {
    self.shape = shape
    let window = shape.geometry.window
    isPaired =
      shape.input.channels == 1 && window.stride.width == 2 && window.size.width.isMultiple(of: 2)
  }

  /// Computes the gradient.
  ///
  /// - Parameters:
  ///   - outputGradient: ∂L/∂output.
  ///   - weight: the kernel.
  ///   - inputGradient: ∂L/∂input.
  ///   - accumulating: whether the gradient is added to what `inputGradient` holds.
  func compute(
    _ outputGradient: Span<Scalar>, _ weight: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>, accumulating: Bool
  ) {
    let output = shape.output
    let imageLength = shape.input.height * shape.input.width * shape.input.channels
    guard imageLength > 0 else { return }
    let rowsPerStrip = max(1, min(output.height, Self.pixelsPerStrip / max(1, output.width)))
    inputGradient.forEachBlock(of: imageLength) { start, image in
      if !accumulating { image.update(repeating: 0) }
      var windows = [Scalar](repeating: 0, count: rowsPerStrip * output.width * shape.inner)
      let firstRow = start / imageLength * output.height
      for top in stride(from: 0, to: output.height, by: rowsPerStrip) {
        let rows = top..<min(top + rowsPerStrip, output.height)
        let pixels = (firstRow + rows.lowerBound) * output.width
        let upstream = outputGradient.extracting(
          pixels * output.channels..<(pixels + rows.count * output.width) * output.channels)
        let pixelCount = rows.count * output.width
        var span = windows.mutableSpan
        var strip = span._mutatingExtracting(first: pixelCount * shape.inner)
        let product = MatrixProductShape(
          rows: isPaired ? shape.inner : pixelCount, columns: isPaired ? pixelCount : shape.inner,
          inner: output.channels, rightTransposed: true)
        let (left, right) = isPaired ? (weight, upstream) : (upstream, weight)
        Fast.matrixProduct(left, right, into: &strip, product, accumulating: false)
        if isPaired {
          scatterPairs(windows.span, rows, into: &image)
        } else {
          scatter(windows.span, rows, into: &image)
        }
      }
    }
  }

  /// Adds each window's rows to the image's rows under it, where these are not padding.
  private func scatter(
    _ windows: Span<Scalar>, _ rows: Range<Int>, into image: inout MutableSpan<Scalar>
  ) {
    let (input, kernel) = (shape.input, shape.geometry.window.size)
    let (rowLength, runLength) = (input.width * input.channels, kernel.width * input.channels)
    for y in rows {
      for i in 0..<kernel.height {
        let row = shape.geometry.inputRow(y, tap: i)
        guard row >= 0 && row < input.height else { continue }
        var target = image._mutatingExtracting(row * rowLength..<(row + 1) * rowLength)
        for x in 0..<shape.output.width {
          let first = shape.geometry.inputColumn(x, tap: 0) * input.channels
          let start =
            ((y - rows.lowerBound) * shape.output.width + x) * shape.inner + i * runLength
          let (left, right) = (max(0, -first), min(runLength, rowLength - first))
          guard left < right else { continue }
          target.add(windows.extracting(start + left..<start + right), at: first + left)
        }
      }
    }
  }
}

extension ScatteredGradient {
  /// Adds two taps of all windows of a row at a time, those first that the smaller columns reach.
  private func scatterPairs(
    _ windows: Span<Scalar>, _ rows: Range<Int>, into image: inout MutableSpan<Scalar>
  ) {
    let (width, kernel) = (shape.input.width, shape.geometry.window.size)
    let (count, pixelCount) = (shape.output.width, rows.count * shape.output.width)
    for y in rows {
      for i in 0..<kernel.height {
        let row = shape.geometry.inputRow(y, tap: i)
        guard row >= 0 && row < shape.input.height else { continue }
        var target = image._mutatingExtracting(row * width..<(row + 1) * width)
        for tap in stride(from: kernel.width - 2, through: 0, by: -2) {
          let first = shape.geometry.inputColumn(0, tap: tap)
          let even = (i * kernel.width + tap) * pixelCount + (y - rows.lowerBound) * count
          let taps = (
            windows.extracting(even..<even + count),
            windows.extracting(even + pixelCount..<even + pixelCount + count)
          )
          // Of the windows before and beyond these, at most one tap lies on the image.
          let lower = min(count, max(0, (1 - first) / 2))
          let upper = max(lower, min(count, (width - first) / 2))
          target.add(taps.0, taps.1, 0..<lower, at: first)
          var x = lower
          while x &+ Vector.scalarCount <= upper {
            var pairs = SIMD16<Scalar>()
            pairs.evenHalf = taps.0.vector(at: x)
            pairs.oddHalf = taps.1.vector(at: x)
            let column = first &+ 2 &* x
            target.store(target.vector(at: column) + pairs.lowHalf, at: column)
            target.store(target.vector(at: column &+ 8) + pairs.highHalf, at: column &+ 8)
            x &+= Vector.scalarCount
          }
          target.add(taps.0, taps.1, x..<count, at: first)
        }
      }
    }
  }
}

extension MutableSpan where Element == Scalar {
  /// Adds the two taps of some windows where they lie on the row, the first window's at `first`.
  @inline(__always)
  fileprivate mutating func add(
    _ even: Span<Scalar>, _ odd: Span<Scalar>, _ windows: Range<Int>, at first: Int
  ) {
    for x in windows {
      let column = first &+ 2 &* x
      if column >= 0 && column < count { self[column] += even[x] }
      if column &+ 1 >= 0 && column &+ 1 < count { self[column &+ 1] += odd[x] }
    }
  }

  /// Adds elements to those from `index` on.
  @inline(__always)
  fileprivate mutating func add(_ elements: Span<Scalar>, at index: Int) {
    var offset = 0
    while offset &+ Vector.scalarCount <= elements.count {
      store(
        vector(at: index &+ offset) + elements.vector(at: offset), at: index &+ offset)
      offset &+= Vector.scalarCount
    }
    while offset < elements.count {
      self[index &+ offset] += elements[offset]
      offset &+= 1
    }
  }
}
