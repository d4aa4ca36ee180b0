import KernelSupport

/// A height and a width: of a kernel, a stride or a dilation.
public struct Extent: Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// The number of rows.
  public let height: Int
  /// The number of columns.
  public let width: Int

  /// Creates an extent.
  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// Creates a square: `3` is 3×3.
  public init(integerLiteral side: Int) { self.init(height: side, width: side) }

  /// Height and width, as in "3×5".
  public var description: String { "\(height)×\(width)" }
}

/// The shape of a batch of images: [batch, height, width, channel], row-major.
public struct ImageShape: Hashable, Sendable, CustomStringConvertible {
  /// How many images there are.
  public let batch: Int
  /// The rows of an image.
  public let height: Int
  /// The columns of an image.
  public let width: Int
  /// The numbers of a pixel.
  public let channels: Int

  /// Creates a shape; every size is at least 0.
  public init(batch: Int, height: Int, width: Int, channels: Int) {
    precondition(
      batch >= 0 && height >= 0 && width >= 0 && channels >= 0,
      "ImageShape: a size of [\(batch), \(height), \(width), \(channels)] is negative")
    precondition(
      [height, width, channels].reduce((batch, false)) { product, size in
        let (next, overflow) = product.0.multipliedReportingOverflow(by: size)
        return (next, product.1 || overflow)
      }.1 == false,
      "ImageShape: images of [\(batch), \(height), \(width), \(channels)] have too many elements")
    self.batch = batch
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// The number of elements.
  public var count: Int { batch * height * width * channels }

  /// The sizes as a tensor's shape.
  public var sizes: [Int] { [batch, height, width, channels] }

  /// The sizes, as in "[8, 28, 28, 1]".
  public var description: String { "\(sizes)" }
}

/// What surrounds an image, so that a window may reach beyond its border: zeros.
public enum Padding: Hashable, Sendable {
  /// Nothing: the window stays within the image.
  case valid
  /// As much as makes the output ⌈size / stride⌉; where that is odd, the extra row or column comes last.
  ///
  /// Source: Keras's and TensorFlow's `SAME`.
  case same
  /// The given numbers of rows and columns.
  case explicit(top: Int, bottom: Int, left: Int, right: Int)

  /// The same number of rows and columns on all four sides.
  public static func all(_ width: Int) -> Padding {
    .explicit(top: width, bottom: width, left: width, right: width)
  }
}

/// A window that slides over images: of a convolution or a pooling layer.
public struct Window: Hashable, Sendable {
  /// The taps of the window.
  public let size: Extent
  /// How far it moves from one output to the next.
  public let stride: Extent
  /// The distance between neighbouring taps.
  public let dilation: Extent
  /// What surrounds the image.
  public let padding: Padding

  /// Creates a window.
  ///
  /// - Parameters:
  ///   - size: its taps, at least 1×1.
  ///   - stride: how far it moves, at least 1×1.
  ///   - dilation: the distance between neighbouring taps, at least 1×1.
  ///   - padding: what surrounds the image.
  public init(
    _ size: Extent, stride: Extent = 1, dilation: Extent = 1, padding: Padding = .valid
  ) {
    for (name, extent) in [("window", size), ("stride", stride), ("dilation", dilation)] {
      precondition(
        extent.height >= 1 && extent.width >= 1,
        "Window: a \(name) of \(extent), expected at least 1×1")
    }
    if case .explicit(let top, let bottom, let left, let right) = padding {
      precondition(
        min(top, bottom, left, right) >= 0, "Window: a padding of \(padding) is negative")
    }
    self.size = size
    self.stride = stride
    self.dilation = dilation
    self.padding = padding
  }

  /// The pixels from a window's first to its last tap.
  public var reach: Extent {
    Extent(
      height: (size.height - 1) * dilation.height + 1,
      width: (size.width - 1) * dilation.width + 1)
  }
}

/// Where a window goes on a batch of images.
///
/// Tap (i, j) of the window of output (y, x) lies on pixel
/// (y · stride + i · dilation − top, x · stride + j · dilation − left), which may be padding.
public struct WindowGeometry: Hashable, Sendable {
  /// The images.
  public let input: ImageShape
  /// The window.
  public let window: Window
  /// The rows of an output.
  public let outputHeight: Int
  /// The columns of an output.
  public let outputWidth: Int
  /// The rows of padding above an image.
  public let top: Int
  /// The columns of padding at the left of an image.
  public let left: Int

  /// Places a window.
  ///
  ///     output = ⌊(input + padding − reach) / stride⌋ + 1
  ///
  /// - Parameters:
  ///   - input: the images.
  ///   - window: the window; it fits into the padded image.
  public init(_ input: ImageShape, _ window: Window) {
    let reach = window.reach
    let (top, bottom, left, right): (Int, Int, Int, Int)
    switch window.padding {
    case .valid: (top, bottom, left, right) = (0, 0, 0, 0)
    case .explicit(let t, let b, let l, let r): (top, bottom, left, right) = (t, b, l, r)
    case .same:
      let rows = Self.samePadding(input.height, reach.height, window.stride.height)
      let columns = Self.samePadding(input.width, reach.width, window.stride.width)
      (top, bottom, left, right) = (rows / 2, rows - rows / 2, columns / 2, columns - columns / 2)
    }
    let height = input.height + top + bottom
    let width = input.width + left + right
    precondition(
      reach.height <= height && reach.width <= width,
      "Window: a window that reaches over \(reach) pixels does not fit into images "
        + "of shape \(input), padded to \(height)×\(width)")
    self.input = input
    self.window = window
    self.top = top
    self.left = left
    outputHeight = (height - reach.height) / window.stride.height + 1
    outputWidth = (width - reach.width) / window.stride.width + 1
  }

  private static func samePadding(_ size: Int, _ reach: Int, _ stride: Int) -> Int {
    max(0, ((size + stride - 1) / stride - 1) * stride + reach - size)
  }

  /// The row of the image under a tap; outside `0 ..< input.height` it is padding.
  @inlinable @inline(__always)
  public func inputRow(_ outputRow: Int, tap: Int) -> Int {
    outputRow &* window.stride.height &+ tap &* window.dilation.height &- top
  }

  /// The column of the image under a tap; outside `0 ..< input.width` it is padding.
  @inlinable @inline(__always)
  public func inputColumn(_ outputColumn: Int, tap: Int) -> Int {
    outputColumn &* window.stride.width &+ tap &* window.dilation.width &- left
  }

  /// The shape of outputs with a given number of channels.
  public func output(channels: Int) -> ImageShape {
    ImageShape(batch: input.batch, height: outputHeight, width: outputWidth, channels: channels)
  }
}
