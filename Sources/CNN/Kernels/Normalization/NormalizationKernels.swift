import KernelSupport

/// What a normalisation does to every channel: y = γ (x − μ) / σ + β, and then perhaps max(y, 0).
public struct ChannelNormalization: Sendable {
  /// μ, what is subtracted: one number a channel.
  public let mean: [Scalar]
  /// 1/σ, one number a channel.
  public let inverseDeviation: [Scalar]
  /// γ, one number a channel.
  public let scale: [Scalar]
  /// β, one number a channel.
  public let shift: [Scalar]
  /// Whether the result goes through a rectified linear unit, after the residual was added.
  public let isRectified: Bool

  /// Creates a normalisation by a mean and a variance.
  ///
  ///     σ = √(variance + ε)
  ///
  /// - Parameters:
  ///   - mean: μ, one number a channel.
  ///   - variance: one number a channel, at least 0.
  ///   - epsilon: ε, above 0, so that a constant channel has a deviation.
  ///   - scale: γ, one number a channel.
  ///   - shift: β, one number a channel.
  ///   - isRectified: whether the result goes through a rectified linear unit.
  public init(
    mean: [Scalar], variance: [Scalar], epsilon: Scalar, scale: [Scalar], shift: [Scalar],
    isRectified: Bool = false
  ) {
    precondition(
      mean.count == scale.count && variance.count == scale.count && shift.count == scale.count,
      "ChannelNormalization: \(mean.count) means, \(variance.count) variances, \(scale.count) scales "
        + "and \(shift.count) shifts; each channel has one of each")
    precondition(epsilon > 0, "ChannelNormalization: an epsilon of \(epsilon) is not positive")
    self.mean = mean
    inverseDeviation = variance.map { 1 / ($0 + epsilon).squareRoot() }
    self.scale = scale
    self.shift = shift
    self.isRectified = isRectified
  }

  /// The number of channels.
  public var channels: Int { mean.count }

  /// Stops the program unless operands are rows of channels, and a residual is as long or missing.
  func check(_ operation: String, _ count: Int, _ partners: Int, residuals: Int) {
    precondition(
      channels >= 1 && count.isMultiple(of: channels) && partners == count
        && (residuals == 0 || residuals == count),
      "\(operation): \(count) elements, \(partners) at the other side and \(residuals) of a residual, "
        + "in rows of \(channels) channels")
  }
}

/// The kernels of normalisation by channels.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` computes the same up to
/// rounding.
public protocol NormalizationKernels {
  /// Mean and variance of every channel; contract: `Naive.channelMoments`.
  static func channelMoments(
    _ x: Span<Scalar>, mean: inout MutableSpan<Scalar>, variance: inout MutableSpan<Scalar>)

  /// Normalises every channel; contract: `Naive.batchNormalization`.
  static func batchNormalization(
    _ x: Span<Scalar>, _ channels: ChannelNormalization, adding residual: Span<Scalar>,
    into y: inout MutableSpan<Scalar>)
  /// The pullback of `batchNormalization`; contract: `Naive.batchNormalizationBackward`.
  static func batchNormalizationBackward(
    _ x: Span<Scalar>, _ channels: ChannelNormalization, adding residual: Span<Scalar>,
    ofBatch: Bool, gradient: inout MutableSpan<Scalar>,
    residualGradient: inout MutableSpan<Scalar>, scaleGradient: inout MutableSpan<Scalar>,
    shiftGradient: inout MutableSpan<Scalar>)
}

extension Naive: NormalizationKernels {}
extension Fast: NormalizationKernels {}

extension Backend {
  /// The normalisation kernels of this backend.
  public var normalization: any NormalizationKernels.Type {
    self == .naive ? Naive.self : Fast.self
  }
}
