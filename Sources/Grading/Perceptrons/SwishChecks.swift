import Foundation
import KernelSupport
import Perceptrons

extension PerceptronsExercises {
  static var swishExercise: Exercise {
    Exercise(
      "swish",
      hint: "σ without overflow looks at the sign of x first; the slope has two terms.",
      [
        Check("it is x σ(x)") {
          for count in [0, 1, 7, 8, 33] {
            let x = swishInputs(count)
            var sigmoids = x
            var span = sigmoids.mutableSpan
            Naive.sigmoid(&span)
            let expected = zip(x, sigmoids).map { $0 * $1 }
            try expect(swish(x), expected, within: swishTolerances(x), for: "x = \(shown(x))")
          }
        },
        Check("it survives large inputs, and so does its slope") {
          try expect(swish([1000, -1000]), [1000, 0], for: "x = [1000, −1000]")
          try expect(
            swishBackward([1000, -1000], gradient: [2, 3]), [2, 0],
            for: "the slope at x = [1000, −1000] times [2, 3]")
        },
        Check("its slope agrees with finite differences") {
          var generator = inputGenerator(15)
          for count in [0, 1, 7, 8, 33] {
            let x = swishInputs(count)
            let gradient = x.map { _ in 1 + generator.uniform() }
            let expected = zip(x, gradient).map {
              Scalar(Double($1) * slopeOfSwish(at: Double($0)))
            }
            // A gradient below 2 doubles the error at most; the measured slope is off by less than 1e-11.
            try expect(
              swishBackward(x, gradient: gradient), expected,
              within: swishTolerances(x).map { 2 * ($0 + 1e-11) },
              for: "x = \(shown(x)), gradient = \(shown(gradient))")
          }
        },
      ])
  }

  private static func swishInputs(_ count: Int) -> [Scalar] {
    var generator = inputGenerator(14)
    return (0..<count).map { _ in generator.uniform(in: -6..<6) }
  }

  /// A sigmoid is off by some five roundings of numbers up to 1, in whatever form it is computed, and a
  /// product with x makes that x times as much.
  private static func swishTolerances(_ x: [Scalar]) -> [Scalar] {
    x.map { 8 * Scalar.ulpOfOne * max(1, abs($0)) }
  }
}

/// The slope of x σ(x) by the four-point formula in double precision, for |x| ≤ 6.
///
/// Values of up to 6, rounded to 2⁻⁵³ of that, times 18 / 12h = 1536: 1e-12, and twice that for what is
/// rounded on the way to a value. The formula's own h⁴ |f⁽⁵⁾| / 30 is some 1e-13.
private func slopeOfSwish(at x: Double) -> Double {
  func swish(_ x: Double) -> Double { x / (1 + Foundation.exp(-x)) }
  func change(_ h: Double) -> Double { swish(x + h) - swish(x - h) }
  let h = 0x1p-10
  return (8 * change(h) - change(2 * h)) / (12 * h)
}
