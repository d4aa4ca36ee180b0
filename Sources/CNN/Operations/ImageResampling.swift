import Backprop
import KernelSupport

extension Tensor {
  /// Images, [batch, height, width, channel], in another size: each pixel of the result looks at the place
  /// where its centre lies on the image, between the centres of pixels.
  ///
  ///     row(y) = (y + ½) · height / newHeight − ½,  at least 0 and at most height − 1
  ///
  /// and so for columns. For enlarging; where an image shrinks to less than half, pixels are left out.
  ///
  /// - Parameters:
  ///   - height: the new height, at least 0.
  ///   - width: the new width, at least 0.
  public func resized(height: Int, width: Int) -> Tensor {
    let shape = ResamplingShape(
      imageShape("resized"), to: Extent(height: height, width: width))
    let lines = places(height, in: shape.input.height)
    let line = places(width, in: shape.input.width)
    let rows = (0..<shape.input.batch).flatMap { _ in
      lines.flatMap { [Scalar](repeating: $0, count: width) }
    }
    let columns = (0..<shape.input.batch * height).flatMap { _ in line }
    return resampled(rows: rows, columns: columns, shape)
  }

  /// Images at given places, [batch, height, width] rows and columns.
  func resampled(rows: [Scalar], columns: [Scalar], _ shape: ResamplingShape) -> Tensor {
    let input = elements
    return Tensor(shape: shape.output.sizes) {
      Backend.current.resampling.resample(
        input.span, rows: rows.span, columns: columns.span, into: &$0, shape)
    }
  }
}

/// Where the centres of `count` pixels that share `size` pixels lie.
private func places(_ count: Int, in size: Int) -> [Scalar] {
  (0..<count).map { index in
    let place = (Scalar(index) + 0.5) * Scalar(size) / Scalar(count) - 0.5
    return max(0, min(Scalar(size - 1), place))
  }
}
