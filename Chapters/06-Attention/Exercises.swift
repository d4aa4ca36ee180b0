// Your answers to the exercises of this chapter. The tasks are told in full at the end of README.md.
//
// Replace `throw Unanswered()` in a function by your answer, then run
//
//     swift run grade attention
//
// Foundation has `exp`, `cos`, `sin` and `pow` for a `Double`; add helper functions as you like.

import Foundation
import Grading

/// The answers to the programming exercises of chapter 6.
public enum AttentionAnswers: AttentionExercises {
  /// Exercise 1: scaled dot-product attention of one head, and the gradients with respect to its operands for the
  /// upstream gradient ∂L/∂output. Queries, keys and values are rows of the same width, and there is a
  /// value for every key.
  public static func attention(
    query: [[Double]], key: [[Double]], value: [[Double]], upstream: [[Double]]
  ) throws -> (
    output: [[Double]], queryGradient: [[Double]], keyGradient: [[Double]],
    valueGradient: [[Double]]
  ) {
    throw Unanswered()
  }

  /// Exercise 2: the softmax over those scores that are allowed, and 0 for the others; zeros where none is
  /// allowed. A score that is not allowed may be any number, NaN too.
  public static func maskedSoftmax(_ scores: [Double], allowed: [Bool]) throws -> [Double] {
    throw Unanswered()
  }

  /// Exercise 3: what two parts of a row's keys have left, put together: the largest score m, the sum
  /// of e^(s − m), and the sum of e^(s − m) times the values. A part without keys has −∞, 0 and zeros.
  public static func merged(
    _ first: (largest: Double, sum: Double, output: [Double]),
    _ second: (largest: Double, sum: Double, output: [Double])
  ) throws -> (largest: Double, sum: Double, output: [Double]) {
    throw Unanswered()
  }

  /// Exercise 4: a vector of even width, each pair c of whose columns is turned by position ·
  /// 10000^(−2c / width): columns 2c and 2c + 1, or, in `halves`, c and c + width / 2.
  public static func rotated(_ x: [Double], position: Int, halves: Bool) throws -> [Double] {
    throw Unanswered()
  }

  /// Exercise 5: self-attention of several heads without a mask and without a product afterwards. A row holds
  /// q | k | v of all heads; head h has columns h · width to (h + 1) · width of each third, and of the result.
  public static func multiHead(_ rows: [[Double]], heads: Int) throws -> [[Double]] {
    throw Unanswered()
  }
}
