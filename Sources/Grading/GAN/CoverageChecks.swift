extension GANExercises {
  static var coverageExercise: Exercise {
    Exercise(
      "coverage",
      hint: "a point counts for its nearest centre, and only if it is close enough.",
      [
        Check("a good point finds the mode that it is near") {
          try checkCoverage([0, 10, 10.5], [0, 10, 20], 1, modes: 2, share: 1)
          try checkCoverage([5], [0, 10], 1, modes: 0, share: 0)
        },
        Check("three deviations are near enough, and no more are") {
          try checkCoverage([1.5, 1.75], [0], 0.5, modes: 1, share: 0.5)
          try checkCoverage([-1.5, 8.5], [0, 10], 0.5, modes: 2, share: 1)
        },
        Check("a point counts for its nearest mode only") {
          try checkCoverage([0.5, 0.25], [0, 2], 1, modes: 1, share: 1)
          try checkCoverage([1.25], [0, 2], 1, modes: 1, share: 1)
        },
        Check("what is no number is near nothing") {
          try checkCoverage([.nan, 0], [0, 5], 1, modes: 1, share: 0.5)
          try checkCoverage([.infinity, -.infinity], [0, 5], 1, modes: 0, share: 0)
        },
      ])
  }

  private static func checkCoverage(
    _ points: [Double], _ centers: [Double], _ deviation: Double, modes: Int, share: Double
  ) throws {
    let answer = try coverage(of: points, centers: centers, deviation: deviation)
    let input = "points \(shown(points)), centres \(shown(centers)), deviation \(deviation)"
    try expect(Double(answer.modes), Double(modes), for: "modes, \(input),")
    try expect(answer.goodShare, share, within: 4 * Double.ulpOfOne, for: "share, \(input),")
  }
}
