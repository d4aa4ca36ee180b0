import KernelSupport

extension Dense {
  /// Creates a layer of given parameters: another view of a layer's own, or numbers from elsewhere.
  ///
  /// - Parameters:
  ///   - weight: W, [in, out].
  ///   - bias: b, [out].
  ///   - activation: what is applied to the weighted sums.
  public init(weight: Variable, bias: Variable, activation: Activation) {
    precondition(
      weight.value.shape.count == 2 && bias.value.shape == [weight.value.columns],
      "Dense: weights of shape \(weight.value.shape) and biases of shape \(bias.value.shape)")
    self.weight = weight
    self.bias = bias
    self.activation = activation
  }
}
