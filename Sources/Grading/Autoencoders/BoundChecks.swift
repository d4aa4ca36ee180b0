import Foundation

extension AutoencodersExercises {
  static var boundExercise: Exercise {
    Exercise(
      "negativeBound",
      hint: "the noise is fixed, so z depends on μ by 1 and on ℓ by ½ e^{ℓ/2} ε.",
      [
        Check("without noise and with q = p the loss is that of the decoder alone") {
          try checkLoss([1, 0, 0, 0, 2, 0.5])
          try checkLoss([-0.5, 0, 0, 0, 0, -0.5])
        },
        Check("the loss counts divergence and likelihood in full") {
          for input in samples { try checkLoss(input) }
        },
        Check("the gradients with respect to the decoder are the slopes of the loss") {
          for input in samples { try checkGradients(input, 2...3) }
        },
        Check("the gradients with respect to mean and log-variance pass through the draw") {
          for input in samples { try checkGradients(input, 0...1) }
        },
      ])
  }

  /// x, μ, ℓ, ε, w, b.
  private static var samples: [[Double]] {
    [
      [1.5, 0.5, -1, 0.7, 2, -0.25], [-0.3, -1.2, 0.8, -1.1, -0.5, 1], [0, 2, 0.1, 0.2, 0, 0],
    ]
  }

  private static func right(_ input: [Double]) -> (loss: Double, gradients: [Double]) {
    let (x, mean, logVariance, noise) = (input[0], input[1], input[2], input[3])
    let spread = exp(logVariance / 2) * noise
    let z = mean + spread
    let difference = input[4] * z + input[5] - x
    let divergence = (mean * mean + exp(logVariance) - logVariance - 1) / 2
    let slope = difference * input[4]
    return (
      divergence + difference * difference / 2 + log(2 * .pi) / 2,
      [
        mean + slope, (exp(logVariance) - 1) / 2 + slope * spread / 2, difference * z, difference,
      ]
    )
  }

  private static func answer(_ input: [Double]) throws -> (loss: Double, gradients: [Double]) {
    try negativeBound(
      x: input[0], mean: input[1], logVariance: input[2], noise: input[3], weight: input[4],
      bias: input[5])
  }

  // A dozen roundings of numbers up to 100.
  private static var tolerance: Double { 1e-12 }

  private static func checkLoss(_ input: [Double]) throws {
    try expect(
      answer(input).loss, right(input).loss, within: tolerance,
      for: "x, μ, ℓ, ε, w, b = \(shown(input)), the loss:")
  }

  private static func checkGradients(_ input: [Double], _ range: ClosedRange<Int>) throws {
    let gradients = try answer(input).gradients
    guard gradients.count == 4 else {
      throw Mismatch("for the gradients expected 4 numbers, got \(gradients.count)")
    }
    try expect(
      Array(gradients[range]), Array(right(input).gradients[range]),
      within: [tolerance, tolerance],
      for: "x, μ, ℓ, ε, w, b = \(shown(input)), gradients \(range.lowerBound) and "
        + "\(range.upperBound) of μ, ℓ, w, b")
  }

  static var divergenceExercise: Exercise {
    Exercise(
      "divergence",
      hint: "for one number: ln(s₂/s₁) + (s₁² + (m₁ − m₂)²) / (2 s₂²) − ½.",
      [
        Check("the divergence of a distribution from itself is 0") {
          try checkDivergence([1, -2], [0.5, 3], [1, -2], [0.5, 3])
        },
        Check("from the standard distribution it is the chapter's formula") {
          try checkDivergence([1, -2], [0.5, 3], [0, 0], [1, 1])
        },
        Check("it is that of the first from the second, and not the reverse") {
          try checkDivergence([0], [1], [1], [2])
          try checkDivergence([1], [2], [0], [1])
        },
        Check("it is a sum over numbers") {
          try checkDivergence([0, 0, 0], [2, 2, 2], [1, 1, 1], [1, 1, 1])
        },
      ])
  }

  private static func checkDivergence(
    _ means: [Double], _ deviations: [Double], _ otherMeans: [Double], _ otherDeviations: [Double]
  ) throws {
    let expected = means.indices.reduce(0.0) { sum, i in
      let ratio = deviations[i] / otherDeviations[i]
      let shift = (means[i] - otherMeans[i]) / otherDeviations[i]
      return sum + (ratio * ratio + shift * shift - 1) / 2 - log(ratio)
    }
    try expect(
      divergence(
        means: means, deviations: deviations, otherMeans: otherMeans,
        otherDeviations: otherDeviations), expected, within: tolerance,
      for: "means \(shown(means)) and \(shown(otherMeans)), deviations \(shown(deviations)) and "
        + "\(shown(otherDeviations))")
  }
}
