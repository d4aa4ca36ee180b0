import KernelSupport

extension OptimizersExercises {
  static var paceExercise: Exercise {
    Exercise(
      "pace",
      hint:
        "eliminate m; without a share of it, with all of it, and with μ of it you know the answers.",
      [
        Check("without momentum a step multiplies by 1 − ηλ") {
          for product in [0.1, 0.5, 1, 1.5, 2.1] {
            for share in [0.0, 0.5, 1] { try checkPace(product, 0, share) }
          }
        },
        Check("a step along m alone is momentum with the rate η (1 − μ)") {
          for (product, momentum) in [(0.1, 0.5), (1, 0.9), (39, 0.9), (0.001, 0.5), (7, 0.5)] {
            try checkPace(product, momentum, 1)
          }
        },
        Check("a share of μ is Nesterov's rule") {
          for (product, momentum) in [(0.1, 0.5), (1.0, 0.9), (13, 0.9), (15, 0.9), (3.3, 0.25)] {
            try checkPace(product, momentum, momentum)
          }
        },
        Check("and any share between") {
          var generator = inputGenerator(36)
          for _ in 0..<20 {
            try checkPace(
              Double(generator.uniform(in: 0.01..<4)), Double(generator.uniform(in: 0.05..<0.99)),
              Double(generator.uniform(in: 0.05..<1)))
          }
        },
      ])
  }

  /// The roots of r² − b r + c: the trace of the step's matrix, and its determinant.
  private static func checkPace(_ product: Double, _ momentum: Double, _ share: Double) throws {
    // One step maps (w, m) to (w − η((1 − ν) λ w + ν m'), m') with m' = μ m + (1 − μ) λ w; in units of λ.
    let gain = 1 - momentum
    let direct = 1 - product * (1 - share + share * gain)
    let b = direct + momentum
    let c = direct * momentum + product * share * momentum * gain
    let discriminant = b * b - 4 * c
    let expected =
      discriminant < 0 ? c.squareRoot() : (abs(b) + discriminant.squareRoot()) / 2
    try expect(
      pace(product: product, momentum: momentum, share: share), expected,
      // Where the roots nearly meet, a rounding counts as its root.
      within: 1e-7 * max(1, expected),
      for: "ηλ = \(product), μ = \(momentum) and a share of \(share)")
  }
}
