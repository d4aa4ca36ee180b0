// Your answers to the exercises of this chapter. The tasks are told in full at the end of README.md.
//
// Replace `throw Unanswered()` in a function by your answer, then run
//
//     swift run grade perceptrons
//
// A `Scalar` is a `Float`. `Scalar.exp` is the book's exponential; add helper functions as you like.

import Grading
import KernelSupport

/// The answers to the programming exercises of chapter 1.
public enum PerceptronsAnswers: PerceptronsExercises {
  /// Exercise 1: the dot product in eight running sums.
  ///
  /// Product i is added to sum i mod 8; at the end
  /// ((s₀ + s₄) + (s₂ + s₆)) + ((s₁ + s₅) + (s₃ + s₇)), to the last bit.
  public static func dot(_ x: [Scalar], _ y: [Scalar]) throws -> Scalar {
    throw Unanswered()
  }

  /// Exercise 2: the perceptron with a margin.
  ///
  /// Where t (w·x + b) ≤ margin, the weights are corrected by t x and the bias by t; otherwise both
  /// are returned as they are.
  public static func marginUpdate(
    weights: [Scalar], bias: Scalar, x: [Scalar], label: Scalar, margin: Scalar
  ) throws -> (weights: [Scalar], bias: Scalar) {
    throw Unanswered()
  }

  /// Exercise 3: the layers of a network of threshold neurons that tells whether an odd number of its
  /// inputs is 1.
  ///
  /// One output, and at most `inputCount` neurons in a single hidden layer. A neuron fires, with 1, where
  /// its weighted sum reaches its threshold.
  public static func parityNetwork(
    inputCount: Int
  ) throws -> [[(weights: [Scalar], threshold: Scalar)]] {
    throw Unanswered()
  }

  /// Exercise 4: swish, x σ(x), of every input; it must not overflow for inputs of ±1000.
  public static func swish(_ x: [Scalar]) throws -> [Scalar] {
    throw Unanswered()
  }

  /// Exercise 4: the pullback of swish: ∂L/∂x, where `x` are the inputs and `gradient` is ∂L/∂y.
  public static func swishBackward(_ x: [Scalar], gradient: [Scalar]) throws -> [Scalar] {
    throw Unanswered()
  }

  /// Exercise 5: the change of −½ Σ_{i≠j} Wᵢⱼ yᵢ yⱼ when one neuron flips.
  ///
  /// `weights` are N × N, row-major and symmetric, with any diagonal; look at N of them and not at N².
  public static func energyChange(
    weights: [Scalar], state: [Scalar], flipping neuron: Int
  ) throws -> Scalar {
    throw Unanswered()
  }

  /// Exercise 6: a threshold neuron of two weights for a function of two bits, or nil if there is none.
  ///
  /// `answers` are what it has to say for (0, 0), (0, 1), (1, 0) and (1, 1).
  public static func separator(
    of answers: [Bool]
  ) throws -> (weights: [Scalar], threshold: Scalar)? {
    throw Unanswered()
  }

  /// Exercise 7: the gradients of softmax regression's mean cross-entropy.
  ///
  /// A row of `weights` and one of `biases` belong to each class, a row of `inputs` and one of `labels` to
  /// each example. The result has the shapes of the weights and the biases.
  public static func softmaxGradients(
    weights: [[Scalar]], biases: [Scalar], inputs: [[Scalar]], labels: [Int]
  ) throws -> (weights: [[Scalar]], biases: [Scalar]) {
    throw Unanswered()
  }
}
