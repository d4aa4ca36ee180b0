import KernelSupport

extension Naive {
  /// The convolution of images with a kernel: one sum for every pixel and channel of the output.
  ///
  ///     for n in 0..<batch { for y in 0..<outputHeight { for x in 0..<outputWidth { for o in 0..<out {
  ///       output[n, y, x, o] = bias[o] + Σ_i Σ_j Σ_c
  ///         input[n, y · stride + i · dilation − top, x · stride + j · dilation − left, c] · weight[i, j, c, o]
  ///     } } } }
  ///
  /// Terms whose pixel lies in the padding are 0. Strictly this is a cross-correlation: the kernel is not
  /// turned over, as in all neural networks.
  ///
  /// - Parameters:
  ///   - input: the images, [batch, height, width, in].
  ///   - weight: the kernel, [kernel height, kernel width, in, out].
  ///   - bias: a number for every output channel, [out], or empty for none.
  ///   - output: the result, [batch, output height, output width, out].
  ///   - shape: the sizes.
  ///
  /// All about it on one page: `Chapters/Guides/Convolution.md`.
  ///
  /// Source: LeCun et al., "Backpropagation Applied to Handwritten Zip Code Recognition", 1989.
  public static func convolution(
    _ input: Span<Scalar>, _ weight: Span<Scalar>, bias: Span<Scalar>,
    into output: inout MutableSpan<Scalar>, _ shape: ConvolutionShape
  ) {
    shape.check(
      "Naive.convolution", input: input.count, weight: weight.count, output: output.count,
      bias: bias.count)
    let (images, results, kernel) = (shape.input, shape.output, shape.geometry.window.size)
    for n in 0..<results.batch {
      for y in 0..<results.height {
        for x in 0..<results.width {
          for o in 0..<results.channels {
            var sum: Scalar = 0
            for i in 0..<kernel.height {
              for j in 0..<kernel.width {
                for c in 0..<images.channels {
                  if let pixel = shape.geometry.pixel(n, y, x, tap: i, j) {
                    sum +=
                      input[pixel * images.channels + c]
                      * weight[
                        ((i * kernel.width + j) * images.channels + c) * results.channels + o]
                  }
                }
              }
            }
            let pixel = (n * results.height + y) * results.width + x
            output[pixel * results.channels + o] = bias.isEmpty ? sum : bias[o] + sum
          }
        }
      }
    }
  }

  /// The gradient of a convolution with respect to its images: every output's gradient goes back along its sum.
  ///
  ///     for n, y, x, o, i, j, c {
  ///       inputGradient[n, y · stride + i · dilation − top, x · stride + j · dilation − left, c]
  ///         += outputGradient[n, y, x, o] · weight[i, j, c, o]
  ///     }
  ///
  /// - Parameters:
  ///   - outputGradient: ∂L/∂output, [batch, output height, output width, out].
  ///   - weight: the kernel, [kernel height, kernel width, in, out].
  ///   - inputGradient: ∂L/∂input, [batch, height, width, in].
  ///   - shape: the sizes.
  ///   - accumulating: whether the gradient is added to what `inputGradient` holds.
  public static func convolutionInputGradient(
    _ outputGradient: Span<Scalar>, _ weight: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>, _ shape: ConvolutionShape, accumulating: Bool
  ) {
    shape.check(
      "Naive.convolutionInputGradient", input: inputGradient.count, weight: weight.count,
      output: outputGradient.count)
    if !accumulating { inputGradient.update(repeating: 0) }
    shape.forEachTerm { input, weightIndex, output in
      inputGradient[input] += outputGradient[output] * weight[weightIndex]
    }
  }

  /// The gradient of a convolution with respect to its weights: a weight takes part in every output of its channel.
  ///
  ///     for n, y, x, o, i, j, c {
  ///       weightGradient[i, j, c, o] += outputGradient[n, y, x, o]
  ///         · input[n, y · stride + i · dilation − top, x · stride + j · dilation − left, c]
  ///     }
  ///
  /// - Parameters:
  ///   - input: the images, [batch, height, width, in].
  ///   - outputGradient: ∂L/∂output, [batch, output height, output width, out].
  ///   - weightGradient: ∂L/∂weight, [kernel height, kernel width, in, out].
  ///   - shape: the sizes.
  ///   - accumulating: whether the gradient is added to what `weightGradient` holds.
  public static func convolutionWeightGradient(
    _ input: Span<Scalar>, _ outputGradient: Span<Scalar>,
    into weightGradient: inout MutableSpan<Scalar>, _ shape: ConvolutionShape, accumulating: Bool
  ) {
    shape.check(
      "Naive.convolutionWeightGradient", input: input.count, weight: weightGradient.count,
      output: outputGradient.count)
    if !accumulating { weightGradient.update(repeating: 0) }
    shape.forEachTerm { inputIndex, weight, output in
      weightGradient[weight] += outputGradient[output] * input[inputIndex]
    }
  }
}

extension WindowGeometry {
  /// The number of the pixel under a tap, counted through the batch, or nil where that is padding.
  @inline(__always)
  func pixel(_ image: Int, _ y: Int, _ x: Int, tap i: Int, _ j: Int) -> Int? {
    let row = inputRow(y, tap: i)
    let column = inputColumn(x, tap: j)
    guard row >= 0 && row < input.height && column >= 0 && column < input.width else { return nil }
    return (image &* input.height &+ row) &* input.width &+ column
  }
}

extension ConvolutionShape {
  /// Calls `body` for every product of the convolution, seven loops deep, with the indices of its two
  /// factors and of the output that it is a term of.
  @inline(__always)
  func forEachTerm(_ body: (_ input: Int, _ weight: Int, _ output: Int) -> Void) {
    let (images, results, kernel) = (input, output, geometry.window.size)
    for n in 0..<results.batch {
      for y in 0..<results.height {
        for x in 0..<results.width {
          let outputPixel = (n * results.height + y) * results.width + x
          for i in 0..<kernel.height {
            for j in 0..<kernel.width {
              guard let pixel = geometry.pixel(n, y, x, tap: i, j) else { continue }
              for c in 0..<images.channels {
                let row = (i * kernel.width + j) * images.channels + c
                for o in 0..<results.channels {
                  body(
                    pixel * images.channels + c, row * results.channels + o,
                    outputPixel * results.channels + o)
                }
              }
            }
          }
        }
      }
    }
  }
}
