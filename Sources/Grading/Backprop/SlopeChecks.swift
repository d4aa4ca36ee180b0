import Foundation
import KernelSupport

extension BackpropExercises {
  static var slopeExercise: Exercise {
    Exercise(
      "slope",
      hint:
        "f(x + d) − f(x − d) has odd powers of d only; choose three weights that cancel d³ and d⁵.",
      [
        Check("it is exact for polynomials of degree four") { try checkPolynomials(degree: 4) },
        Check("it is exact for polynomials of degree six") { try checkPolynomials(degree: 6) },
        Check("its error for eˣ shrinks with the sixth power of the step") {
          for x in [-1, 0, 0.7] {
            for h in [0.1, 0.2, 0.4] {
              // Taylor's remainder: h⁶ |f⁽⁷⁾| / 140, where f⁽⁷⁾ is largest at the rightmost point.
              let remainder = Foundation.pow(h, 6) * Foundation.exp(x + 3 * h) / 140
              try expect(
                slope(of: { Foundation.exp($0) }, at: x, step: h), Foundation.exp(x),
                within: remainder + rounding(Foundation.exp(x + 3 * h), step: h),
                for: "eˣ at \(x), step \(h)")
            }
          }
        },
      ])
  }

  private static func checkPolynomials(degree: Int) throws {
    var generator = inputGenerator(25)
    for _ in 0..<5 {
      let coefficients = generator.exactNumbers(degree).map { Double($0) } + [1]
      let derivative = coefficients.enumerated().dropFirst().map { Double($0.offset) * $0.element }
      for (x, h) in [(0.0, 0.5), (0.3, 0.25), (-1.7, 0.5), (2, 1)] {
        let largest = value(coefficients.map { abs($0) }, at: abs(x) + 3 * h)
        try expect(
          slope(of: { value(coefficients, at: $0) }, at: x, step: h), value(derivative, at: x),
          within: rounding(largest, step: h),
          for: "the polynomial \(shown(coefficients)), lowest power first, at \(x), step \(h)")
      }
    }
  }

  /// What rounding can do: some twenty roundings of values up to `largest`, times weights that sum to
  /// less than 2, over the step.
  private static func rounding(_ largest: Double, step h: Double) -> Double {
    40 * Double.ulpOfOne * largest / h
  }

  /// A polynomial by Horner's rule.
  private static func value(_ coefficients: [Double], at x: Double) -> Double {
    coefficients.reversed().reduce(0) { $0 * x + $1 }
  }
}
