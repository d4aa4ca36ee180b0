import Foundation
import Grading

/// The largest factor of a matrix by the power method.
///
/// - Parameter product: the matrix times a vector.
func largestFactor(
  from start: [Double], _ product: (_ direction: [Double]) -> [Double]
) -> Double {
  var direction = start
  var length = 0.0
  for _ in 0..<100 {
    let next = product(direction)
    length = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
    direction = next.map { $0 / length }
  }
  return length
}

/// The Hessian times a direction, from two gradients that are close to each other.
func slopeDifference(
  _ gradient: (_ w: [Double]) -> [Double], at place: [Double], along direction: [Double]
) -> [Double] {
  let up = gradient(zip(place, direction).map { $0 + 1e-3 * $1 })
  let down = gradient(zip(place, direction).map { $0 - 1e-3 * $1 })
  return zip(up, down).map { ($0 - $1) / 2e-3 }
}

/// A direction that no axis and no diagonal knows.
func oddDirection(_ count: Int) -> [Double] { (0..<count).map { cos(Double($0 * $0 + $0 + 1)) } }

/// Lets the decay join the gradient, as an L2 penalty does.
enum DecayInTheGradient: RightOptimizers {
  static func adam(
    _ weights: [Double], gradients: [[Double]], rate: Double, decay: Double
  ) throws -> [Double] {
    var weights = weights
    // The steps so far are told again with every gradient, now that it knows its weight.
    var penalised: [[Double]] = []
    for gradient in gradients {
      let start = weights
      penalised.append(zip(gradient, weights).map { $0 + decay * $1 })
      let before = try RightOptimizersAnswers.adam(
        start, gradients: penalised.dropLast(), rate: rate, decay: 0)
      let after = try RightOptimizersAnswers.adam(
        start, gradients: penalised, rate: rate, decay: 0)
      weights = zip(start, zip(after, before)).map { $0 + $1.0 - $1.1 }
    }
    return weights
  }
}

/// Gives the chapter's momentum, whatever the share.
enum ShareForgotten: RightOptimizers {
  static func pace(product: Double, momentum: Double, share: Double) throws -> Double {
    try RightOptimizersAnswers.pace(product: product, momentum: momentum, share: 1)
  }
}

/// Takes the root of μ everywhere, as if all roots were complex.
enum AlwaysComplex: RightOptimizers {
  static func pace(product: Double, momentum: Double, share: Double) throws -> Double {
    (momentum * abs(1 - product * (1 - share))).squareRoot()
  }
}

/// Begins along the first axis, which may be a direction of its own.
enum FirstAxisOnly: RightOptimizers {
  static func divergingRate(
    gradient: (_ w: [Double]) -> [Double], at place: [Double]
  ) throws -> Double {
    2
      / largestFactor(from: place.indices.map { $0 == 0 ? 1 : 0 }) {
        slopeDifference(gradient, at: place, along: $0)
      }
  }
}

/// Takes a gradient for a difference of gradients, as if the minimum were where it stands.
enum OneGradient: RightOptimizers {
  static func divergingRate(
    gradient: (_ w: [Double]) -> [Double], at place: [Double]
  ) throws -> Double {
    2
      / largestFactor(from: oddDirection(place.count)) {
        gradient(zip(place, $0).map { $0 + $1 })
      }
  }
}

/// Looks at the curvatures along the axes only.
enum DiagonalOfBowl: RightOptimizers {
  static func divergingRate(
    gradient: (_ w: [Double]) -> [Double], at place: [Double]
  ) throws -> Double {
    let here = gradient(place)
    return 2
      / place.indices.map { index in
        var moved = place
        moved[index] += 1e-6
        return (gradient(moved)[index] - here[index]) / 1e-6
      }.max()!
  }
}

/// Lets the best single run win.
enum BestRunWins: RightOptimizers {
  static func fairContest(
    ruleCount: Int, rates: [Double], seeds: [UInt64],
    validationLoss: (_ rule: Int, _ rate: Double, _ seed: UInt64) -> Double,
    testLoss: (_ rule: Int, _ rate: Double, _ seed: UInt64) -> Double
  ) throws -> (rule: Int, rate: Double, testLosses: [Double]) {
    try RightOptimizersAnswers.fairContest(
      ruleCount: ruleCount, rates: rates, seeds: [0],
      validationLoss: { rule, rate, _ in
        seeds.map { validationLoss(rule, rate, $0) }.min { !($0 >= $1) }!
      },
      testLoss: testLoss)
  }
}

/// Leaves out the runs that were no numbers.
enum FailuresLeftOut: RightOptimizers {
  static func fairContest(
    ruleCount: Int, rates: [Double], seeds: [UInt64],
    validationLoss: (_ rule: Int, _ rate: Double, _ seed: UInt64) -> Double,
    testLoss: (_ rule: Int, _ rate: Double, _ seed: UInt64) -> Double
  ) throws -> (rule: Int, rate: Double, testLosses: [Double]) {
    try RightOptimizersAnswers.fairContest(
      ruleCount: ruleCount, rates: rates, seeds: seeds,
      validationLoss: { rule, rate, seed in
        let loss = validationLoss(rule, rate, seed)
        return loss.isNaN ? 0 : loss
      },
      testLoss: testLoss)
  }
}

/// Chooses by the test set, which makes its verdict worthless.
enum ChosenByTheTest: RightOptimizers {
  static func fairContest(
    ruleCount: Int, rates: [Double], seeds: [UInt64],
    validationLoss: (_ rule: Int, _ rate: Double, _ seed: UInt64) -> Double,
    testLoss: (_ rule: Int, _ rate: Double, _ seed: UInt64) -> Double
  ) throws -> (rule: Int, rate: Double, testLosses: [Double]) {
    try RightOptimizersAnswers.fairContest(
      ruleCount: ruleCount, rates: rates, seeds: seeds, validationLoss: testLoss,
      testLoss: testLoss)
  }
}

/// Reports the winner's best test.
enum LuckyTest: RightOptimizers {
  static func fairContest(
    ruleCount: Int, rates: [Double], seeds: [UInt64],
    validationLoss: (_ rule: Int, _ rate: Double, _ seed: UInt64) -> Double,
    testLoss: (_ rule: Int, _ rate: Double, _ seed: UInt64) -> Double
  ) throws -> (rule: Int, rate: Double, testLosses: [Double]) {
    let fair = try RightOptimizersAnswers.fairContest(
      ruleCount: ruleCount, rates: rates, seeds: seeds, validationLoss: validationLoss,
      testLoss: testLoss)
    return (fair.rule, fair.rate, [fair.testLosses.min()!])
  }
}
