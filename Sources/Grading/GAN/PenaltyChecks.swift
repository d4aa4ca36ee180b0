import Foundation
import KernelSupport

extension GANExercises {
  static var penaltyExercise: Exercise {
    Exercise(
      "gradientPenalty",
      hint: "first the slope in x as a formula in v, then its length, then the chain rule.",
      [
        Check("at 0 the critic is linear") {
          // tanh′(0) = 1, so ∇ s = Wᵀ v = (3, 4), of length 5.
          let answer = try gradientPenalty(at: [0, 0], weight: [[3, 4]], output: [1])
          try expect(
            answer.penalty, 16, within: 64 * Double.ulpOfOne, for: "x 0, W [[3, 4]], v [1]")
          try expect(
            answer.gradient, [40], within: [512 * Double.ulpOfOne],
            for: "the gradient, x 0, W [[3, 4]], v [1],")
        },
        Check("the penalty is that of the measured slopes") {
          try forRandomCritics { x, weight, v in
            let expected = penalty(x, weight, v)
            try expect(
              gradientPenalty(at: x, weight: weight, output: v).penalty, expected,
              within: 1e-12, for: input(x, weight, v))
          }
        },
        Check("its gradient is the measured one") {
          try forRandomCritics { x, weight, v in
            let expected = v.indices.map { index in
              func moved(_ distance: Double) -> Double {
                var v = v
                v[index] += distance
                return penalty(x, weight, v)
              }
              let h = 1e-3
              return (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h)
            }
            // Four points: h⁴ times a fifth derivative, and rounding over h: some 1e-11.
            try expect(
              gradientPenalty(at: x, weight: weight, output: v).gradient, expected,
              within: v.map { _ in 1e-8 }, for: "the gradient, \(input(x, weight, v)),")
          }
        },
      ])
  }

  private static func input(_ x: [Double], _ weight: [[Double]], _ v: [Double]) -> String {
    "x \(shown(x)), W \(weight.map { shown($0) }), v \(shown(v))"
  }

  private static func forRandomCritics(
    _ body: (_ x: [Double], _ weight: [[Double]], _ v: [Double]) throws -> Void
  ) throws {
    for (seed, hidden, inputs) in [(1, 2, 2), (2, 4, 3), (3, 1, 5)] {
      var generator = inputGenerator(UInt64(seed))
      func numbers(_ count: Int) -> [Double] {
        (0..<count).map { _ in Double(generator.uniform(in: 0.25..<1)) }
      }
      try body(numbers(inputs), (0..<hidden).map { _ in numbers(inputs) }, numbers(hidden))
    }
  }

  /// (‖∇ s‖ − 1)² with ∇ s = Wᵀ (v ∘ (1 − tanh²(W x))).
  private static func penalty(_ x: [Double], _ weight: [[Double]], _ v: [Double]) -> Double {
    let factors = zip(weight, v).map { row, v in
      let a = tanh(zip(row, x).reduce(0) { $0 + $1.0 * $1.1 })
      return v * (1 - a * a)
    }
    let squares = x.indices.reduce(0.0) { sum, j in
      let slope = weight.indices.reduce(0) { $0 + factors[$1] * weight[$1][j] }
      return sum + slope * slope
    }
    return (squares.squareRoot() - 1) * (squares.squareRoot() - 1)
  }
}
