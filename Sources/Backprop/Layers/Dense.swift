import KernelSupport

/// A fully connected layer: every output is a weighted sum of all inputs, plus a bias.
///
///     y = activation(x W + b)
public struct Dense: PhaselessLayer {
  /// W, [in, out].
  public let weight: Variable
  /// b, [out].
  public let bias: Variable
  /// What is applied to the weighted sums.
  public let activation: Activation

  /// Creates a layer with random weights and biases of 0.
  ///
  /// - Parameters:
  ///   - inputs: the length of the input's last dimension, at least 1.
  ///   - outputs: the length of the output's last dimension, at least 1.
  ///   - activation: what is applied to the weighted sums.
  ///   - initializer: how the weights are drawn; Keras's default unless told otherwise.
  ///   - generator: where the random numbers come from.
  public init(
    _ inputs: Int, _ outputs: Int, activation: Activation = .linear,
    initializer: Initializer = .xavierUniform, using generator: inout some RandomNumberGenerator
  ) {
    precondition(
      inputs >= 1 && outputs >= 1, "Dense: a layer of \(inputs) inputs and \(outputs) outputs")
    weight = Variable(
      initializer.tensor(shape: [inputs, outputs], using: &generator), needsGradient: true)
    bias = Variable(Tensor(shape: [outputs]), needsGradient: true)
    self.activation = activation
  }

  /// The layer's output.
  ///
  /// - Parameter input: x, […, in].
  /// - Returns: y, […, out].
  public func callAsFunction(_ input: Variable) -> Variable {
    activation.replacing(input.matrixProduct(weight, bias: bias))
  }
}
