import KernelSupport

/// The kernels of attention.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` computes the same up to
/// rounding.
public protocol AttentionKernels {
  /// softmax(scale · q kᵀ) v, head by head; contract: `Naive.attention`.
  static func attention(
    query: Span<Scalar>, key: Span<Scalar>, value: Span<Scalar>,
    into output: inout MutableSpan<Scalar>, logSumExp: inout MutableSpan<Scalar>,
    _ shape: AttentionShape, _ mask: AttentionMask, dropout: AttentionDropout?)

  /// The pullback of `attention`; contract: `Naive.attentionBackward`.
  static func attentionBackward(
    query: Span<Scalar>, key: Span<Scalar>, value: Span<Scalar>, output: Span<Scalar>,
    logSumExp: Span<Scalar>, upstream: Span<Scalar>, queryGradient: inout MutableSpan<Scalar>,
    keyGradient: inout MutableSpan<Scalar>, valueGradient: inout MutableSpan<Scalar>,
    _ shape: AttentionShape, _ mask: AttentionMask, dropout: AttentionDropout?)
}

extension Naive: AttentionKernels {}
extension Fast: AttentionKernels {}

extension Backend {
  /// The attention kernels of this backend.
  public var attention: any AttentionKernels.Type { self == .naive ? Naive.self : Fast.self }
}
