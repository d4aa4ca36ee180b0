// Your answers to the exercises of this chapter. The tasks are told in full at the end of README.md.
//
// Replace `throw Unanswered()` in a function by your answer, then run
//
//     swift run grade rnn
//
// Foundation has `exp`, `log` and `tanh` for a `Double`; add helper functions as you like.

import Foundation
import Grading

/// The answers to the programming exercises of chapter 5.
public enum RNNAnswers: RNNExercises {
  /// Exercise 1: a step of an LSTM with one unit, from its four sums: h and c after it.
  public static func lstmStep(
    sums: LSTMSums, cell: Double
  ) throws -> (hidden: Double, cell: Double) {
    throw Unanswered()
  }

  /// Exercise 2: the way back through that step: the gradients with respect to the four sums and to the cell
  /// before, given those with respect to h and c after.
  public static func lstmStepBackward(
    sums: LSTMSums, cell: Double, hiddenGradient: Double, cellGradient: Double
  ) throws -> (sums: LSTMSums, cell: Double) {
    throw Unanswered()
  }

  /// Exercise 3: the gradient of the last state of h[t] = w h[t − 1] + x[t], h[−1] = 0, with respect to w.
  public static func recurrentGradient(weight: Double, inputs: [Double]) throws -> Double {
    throw Unanswered()
  }

  /// Exercise 4: the steps of a sequence in reverse order, the padding left where it is.
  public static func reversed(_ steps: [Double], length: Int) throws -> [Double] {
    throw Unanswered()
  }

  /// Exercise 5: the entropy in nats of a random sentence: state i chooses among (probability, next) pairs; nil
  /// ends the sentence, and a next state is always a later one.
  public static func entropy(of states: [[(probability: Double, next: Int?)]]) throws -> Double {
    throw Unanswered()
  }
}
