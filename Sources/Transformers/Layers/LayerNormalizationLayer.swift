import Backprop
import KernelSupport

/// A layer that gives every row a mean and a deviation that are learned, whatever comes in.
///
///     y = γ (x − μ) / √(s² + ε) + β,   μ and s² of each row
///
/// Unlike batch normalisation it looks at nothing but the row: it does the same in training and in use, for one
/// example as for a hundred, and it has no running means.
///
/// Source: Ba, Kiros and Hinton, "Layer Normalization", arXiv:1607.06450, 2016; ε is PyTorch's (Keras takes 1e-3).
public struct LayerNormalization: PhaselessLayer {
  /// γ, [features], starts at 1.
  public let weight: Variable
  /// β, [features], starts at 0.
  public let bias: Variable
  /// ε, above 0.
  public let epsilon: Scalar

  /// Creates a layer.
  ///
  /// - Parameters:
  ///   - features: the length of the input's last dimension, at least 1.
  ///   - epsilon: ε, above 0.
  public init(_ features: Int, epsilon: Scalar = 1e-5) {
    precondition(
      features >= 1 && epsilon > 0,
      "LayerNormalization: a layer of \(features) features with an epsilon of \(epsilon)")
    weight = Variable(Tensor(repeating: 1, shape: [features]), needsGradient: true)
    bias = Variable(Tensor(shape: [features]), needsGradient: true)
    self.epsilon = epsilon
  }

  /// The layer's output, of the input's shape.
  public func callAsFunction(_ input: Variable) -> Variable {
    input.layerNormalization(scale: weight, shift: bias, epsilon: epsilon)
  }
}
