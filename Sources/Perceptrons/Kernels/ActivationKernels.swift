import KernelSupport

/// The functions that a neuron applies to its weighted sum, and the pullbacks of their slopes.
///
/// All of them work in place: a forward kernel turns the inputs into the outputs, a backward kernel turns
/// ∂L/∂output into ∂L/∂input. Wherever the slope is a function of the output, backward takes the output,
/// so that the inputs need not be kept.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` computes the same up to
/// rounding.
public protocol ActivationKernels {
  /// 1 / (1 + e⁻ˣ); contract: `Naive.sigmoid`.
  static func sigmoid(_ x: inout MutableSpan<Scalar>)
  /// The pullback of `sigmoid`; contract: `Naive.sigmoidBackward`.
  static func sigmoidBackward(output: Span<Scalar>, gradient: inout MutableSpan<Scalar>)

  /// tanh x; contract: `Naive.tanh`.
  static func tanh(_ x: inout MutableSpan<Scalar>)
  /// The pullback of `tanh`; contract: `Naive.tanhBackward`.
  static func tanhBackward(output: Span<Scalar>, gradient: inout MutableSpan<Scalar>)

  /// max(x, 0); contract: `Naive.relu`.
  static func relu(_ x: inout MutableSpan<Scalar>)
  /// The pullback of `relu`; contract: `Naive.reluBackward`.
  static func reluBackward(output: Span<Scalar>, gradient: inout MutableSpan<Scalar>)

  /// max(x, 0) + slope · min(x, 0); contract: `Naive.leakyReLU`.
  static func leakyReLU(_ x: inout MutableSpan<Scalar>, slope: Scalar)
  /// The pullback of `leakyReLU`; contract: `Naive.leakyReLUBackward`.
  static func leakyReLUBackward(
    output: Span<Scalar>, slope: Scalar, gradient: inout MutableSpan<Scalar>)

  /// The Gaussian error linear unit in its tanh form; contract: `Naive.gelu`.
  static func gelu(_ x: inout MutableSpan<Scalar>)
  /// The pullback of `gelu`; contract: `Naive.geluBackward`.
  static func geluBackward(input: Span<Scalar>, gradient: inout MutableSpan<Scalar>)

  /// Every row's softmax; contract: `Naive.softmax`.
  static func softmax(_ x: inout MutableSpan<Scalar>, columns: Int)
  /// The pullback of `softmax`; contract: `Naive.softmaxBackward`.
  static func softmaxBackward(
    output: Span<Scalar>, columns: Int, gradient: inout MutableSpan<Scalar>)
}

extension Naive: ActivationKernels {}
extension Fast: ActivationKernels {}

extension Backend {
  /// This backend's activation kernels.
  public var activation: any ActivationKernels.Type { self == .naive ? Naive.self : Fast.self }
}
