import KernelSupport

/// The kernels that keep gradients in bounds and networks from learning their examples by heart.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` computes the same up to
/// rounding. The square of a norm is chapter 1's dot product of a vector with itself.
public protocol RegularizationKernels {
  /// Elements moved into [−limit, limit]; contract: `Naive.clamp`.
  static func clamp(_ x: inout MutableSpan<Scalar>, limit: Scalar)

  /// A random share of the elements set to 0; contract: `Naive.dropout`.
  static func dropout(_ x: inout MutableSpan<Scalar>, rate: Scalar, seed: UInt64)

  /// Σᵢ |xᵢ|; contract: `Naive.sumOfMagnitudes`.
  static func sumOfMagnitudes(_ x: Span<Scalar>) -> Scalar
  /// The pullback of `sumOfMagnitudes`; contract: `Naive.sumOfMagnitudesBackward`.
  static func sumOfMagnitudesBackward(
    _ x: Span<Scalar>, upstream: Scalar, gradient: inout MutableSpan<Scalar>)
}

extension Naive: RegularizationKernels {}
extension Fast: RegularizationKernels {}

extension Backend {
  /// This backend's kernels of regularization.
  public var regularization: any RegularizationKernels.Type {
    self == .naive ? Naive.self : Fast.self
  }
}
