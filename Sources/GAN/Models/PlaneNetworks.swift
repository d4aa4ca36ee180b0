import Backprop
import CNN
import KernelSupport

/// The networks of this chapter's games.
public enum GameNetworks {
  /// A generator of points: two hidden layers of ReLU.
  ///
  /// - Parameters:
  ///   - noise: the length of z.
  ///   - hidden: the width of the hidden layers.
  ///   - outputs: the coordinates of a point.
  ///   - generator: draws the weights.
  public static func pointGenerator(
    noise: Int = 2, hidden: Int = 128, outputs: Int = 2,
    using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    Sequential(
      Dense(noise, hidden, activation: .relu, initializer: .he, using: &generator),
      Dense(hidden, hidden, activation: .relu, initializer: .he, using: &generator),
      Dense(hidden, outputs, using: &generator))
  }

  /// A discriminator of points, or of several points at once: two hidden layers of leaky ReLU, and a logit.
  ///
  /// - Parameters:
  ///   - inputs: the coordinates that it sees.
  ///   - hidden: the width of the hidden layers.
  ///   - generator: draws the weights.
  public static func pointDiscriminator(
    inputs: Int = 2, hidden: Int = 128, using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    Sequential(
      Dense(
        inputs, hidden, activation: .leakyReLU(slope: 0.2), initializer: .he, using: &generator),
      Dense(
        hidden, hidden, activation: .leakyReLU(slope: 0.2), initializer: .he, using: &generator),
      Dense(hidden, 1, using: &generator))
  }

  /// The same discriminator with every layer spectrally normalised.
  public static func spectralPointDiscriminator(
    inputs: Int = 2, hidden: Int = 128, using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    func layer(_ inputs: Int, _ outputs: Int, _ activation: Activation)
      -> SpectralNormalization<Dense>
    {
      SpectralNormalization(
        Dense(inputs, outputs, activation: activation, initializer: .he, using: &generator),
        using: &generator)
    }
    return Sequential(
      layer(inputs, hidden, .leakyReLU(slope: 0.2)), layer(hidden, hidden, .leakyReLU(slope: 0.2)),
      layer(hidden, 1, .linear))
  }
}
