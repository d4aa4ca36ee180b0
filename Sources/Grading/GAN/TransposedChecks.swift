import KernelSupport

extension GANExercises {
  static var transposedExercise: Exercise {
    Exercise(
      "transposedConvolution",
      hint: "input i adds its multiple of the weights from place i · stride − padding on.",
      [
        Check("one number paints the weights") {
          try checkRow([2], [1, 2, 3], stride: 1)
          try checkRow([-1], [0.5, 4], stride: 3)
        },
        Check("windows overlap and add up") {
          try checkRow([1, 2, 3], [1, 10, 100], stride: 1)
          try checkRow([1, -2, 3, 4], [1, 10, 100], stride: 2)
          try checkRow([1, 2], [1, 2], stride: 4)
        },
        Check("padding crops on both sides") {
          try checkRow([1, 2, 3, 4], [1, 10, 100, 1000], stride: 2, padding: 1)
          try checkRow([1, 2, 3, 4], [1, 10, 100], stride: 1, padding: 2)
        },
        Check("output padding adds at the end only") {
          try checkRow([1, 2, 3], [1, 10, 100], stride: 2, padding: 1, outputPadding: 1)
          try checkRow([1, 2], [5, 7], stride: 3, outputPadding: 2)
        },
        Check("it is the adjoint of a convolution") {
          var generator = inputGenerator(8)
          for (stride, padding, extra) in [(1, 0, 0), (2, 1, 0), (2, 1, 1), (3, 2, 1)] {
            let x = generator.exactNumbers(5).map { Double($0) }
            try checkRow(
              x, generator.exactNumbers(5).map { Double($0) }, stride: stride, padding: padding,
              outputPadding: extra)
          }
        },
      ])
  }

  private static func checkRow(
    _ x: [Double], _ weight: [Double], stride: Int, padding: Int = 0, outputPadding: Int = 0
  ) throws {
    let count = (x.count - 1) * stride - 2 * padding + weight.count + outputPadding
    // Output by output: which numbers reach it, through which tap?
    let expected = (0..<count).map { place in
      x.indices.reduce(0.0) { sum, index in
        let tap = place + padding - index * stride
        return weight.indices.contains(tap) ? sum + x[index] * weight[tap] : sum
      }
    }
    try expect(
      transposedConvolution(
        x, weight: weight, stride: stride, padding: padding, outputPadding: outputPadding),
      expected,
      for: "x \(shown(x)), weights \(shown(weight)), stride \(stride), padding \(padding), "
        + "output padding \(outputPadding)")
  }
}
