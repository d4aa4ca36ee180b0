import Foundation
import KernelSupport

extension OptimizersExercises {
  static var curvatureExercise: Exercise {
    Exercise(
      "divergingRate",
      hint:
        "multiply by the differences of gradients again and again, from a start that no axis knows.",
      [
        Check("bowls along the axes") {
          for curvatures in [[4], [1, 5, 2], [0.01, 0.002], [300, 7, 0, 20]] {
            try checkRate(of: Bowl(curvatures, turnedAlong: []))
          }
        },
        Check("bowls that are turned") {
          // Its steepest direction is (1, −1), and (1, 1) its flattest.
          try checkRate(of: Bowl([5, 1], turnedAlong: [0.3826834323650898, 0.9238795325112867]))
          var generator = inputGenerator(37)
          for count in [2, 5, 20] {
            let curvatures = (0..<count).map { $0 == 0 ? 8 : 6 * Double(generator.uniform()) }
            try checkRate(
              of: Bowl(curvatures, turnedAlong: (0..<count).map { _ in Double(generator.normal()) })
            )
          }
        },
        Check("from a place that is not the minimum") {
          try checkRate(of: Bowl([1, 5, 2], turnedAlong: [1, 2, -1]), at: [3, -2, 0.5])
        },
        Check("a loss that is a bowl only near its minimum") {
          try checkRate(of: Bowl([2, 6, 1], turnedAlong: [], isCurved: true))
        },
      ])
  }

  private static func checkRate(of bowl: Bowl, at place: [Double]? = nil) throws {
    let place = place ?? [Double](repeating: 0, count: bowl.curvatures.count)
    let expected = 2 / bowl.curvatures.reduce(0, max)
    try expect(
      divergingRate(gradient: bowl.gradient, at: place), expected,
      // The next curvature is at most ¾ of the largest: fifty rounds leave less than 0.75¹⁰⁰ of its share.
      within: 1e-3 * expected,
      for: "a bowl with the curvatures \(shown(bowl.curvatures))"
        + (bowl.axis.isEmpty ? "" : ", turned,") + " at \(shown(place))")
  }
}

/// A bowl ½ wᵀ H w, where H has these curvatures along axes that a reflection has turned.
private struct Bowl {
  let curvatures: [Double]
  /// The reflection's axis, of length 1; empty for none.
  let axis: [Double]
  /// Whether the slope along each axis is that of a sine.
  let isCurved: Bool

  init(_ curvatures: [Double], turnedAlong axis: [Double], isCurved: Bool = false) {
    let length = axis.reduce(0) { $0 + $1 * $1 }.squareRoot()
    self.curvatures = curvatures
    self.axis = axis.map { $0 / length }
    self.isCurved = isCurved
  }

  func gradient(at w: [Double]) -> [Double] {
    let turned = reflected(w)
    return reflected(zip(curvatures, turned).map { $0 * (isCurved ? sin($1) : $1) })
  }

  private func reflected(_ w: [Double]) -> [Double] {
    guard !axis.isEmpty else { return w }
    let share = 2 * zip(w, axis).reduce(0) { $0 + $1.0 * $1.1 }
    return zip(w, axis).map { $0 - share * $1 }
  }
}
