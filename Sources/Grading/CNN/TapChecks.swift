import CNN
import KernelSupport

extension CNNExercises {
  static var tapExercise: Exercise {
    Exercise(
      "tapGradient",
      hint:
        "turn the formula for two outputs and three taps round: the same sums, with the roles exchanged.",
      [
        Check("it is right for two outputs") { try checkTaps(outputs: [2]) },
        Check("it is right for rows of any length") {
          try checkTaps(outputs: [1, 3, 4, 5, 8, 13, 30])
        },
        Check("every product of a pixel and a gradient is one of `multiply`") {
          // All products twice as large make a gradient that is twice as large.
          try checkTaps(outputs: [1, 2, 5, 16], factor: 2)
        },
        Check("four products are enough for two outputs") {
          for outputs in [1, 2, 5, 16] {
            let limit = (outputs + 1) / 2 * 4
            let count = try checkTaps(outputs: [outputs])
            guard count <= limit else {
              throw Mismatch(
                "for \(outputs) outputs expected at most \(limit) products, got \(count)")
            }
          }
        },
      ])
  }

  /// Checks the gradient for rows with so many outputs.
  ///
  /// - Parameter factor: by how much `multiply` makes its products larger.
  /// - Returns: how often `multiply` was called.
  @discardableResult
  private static func checkTaps(outputs counts: [Int], factor: Scalar = 1) throws -> Int {
    var generator = inputGenerator(46)
    var products = 0
    for count in counts {
      let x = generator.exactNumbers(count + 2)
      let gradient = generator.exactNumbers(count)
      let answer = try tapGradient(x, gradient: gradient) {
        products += 1
        return factor * $0 * $1
      }
      let expected = definedTapGradient(x, gradient).map { factor * $0 }
      // A right gradient is a multiple of 1/16, and a slip with a half of 1/32: whatever is nearer than
      // half of that is rounding in somebody's own transforms. Winograd's are exact.
      try expect(
        answer, expected, within: expected.map { _ in 1 / 64 },
        for: "x \(shown(x)), gradient \(shown(gradient))"
          + (factor == 1 ? "" : ", where `multiply` returns \(factor) times the product"))
    }
    return products
  }

  /// The book's definition, for a kernel of three taps on one row.
  private static func definedTapGradient(_ x: [Scalar], _ gradient: [Scalar]) -> [Scalar] {
    let shape = ConvolutionShape(.row(of: x.count), Window((3, 1, 1, 0)), outputChannels: 1)
    var taps = [Scalar](repeating: 0, count: 3)
    var span = taps.mutableSpan
    Naive.convolutionWeightGradient(
      x.span, gradient.span, into: &span, shape, accumulating: false)
    return taps
  }
}
