// Your answers to the exercises of this chapter. The tasks are told in full at the end of README.md.
//
// Replace `throw Unanswered()` in a function by your answer, then run
//
//     swift run grade transformers
//
// Foundation has `exp` for a `Double`; add helper functions as you like.

import Foundation
import Grading

/// The answers to the programming exercises of chapter 7.
public enum TransformersAnswers: TransformersExercises {
  /// Exercise 1: for one row of a layer norm, the gradients with respect to x, γ and β. `gradient` is ∂L/∂y;
  /// all rows have the same length, at least 1.
  public static func normBackward(
    x: [Double], gradient: [Double], scale: [Double], epsilon: Double
  ) throws -> (x: [Double], scale: [Double], shift: [Double]) {
    throw Unanswered()
  }

  /// Exercise 2: how many numbers a GPT learns whose inner width is four times its width. Untied, the head is a
  /// matrix of its own, without bias.
  public static func parameterCount(
    vocabulary: Int, context: Int, width: Int, layers: Int, isTied: Bool
  ) throws -> Int {
    throw Unanswered()
  }

  /// Exercise 3: top-p: the most probable tokens until their sum reaches p, the one that crosses it included; of
  /// equal ones the first comes first. What is kept sums to 1. p is in (0, 1].
  public static func nucleus(_ probabilities: [Double], p: Double) throws -> [Double] {
    throw Unanswered()
  }

  /// Exercise 4: the tokens of a word of bytes. Merge k of the list makes token 256 + k; the lowest k that occurs
  /// goes first, everywhere from left to right.
  public static func encode(
    _ word: [Int], merges: [(left: Int, right: Int)]
  ) throws -> [Int] {
    throw Unanswered()
  }

  /// Exercise 5: the output of one head for a new query, given the keys and values of all tokens so far, at least
  /// one: rows of the query's length. Scores are scaled by 1/√d.
  public static func attendNext(
    query: [Double], keys: [[Double]], values: [[Double]]
  ) throws -> [Double] {
    throw Unanswered()
  }
}
