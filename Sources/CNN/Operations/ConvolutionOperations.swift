import Backprop
import KernelSupport
import Perceptrons

extension Variable {
  /// The convolution of images with a kernel.
  ///
  /// - Parameters:
  ///   - weight: the kernel, [kernel height, kernel width, in, out].
  ///   - bias: [out], or nil for none.
  ///   - window: stride, dilation and padding; its size is the weight's.
  /// - Returns: [batch, output height, output width, out].
  /// - Precondition: this variable is [batch, height, width, in].
  public func convolution(
    _ weight: Variable, bias: Variable? = nil, _ window: Window
  ) -> Variable {
    let x = self
    let sizes = weight.value.shape
    let images = x.value.imageShape("convolution")
    precondition(
      sizes.count == 4 && sizes[2] == images.channels
        && window.size == Extent(height: sizes[0], width: sizes[1]),
      "convolution: weights of shape \(sizes) for images of shape \(images); the third size of the "
        + "weights is the number of channels")
    let shape = ConvolutionShape(images, window, outputChannels: sizes[3])
    let (input, kernel) = (x.value.elements, weight.value.elements)
    let biases = bias?.value.elements ?? []
    let (kernels, sums) = (Backend.current.convolution, Backend.current.matrix)
    let y = Tensor(shape: shape.output.sizes) {
      kernels.convolution(
        input.span, kernel.span, bias: biases.span, into: &$0, shape)
    }
    return Variable(y, from: [x, weight, bias]) { gradient in
      let upstream = gradient.elements
      bias?.accumulateGradient {
        sums.columnSums(upstream.span, into: &$0, accumulating: $1)
      }
      weight.accumulateGradient {
        kernels.convolutionWeightGradient(
          input.span, upstream.span, into: &$0, shape, accumulating: $1)
      }
      x.accumulateGradient {
        kernels.convolutionInputGradient(
          upstream.span, kernel.span, into: &$0, shape, accumulating: $1)
      }
    }
  }
}

extension Tensor {
  /// The sizes of a batch of images.
  ///
  /// - Precondition: the shape is [batch, height, width, channel].
  func imageShape(_ operation: String) -> ImageShape {
    precondition(
      shape.count == 4,
      "\(operation): a tensor of shape \(shape), expected [batch, height, width, channel]")
    return ImageShape(batch: shape[0], height: shape[1], width: shape[2], channels: shape[3])
  }
}
