// Your answers to the exercises of this chapter. The tasks are told in full at the end of README.md.
//
// Replace `throw Unanswered()` in a function by your answer, then run
//
//     swift run grade gan
//
// Foundation has `exp` and `log` for a `Double`; add helper functions as you like.

import Foundation
import Grading

/// The answers to the programming exercises of chapter 8.
public enum GANAnswers: GANExercises {
  /// Exercise 1: what the generator pays and the slope of it, for one logit s of a fake image, with the saturating
  /// loss ln(1 − σ(s)) and with the non-saturating one −ln σ(s).
  public static func generatorLosses(
    logit: Double
  ) throws -> (saturating: LossAndSlope, nonSaturating: LossAndSlope) {
    throw Unanswered()
  }

  /// Exercise 2: a transposed convolution of a row, every number of which paints a window.
  public static func transposedConvolution(
    _ x: [Double], weight: [Double], stride: Int, padding: Int, outputPadding: Int
  ) throws -> [Double] {
    throw Unanswered()
  }

  /// Exercise 3: how many modes have at least one point within three deviations, and the share of such points.
  public static func coverage(
    of points: [Double], centers: [Double], deviation: Double
  ) throws -> (modes: Int, goodShare: Double) {
    throw Unanswered()
  }

  /// Exercise 4: the squared Fréchet distance of two lists of numbers, each seen as a Gaussian.
  public static func squaredFrechetDistance(_ a: [Double], _ b: [Double]) throws -> Double {
    throw Unanswered()
  }

  /// Exercise 5: the gradient penalty (‖∇ₓ s‖ − 1)² of the critic s = v · tanh(W x) at one point, and its gradient
  /// with respect to v.
  public static func gradientPenalty(
    at x: [Double], weight: [[Double]], output v: [Double]
  ) throws -> (penalty: Double, gradient: [Double]) {
    throw Unanswered()
  }

  /// Exercise 6: what a pool of images shows: with room, what comes, which it keeps; when full, by the next of `swaps`
  /// either the new image, forgotten, or the one in the next of `places`, whose place the new one takes.
  public static func pooled(
    _ images: [Int], capacity: Int, swaps: [Bool], places: [Int]
  ) throws -> [Int] {
    throw Unanswered()
  }

  /// Exercise 7: the mean of |F(G(x)) − x| for the lines G (forth) and F (back), and its gradient with respect to G's slope
  /// and offset and F's slope and offset, in this order.
  public static func cycleLoss(
    _ x: [Double], forth: Line, back: Line
  ) throws -> (loss: Double, gradient: [Double]) {
    throw Unanswered()
  }
}
