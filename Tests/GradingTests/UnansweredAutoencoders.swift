import Grading

enum UnansweredAutoencoders: AutoencodersExercises {
  static func negativeBound(
    x: Double, mean: Double, logVariance: Double, noise: Double, weight: Double, bias: Double
  ) throws -> (loss: Double, gradients: [Double]) { throw Unanswered() }

  static func divergence(
    means: [Double], deviations: [Double], otherMeans: [Double], otherDeviations: [Double]
  ) throws -> Double { throw Unanswered() }

  static func logPartition(
    weights: [[Double]], visibleBias: [Double], hiddenBias: [Double]
  ) throws -> Double { throw Unanswered() }

  static func contrastiveGradient(
    weights: [[Double]], hiddenBias: [Double], batch: [[Double]], chains: [[Double]]
  ) throws -> [[Double]] { throw Unanswered() }

  static func importanceEstimate(
    logLikelihoods: [Double], logPriors: [Double], logProposals: [Double]
  ) throws -> Double { throw Unanswered() }
}
