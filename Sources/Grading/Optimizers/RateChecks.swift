import KernelSupport

extension OptimizersExercises {
  static var rateExercise: Exercise {
    Exercise(
      "largestRate",
      hint: "the steepest direction decides, and momentum widens its bound.",
      [
        Check("without momentum it is 2 over the curvature") {
          for curvature in [0.01, 1, 4, 250] {
            try checkRate(curvatures: [curvature], momentum: 0)
          }
        },
        Check("the steepest direction decides") {
          try checkRate(curvatures: [1, 400, 7], momentum: 0)
          try checkRate(curvatures: [0.5, 0.25], momentum: 0)
        },
        Check("momentum changes it as the roots say") {
          for momentum in [0.1, 0.5, 0.9, 0.99] {
            try checkRate(curvatures: [1], momentum: momentum)
            try checkRate(curvatures: [3, 0.1, 25], momentum: momentum)
          }
        },
      ])
  }

  /// A root of r² − (1 + μ − ηλ) r + μ is −1 where 1 + (1 + μ − ηλ) + μ = 0.
  private static func checkRate(curvatures: [Double], momentum: Double) throws {
    let expected = 2 * (1 + momentum) / curvatures.reduce(0, max)
    try expect(
      largestRate(curvatures: curvatures, momentum: momentum), expected,
      within: 4 * Double.ulpOfOne * expected,
      for: "curvatures \(shown(curvatures)) and a momentum of \(momentum)")
  }
}
