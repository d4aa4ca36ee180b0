// Your answers to the exercises of this chapter. The tasks are told in full at the end of README.md.
//
// Replace `throw Unanswered()` in a function by your answer, then run
//
//     swift run grade optimizers
//
// Foundation has `cos` and `pow` for a `Double`; add helper functions as you like.

import Foundation
import Grading

/// The answers to the programming exercises of chapter 3.
public enum OptimizersAnswers: OptimizersExercises {
  /// Exercise 1: the rate below which gradient descent with momentum converges on a bowl with these
  /// curvatures: at least one, all positive.
  public static func largestRate(curvatures: [Double], momentum: Double) throws -> Double {
    throw Unanswered()
  }

  /// Exercise 2: the weights after a step of AdamW for each row of `gradients`, with β₁ = 0.9, β₂ = 0.999,
  /// ε = 10⁻⁸, the corrections, and the decay α of the weights themselves.
  public static func adam(
    _ weights: [Double], gradients: [[Double]], rate: Double, decay: Double
  ) throws -> [Double] {
    throw Unanswered()
  }

  /// Exercise 3: all gradients scaled by one factor, so that their joint length is at most `limit`, which is
  /// above 0; they stay as they are where it is already, or where one of them is infinite.
  public static func clipped(_ gradients: [[Double]], toNorm limit: Double) throws -> [[Double]] {
    throw Unanswered()
  }

  /// Exercise 4: a rate that rises from 0 to `peak` in `warmUp` steps, falls along half a cosine to 0 at step
  /// `total`, and stays there. `warmUp` may be 0 and is below `total`.
  public static func learningRate(
    step: Int, warmUp: Int, total: Int, peak: Double
  ) throws -> Double {
    throw Unanswered()
  }

  /// Exercise 5: after which epoch early stopping ends, and which epoch's parameters it restores, counted
  /// from 0. There is at least one loss; `patience` is at least 1.
  public static func stoppingEpoch(
    losses: [Double], patience: Int
  ) throws -> (stop: Int, best: Int) {
    throw Unanswered()
  }

  /// Exercise 6: the larger magnitude of the two roots of the rule m ← μ m + (1 − μ) g,
  /// w ← w − η ((1 − ν) g + ν m) on a bowl, where `product` is ηλ and `share` is ν, both above or at 0.
  public static func pace(product: Double, momentum: Double, share: Double) throws -> Double {
    throw Unanswered()
  }

  /// Exercise 7: the rate from which gradient descent diverges around `place`, to a thousandth of it. The
  /// gradient can be asked for anywhere; no curvature is negative.
  public static func divergingRate(
    gradient: (_ w: [Double]) -> [Double], at place: [Double]
  ) throws -> Double {
    throw Unanswered()
  }

  /// Exercise 8: the rule, counted from 0, and its rate with the lowest mean validation loss over all seeds,
  /// and the test loss of these two with each seed.
  public static func fairContest(
    ruleCount: Int, rates: [Double], seeds: [UInt64],
    validationLoss: (_ rule: Int, _ rate: Double, _ seed: UInt64) -> Double,
    testLoss: (_ rule: Int, _ rate: Double, _ seed: UInt64) -> Double
  ) throws -> (rule: Int, rate: Double, testLosses: [Double]) {
    throw Unanswered()
  }
}
