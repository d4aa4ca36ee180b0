import Foundation
import KernelSupport

extension OptimizersExercises {
  static var scheduleExercise: Exercise {
    Exercise(
      "learningRate",
      hint: "look at the steps 0, warmUp and total, and at warmUp = 0.",
      [
        Check("it rises along a straight line") {
          for (warmUp, step) in [(4, 0), (4, 1), (4, 3), (100, 50), (1, 0)] {
            try checkRate(step, warmUp, warmUp + 10, Double(step) / Double(warmUp))
          }
        },
        Check("it falls along half a cosine") {
          for (warmUp, length) in [(4, 12), (100, 600)] {
            for (twelfths, share) in [(0, 1), (4, 0.75), (6, 0.5), (8, 0.25)] {
              try checkRate(
                warmUp + length * twelfths / 12, warmUp, warmUp + length, share)
            }
          }
        },
        Check("it is 0 in the end and stays there") {
          for step in [16, 17, 1000] { try checkRate(step, 4, 16, 0) }
        },
        Check("without a warm-up it begins at its peak") {
          try checkRate(0, 0, 8, 1)
          try checkRate(4, 0, 8, 0.5)
        },
      ])
  }

  private static func checkRate(
    _ step: Int, _ warmUp: Int, _ total: Int, _ share: Double
  ) throws {
    for peak in [0.002, 3] {
      try expect(
        learningRate(step: step, warmUp: warmUp, total: total, peak: peak), share * peak,
        // A cosine of an angle up to π, itself rounded, and a few operations.
        within: 8 * Double.ulpOfOne * peak,
        for: "step \(step), warmUp \(warmUp), total \(total), peak \(peak)")
    }
  }
}
