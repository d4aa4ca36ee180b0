import Backprop
import KernelSupport

extension ImageNetworks {
  /// LeNet-5, which read cheques: 61,706 parameters for ten classes.
  ///
  /// As it is built today: the second convolution sees all channels of the first, pooling learns nothing, and
  /// logits take the place of the radial basis functions at the end.
  ///
  /// - Parameters:
  ///   - classes: how many classes there are, at least 1.
  ///   - initializer: how the weights are drawn.
  ///   - generator: where the random numbers come from.
  /// - Returns: a network from [batch, 32, 32, 1] to [batch, classes].
  ///
  /// Source: LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition",
  /// Proceedings of the IEEE 86, 1998, figure 2.
  public static func leNet5(
    classes: Int = 10, initializer: Initializer = .xavierUniform,
    using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    func convolution(_ inputs: Int, _ outputs: Int) -> Conv2D {
      Conv2D(
        inputs, outputs, kernel: 5, activation: .tanh, initializer: initializer, using: &generator)
    }
    return Sequential(
      convolution(1, 6),
      AveragePooling2D(),
      convolution(6, 16),
      AveragePooling2D(),
      convolution(16, 120),
      Flatten(),
      Dense(120, 84, activation: .tanh, initializer: initializer, using: &generator),
      Dense(84, classes, initializer: initializer, using: &generator))
  }
}
