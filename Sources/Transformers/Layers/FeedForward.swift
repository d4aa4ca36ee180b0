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
public struct FeedForward: Layer {
  /// W₁, [width, inner], and b₁.
  public let up: Projection
  /// W₂, [inner, width], and b₂.
  public let down: Projection
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
    up = Projection(width, inner, initializer: initializer, using: &generator)
    down = Projection(inner, width, initializer: initializer, using: &generator)
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
    down(activation(up(input)), adding: residual)
  }
}

/// A dense layer without activation that can add a residual in the same pass.
///
///     y = x W + b (+ residual)
public struct Projection: Layer {
  /// W, [in, out].
  public let weight: Variable
  /// b, [out].
  public let bias: Variable

  /// Creates a layer with random weights and biases of 0.
  ///
  /// - Parameters:
  ///   - inputs: the length of the input's last dimension, at least 1.
  ///   - outputs: the length of the output's last dimension, at least 1.
  ///   - initializer: how the weights are drawn.
  ///   - generator: where the random numbers come from.
  public init(
    _ inputs: Int, _ outputs: Int, initializer: Initializer = .xavierUniform,
    using generator: inout some RandomNumberGenerator
  ) {
    precondition(
      inputs >= 1 && outputs >= 1, "Projection: a layer of \(inputs) inputs and \(outputs) outputs")
    weight = Variable(
      initializer.tensor(shape: [inputs, outputs], using: &generator), needsGradient: true)
    bias = Variable(Tensor(shape: [outputs]), needsGradient: true)
  }

  /// The layer's output, […, out], for an input […, in].
  public func callAsFunction(_ input: Variable) -> Variable { self(input, adding: nil) }

  /// The layer's output and a residual of its shape.
  public func callAsFunction(_ input: Variable, adding residual: Variable?) -> Variable {
    input.projected(weight, bias, adding: residual)
  }
}
