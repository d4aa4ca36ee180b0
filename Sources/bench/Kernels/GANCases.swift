import CNN
import GAN
import KernelSupport

/// The kernels of chapter 8: transposed convolutions at the shapes of its generators, which are the adjoint
/// convolution's kernels, and the lengths of rows.
extension KernelCase {
  static var games: [KernelCase] {
    let shapes = [
      TransposedConvolutionShape([64, 7, 7, 64], 4, 32, padding: 1),
      TransposedConvolutionShape([64, 14, 14, 32], 4, 1, padding: 1),
      TransposedConvolutionShape([64, 7, 7, 128], 5, 64, padding: 2, outputPadding: 1),
      TransposedConvolutionShape([64, 14, 14, 64], 4, 1, padding: 1),
    ]
    return shapes.enumerated().flatMap { index, shape in
      [transposed(shape), transposedBackward(shape)].map { item in
        var item = item
        item.isDetail = index > 1
        return item
      }
    } + [rowNorms]
  }

  private static func transposed(_ shape: TransposedConvolutionShape) -> KernelCase {
    let adjoint = shape.adjoint
    return KernelCase(
      kernel: "convTranspose2d", shape: shape.title,
      cost: .arithmetic(operations: adjoint.operations)
    ) {
      let input = numbers(shape.input.count)
      let weight = numbers(adjoint.weightCount, stream: 2)
      // An output sums up a window's share of the taps, and all channels of the input.
      let tolerance = Tolerance.signedSum(of: adjoint.weightCount / shape.output.channels)
      var trial = KernelTrial(
        changing: numbers(shape.output.count, stream: 3), tolerance: tolerance
      ) { kernels, output in
        kernels.convolution.convolutionInputGradient(
          input.span, weight.span, into: &output, adjoint, accumulating: false)
      }
      trial.overwrites = true
      return trial
    }
  }

  /// Both gradients: by the images and by the weights.
  private static func transposedBackward(_ shape: TransposedConvolutionShape) -> KernelCase {
    let adjoint = shape.adjoint
    return KernelCase(
      kernel: "convTranspose2dBackward", shape: shape.title,
      cost: .arithmetic(operations: 2 * adjoint.operations)
    ) {
      let input = numbers(shape.input.count)
      let weight = numbers(adjoint.weightCount, stream: 2)
      let gradient = numbers(shape.output.count, stream: 3)
      let pixels = shape.input.count / shape.input.channels
      var trial = KernelTrial(
        changing: [
          [Scalar](repeating: 0, count: input.count), [Scalar](repeating: 0, count: weight.count),
        ], tolerance: Tolerance.signedSum(of: max(pixels, adjoint.inner))
      ) { kernels, arrays in
        var inputGradient = arrays[0].mutableSpan
        kernels.convolution.convolution(
          gradient.span, weight.span, bias: Span(), into: &inputGradient, adjoint)
        var weightGradient = arrays[1].mutableSpan
        kernels.convolution.convolutionWeightGradient(
          gradient.span, input.span, into: &weightGradient, adjoint, accumulating: false)
      }
      trial.overwrites = true
      return trial
    }
  }

  private static var rowNorms: KernelCase {
    KernelCase(
      kernel: "rowNorms", shape: "256x784", cost: .memory(.read, elements: 256 * 784)
    ) {
      let x = numbers(256 * 784)
      var trial = KernelTrial(
        changing: numbers(256, stream: 2), tolerance: Tolerance.mean(of: 784, magnitude: 28)
      ) { kernels, norms in kernels.norms.rowNorms(x.span, into: &norms) }
      trial.overwrites = true
      return trial
    }
  }
}

extension TransposedConvolutionShape {
  fileprivate init(
    _ input: [Int], _ kernel: Extent, _ outputChannels: Int, padding: Int, outputPadding: Extent = 0
  ) {
    self.init(
      ImageShape(batch: input[0], height: input[1], width: input[2], channels: input[3]),
      Window(kernel, stride: 2, padding: .all(padding)), outputPadding: outputPadding,
      outputChannels: outputChannels)
  }

  /// Images, kernel, output channels and stride: `64x7x7x128-5x5x64-s2`.
  fileprivate var title: String {
    let window = adjoint.geometry.window
    return input.title
      + "-\(window.size.height)x\(window.size.width)x\(output.channels)-s\(window.stride.height)"
  }
}
