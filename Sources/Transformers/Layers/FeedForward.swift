import Backprop
import KernelSupport

/// The function between the two products of a feed-forward layer.
public enum FeedForwardActivation: String, Hashable, Sendable, CaseIterable {
  /// max(z, 0): the first Transformer's, and `nn.Transformer`'s default.
  case relu
  /// GELU in the tanh form: GPT-2's, called `gelu_new` there.
  case tanhGELU
  /// GELU with the exact normal distribution: BERT's, and what PyTorch calls `gelu`.
  case exactGELU

  func callAsFunction(_ z: Variable) -> Variable {
    switch self {
    case .relu: z.relu()
    case .tanhGELU: z.tanhGELU()
    case .exactGELU: z.exactGELU()
    }
  }
}

/// Two dense layers that treat every position alike and by itself: wider in the middle.
///
///     y = activation(x W₁ + b₁) W₂ + b₂ (+ residual)
///
/// Source: Vaswani et al., "Attention Is All You Need", NIPS 2017, equation 2.
public struct FeedForward: PhaselessLayer {
  /// W₁, [width, inner], and b₁.
  public let up: Dense
  /// W₂, [inner, width], and b₂.
  public let down: Dense
  /// What is applied in the middle.
  public let activation: FeedForwardActivation

  /// Creates a layer.
  ///
  /// - Parameters:
  ///   - width: the length of the input's and output's last dimension, at least 1.
  ///   - inner: the length in the middle, at least 1.
  ///   - activation: what is applied there.
  ///   - initializer: how the weights are drawn.
  ///   - generator: where the random numbers come from.
  public init(
    _ width: Int, inner: Int, activation: FeedForwardActivation,
    initializer: Initializer = .xavierUniform, using generator: inout some RandomNumberGenerator
  ) {
    up = Dense(width, inner, initializer: initializer, using: &generator)
    down = Dense(inner, width, initializer: initializer, using: &generator)
    self.activation = activation
  }

  /// The layer's output.
  public func callAsFunction(_ input: Variable) -> Variable { self(input, adding: nil) }

  /// The layer's output and a residual.
  ///
  /// - Parameters:
  ///   - input: x, […, width].
  ///   - residual: what is added, of the input's shape, or nil.
  public func callAsFunction(_ input: Variable, adding residual: Variable?) -> Variable {
    down(activation(up(input, adding: nil)), adding: residual)
  }
}

extension Dense {
  /// The weighted sums and a residual of their shape, in one pass; without a residual, the layer's output.
  ///
  ///     y = x W + b (+ residual)
  ///
  /// - Precondition: the layer has no activation.
  public func callAsFunction(_ input: Variable, adding residual: Variable?) -> Variable {
    precondition(
      activation == .linear,
      "Dense: a residual is added to a layer with the activation \(activation)")
    return input.projected(weight, bias, adding: residual)
  }
}
