import KernelSupport

/// The function that a layer applies to its weighted sums.
public enum Activation: Hashable, Sendable {
  /// The sum itself.
  case linear
  /// 1 / (1 + e⁻ˣ).
  case sigmoid
  /// tanh x.
  case tanh
  /// max(x, 0).
  case relu
  /// x where x > 0, slope · x elsewhere; the slope is above 0.
  case leakyReLU(slope: Scalar)
  /// The Gaussian error linear unit in its tanh form.
  case gelu
  /// Probabilities along the last dimension.
  case softmax
}
