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
struct ScatteredGradient {
  private let shape: ConvolutionShape

  /// The rows of a strip's windows, as many as outweigh the packing of the weights.
  private static let pixelsPerStrip = 256

  /// Whether a convolution gains from it: few channels, and taps that lie side by side in the image.
  static func applies(to shape: ConvolutionShape) -> Bool {
    shape.input.channels <= 8 && shape.geometry.window.dilation.width == 1
  }

  /// Describes the gradient of a convolution.
  init(_ shape: ConvolutionShape) { self.shape = shape }

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
        var span = windows.mutableSpan
        var strip = span._mutatingExtracting(first: rows.count * output.width * shape.inner)
        Fast.matrixProduct(
          upstream, weight, into: &strip,
          MatrixProductShape(
            rows: rows.count * output.width, columns: shape.inner, inner: output.channels,
            rightTransposed: true), accumulating: false)
        scatter(windows.span, rows, into: &image)
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

extension MutableSpan where Element == Scalar {
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
