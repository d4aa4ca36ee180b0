import Backprop
import KernelSupport

extension Variable {
  /// The largest element of every window, channel by channel.
  ///
  /// - Parameters:
  ///   - window: its size, stride, dilation and padding, which never wins.
  /// - Returns: [batch, output height, output width, channel].
  /// - Precondition: this variable is [batch, height, width, channel], and the window fits.
  public func maxPooling(_ window: Window) -> Variable {
    let shape = PoolingShape(value.imageShape("maxPooling"), window)
    let (input, kernels) = (value.elements, Backend.current.pooling)
    let y = Tensor(shape: shape.output.sizes) {
      kernels.maxPooling(input.span, into: &$0, shape)
    }
    return Variable(y, from: [self]) { [self] gradient in
      let upstream = gradient.elements
      accumulateGradient {
        kernels.maxPoolingBackward(
          input.span, upstream.span, into: &$0, shape, accumulating: $1)
      }
    }
  }

  /// The mean of every window, channel by channel.
  ///
  /// - Parameters:
  ///   - window: its size, stride, dilation and padding.
  ///   - countsPadding: whether a mean is over all taps of the window or only those on the image.
  /// - Returns: [batch, output height, output width, channel].
  /// - Precondition: this variable is [batch, height, width, channel], and the window fits.
  public func averagePooling(
    _ window: Window, countsPadding: Bool = false
  ) -> Variable {
    let shape = PoolingShape(value.imageShape("averagePooling"), window)
    let (input, kernels) = (value.elements, Backend.current.pooling)
    let y = Tensor(shape: shape.output.sizes) {
      kernels.averagePooling(
        input.span, into: &$0, shape, countsPadding: countsPadding)
    }
    return Variable(y, from: [self]) { [self] gradient in
      let upstream = gradient.elements
      accumulateGradient {
        kernels.averagePoolingBackward(
          upstream.span, into: &$0, shape, countsPadding: countsPadding, accumulating: $1)
      }
    }
  }

  /// The mean of every channel over all pixels of an image.
  ///
  /// - Returns: [batch, channel].
  /// - Precondition: this variable is [batch, height, width, channel], with at least one pixel.
  public func globalAveragePooling() -> Variable {
    let images = value.imageShape("globalAveragePooling")
    precondition(
      images.height * images.width > 0,
      "globalAveragePooling: images of shape \(images) have no pixels to take a mean of")
    let (input, kernels) = (value.elements, Backend.current.pooling)
    let y = Tensor(shape: [images.batch, images.channels]) {
      kernels.globalAveragePooling(input.span, into: &$0, images)
    }
    return Variable(y, from: [self]) { [self] gradient in
      let upstream = gradient.elements
      accumulateGradient {
        kernels.globalAveragePoolingBackward(
          upstream.span, into: &$0, images, accumulating: $1)
      }
    }
  }
}
