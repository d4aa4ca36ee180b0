import KernelSupport

extension TransformersExercises {
  static var normExercise: Exercise {
    Exercise(
      "normBackward",
      hint: "the gradient loses its mean and its part along the normalised x.",
      [
        Check("the gradient with respect to β is the upstream gradient") {
          try checkNorm(width: 4, scaled: false) { ($0.shift, $1.shift, "β") }
        },
        Check("the gradient with respect to γ is upstream times the normalised row") {
          try checkNorm(width: 5, scaled: false) { ($0.scale, $1.scale, "γ") }
        },
        Check("with γ = 1 the gradient with respect to x has lost two directions") {
          for width in [2, 5, 9] {
            try checkNorm(width: width, scaled: false) { ($0.x, $1.x, "x") }
          }
        },
        Check("γ scales the gradient before the means are taken") {
          for width in [2, 6] { try checkNorm(width: width, scaled: true) { ($0.x, $1.x, "x") } }
        },
        Check("a constant row is divided by √ε") {
          let found = try normBackward(
            x: [3, 3], gradient: [1, 0], scale: [1, 1], epsilon: 0.25)
          // r = 2, x̂ = 0: r (g − mean g).
          try expect(
            found.x, [1, -1], within: [1e-12, 1e-12],
            for: "x = [3, 3], a gradient of [1, 0] and ε = 0.25")
        },
      ])
  }

  private typealias Gradients = (x: [Double], scale: [Double], shift: [Double])

  private static func checkNorm(
    width: Int, scaled: Bool,
    _ part: (_ actual: Gradients, _ expected: Gradients) -> ([Double], [Double], String)
  ) throws {
    var generator = inputGenerator(UInt64(70 + width))
    let epsilon = 0.5
    func numbers() -> [Double] { generator.exactNumbers(width).map { Double($0) } }
    let x = numbers().enumerated().map { $1 + Double($0) }
    let (gradient, factors) = (numbers(), numbers())
    let scale = scaled ? factors : [Double](repeating: 1, count: width)
    let actual = try normBackward(x: x, gradient: gradient, scale: scale, epsilon: epsilon)
    let expected = jacobianProduct(x, gradient, scale, epsilon)
    let (found, right, name) = part(actual, expected)
    try expect(
      found, right, within: right.map { 1e-12 * max(1, abs($0)) },
      for: "the gradient with respect to \(name) of x = \(shown(x)), gradient \(shown(gradient)), "
        + "γ = \(shown(scale)), ε = \(epsilon)")
  }

  /// The gradients from the whole matrix ∂x̂ₖ/∂xⱼ = r (δⱼₖ − 1/d − x̂ₖ x̂ⱼ / d), instead of from means.
  private static func jacobianProduct(
    _ x: [Double], _ gradient: [Double], _ scale: [Double], _ epsilon: Double
  ) -> Gradients {
    let d = Double(x.count)
    let mean = x.reduce(0, +) / d
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / d
    let r = 1 / (variance + epsilon).squareRoot()
    let normal = x.map { ($0 - mean) * r }
    let slopes = x.indices.map { j in
      x.indices.reduce(0.0) { sum, k in
        let own = j == k ? 1.0 : 0
        return sum + gradient[k] * scale[k] * r * (own - 1 / d - normal[k] * normal[j] / d)
      }
    }
    return (slopes, zip(gradient, normal).map { $0 * $1 }, gradient)
  }
}
