/// The programming exercises of chapter 9.
public protocol AutoencodersExercises: Coursework {
  /// Exercise 1: minus the evidence lower bound of one example, for a given noise, and its gradients with respect
  /// to mean, log-variance, weight and bias.
  static func negativeBound(
    x: Double, mean: Double, logVariance: Double, noise: Double, weight: Double, bias: Double
  ) throws -> (loss: Double, gradients: [Double])

  /// Exercise 2: the divergence of one normal distribution from another.
  static func divergence(
    means: [Double], deviations: [Double], otherMeans: [Double], otherDeviations: [Double]
  ) throws -> Double

  /// Exercise 3: ln Z of a Boltzmann machine by enumeration.
  static func logPartition(
    weights: [[Double]], visibleBias: [Double], hiddenBias: [Double]
  ) throws -> Double

  /// Exercise 4: the gradient of contrastive divergence with respect to the weights.
  static func contrastiveGradient(
    weights: [[Double]], hiddenBias: [Double], batch: [[Double]], chains: [[Double]]
  ) throws -> [[Double]]

  /// Exercise 5: the importance-weighted estimate of ln p(x).
  static func importanceEstimate(
    logLikelihoods: [Double], logPriors: [Double], logProposals: [Double]
  ) throws -> Double
}

extension AutoencodersExercises {
  /// `autoencoders`.
  package static var chapter: String { "autoencoders" }

  /// The five of chapter 9.
  package static var exercises: [Exercise] {
    [
      boundExercise, divergenceExercise, partitionExercise, contrastiveExercise,
      importanceExercise,
    ]
  }
}
