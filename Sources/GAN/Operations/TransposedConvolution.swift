import Backprop
import CNN
import KernelSupport

extension Variable {
  /// The transposed convolution: every pixel of a small image paints a window of a large one.
  ///
  ///     for n, r, q, c, i, j, o {
  ///       y[n, r · stride + i · dilation − top, q · stride + j · dilation − left, o]
  ///         += x[n, r, q, c] · weight[i, j, o, c]
  ///     }
  ///
  /// Line by line that is `Naive.convolutionInputGradient` of chapter 4. A convolution is a linear map A of
  /// its images; its input gradient is Aᵀ, and a transposed convolution is Aᵀ as an operation of its own. So there is no new kernel:
  ///
  ///     y = Aᵀ x          ∂L/∂x = A ∂L/∂y          ∂L/∂weight: the convolution's, with y's gradient as
  ///                                                images and x as upstream gradient
  ///
  /// - Parameters:
  ///   - weight: [kernel height, kernel width, out, in].
  ///   - bias: [out], or nil for none.
  ///   - window: stride, dilation and padding; its size is the weight's.
  ///   - outputPadding: rows and columns added to the output, below the stride.
  /// - Returns: [batch, output height, output width, out].
  /// - Precondition: this variable is [batch, height, width, in].
  public func transposedConvolution(
    _ weight: Variable, bias: Variable? = nil, _ window: Window, outputPadding: Extent = 0
  ) -> Variable {
    let x = self
    let (sizes, images) = (weight.value.shape, x.value.shape)
    precondition(
      sizes.count == 4 && images.count == 4 && sizes[3] == images[3]
        && window.size == Extent(height: sizes[0], width: sizes[1]),
      "transposedConvolution: weights of shape \(sizes) for images of shape \(images); the last size of both "
        + "is the number of input channels")
    let shape = TransposedConvolutionShape(
      ImageShape(batch: images[0], height: images[1], width: images[2], channels: images[3]),
      window, outputPadding: outputPadding, outputChannels: sizes[2])
    precondition(
      (bias?.value.count ?? sizes[2]) == sizes[2],
      "transposedConvolution: biases of shape \(bias?.value.shape ?? []) for \(sizes[2]) output channels"
    )
    let (kernels, matrices) = (Backend.current.convolution, Backend.current.matrix)
    let (input, factors) = (x.value.elements, weight.value.elements)
    var y = Tensor(shape: shape.output.sizes)
    y.update { output in
      kernels.convolutionInputGradient(
        input.span, factors.span, into: &output, shape.adjoint, accumulating: false)
      if let bias {
        let biases = bias.value.elements
        matrices.addRow(biases.span, to: &output)
      }
    }
    return Variable(y, from: [x, weight, bias]) { gradient in
      let upstream = gradient.elements
      bias?.accumulateGradient {
        matrices.columnSums(upstream.span, into: &$0, accumulating: $1)
      }
      weight.accumulateGradient {
        kernels.convolutionWeightGradient(
          upstream.span, input.span, into: &$0, shape.adjoint, accumulating: $1)
      }
      guard x.needsGradient else { return }
      var inputGradient = Tensor(shape: shape.input.sizes)
      inputGradient.update {
        kernels.convolution(upstream.span, factors.span, bias: Span(), into: &$0, shape.adjoint)
      }
      x.addGradient(inputGradient)
    }
  }
}
