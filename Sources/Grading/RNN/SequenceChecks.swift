import Foundation

extension RNNExercises {
  static var recurrentGradientExercise: Exercise {
    Exercise(
      "recurrentGradient",
      hint: "carry ∂h/∂w along: it obeys a recurrence of its own.",
      [
        Check("one step and two steps") {
          try checkGradient(0.5, [3])
          try checkGradient(0.5, [3, 1])
        },
        Check("the weight is the same in every step") {
          try checkGradient(0.9, [1, 0, 0, 0, 0])
          try checkGradient(-1.1, [1, -2, 0.5, 4, 3, 1])
        },
        Check("no inputs, and a weight of 0") {
          try checkGradient(0.7, [])
          try checkGradient(0, [2, 3, 4])
        },
      ])
  }

  /// h[T] = Σ w^{T − t} x[t], and so ∂h/∂w = Σ (T − t) w^{T − t − 1} x[t].
  private static func checkGradient(_ weight: Double, _ inputs: [Double]) throws {
    let expected = inputs.enumerated().reduce(0.0) { sum, step in
      let power = inputs.count - 1 - step.offset
      return power == 0 ? sum : sum + Double(power) * pow(weight, Double(power - 1)) * step.element
    }
    try expect(
      recurrentGradient(weight: weight, inputs: inputs), expected, within: 1e-12,
      for: "w = \(weight) and \(shown(inputs))")
  }

  static var reversalExercise: Exercise {
    Exercise(
      "reversed",
      hint: "only the first `length` steps turn round.",
      [
        Check("a sequence without padding") {
          try expect(reversed([1, 2, 3], length: 3), [3, 2, 1], for: "[1, 2, 3], length 3")
        },
        Check("the padding stays at the end") {
          try expect(
            reversed([1, 2, 9, 9], length: 2), [2, 1, 9, 9], for: "[1, 2, 9, 9], length 2")
          try expect(reversed([1, 8, 9], length: 1), [1, 8, 9], for: "[1, 8, 9], length 1")
        },
        Check("nothing but padding, and nothing at all") {
          try expect(reversed([8, 9], length: 0), [8, 9], for: "[8, 9], length 0")
          try expect(reversed([], length: 0), [], for: "no steps")
        },
      ])
  }

  static var entropyExercise: Exercise {
    Exercise(
      "entropy",
      hint:
        "a state's entropy is its own choice's plus that of what follows, weighted by probability.",
      [
        Check("a fair coin, and a certainty") {
          try checkEntropy([[(0.5, nil), (0.5, nil)]], log(2))
          try checkEntropy([[(1, 1)], [(1, nil)]], 0)
        },
        Check("a state counts as often as it is visited") {
          // Half of the sentences throw a die.
          let die = [(probability: Double, next: Int?)](repeating: (1 / 6.0, nil), count: 6)
          try checkEntropy([[(0.5, 1), (0.5, nil)], die], log(2) + 0.5 * log(6))
        },
        Check("a state that is reached in two ways") {
          try checkEntropy(
            [[(0.25, 1), (0.75, 2)], [(1, 2)], [(0.5, nil), (0.5, nil)]],
            -0.25 * log(0.25) - 0.75 * log(0.75) + log(2))
        },
        Check("longer sentences add up") {
          let coins = (0..<10).map { index in
            [
              (probability: 0.5, next: index < 9 ? index + 1 : nil),
              (probability: 0.5, next: index < 9 ? index + 1 : nil),
            ]
          }
          try checkEntropy(coins, 10 * log(2))
        },
      ])
  }

  private static func checkEntropy(
    _ states: [[(probability: Double, next: Int?)]], _ expected: Double
  ) throws {
    try expect(entropy(of: states), expected, within: 1e-12, for: "\(states.count) states")
  }
}
