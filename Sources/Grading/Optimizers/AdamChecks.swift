import Foundation
import KernelSupport

extension OptimizersExercises {
  static var adamExercise: Exercise {
    Exercise(
      "adam",
      hint:
        "count steps from 1; divide by the corrected root plus ε; the decay never meets the gradient.",
      [
        Check("gradients that stay the same move each weight by the rate in each step") {
          for (count, gradient) in [(1, 5.0), (1, -0.5), (2, 300), (10, 1), (50, -2)] {
            try checkAdam(
              [[Double]](repeating: [gradient, -gradient], count: count), within: epsilonTolerance)
          }
        },
        Check("gradients that change are averaged") {
          for count in [2, 3, 20] {
            var generator = inputGenerator(32)
            try checkAdam(
              (0..<count).map { _ in generator.exactNumbers(2).map { Double($0) } },
              within: epsilonTolerance)
          }
        },
        Check("ε is added to the root") {
          try checkAdam([[1e-8, -1e-9]], within: roundingTolerance)
          try checkAdam([[1e-8, 0], [3e-8, 0]], within: roundingTolerance)
        },
        Check("no gradients change nothing") {
          try expect(
            adam([1, -2], gradients: [], rate: 0.1, decay: 0.5), [1, -2], for: "no gradients")
        },
        Check("a decay shrinks all weights by the same share, whatever their gradients") {
          for gradient in [0.0, 300, -0.5] {
            for count in [1, 4] {
              try checkAdam(
                [[Double]](repeating: [gradient, -gradient], count: count), decay: 0.5,
                within: epsilonTolerance)
            }
          }
        },
      ])
  }

  /// Wherever ε = 10⁻⁸ stands, it changes a step of ⅛ with gradients from ¼ on by less than this.
  private static var epsilonTolerance: Double { 1e-7 }

  /// Some ten roundings, and 1 − β₂ᵗ, from 0.001 on, has a relative error of up to 1000 ε.
  private static var roundingTolerance: Double { 1000 * Double.ulpOfOne }

  /// - Parameter tolerance: what a step may add to the distance from the right weights.
  private static func checkAdam(
    _ gradients: [[Double]], decay: Double = 0, within tolerance: Double
  ) throws {
    let weights = [0.5, -2]
    let rate = 0.125
    let expected = weights.indices.map { index in
      adamWeight(weights[index], gradients.map { $0[index] }, rate: rate, decay: decay)
    }
    let tolerance = Double(gradients.count) * tolerance
    try expect(
      adam(weights, gradients: gradients, rate: rate, decay: decay), expected,
      within: [tolerance, tolerance],
      for: "weights \(shown(weights)), rate \(rate), decay \(decay), gradients "
        + (gradients.map { shown($0) }.prefix(3) + (gradients.count > 3 ? ["…"] : []))
        .joined(separator: ", "))
  }

  /// One weight, from sums over all of its gradients instead of running means.
  private static func adamWeight(
    _ weight: Double, _ gradients: [Double], rate: Double, decay: Double
  ) -> Double {
    func mean(_ x: ArraySlice<Double>, _ beta: Double) -> Double {
      let kept = x.reversed().enumerated().map { Foundation.pow(beta, Double($0)) * $1 }
      return (1 - beta) * kept.reduce(0, +) / (1 - Foundation.pow(beta, Double(x.count)))
    }
    return gradients.indices.reduce(weight) { weight, last in
      let squares = gradients[...last].map { $0 * $0 }
      return (1 - rate * decay) * weight - rate * mean(gradients[...last], 0.9)
        / (mean(squares[...], 0.999).squareRoot() + 1e-8)
    }
  }
}
