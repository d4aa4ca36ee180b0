import KernelSupport

/// The arithmetic of a single neuron, and of a layer of them that looks at one example.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` computes the same up to
/// rounding. Spans are flat and in row-major order.
public protocol VectorKernels {
  /// The dot product Σᵢ xᵢ yᵢ; contract: `Naive.dot`.
  static func dot(_ x: Span<Scalar>, _ y: Span<Scalar>) -> Scalar

  /// yᵢ += factor · xᵢ; contract: `Naive.addScaled`.
  static func addScaled(
    _ x: Span<Scalar>, by factor: Scalar, to y: inout MutableSpan<Scalar>)

  /// W·x or Wᵀ·x; contract: `Naive.matrixVector`.
  static func matrixVector(
    _ matrix: Span<Scalar>, columns: Int, transposed: Bool, _ vector: Span<Scalar>,
    into result: inout MutableSpan<Scalar>, accumulating: Bool)
}

extension Naive: VectorKernels {}
extension Fast: VectorKernels {}

extension Backend {
  /// This backend's vector kernels.
  public var vector: any VectorKernels.Type { self == .naive ? Naive.self : Fast.self }
}
