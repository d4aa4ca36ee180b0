import CNN
import KernelSupport

extension CNNExercises {
  static var separableExercise: Exercise {
    Exercise(
      "separable",
      hint: "write h between the two parts: its gradient comes from the points, theirs from h.",
      [
        Check("the outputs are those of both parts, one after the other") {
          try checkSeparable { problem, answer in
            try expect(answer.output, problem.output, for: "\(problem), y,")
          }
        },
        Check("the points get what the first part has made") {
          try checkSeparable { problem, answer in
            try expect(answer.points, problem.gradients.points, for: "\(problem), ∂L/∂points,")
          }
        },
        Check("every channel's taps get a gradient of their own") {
          try checkSeparable { problem, answer in
            try expect(answer.taps, problem.gradients.taps, for: "\(problem), ∂L/∂taps,")
          }
        },
        Check("the pixels get it back through both") {
          try checkSeparable { problem, answer in
            try expect(answer.input, problem.gradients.input, for: "\(problem), ∂L/∂x,")
          }
        },
      ])
  }

  private static func checkSeparable(
    _ check: (
      SeparableProblem, (output: [Scalar], input: [Scalar], taps: [Scalar], points: [Scalar])
    ) throws -> Void
  ) throws {
    var generator = inputGenerator(48)
    for (size, kernel, channels, outputs) in [
      (1, 1, 1, 1), (4, 3, 1, 1), (5, 2, 2, 1), (6, 3, 2, 3), (9, 4, 3, 2),
    ] {
      let problem = SeparableProblem(size, kernel, channels, outputs, using: &generator)
      let answer = try separable(
        problem.x, channels: channels, taps: problem.taps, points: problem.points,
        gradient: problem.gradient)
      try check(problem, answer)
    }
  }
}

/// A row of pixels, the two parts of a depthwise separable convolution, and ∂L/∂y.
///
/// All is a multiple of ¼ of at most 2, so an output, a product of three, is one of 1/64: with at most 24 terms,
/// right answers have the same bits in whatever order they add.
private struct SeparableProblem: CustomStringConvertible {
  let x, taps, points, gradient: [Scalar]
  let size, kernel, channels, outputs: Int

  init(
    _ size: Int, _ kernel: Int, _ channels: Int, _ outputs: Int,
    using generator: inout some RandomNumberGenerator
  ) {
    (self.size, self.kernel, self.channels, self.outputs) = (size, kernel, channels, outputs)
    x = generator.exactNumbers(size * channels)
    taps = generator.exactNumbers(kernel * channels)
    points = generator.exactNumbers(channels * outputs)
    gradient = generator.exactNumbers((size - kernel + 1) * outputs)
  }

  /// A full convolution with zeros between different channels: the first part as the book has it.
  private var depthwise: ConvolutionShape {
    ConvolutionShape(
      ImageShape(batch: 1, height: 1, width: size, channels: channels),
      Window((kernel, 1, 1, 0)), outputChannels: channels)
  }

  private var pointwise: ConvolutionShape {
    ConvolutionShape(depthwise.output, Window((1, 1, 1, 0)), outputChannels: outputs)
  }

  private var spreadTaps: [Scalar] {
    (0..<kernel * channels * channels).map { index in
      let (row, o) = index.quotientAndRemainder(dividingBy: channels)
      return row % channels == o ? taps[row] : 0
    }
  }

  private var between: [Scalar] { depthwise.convolution(x, spreadTaps) }

  var output: [Scalar] { pointwise.convolution(between, points) }

  var gradients: (input: [Scalar], taps: [Scalar], points: [Scalar]) {
    let pointGradient = pointwise.weightGradient(between, gradient)
    let betweenGradient = pointwise.inputGradient(gradient, points)
    let spread = depthwise.weightGradient(x, betweenGradient)
    return (
      depthwise.inputGradient(betweenGradient, spreadTaps),
      taps.indices.map { spread[$0 * channels + $0 % channels] }, pointGradient
    )
  }

  var description: String {
    "x \(shown(x)) of \(channels) channels, taps \(shown(taps)), points \(shown(points)), "
      + "∂L/∂y \(shown(gradient))"
  }
}

extension ConvolutionShape {
  fileprivate func convolution(_ x: [Scalar], _ weight: [Scalar]) -> [Scalar] {
    filled(output.count) { Naive.convolution(x.span, weight.span, bias: Span(), into: &$0, self) }
  }

  fileprivate func weightGradient(_ x: [Scalar], _ gradient: [Scalar]) -> [Scalar] {
    filled(weightCount) {
      Naive.convolutionWeightGradient(x.span, gradient.span, into: &$0, self, accumulating: false)
    }
  }

  fileprivate func inputGradient(_ gradient: [Scalar], _ weight: [Scalar]) -> [Scalar] {
    filled(input.count) {
      Naive.convolutionInputGradient(
        gradient.span, weight.span, into: &$0, self, accumulating: false)
    }
  }

  private func filled(_ count: Int, _ fill: (inout MutableSpan<Scalar>) -> Void) -> [Scalar] {
    var result = [Scalar](repeating: 0, count: count)
    var span = result.mutableSpan
    fill(&span)
    return result
  }
}
