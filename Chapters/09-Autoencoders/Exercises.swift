// Your answers to the exercises of this chapter. The tasks are told in full at the end of README.md.
//
// Replace `throw Unanswered()` in a function by your answer, then run
//
//     swift run grade autoencoders
//
// Foundation has `exp` and `log` for a `Double`; add helper functions as you like.

import Foundation
import Grading

/// The answers to the programming exercises of chapter 9.
public enum AutoencodersAnswers: AutoencodersExercises {
  /// Exercise 1: minus the evidence lower bound of one example with one latent number, for a given noise, and its
  /// gradients.
  ///
  /// The decoder says that x is normal with mean w z + b and standard deviation 1, where z = μ + e^{ℓ/2} ε;
  /// the prior of z is N(0, 1). Return L = KL − ln p(x | z), with every constant, and ∂L/∂μ, ∂L/∂ℓ, ∂L/∂w, ∂L/∂b.
  public static func negativeBound(
    x: Double, mean: Double, logVariance: Double, noise: Double, weight: Double, bias: Double
  ) throws -> (loss: Double, gradients: [Double]) {
    throw Unanswered()
  }

  /// Exercise 2: the divergence KL(N(m₁, s₁²) ‖ N(m₂, s₂²)) of two normal distributions with independent
  /// numbers, added up over them.
  public static func divergence(
    means: [Double], deviations: [Double], otherMeans: [Double], otherDeviations: [Double]
  ) throws -> Double {
    throw Unanswered()
  }

  /// Exercise 3: ln Z of a Boltzmann machine with weights [visible][hidden], by enumeration of the hidden states.
  ///
  /// No sum of exponentials may overflow; there are at most twelve hidden units, and perhaps none.
  public static func logPartition(
    weights: [[Double]], visibleBias: [Double], hiddenBias: [Double]
  ) throws -> Double {
    throw Unanswered()
  }

  /// Exercise 4: the gradient of contrastive divergence with respect to the weights, [visible][hidden], for a
  /// batch and the states that its chains ended with: of the loss, which descent makes smaller.
  public static func contrastiveGradient(
    weights: [[Double]], hiddenBias: [Double], batch: [[Double]], chains: [[Double]]
  ) throws -> [[Double]] {
    throw Unanswered()
  }

  /// Exercise 5: the importance-weighted estimate of ln p(x) from ln p(x | z_k), ln p(z_k) and ln q(z_k | x).
  public static func importanceEstimate(
    logLikelihoods: [Double], logPriors: [Double], logProposals: [Double]
  ) throws -> Double {
    throw Unanswered()
  }
}
