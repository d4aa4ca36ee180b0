import KernelSupport

/// The kernels that this chapter introduces.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` computes the same up to
/// rounding.
public protocol LayerKernels {
  /// Normalises every row; contract: `Naive.layerNormalization`.
  static func layerNormalization(
    _ x: Span<Scalar>, scale: Span<Scalar>, shift: Span<Scalar>, epsilon: Scalar,
    into y: inout MutableSpan<Scalar>)
  /// The pullback of `layerNormalization`; contract: `Naive.layerNormalizationBackward`.
  static func layerNormalizationBackward(
    _ x: Span<Scalar>, scale: Span<Scalar>, epsilon: Scalar, gradient: inout MutableSpan<Scalar>,
    scaleGradient: inout MutableSpan<Scalar>, shiftGradient: inout MutableSpan<Scalar>)

  /// What a product with a bias and a residual starts from; contract: `Naive.biasRows`.
  static func biasRows(
    _ bias: Span<Scalar>, adding residual: Span<Scalar>, into y: inout MutableSpan<Scalar>)

  /// The product of one row and a matrix, added to a row; contract: `Naive.rowProduct`.
  static func rowProduct(
    _ x: Span<Scalar>, _ weight: Span<Scalar>, addingTo y: inout MutableSpan<Scalar>)

  /// GELU of one array into another; contract: `Naive.gelu(_:into:)`.
  static func gelu(_ x: Span<Scalar>, into y: inout MutableSpan<Scalar>)
  /// The pullback of `gelu(_:into:)`; contract: `Naive.geluSlopes`.
  static func geluSlopes(_ x: Span<Scalar>, gradient: inout MutableSpan<Scalar>)

  /// GELU with the exact normal distribution; contract: `Naive.exactGELU`.
  static func exactGELU(_ x: inout MutableSpan<Scalar>)
  /// The pullback of `exactGELU`; contract: `Naive.exactGELUBackward`.
  static func exactGELUBackward(input: Span<Scalar>, gradient: inout MutableSpan<Scalar>)
}

extension Naive: LayerKernels {}
extension Fast: LayerKernels {}

extension Backend {
  /// This backend's kernels of chapter 7.
  public var layers: any LayerKernels.Type { self == .naive ? Naive.self : Fast.self }
}
