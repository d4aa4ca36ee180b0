import Backprop
import KernelSupport

/// A layer that keeps the largest of every few neighbours, channel by channel: images shrink, and what was
/// found in them may move a little without a change.
public struct MaxPooling2D: PhaselessLayer {
  /// Where the windows go.
  public let window: Window

  /// Creates a layer.
  ///
  /// - Parameters:
  ///   - size: the window's height and width, at least 1×1.
  ///   - stride: how far it moves; its own size, so that windows lie side by side, unless told otherwise.
  ///   - padding: what surrounds the image; it never wins.
  public init(_ size: Extent = 2, stride: Extent? = nil, padding: Padding = .valid) {
    window = Window(size, stride: stride ?? size, padding: padding)
  }

  /// The largest element of every window.
  ///
  /// - Parameter input: [batch, height, width, channel].
  /// - Returns: [batch, output height, output width, channel].
  public func callAsFunction(_ input: Variable) -> Variable {
    input.maxPooling(window)
  }
}

/// A layer that takes the mean of every few neighbours, channel by channel.
public struct AveragePooling2D: PhaselessLayer {
  /// Where the windows go.
  public let window: Window
  /// Whether padding counts in a mean.
  public let countsPadding: Bool

  /// Creates a layer.
  ///
  /// - Parameters:
  ///   - size: the window's height and width, at least 1×1.
  ///   - stride: how far it moves; its own size unless told otherwise.
  ///   - padding: what surrounds the image.
  ///   - countsPadding: whether a mean is over all of the window, as in PyTorch, or over what lies on the
  ///     image, as in Keras.
  public init(
    _ size: Extent = 2, stride: Extent? = nil, padding: Padding = .valid,
    countsPadding: Bool = false
  ) {
    window = Window(size, stride: stride ?? size, padding: padding)
    self.countsPadding = countsPadding
  }

  /// The mean of every window.
  ///
  /// - Parameter input: [batch, height, width, channel].
  /// - Returns: [batch, output height, output width, channel].
  public func callAsFunction(_ input: Variable) -> Variable {
    input.averagePooling(window, countsPadding: countsPadding)
  }
}

/// A layer that takes the mean of every channel over the whole image: what is left are channels.
public struct GlobalAveragePooling2D: PhaselessLayer {
  /// Creates a layer.
  public init() {}

  /// The mean of every channel.
  ///
  /// - Parameter input: [batch, height, width, channel].
  /// - Returns: [batch, channel].
  public func callAsFunction(_ input: Variable) -> Variable {
    input.globalAveragePooling()
  }
}
