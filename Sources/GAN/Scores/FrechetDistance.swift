import Backprop
import KernelSupport

/// The mean and the covariance of feature vectors: the Gaussian that is nearest to them.
public struct FeatureStatistics: Sendable {
  /// μ, [features].
  public let mean: [Double]
  /// Σ, unbiased: features × features.
  public let covariance: [[Double]]

  /// Creates statistics from known moments.
  public init(mean: [Double], covariance: [[Double]]) {
    precondition(
      covariance.count == mean.count && covariance.allSatisfy { $0.count == mean.count },
      "FeatureStatistics: a mean of \(mean.count) and a covariance of \(covariance.count) rows")
    self.mean = mean
    self.covariance = covariance
  }

  /// Measures them, in double precision.
  ///
  /// - Parameter features: [examples, features], with more examples than features: otherwise the covariance has
  ///   directions of no spread that only reflect how few there were.
  public init(_ features: Tensor) {
    let (count, width) = (features.rows, features.columns)
    precondition(
      features.shape.count == 2 && count > width,
      "FeatureStatistics: \(count) examples of \(width) features; expected more examples than features"
    )
    var sums = [Double](repeating: 0, count: width)
    for row in 0..<count {
      for (column, value) in features.row(row).enumerated() { sums[column] += Double(value) }
    }
    let mean = sums.map { $0 / Double(count) }
    var products = [[Double]](repeating: [Double](repeating: 0, count: width), count: width)
    for row in 0..<count {
      let centred = zip(features.row(row), mean).map { Double($0) - $1 }
      for i in 0..<width where centred[i] != 0 {
        for j in 0...i { products[i][j] += centred[i] * centred[j] }
      }
    }
    self.mean = mean
    covariance = (0..<width).map { i in
      (0..<width).map { products[max(i, $0)][min(i, $0)] / Double(count - 1) }
    }
  }

  /// The squared Fréchet distance, also called Wasserstein-2, between the two Gaussians.
  ///
  ///     d² = ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½)
  ///
  /// The root's trace is the sum of the roots of the eigenvalues of a *symmetric* matrix; where rounding makes one
  /// negative, it counts as 0. (The product Σ₁ Σ₂ has the same eigenvalues, but is not symmetric, and a general matrix root of it
  /// may turn complex.)
  ///
  /// Source: Dowson and Landau, "The Fréchet distance between multivariate normal distributions", 1982; Heusel et
  /// al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", NIPS 2017.
  public func squaredFrechetDistance(to other: FeatureStatistics) -> Double {
    precondition(
      mean.count == other.mean.count,
      "squaredFrechetDistance: \(mean.count) and \(other.mean.count) features")
    let between = zip(mean, other.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let root = SymmetricEigenvalues(covariance).mapped { max(0, $0).squareRoot() }
    let inner = SymmetricEigenvalues(product(product(root, other.covariance), root))
    let cross = inner.values.reduce(0) { $0 + max(0, $1).squareRoot() }
    let traces = mean.indices.reduce(0) { $0 + covariance[$1][$1] + other.covariance[$1][$1] }
    return between + traces - 2 * cross
  }
}

private func product(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
  a.map { row in
    var sums = [Double](repeating: 0, count: row.count)
    for (factor, other) in zip(row, b) {
      for j in sums.indices { sums[j] += factor * other[j] }
    }
    return sums
  }
}
