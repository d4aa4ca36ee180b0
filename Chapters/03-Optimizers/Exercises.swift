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

  /// Exercise 2: the weights after a step of Adam for each row of `gradients`, with β₁ = 0.9, β₂ = 0.999,
  /// ε = 10⁻⁸ and the corrections.
  public static func adam(
    _ weights: [Double], gradients: [[Double]], rate: Double
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
}
