import Foundation
import Grading

/// Right answers to chapter 3; a wrong one replaces a single function.
protocol RightOptimizers: OptimizersExercises {}

extension RightOptimizers {
  static func largestRate(curvatures: [Double], momentum: Double) throws -> Double {
    2 * (1 + momentum) / curvatures.max()!
  }

  static func adam(
    _ weights: [Double], gradients: [[Double]], rate: Double, decay: Double
  ) throws -> [Double] {
    adamSteps(weights, gradients, rate, decay) { rate * $0 / ($1.squareRoot() + 1e-8) }
  }

  static func clipped(_ gradients: [[Double]], toNorm limit: Double) throws -> [[Double]] {
    let largest = gradients.joined().reduce(0) { max($0, abs($1)) }
    guard largest > 0, largest.isFinite else { return gradients }
    let squares = gradients.joined().reduce(0) { $0 + ($1 / largest) * ($1 / largest) }
    let length = squares.squareRoot()
    guard length > limit / largest else { return gradients }
    return gradients.map { $0.map { $0 / largest / length * limit } }
  }

  static func learningRate(step: Int, warmUp: Int, total: Int, peak: Double) throws -> Double {
    guard step >= warmUp else { return peak * Double(step) / Double(warmUp) }
    guard step < total else { return 0 }
    let share = Double(step - warmUp) / Double(total - warmUp)
    return peak * (1 + cos(.pi * share)) / 2
  }

  static func stoppingEpoch(
    losses: [Double], patience: Int
  ) throws -> (stop: Int, best: Int) {
    var best = 0
    for (epoch, loss) in losses.enumerated() {
      if loss < losses[best] || losses[best].isNaN && !loss.isNaN { best = epoch }
      if epoch - best >= patience { return (epoch, best) }
    }
    return (losses.count - 1, best)
  }

  static func pace(product: Double, momentum: Double, share: Double) throws -> Double {
    let shrunk = 1 - product * (1 - share)
    let b = 1 + momentum - product * (1 - share * momentum)
    let c = momentum * shrunk
    let discriminant = b * b - 4 * c
    return discriminant < 0 ? c.squareRoot() : (abs(b) + discriminant.squareRoot()) / 2
  }

  static func divergingRate(
    gradient: (_ w: [Double]) -> [Double], at place: [Double]
  ) throws -> Double {
    2
      / largestFactor(from: oddDirection(place.count)) {
        slopeDifference(gradient, at: place, along: $0)
      }
  }

  static func fairContest(
    ruleCount: Int, rates: [Double], seeds: [UInt64],
    validationLoss: (_ rule: Int, _ rate: Double, _ seed: UInt64) -> Double,
    testLoss: (_ rule: Int, _ rate: Double, _ seed: UInt64) -> Double
  ) throws -> (rule: Int, rate: Double, testLosses: [Double]) {
    var best = (rule: 0, rate: rates[0], loss: Double.infinity)
    for rule in 0..<ruleCount {
      for rate in rates {
        let loss = seeds.reduce(0) { $0 + validationLoss(rule, rate, $1) }
        if loss < best.loss { best = (rule, rate, loss) }
      }
    }
    return (best.rule, best.rate, seeds.map { testLoss(best.rule, best.rate, $0) })
  }
}

enum RightOptimizersAnswers: RightOptimizers {}

/// Adam's steps with corrected means; `change` makes a step of both.
private func adamSteps(
  _ weights: [Double], _ gradients: [[Double]], _ rate: Double, _ decay: Double,
  isCorrected: Bool = true,
  _ change: (_ mean: Double, _ square: Double) -> Double
) -> [Double] {
  weights.indices.map { index in
    var (weight, m, v) = (weights[index], 0.0, 0.0)
    for (step, row) in gradients.enumerated() {
      m = 0.9 * m + 0.1 * row[index]
      v = 0.999 * v + 0.001 * row[index] * row[index]
      let (first, second) = (1 - pow(0.9, Double(step + 1)), 1 - pow(0.999, Double(step + 1)))
      weight *= 1 - rate * decay
      weight -= isCorrected ? change(m / first, v / second) : change(m, v)
    }
    return weight
  }
}

enum MomentumForgotten: RightOptimizers {
  static func largestRate(curvatures: [Double], momentum: Double) throws -> Double {
    2 / curvatures.max()!
  }
}

/// Takes the mean curvature for the steepest.
enum MeanCurvature: RightOptimizers {
  static func largestRate(curvatures: [Double], momentum: Double) throws -> Double {
    2 * (1 + momentum) * Double(curvatures.count) / curvatures.reduce(0, +)
  }
}

enum UncorrectedAdam: RightOptimizers {
  static func adam(
    _ weights: [Double], gradients: [[Double]], rate: Double, decay: Double
  ) throws -> [Double] {
    adamSteps(weights, gradients, rate, decay, isCorrected: false) {
      rate * $0 / ($1.squareRoot() + 1e-8)
    }
  }
}

enum EpsilonUnderTheRoot: RightOptimizers {
  static func adam(
    _ weights: [Double], gradients: [[Double]], rate: Double, decay: Double
  ) throws -> [Double] {
    adamSteps(weights, gradients, rate, decay) { rate * $0 / ($1 + 1e-16).squareRoot() }
  }
}

/// Moves by the sign of each gradient.
enum SignOnly: RightOptimizers {
  static func adam(
    _ weights: [Double], gradients: [[Double]], rate: Double, decay: Double
  ) throws -> [Double] {
    weights.indices.map { index in
      gradients.reduce(weights[index]) { weight, row in
        (1 - rate * decay) * weight - rate * row[index] / (abs(row[index]) + 1e-8)
      }
    }
  }
}

enum EachListByItself: RightOptimizers {
  static func clipped(_ gradients: [[Double]], toNorm limit: Double) throws -> [[Double]] {
    try gradients.flatMap { try RightOptimizersAnswers.clipped([$0], toNorm: limit) }
  }
}

enum OverflowingNorm: RightOptimizers {
  static func clipped(_ gradients: [[Double]], toNorm limit: Double) throws -> [[Double]] {
    let norm = gradients.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard norm > limit, norm.isFinite else { return gradients }
    return gradients.map { $0.map { $0 * (limit / norm) } }
  }
}

/// Scales up what is short.
enum AlwaysScaling: RightOptimizers {
  static func clipped(_ gradients: [[Double]], toNorm limit: Double) throws -> [[Double]] {
    let norm = gradients.joined().reduce(0) { hypot($0, $1) }
    return norm > 0 && norm.isFinite ? gradients.map { $0.map { $0 / norm * limit } } : gradients
  }
}

/// Lets the cosine run on after its end.
enum RisingAgain: RightOptimizers {
  static func learningRate(step: Int, warmUp: Int, total: Int, peak: Double) throws -> Double {
    guard step >= warmUp else { return peak * Double(step) / Double(warmUp) }
    return peak * (1 + cos(.pi * Double(step - warmUp) / Double(total - warmUp))) / 2
  }
}

/// Counts the cosine's steps from the start of the training.
enum CosineFromTheStart: RightOptimizers {
  static func learningRate(step: Int, warmUp: Int, total: Int, peak: Double) throws -> Double {
    guard step >= warmUp, step < total else {
      return try RightOptimizersAnswers.learningRate(
        step: step, warmUp: warmUp, total: total, peak: peak)
    }
    return peak * (1 + cos(.pi * Double(step) / Double(total))) / 2
  }
}

enum OneEpochTooPatient: RightOptimizers {
  static func stoppingEpoch(
    losses: [Double], patience: Int
  ) throws -> (stop: Int, best: Int) {
    try RightOptimizersAnswers.stoppingEpoch(losses: losses, patience: patience + 1)
  }
}

/// Never leaves a NaN, to which nothing compares as smaller.
enum StuckOnNaN: RightOptimizers {
  static func stoppingEpoch(
    losses: [Double], patience: Int
  ) throws -> (stop: Int, best: Int) {
    var best = 0
    for (epoch, loss) in losses.enumerated() {
      if loss < losses[best] { best = epoch }
      if epoch - best >= patience { return (epoch, best) }
    }
    return (losses.count - 1, best)
  }
}
