import Foundation
import KernelSupport

extension BackpropExercises {
  static var logSumExpExercise: Exercise {
    Exercise(
      "logSumExp",
      hint: "take the largest x out of the sum, unless it is −∞.",
      [
        Check("it is the logarithm of the sum of exponentials") {
          try checkLogSumExp(shifts: [0])
        },
        Check("it survives large numbers of either sign") {
          try checkLogSumExp(shifts: [1000, -1000, 1e6, -1e6])
        },
        Check("it knows minus infinity") {
          for x in [[], [-Double.infinity], [-.infinity, -.infinity]] {
            try expect(logSumExp(x), -.infinity, for: shown(x))
          }
          try expect(logSumExp([-.infinity, 0.5]), 0.5, for: "[-inf, 0.5]")
        },
      ])
  }

  /// Adding a number to every x adds it to the result, and for small x the formula as it stands is right.
  private static func checkLogSumExp(shifts: [Double]) throws {
    var generator = inputGenerator(24)
    for shift in shifts {
      for count in [1, 2, 3, 10, 100] {
        let small = (0..<count).map { _ in Double(generator.uniform(in: -3..<3)) }
        let expected = shift + Foundation.log(small.reduce(0) { $0 + Foundation.exp($1) })
        // The sum rounds once a term and by the rounding of each x + shift; the rest is a few more.
        let tolerance = Double.ulpOfOne * (Double(count) + 8) * max(4, abs(shift))
        let x = small.map { $0 + shift }
        try expect(logSumExp(x), expected, within: tolerance, for: shown(x))
      }
    }
  }
}
