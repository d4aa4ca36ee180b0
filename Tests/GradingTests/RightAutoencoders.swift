import Foundation
import Grading

/// Right answers to chapter 9; a wrong one replaces a single function.
protocol RightAutoencoders: AutoencodersExercises {}

extension RightAutoencoders {
  static func negativeBound(
    x: Double, mean: Double, logVariance: Double, noise: Double, weight: Double, bias: Double
  ) throws -> (loss: Double, gradients: [Double]) {
    let deviation = exp(logVariance / 2)
    let z = mean + deviation * noise
    let error = weight * z + bias - x
    let divergence = 0.5 * (mean * mean + deviation * deviation - logVariance - 1)
    return (
      divergence + 0.5 * error * error + 0.5 * log(2 * .pi),
      [
        mean + error * weight,
        0.5 * (deviation * deviation - 1) + error * weight * 0.5 * deviation * noise, error * z,
        error,
      ]
    )
  }

  static func divergence(
    means: [Double], deviations: [Double], otherMeans: [Double], otherDeviations: [Double]
  ) throws -> Double {
    means.indices.reduce(0) { sum, i in
      let (s, t) = (deviations[i], otherDeviations[i])
      let shift = means[i] - otherMeans[i]
      return sum + log(t / s) + (s * s + shift * shift) / (2 * t * t) - 0.5
    }
  }

  static func logPartition(
    weights: [[Double]], visibleBias: [Double], hiddenBias: [Double]
  ) throws -> Double {
    logSum(partitionTerms(weights, visibleBias, hiddenBias))
  }

  static func contrastiveGradient(
    weights: [[Double]], hiddenBias: [Double], batch: [[Double]], chains: [[Double]]
  ) throws -> [[Double]] {
    let scale = 1 / Double(batch.count)
    let data = statistics(weights, hiddenBias, batch)
    let model = statistics(weights, hiddenBias, chains)
    return zip(model, data).map { zip($0, $1).map { scale * ($0 - $1) } }
  }

  static func importanceEstimate(
    logLikelihoods: [Double], logPriors: [Double], logProposals: [Double]
  ) throws -> Double {
    let logs = logLikelihoods.indices.map {
      logLikelihoods[$0] + logPriors[$0] - logProposals[$0]
    }
    return logSum(logs) - log(Double(logs.count))
  }
}

enum RightAutoencodersAnswers: RightAutoencoders {}

private func logSum(_ x: [Double]) -> Double {
  let largest = x.max()!
  return largest + log(x.reduce(0) { $0 + exp($1 - largest) })
}

/// ln of what each hidden state adds to Z.
private func partitionTerms(
  _ weights: [[Double]], _ visibleBias: [Double], _ hiddenBias: [Double],
  softplus: (Double) -> Double = { max($0, 0) + log(1 + exp(-abs($0))) }
) -> [Double] {
  (0..<1 << hiddenBias.count).map { state in
    let h = hiddenBias.indices.map { Double(state >> $0 & 1) }
    let own = zip(h, hiddenBias).reduce(0) { $0 + $1.0 * $1.1 }
    return zip(visibleBias, weights).reduce(own) { sum, unit in
      sum + softplus(zip(h, unit.1).reduce(unit.0) { $0 + $1.0 * $1.1 })
    }
  }
}

/// Σ v p(h | v).
private func statistics(
  _ weights: [[Double]], _ hiddenBias: [Double], _ states: [[Double]], samples: Bool = false
) -> [[Double]] {
  var sums = weights.map { $0.map { _ in 0.0 } }
  for v in states {
    for j in hiddenBias.indices {
      let sum = v.indices.reduce(hiddenBias[j]) { $0 + v[$1] * weights[$1][j] }
      let p = samples ? (sum > 0 ? 1 : 0) : 1 / (1 + exp(-sum))
      for i in v.indices { sums[i][j] += v[i] * p }
    }
  }
  return sums
}

/// Takes e^ℓ for the standard deviation.
enum VarianceAsDeviation: RightAutoencoders {
  static func negativeBound(
    x: Double, mean: Double, logVariance: Double, noise: Double, weight: Double, bias: Double
  ) throws -> (loss: Double, gradients: [Double]) {
    let right = try RightAutoencodersAnswers.negativeBound(
      x: x, mean: mean, logVariance: logVariance, noise: noise, weight: weight, bias: bias)
    let z = mean + exp(logVariance) * noise
    let error = weight * z + bias - x
    let divergence = 0.5 * (mean * mean + exp(logVariance) - logVariance - 1)
    return (
      divergence + 0.5 * error * error + 0.5 * log(2 * .pi),
      [mean + error * weight, right.gradients[1] + 1, error * z, error]
    )
  }
}

/// Treats the draw as a constant: no gradient reaches the log-variance through it.
enum DrawAsConstant: RightAutoencoders {
  static func negativeBound(
    x: Double, mean: Double, logVariance: Double, noise: Double, weight: Double, bias: Double
  ) throws -> (loss: Double, gradients: [Double]) {
    var right = try RightAutoencodersAnswers.negativeBound(
      x: x, mean: mean, logVariance: logVariance, noise: noise, weight: weight, bias: bias)
    right.gradients[0] = mean
    right.gradients[1] = 0.5 * (exp(logVariance) - 1)
    return right
  }
}

enum ReversedDivergence: RightAutoencoders {
  static func divergence(
    means: [Double], deviations: [Double], otherMeans: [Double], otherDeviations: [Double]
  ) throws -> Double {
    try RightAutoencodersAnswers.divergence(
      means: otherMeans, deviations: otherDeviations, otherMeans: means,
      otherDeviations: deviations)
  }
}

enum MeanDivergence: RightAutoencoders {
  static func divergence(
    means: [Double], deviations: [Double], otherMeans: [Double], otherDeviations: [Double]
  ) throws -> Double {
    try RightAutoencodersAnswers.divergence(
      means: means, deviations: deviations, otherMeans: otherMeans,
      otherDeviations: otherDeviations) / Double(means.count)
  }
}

enum OverflowingPartition: RightAutoencoders {
  static func logPartition(
    weights: [[Double]], visibleBias: [Double], hiddenBias: [Double]
  ) throws -> Double {
    log(partitionTerms(weights, visibleBias, hiddenBias).reduce(0) { $0 + exp($1) })
  }
}

/// Lets no visible unit be 0.
enum VisibleAlwaysOn: RightAutoencoders {
  static func logPartition(
    weights: [[Double]], visibleBias: [Double], hiddenBias: [Double]
  ) throws -> Double {
    logSum(partitionTerms(weights, visibleBias, hiddenBias) { $0 })
  }
}

enum AscentDirection: RightAutoencoders {
  static func contrastiveGradient(
    weights: [[Double]], hiddenBias: [Double], batch: [[Double]], chains: [[Double]]
  ) throws -> [[Double]] {
    try RightAutoencodersAnswers.contrastiveGradient(
      weights: weights, hiddenBias: hiddenBias, batch: chains, chains: batch)
  }
}

enum SumOverBatch: RightAutoencoders {
  static func contrastiveGradient(
    weights: [[Double]], hiddenBias: [Double], batch: [[Double]], chains: [[Double]]
  ) throws -> [[Double]] {
    try RightAutoencodersAnswers.contrastiveGradient(
      weights: weights, hiddenBias: hiddenBias, batch: batch, chains: chains
    ).map { $0.map { $0 * Double(batch.count) } }
  }
}

enum MeanOfLogarithms: RightAutoencoders {
  static func importanceEstimate(
    logLikelihoods: [Double], logPriors: [Double], logProposals: [Double]
  ) throws -> Double {
    logLikelihoods.indices.reduce(0) {
      $0 + logLikelihoods[$1] + logPriors[$1] - logProposals[$1]
    } / Double(logLikelihoods.count)
  }
}

enum VanishingWeights: RightAutoencoders {
  static func importanceEstimate(
    logLikelihoods: [Double], logPriors: [Double], logProposals: [Double]
  ) throws -> Double {
    let sum = logLikelihoods.indices.reduce(0) {
      $0 + exp(logLikelihoods[$1] + logPriors[$1] - logProposals[$1])
    }
    return log(sum / Double(logLikelihoods.count))
  }
}
