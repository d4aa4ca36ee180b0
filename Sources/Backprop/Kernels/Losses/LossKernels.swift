import KernelSupport

/// The kernels of losses: each gives one number, the mean over what it sees.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` computes the same up to
/// rounding.
public protocol LossKernels {
  /// The mean of squared differences; contract: `Naive.meanSquaredError`.
  static func meanSquaredError(_ prediction: Span<Scalar>, _ target: Span<Scalar>) -> Scalar
  /// The pullback of `meanSquaredError`; contract: `Naive.meanSquaredErrorBackward`.
  static func meanSquaredErrorBackward(
    target: Span<Scalar>, upstream: Scalar, gradient: inout MutableSpan<Scalar>)

  /// The cross-entropy of yes-or-no answers; contract: `Naive.binaryCrossEntropy`.
  static func binaryCrossEntropy(logits: Span<Scalar>, _ target: Span<Scalar>) -> Scalar
  /// The pullback of `binaryCrossEntropy`; contract: `Naive.binaryCrossEntropyBackward`.
  static func binaryCrossEntropyBackward(
    target: Span<Scalar>, upstream: Scalar, gradient: inout MutableSpan<Scalar>)

  /// Softmax and the cross-entropy of its answers; contract: `Naive.softmaxCrossEntropy`.
  static func softmaxCrossEntropy(
    _ logits: inout MutableSpan<Scalar>, columns: Int, labels: Span<Int>
  ) -> Scalar
  /// The pullback of `softmaxCrossEntropy`; contract: `Naive.softmaxCrossEntropyBackward`.
  static func softmaxCrossEntropyBackward(
    columns: Int, labels: Span<Int>, upstream: Scalar, gradient: inout MutableSpan<Scalar>)
}

extension Naive: LossKernels {}
extension Fast: LossKernels {}

extension Backend {
  /// This backend's kernels of losses.
  public var loss: any LossKernels.Type { self == .naive ? Naive.self : Fast.self }
}
