import Backprop
import KernelSupport

extension BackpropExercises {
  static var fastProductExercise: Exercise {
    Exercise(
      "fastProduct",
      hint:
        "let the innermost loop run along rows of both B and the result; then keep sums in vectors.",
      [
        Check("it is right for squares") {
          for size in [1, 2, 3, 8, 33] {
            try checkProduct(rows: size, columns: size, inner: size)
          }
        },
        Check("it is right for other shapes") {
          for (rows, columns, inner) in [
            (1, 1, 5), (1, 7, 1), (5, 1, 1), (2, 3, 5), (7, 5, 2), (17, 3, 13), (5, 66, 41),
          ] {
            try checkProduct(rows: rows, columns: columns, inner: inner)
          }
        },
        Check("it is twice as fast as the definition") { try checkSpeed(ratio: 2) },
        Check("it is six times as fast as the definition") { try checkSpeed(ratio: 6) },
      ])
  }

  private static func checkProduct(rows: Int, columns: Int, inner: Int) throws {
    let product = ExactProduct(rows: rows, columns: columns, inner: inner)
    try expect(
      fastProduct(product.a, product.b, rows: rows, columns: columns, inner: inner),
      product.naive(), for: "A of \(rows)×\(inner) and B of \(inner)×\(columns)")
  }

  /// Both take turns, seven to ninety-nine times, until the best of each and the median of the turns have the
  /// ratio: a machine that is busy with something else for a while neither costs a point nor wins one.
  private static func checkSpeed(ratio: Double) throws {
    // In double precision a vector holds half as many numbers.
    let ratio = max(1.5, ratio * 4 / Double(MemoryLayout<Scalar>.stride))
    let product = ExactProduct(rows: 128, columns: 128, inner: 128)
    let clock = ContinuousClock()
    var best = (naive: Duration.seconds(3600), answer: Duration.seconds(3600))
    var ratios: [Double] = []
    for turn in 1...99 {
      var (expected, actual): ([Scalar], [Scalar]) = ([], [])
      let naive = clock.measure { expected = product.naive() }
      let answer = try clock.measure {
        actual = try fastProduct(
          product.a, product.b, rows: product.rows, columns: product.columns, inner: product.inner)
      }
      try expect(actual, expected, for: "A and B of 128×128")
      best = (min(best.naive, naive), min(best.answer, answer))
      ratios.append(naive / answer)
      let median = ratios.sorted()[turn / 2]
      if turn >= 7, median >= ratio, best.naive >= best.answer * ratio { return }
    }
    throw Mismatch(
      "for A and B of 128×128 expected at most \(best.naive / ratio), got \(best.answer)")
  }
}

/// Two matrices of exact numbers.
private struct ExactProduct {
  let (rows, columns, inner): (Int, Int, Int)
  let (a, b): ([Scalar], [Scalar])

  init(rows: Int, columns: Int, inner: Int) {
    (self.rows, self.columns, self.inner) = (rows, columns, inner)
    var generator = inputGenerator(UInt64(29 + rows))
    a = generator.exactNumbers(rows * inner)
    b = generator.exactNumbers(inner * columns)
  }

  /// The book's definition.
  func naive() -> [Scalar] {
    var result = [Scalar](repeating: 0, count: rows * columns)
    var span = result.mutableSpan
    Naive.matrixProduct(
      a.span, b.span, into: &span,
      MatrixProductShape(rows: rows, columns: columns, inner: inner), accumulating: false)
    return result
  }
}
