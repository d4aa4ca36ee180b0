import Backprop
import CNN
import KernelSupport

extension Variable {
  /// Every channel of every image with the same mean and deviation, whatever it had before.
  ///
  ///     for n, c {
  ///       y[n, :, :, c] = γ[c] (x[n, :, :, c] − μ[n, c]) / √(variance[n, c] + ε) + β[c]
  ///     }
  ///
  /// It is chapter 4's batch normalisation of one image after the other, forward and back: with a batch of one, the
  /// statistics of the batch are the image's own. So there is no new kernel; the gradients of γ and β are
  /// sums over the images.
  ///
  /// - Parameters:
  ///   - scale: γ, [channels].
  ///   - shift: β, [channels].
  ///   - epsilon: ε, above 0.
  ///   - isRectified: whether max(y, 0) is taken in the end.
  /// - Returns: y, of this variable's shape.
  /// - Precondition: this variable is [batch, height, width, channels], with at least two pixels.
  ///
  /// Source: Ulyanov, Vedaldi and Lempitsky, "Instance Normalization: The Missing Ingredient for Fast
  /// Stylization", 2016.
  public func instanceNormalization(
    scale: Variable, shift: Variable, epsilon: Scalar = 1e-5, isRectified: Bool = false
  ) -> Variable {
    let x = self
    let shape = x.value.shape
    precondition(
      shape.count == 4 && shape[3] == scale.value.count && shift.value.count == shape[3]
        && shape[1] * shape[2] >= 2,
      "instanceNormalization: an input of shape \(shape) for scales of shape \(scale.value.shape) and shifts of "
        + "shape \(shift.value.shape); its last size is the number of channels, and an image has at "
        + "least 2 pixels")
    let (input, kernels, sums) = (
      x.value.elements, Backend.current.normalization, Backend.current.arithmetic
    )
    let length = shape[1] * shape[2] * shape[3]
    let images = (0..<shape[0]).map { $0 * length..<($0 + 1) * length }
    let channels = images.map { image in
      var mean = [Scalar](repeating: 0, count: shape[3])
      var variance = mean
      var means = mean.mutableSpan
      var variances = variance.mutableSpan
      kernels.channelMoments(
        input.span.extracting(image), mean: &means, variance: &variances)
      return ChannelNormalization(
        mean: mean, variance: variance, epsilon: epsilon, scale: scale.value.elements,
        shift: shift.value.elements, isRectified: isRectified)
    }
    let y = Tensor(shape: shape) { output in
      for (image, channels) in zip(images, channels) {
        var part = output._mutatingExtracting(image)
        kernels.batchNormalization(
          input.span.extracting(image), channels, adding: Span(), into: &part)
      }
    }
    return Variable(y, from: [x, scale, shift]) { gradient in
      var (scaleSums, shiftSums) = (
        Tensor(shape: scale.value.shape), Tensor(shape: shift.value.shape)
      )
      var residuals: [Scalar] = []
      gradient.update { gradient in
        for (image, channels) in zip(images, channels) {
          var (scales, shifts) = (scaleSums, shiftSums)
          var none = residuals.mutableSpan
          scales.update { scales in
            shifts.update { shifts in
              var part = gradient._mutatingExtracting(image)
              kernels.batchNormalizationBackward(
                input.span.extracting(image), channels, adding: Span(), ofBatch: true,
                gradient: &part, residualGradient: &none, scaleGradient: &scales,
                shiftGradient: &shifts)
            }
          }
          scaleSums.update { sums.add(scales.elements.span, to: &$0) }
          shiftSums.update { sums.add(shifts.elements.span, to: &$0) }
        }
      }
      scale.addGradient(scaleSums)
      shift.addGradient(shiftSums)
      x.addGradient(gradient)
    }
  }
}
