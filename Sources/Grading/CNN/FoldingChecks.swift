import CNN
import KernelSupport

extension CNNExercises {
  static var foldingExercise: Exercise {
    Exercise(
      "folded",
      hint:
        "the factor γ / √(variance + ε) belongs to the output channel, which is the last index.",
      [
        Check("on a black image the bias is all that is left") {
          for channels in [1, 2, 5] {
            try checkFolding(kernel: 3, inputs: 2, outputs: channels, isBlack: true)
          }
        },
        Check("one channel is what convolution and normalisation make of it") {
          for kernel in [1, 2, 3] {
            try checkFolding(kernel: Extent(integerLiteral: kernel), inputs: 1, outputs: 1)
          }
        },
        Check("every output channel has numbers of its own") {
          for (inputs, outputs) in [(1, 3), (2, 2), (3, 2), (2, 5)] {
            try checkFolding(kernel: 1, inputs: inputs, outputs: outputs)
            try checkFolding(kernel: Extent(height: 3, width: 2), inputs: inputs, outputs: outputs)
          }
        },
      ])
  }

  private static func checkFolding(
    kernel: Extent, inputs: Int, outputs: Int, isBlack: Bool = false
  ) throws {
    let shape = ConvolutionShape(
      ImageShape(batch: 2, height: 5, width: 4, channels: inputs), Window(kernel, padding: .same),
      outputChannels: outputs)
    var generator = inputGenerator(45)
    for _ in 0..<4 {
      let layer = NormalizedLayer(shape, using: &generator)
      let answer = try folded(
        weight: layer.weight, mean: layer.mean, variance: layer.variance,
        epsilon: NormalizedLayer.epsilon, scale: layer.scale, shift: layer.shift)
      guard answer.weight.count == shape.weightCount, answer.bias.count == outputs else {
        throw Mismatch(
          "for \(layer) expected \(shape.weightCount) weights and \(outputs) biases, got "
            + "\(answer.weight.count) and \(answer.bias.count)")
      }
      let noise = generator.exactNumbers(shape.input.count)
      let images = isBlack ? noise.map { _ in 0 } : noise
      try expect(
        shape.convolution(images, answer.weight, bias: answer.bias), layer(images),
        for: "\(layer), the outputs of \(shape.output) for images \(shown(images))")
    }
  }
}

/// A convolution without biases and the normalisation after it.
///
/// All is exact, in single precision too: deviations are powers of two, so that γ/σ is a multiple of 1/16
/// of at most 4, a product with a weight and a pixel one of 1/256 of at most 16, and the 18 terms of the
/// largest sum stay below 2⁹. So a right answer has the same bits in whatever order it multiplies.
private struct NormalizedLayer: CustomStringConvertible {
  static let epsilon: Scalar = 0.25

  let shape: ConvolutionShape
  let weight, mean, variance, scale, shift: [Scalar]

  init(_ shape: ConvolutionShape, using generator: inout some RandomNumberGenerator) {
    self.shape = shape
    weight = generator.exactNumbers(shape.weightCount)
    mean = generator.exactNumbers(shape.outputChannels)
    // With ε they are ¼, 1, 4 and 16; a channel without any variance is among them.
    variance = mean.map { _ in [0, 0.75, 3.75, 15.75][generator.integer(below: 4)] }
    scale = generator.exactNumbers(shape.outputChannels)
    shift = generator.exactNumbers(shape.outputChannels)
  }

  /// What the book's definitions make of images.
  func callAsFunction(_ images: [Scalar]) -> [Scalar] {
    let sums = shape.convolution(images, weight, bias: [])
    var outputs = sums
    var span = outputs.mutableSpan
    Naive.batchNormalization(
      sums.span,
      ChannelNormalization(
        mean: mean, variance: variance, epsilon: Self.epsilon, scale: scale, shift: shift),
      adding: [Scalar]().span, into: &span)
    return outputs
  }

  var description: String {
    "weights of \(shape.weightSizes), \(shown(weight)), mean \(shown(mean)), "
      + "variance \(shown(variance)), ε \(Self.epsilon), scale \(shown(scale)), "
      + "shift \(shown(shift))"
  }
}

extension ConvolutionShape {
  /// The book's definition of a convolution.
  fileprivate func convolution(
    _ images: [Scalar], _ weight: [Scalar], bias: [Scalar]
  ) -> [Scalar] {
    var outputs = [Scalar](repeating: 0, count: output.count)
    var span = outputs.mutableSpan
    Naive.convolution(images.span, weight.span, bias: bias.span, into: &span, self)
    return outputs
  }
}
