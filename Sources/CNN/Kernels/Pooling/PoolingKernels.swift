import KernelSupport

/// The sizes of a pooling operation: every channel of an image is pooled by itself.
public struct PoolingShape: Hashable, Sendable {
  /// Where the window goes on the input.
  public let geometry: WindowGeometry

  /// Creates a shape.
  ///
  /// - Parameters:
  ///   - input: the images.
  ///   - window: the window's size, stride, dilation and padding; wherever it goes, at least one of its
  ///     taps lies on the image, since a maximum or a mean of nothing is no number.
  public init(_ input: ImageShape, _ window: Window) {
    geometry = WindowGeometry(input, window)
    let rows = (0..<geometry.outputHeight).map(geometry.rowTaps)
    let columns = (0..<geometry.outputWidth).map(geometry.columnTaps)
    precondition(
      !rows.contains(where: \.isEmpty) && !columns.contains(where: \.isEmpty),
      "PoolingShape: a window of \(window.size) would lie wholly in the padding of images of shape "
        + "\(input); padding is smaller than what the window reaches over")
  }

  /// The images, [batch, height, width, channel].
  public var input: ImageShape { geometry.input }

  /// The results, [batch, output height, output width, channel].
  public var output: ImageShape { geometry.output(channels: input.channels) }

  /// Stops the program unless the operands have the counts that this shape asks for.
  func check(_ operation: String, input: Int, output: Int) {
    precondition(
      input == self.input.count && output == self.output.count,
      "\(operation): \(input) and \(output) elements for images of shape \(self.input) and outputs "
        + "\(self.output)")
  }
}

extension WindowGeometry {
  /// The rows of taps of an output row that lie on the image.
  func rowTaps(_ outputRow: Int) -> Range<Int> {
    Self.taps(
      from: inputRow(outputRow, tap: 0), by: window.dilation.height, window.size.height,
      on: input.height)
  }

  /// The columns of taps of an output column that lie on the image.
  func columnTaps(_ outputColumn: Int) -> Range<Int> {
    Self.taps(
      from: inputColumn(outputColumn, tap: 0), by: window.dilation.width, window.size.width,
      on: input.width)
  }

  /// The taps t in 0 ..< count with 0 ≤ first + t · dilation < size.
  private static func taps(
    from first: Int, by dilation: Int, _ count: Int, on size: Int
  ) -> Range<Int> {
    let lower = (max(0, -first) + dilation - 1) / dilation
    let upper = min(count, (max(0, size - first) + dilation - 1) / dilation)
    return lower..<max(lower, upper)
  }
}

/// The kernels of pooling.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` computes the same.
public protocol PoolingKernels {
  /// The largest element of every window; contract: `Naive.maxPooling`.
  static func maxPooling(
    _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, _ shape: PoolingShape)
  /// The pullback of `maxPooling`; contract: `Naive.maxPoolingBackward`.
  static func maxPoolingBackward(
    _ input: Span<Scalar>, _ outputGradient: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>, _ shape: PoolingShape, accumulating: Bool)

  /// The mean of every window; contract: `Naive.averagePooling`.
  static func averagePooling(
    _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, _ shape: PoolingShape,
    countsPadding: Bool)
  /// The pullback of `averagePooling`; contract: `Naive.averagePoolingBackward`.
  static func averagePoolingBackward(
    _ outputGradient: Span<Scalar>, into inputGradient: inout MutableSpan<Scalar>,
    _ shape: PoolingShape, countsPadding: Bool, accumulating: Bool)

  /// The mean of every channel of an image; contract: `Naive.globalAveragePooling`.
  static func globalAveragePooling(
    _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, _ images: ImageShape)
  /// The pullback of `globalAveragePooling`; contract: `Naive.globalAveragePoolingBackward`.
  static func globalAveragePoolingBackward(
    _ outputGradient: Span<Scalar>, into inputGradient: inout MutableSpan<Scalar>,
    _ images: ImageShape, accumulating: Bool)
}

extension Naive: PoolingKernels {}
extension Fast: PoolingKernels {}

extension Backend {
  /// The pooling kernels of this backend.
  public var pooling: any PoolingKernels.Type { self == .naive ? Naive.self : Fast.self }
}
