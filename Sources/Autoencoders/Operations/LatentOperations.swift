import Backprop
import KernelSupport

// A variable of moments, [rows, 2 · latent], describes a normal distribution a row, with independent numbers:
// first the means μ, then the log-variances ℓ.

extension Variable {
  /// Latent numbers drawn from these moments, as a function of noise: z = μ + e^{ℓ/2} ε.
  ///
  /// The noise is a constant, so the draw has slopes by μ and ℓ.
  ///
  /// - Parameter noise: ε, [rows, latent], from the standard normal distribution.
  /// - Returns: z, [rows, latent].
  public func gaussianSample(noise: Tensor) -> Variable {
    let latent = noise.columns
    precondition(
      value.columns == 2 * latent && value.rows == noise.rows,
      "gaussianSample: noise of shape \(noise.shape) for moments of \(value.shape)")
    let kernels = Backend.current.latent
    let (moments, noise) = (value.elements, noise)
    let epsilon = noise.elements
    let z = Tensor(shape: noise.shape) {
      kernels.gaussianSample(
        moments: moments.span, noise: epsilon.span, latent: latent, into: &$0)
    }
    return Variable(z, from: [self]) { [self] upstream in
      let slopes = upstream.elements
      accumulateGradient {
        kernels.gaussianSampleBackward(
          moments: moments.span, noise: epsilon.span, upstream: slopes.span, latent: latent,
          gradient: &$0, accumulating: $1)
      }
    }
  }

  /// The Kullback–Leibler divergence of every row of these moments from the standard normal distribution, in
  /// nats.
  ///
  /// - Returns: [rows].
  public func gaussianDivergence() -> Variable {
    precondition(
      value.columns.isMultiple(of: 2) && value.columns > 0,
      "gaussianDivergence: moments of shape \(value.shape) are not as many means as log-variances")
    let latent = value.columns / 2
    let kernels = Backend.current.latent
    let moments = value.elements
    let divergence = Tensor(shape: [value.rows]) {
      kernels.gaussianDivergence(moments: moments.span, latent: latent, into: &$0)
    }
    return Variable(divergence, from: [self]) { [self] upstream in
      let slopes = upstream.elements
      accumulateGradient {
        kernels.gaussianDivergenceBackward(
          moments: moments.span, upstream: slopes.span, latent: latent, gradient: &$0,
          accumulating: $1)
      }
    }
  }
}

extension Tensor {
  /// Numbers from the standard normal distribution.
  ///
  /// - Parameters:
  ///   - shape: the length of every dimension.
  ///   - seed: decides which numbers.
  public static func standardNormal(shape: [Int], seed: UInt64) -> Tensor {
    Tensor(shape: shape) { Backend.current.latent.standardNormal(&$0, seed: seed) }
  }

  /// Zeros and ones, each 1 with the probability at its place.
  ///
  /// - Parameter seed: decides which become 1.
  public func sampledBernoulli(seed: UInt64) -> Tensor {
    var states = self
    states.update { Backend.current.bernoulli.sampleBernoulli(&$0, seed: seed) }
    return states
  }
}
