import KernelSupport

/// The two networks that thousands of people have trained first.
public enum ClassicNetworks {
  /// 784-64-64-10 with ReLU and logits for a softmax: the first network of many a Keras tutorial.
  ///
  /// Keras's defaults: weights uniform by Xavier, biases 0.
  ///
  /// - Parameter generator: draws the weights.
  /// - Returns: a network from […, 784] to […, 10].
  public static func multilayerPerceptron(
    using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    Sequential(
      Dense(784, 64, activation: .relu, using: &generator),
      Dense(64, 64, activation: .relu, using: &generator),
      Dense(64, 10, using: &generator))
  }

  /// 784-30-10 with sigmoid units throughout, weights and biases normal with standard deviation 1.
  ///
  /// - Parameters:
  ///   - hiddenUnits: how many units lie between input and output, at least 1.
  ///   - generator: draws the weights and biases.
  /// - Returns: a network from […, 784] to […, 10].
  ///
  /// Source: Nielsen, "Neural Networks and Deep Learning", 2015, chapter 1.
  public static func nielsen(
    hiddenUnits: Int = 30, using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    let normal = Initializer.gaussian(standardDeviation: 1)
    func layer(_ inputs: Int, _ outputs: Int) -> Dense {
      let layer = Dense(
        inputs, outputs, activation: .sigmoid, initializer: normal, using: &generator)
      layer.bias.setValue(normal.tensor(shape: [outputs], using: &generator))
      return layer
    }
    return Sequential(layer(784, hiddenUnits), layer(hiddenUnits, 10))
  }
}
