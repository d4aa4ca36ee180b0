// Your answers to the exercises of this chapter. The tasks are told in full at the end of README.md.
//
// Replace `throw Unanswered()` in a function by your answer, then run
//
//     swift run grade backprop
//
// Foundation has `exp` and `log` for a `Double`; add helper functions as you like.

import Foundation
import Grading

/// The answers to the programming exercises of chapter 2.
public enum BackpropAnswers: BackpropExercises {
  /// Exercise 1: Δ Wᵀ for Δ with e rows and m columns and W with n rows and m columns: e rows and n
  /// columns, without ever building Wᵀ.
  public static func productWithTransposed(
    _ delta: [[Double]], _ weight: [[Double]]
  ) throws -> [[Double]] {
    throw Unanswered()
  }

  /// Exercise 2: the gradients of Z = XW + b by X, W and b, where `upstream` is ∂L/∂Z.
  public static func denseBackward(
    input: [[Double]], weight: [[Double]], upstream: [[Double]]
  ) throws -> (input: [[Double]], weight: [[Double]], bias: [Double]) {
    throw Unanswered()
  }

  /// `.leaf(Double)`, `.add(Int, Int)`, `.multiply(Int, Int)` or `.sigmoid(Int)`; the integers are
  /// positions of earlier entries.
  public typealias Operation = TapeOperation

  /// Exercise 3: the derivative of the last entry of a tape by every entry.
  public static func gradients(of tape: [Operation]) throws -> [Double] {
    throw Unanswered()
  }

  /// Exercise 4: the logarithm of the sum of eˣ over all x, for x of any size, also −∞ or none at all.
  public static func logSumExp(_ x: [Double]) throws -> Double {
    throw Unanswered()
  }

  /// Exercise 5: the slope of f at x from its values at x ± h, x ± 2h and x ± 3h, exact for polynomials
  /// of degree six.
  public static func slope(
    of f: (Double) -> Double, at x: Double, step h: Double
  ) throws -> Double {
    throw Unanswered()
  }

  /// Exercise 6: the variance of weights that keeps the mean square of a signal through layers with leaky
  /// ReLU, for a number of inputs and the slope of the leak.
  public static func leakyVariance(inputs: Int, slope: Double) throws -> Double {
    throw Unanswered()
  }
}
