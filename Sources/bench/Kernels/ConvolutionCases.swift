import CNN
import KernelSupport

/// Convolutions: those of ResNet-18 at batch 8, and some that are small enough to time the definition.
extension KernelCase {
  static var convolutions: [KernelCase] {
    let small = [
      ConvolutionShape([1, 28, 28, 32], 3, 64, padding: .same),
      ConvolutionShape([8, 28, 28, 1], 3, 32),
    ]
    let layers = [
      ConvolutionShape([8, 224, 224, 3], 7, 64, stride: 2, padding: .all(3)),
      ConvolutionShape([8, 56, 56, 64], 3, 64, padding: .all(1)),
      ConvolutionShape([8, 56, 56, 64], 3, 128, stride: 2, padding: .all(1)),
      ConvolutionShape([8, 28, 28, 128], 3, 128, padding: .all(1)),
      ConvolutionShape([8, 14, 14, 256], 3, 256, padding: .all(1)),
      ConvolutionShape([8, 7, 7, 512], 3, 512, padding: .all(1)),
      ConvolutionShape([8, 56, 56, 64], 1, 128, stride: 2),
      // Of the residual network for digits.
      ConvolutionShape([64, 28, 28, 16], 3, 16, padding: .all(1)),
      ConvolutionShape([64, 28, 28, 16], 3, 32, stride: 2, padding: .all(1)),
      ConvolutionShape([64, 14, 14, 32], 3, 32, padding: .all(1)),
      ConvolutionShape([64, 7, 7, 64], 3, 64, padding: .all(1)),
    ]
    return small.flatMap { [convolution($0), convolutionBackward($0)] }
      + layers.flatMap { [convolution($0), convolutionBackward($0)] }.map { layer in
        var layer = layer
        layer.isDetail = true
        return layer
      }
  }

  /// The forward pass.
  private static func convolution(_ shape: ConvolutionShape) -> KernelCase {
    KernelCase(
      kernel: "conv2d", shape: shape.title, cost: .arithmetic(operations: shape.operations)
    ) {
      let input = numbers(shape.input.count)
      let weight = numbers(shape.weightCount, stream: 2)
      let tolerance = Tolerance.signedSum(of: shape.inner)
      var trial = KernelTrial(
        changing: numbers(shape.output.count, stream: 3), tolerance: tolerance
      ) { kernels, output in
        kernels.convolution.convolution(
          input.span, weight.span, bias: Span(), into: &output, shape)
      }
      trial.overwrites = true
      trial.probe = { results in
        let r = numbers(shape.outputChannels, stream: 4)
        let weights = combined(weight, r)
        let expected = filled(shape.withOneOutput.output.count) {
          Naive.convolution(
            input.span, weights.span, bias: Span(), into: &$0, shape.withOneOutput)
        }
        return worstDeviation(combined(results[0], r), expected) / (tolerance * r.norm)
      }
      return trial
    }
  }

  /// Both gradients: by the images and by the weights.
  private static func convolutionBackward(_ shape: ConvolutionShape) -> KernelCase {
    KernelCase(
      kernel: "conv2dBackward", shape: shape.title,
      cost: .arithmetic(operations: 2 * shape.operations)
    ) {
      let input = numbers(shape.input.count)
      let weight = numbers(shape.weightCount, stream: 2)
      let gradient = numbers(shape.output.count, stream: 3)
      let pixels = shape.output.count / shape.outputChannels
      let tolerance = Tolerance.signedSum(of: max(pixels, shape.inner))
      var trial = KernelTrial(
        changing: [
          [Scalar](repeating: 0, count: input.count), [Scalar](repeating: 0, count: weight.count),
        ], tolerance: tolerance
      ) { kernels, arrays in
        var inputGradient = arrays[0].mutableSpan
        kernels.convolution.convolutionInputGradient(
          gradient.span, weight.span, into: &inputGradient, shape, accumulating: false)
        var weightGradient = arrays[1].mutableSpan
        kernels.convolution.convolutionWeightGradient(
          input.span, gradient.span, into: &weightGradient, shape, accumulating: false)
      }
      trial.overwrites = true
      trial.probe = { results in
        let r = numbers(shape.outputChannels, stream: 4)
        let gradients = combined(gradient, r)
        let byWeights = filled(shape.weightCount / r.count) {
          Naive.convolutionWeightGradient(
            input.span, gradients.span, into: &$0, shape.withOneOutput,
            accumulating: false)
        }
        let s = numbers(shape.input.channels, stream: 5)
        let weights = combined(weight, s, groupsOf: shape.outputChannels)
        let byImages = filled(shape.input.count / s.count) {
          Naive.convolutionInputGradient(
            gradient.span, weights.span, into: &$0,
            shape.withOneInput, accumulating: false)
        }
        return max(
          worstDeviation(combined(results[0], s), byImages) / (tolerance * s.norm),
          worstDeviation(combined(results[1], r), byWeights) / (tolerance * r.norm))
      }
      return trial
    }
  }

  /// An array of zeros that a kernel has changed.
  private static func filled(
    _ count: Int, _ kernel: (inout MutableSpan<Scalar>) -> Void
  ) -> [Scalar] {
    var array = [Scalar](repeating: 0, count: count)
    var span = array.mutableSpan
    kernel(&span)
    return array
  }

  /// Σ_c x[…, c, g] r[c]: the channels of x, which come in groups of `count` numbers each, combined.
  private static func combined(
    _ x: [Scalar], _ r: [Scalar], groupsOf count: Int = 1
  ) -> [Scalar] {
    (0..<x.count / r.count).map { index in
      let (row, place) = index.quotientAndRemainder(dividingBy: count)
      return r.indices.reduce(0) { $0 + x[(row * r.count + $1) * count + place] * r[$1] }
    }
  }

  private static func worstDeviation(_ a: [Scalar], _ b: [Scalar]) -> Scalar {
    zip(a, b).reduce(0) { worst, pair in
      let deviation = abs(pair.0 - pair.1)
      return deviation.isNaN ? .infinity : max(worst, deviation)
    }
  }
}

extension ImageShape {
  /// The sizes as the table shows them: `8x56x56x64`.
  var title: String { sizes.map(String.init).joined(separator: "x") }
}

extension ConvolutionShape {
  fileprivate init(
    _ input: [Int], _ kernel: Extent, _ outputChannels: Int, stride: Extent = 1,
    padding: Padding = .valid
  ) {
    self.init(
      ImageShape(batch: input[0], height: input[1], width: input[2], channels: input[3]),
      Window(kernel, stride: stride, padding: padding), outputChannels: outputChannels)
  }

  /// Images, kernel and stride: `8x56x56x64-3x3x64-s1`.
  fileprivate var title: String {
    let window = geometry.window
    return input.title
      + "-\(window.size.height)x\(window.size.width)x\(outputChannels)-s\(window.stride.height)"
  }

  /// The same convolution with one output channel.
  fileprivate var withOneOutput: ConvolutionShape {
    ConvolutionShape(input, geometry.window, outputChannels: 1)
  }

  /// The same convolution with one input channel.
  fileprivate var withOneInput: ConvolutionShape {
    let images = ImageShape(
      batch: input.batch, height: input.height, width: input.width, channels: 1)
    return ConvolutionShape(images, geometry.window, outputChannels: outputChannels)
  }
}

extension [Scalar] {
  /// √Σ x².
  fileprivate var norm: Scalar { reduce(0) { $0 + $1 * $1 }.squareRoot() }
}
