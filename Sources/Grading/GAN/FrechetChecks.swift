extension GANExercises {
  static var frechetExercise: Exercise {
    Exercise(
      "squaredFrechetDistance",
      hint: "the squared difference of the means, plus that of the standard deviations.",
      [
        Check("a shift costs its square") {
          try checkDistance([1, 2, 3], [4, 5, 6], 9)
          try checkDistance([-1, 1], [-1, 1], 0)
        },
        Check("another width costs the square of the difference of deviations") {
          // Unbiased deviations 1 and 3.
          try checkDistance([-1, 0, 1], [-3, 0, 3], 4)
          try checkDistance([-1, 0, 1], [2, 5, 8], 29)
        },
        Check("variances are unbiased, also for lists of different lengths") {
          // Variances 2 and 0.5, of two numbers each; deviations √2 and √½, of which the difference is √½.
          try checkDistance([-1, 1], [-0.5, 0.5], 0.5)
          try checkDistance([-1, 0, 1], [-1, -1, 1, 1], 4.0 / 3 + 1 - 2 * (4.0 / 3).squareRoot())
        },
        Check("numbers without spread are no obstacle") {
          try checkDistance([2, 2, 2], [3, 3], 1)
        },
      ])
  }

  private static func checkDistance(_ a: [Double], _ b: [Double], _ expected: Double) throws {
    // Means, squares and roots of a few numbers.
    try expect(
      squaredFrechetDistance(a, b), expected, within: 64 * Double.ulpOfOne * max(1, expected),
      for: "\(shown(a)) and \(shown(b))")
  }
}
