import KernelSupport

/// The kernels of latent numbers with normal distributions.
///
/// A row of moments describes such a distribution with independent numbers: first `latent` means μ, then
/// as many logarithms ℓ of variances, s² = e^ℓ.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` computes the same up to
/// rounding.
public protocol LatentKernels {
  /// Fills with numbers from the standard normal distribution; contract: `Naive.standardNormal`.
  static func standardNormal(_ x: inout MutableSpan<Scalar>, seed: UInt64)

  /// Draws from rows of moments; contract: `Naive.gaussianSample`.
  static func gaussianSample(
    moments: Span<Scalar>, noise: Span<Scalar>, latent: Int, into z: inout MutableSpan<Scalar>)

  /// The pullback of `gaussianSample`; contract: `Naive.gaussianSampleBackward`.
  static func gaussianSampleBackward(
    moments: Span<Scalar>, noise: Span<Scalar>, upstream: Span<Scalar>, latent: Int,
    gradient: inout MutableSpan<Scalar>, accumulating: Bool)

  /// KL divergences from the standard normal distribution; contract: `Naive.gaussianDivergence`.
  static func gaussianDivergence(
    moments: Span<Scalar>, latent: Int, into rows: inout MutableSpan<Scalar>)

  /// The pullback of `gaussianDivergence`; contract: `Naive.gaussianDivergenceBackward`.
  static func gaussianDivergenceBackward(
    moments: Span<Scalar>, upstream: Span<Scalar>, latent: Int,
    gradient: inout MutableSpan<Scalar>, accumulating: Bool)
}

extension Naive: LatentKernels {}
extension Fast: LatentKernels {}

extension Backend {
  /// This backend's kernels of latent numbers.
  public var latent: any LatentKernels.Type { self == .naive ? Naive.self : Fast.self }
}

/// Stops the program unless all operands are as many rows of `latent` numbers, or of twice as many moments.
func checkLatent(_ operation: String, moments: Int, latent: Int, _ others: Int...) {
  precondition(
    latent >= 1 && moments.isMultiple(of: 2 * latent) && others.allSatisfy { 2 * $0 == moments },
    "\(operation): \(moments) moments and \(others) numbers for \(latent) latent ones")
}
