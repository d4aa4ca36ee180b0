// Your answers to the exercises of this chapter. The tasks are told in full at the end of README.md.
//
// Replace `throw Unanswered()` in a function by your answer, or mend what is wrong, then run
//
//     swift run grade backprop
//
// Foundation has `exp`, `log` and `tanh` for a `Double`; add helper functions as you like.

import Foundation
import Grading
import KernelSupport

/// The answers to the programming exercises of chapter 2.
public enum BackpropAnswers: BackpropExercises {
  /// Exercise 1: the loss L = 1/(2n) Σ (y − t)² of the network y = tanh(x W + b) V + c for n examples, a
  /// row each, and its gradients with respect to W, b, V and c, which have the network's shapes.
  public static func lossAndGradients(
    of network: TwoLayers, input: [[Double]], target: [[Double]]
  ) throws -> (loss: Double, gradients: TwoLayers) {
    throw Unanswered()
  }

  /// Exercise 2: the mean over n rows of −ln softmax(row)[label], and its gradient with respect to the
  /// logits, for logits of any size.
  public static func softmaxCrossEntropy(
    _ logits: [[Double]], labels: [Int]
  ) throws -> (loss: Double, gradient: [[Double]]) {
    throw Unanswered()
  }

  /// `.leaf(Double)`, `.add(Int, Int)`, `.multiply(Int, Int)` or `.sigmoid(Int)`; the integers are
  /// positions of earlier entries.
  public typealias Operation = TapeOperation

  /// Exercise 3: the derivative of the last entry of a tape with respect to every entry.
  public static func gradients(of tape: [Operation]) throws -> [Double] {
    throw Unanswered()
  }

  // Exercise 4: five pullbacks with a mistake each. `upstream` is ∂L/∂y; find and mend them.

  /// y = x₁ x₂.
  public static func productPullback(
    x: Double, y: Double, upstream: Double
  ) throws -> (x: Double, y: Double) {
    (upstream * x, upstream * y)
  }

  /// y = x₁ / x₂.
  public static func quotientPullback(
    x: Double, y: Double, upstream: Double
  ) throws -> (x: Double, y: Double) {
    (upstream / y, upstream * x / (y * y))
  }

  /// The mean of `count` numbers.
  public static func meanPullback(count: Int, upstream: Double) throws -> [Double] {
    [Double](repeating: upstream, count: count)
  }

  /// A row added to every row of x.
  public static func addingRowPullback(
    upstream: [[Double]]
  ) throws -> (x: [[Double]], row: [Double]) {
    (upstream, upstream[0])
  }

  /// The softmax of one row, whose result was `output`.
  public static func softmaxPullback(output: [Double], upstream: [Double]) throws -> [Double] {
    zip(output, upstream).map { y, g in g * y * (1 - y) }
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

  /// Exercise 7: A B, row-major, for A with `rows` rows of `inner` numbers and B with `inner` rows of
  /// `columns`; at least six times as fast as the book's definition on 128 × 128.
  public static func fastProduct(
    _ a: [Scalar], _ b: [Scalar], rows: Int, columns: Int, inner: Int
  ) throws -> [Scalar] {
    throw Unanswered()
  }
}
