extension TransformersExercises {
  static var nucleusExercise: Exercise {
    Exercise(
      "nucleus",
      hint: "sort by probability, keep until the sum reaches p, then divide by that sum.",
      [
        Check("with p = 1 everything stays") {
          try checkNucleus([0.5, 0.25, 0.25], 1, [0.5, 0.25, 0.25])
          try checkNucleus([1], 1, [1])
        },
        Check("the token that crosses p stays") {
          try checkNucleus([0.125, 0.5, 0.25, 0.125], 0.625, [0, 2.0 / 3, 1.0 / 3, 0])
          try checkNucleus([0.25, 0.125, 0.5, 0.125], 0.8125, [2.0 / 7, 1.0 / 7, 4.0 / 7, 0])
        },
        Check("a sum that reaches p exactly is enough") {
          try checkNucleus([0.25, 0.5, 0.25], 0.5, [0, 1, 0])
          try checkNucleus([0.25, 0.5, 0.25], 0.75, [1.0 / 3, 2.0 / 3, 0])
        },
        Check("the smallest p leaves one") {
          try checkNucleus([0.375, 0.625], 1e-300, [0, 1])
        },
        Check("of equal ones the first come first") {
          try checkNucleus([0.25, 0.25, 0.25, 0.25], 0.375, [0.5, 0.5, 0, 0])
        },
      ])
  }

  private static func checkNucleus(
    _ probabilities: [Double], _ p: Double, _ expected: [Double]
  ) throws {
    try expect(
      try nucleus(probabilities, p: p), expected, within: expected.map { _ in 1e-14 },
      for: "\(shown(probabilities)) and p = \(p)")
  }
}
