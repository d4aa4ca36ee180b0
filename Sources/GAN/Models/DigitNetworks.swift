import Backprop
import CNN
import KernelSupport

/// Generators make [batch, 28, 28, 1] in (−1, 1) from [batch, noise]; discriminators read the same.
extension GameNetworks {
  /// The generator of the first paper's kind: dense layers only.
  public static func denseGenerator(
    noise: Int = 64, using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    Sequential(
      Dense(noise, 256, activation: .relu, initializer: .he, using: &generator),
      Dense(256, 512, activation: .relu, initializer: .he, using: &generator),
      Dense(512, 784, activation: .tanh, using: &generator),
      Reshape([28, 28, 1]))
  }

  /// The discriminator of the first paper's kind.
  public static func denseDiscriminator(
    using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    let activation = Activation.leakyReLU(slope: 0.2)
    return Sequential(
      Flatten(),
      Dense(784, 512, activation: activation, initializer: .he, using: &generator),
      Dense(512, 256, activation: activation, initializer: .he, using: &generator),
      Dense(256, 1, using: &generator))
  }

  /// A small DCGAN generator: 7×7, doubled twice by transposed convolutions of 4×4 with stride 2.
  ///
  /// The kernel is a multiple of the stride, so that every pixel is painted by equally many windows.
  ///
  /// - Parameters:
  ///   - noise: the length of z, conditions included.
  ///   - channels: those of the 7×7 image; half of them at 14×14.
  ///   - generator: draws the weights.
  ///
  /// Source: Radford, Metz and Chintala, ICLR 2016, section 3 (batch normalisation, ReLU, tanh at the end).
  public static func convolutionalGenerator(
    noise: Int = 64, channels: Int = 64, using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    Sequential(
      Dense(noise, 49 * channels, activation: .relu, initializer: .he, using: &generator),
      Reshape([7, 7, channels]),
      ConvTranspose2D(
        channels, channels / 2, kernel: 4, stride: 2, padding: .all(1), bias: false,
        using: &generator),
      BatchNormalization(channels / 2, activation: .relu),
      ConvTranspose2D(
        channels / 2, 1, kernel: 4, stride: 2, padding: .all(1), activation: .tanh,
        using: &generator))
  }

  /// The layers of a DCGAN discriminator before its answer: [batch, 28, 28, inputs] to
  /// [batch, 49 · channels].
  ///
  /// Without batch normalisation, so that an example's score depends on that example only.
  public static func convolutionalBody(
    inputs: Int = 1, channels: Int = 64, using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    Sequential(
      halvings(inputs: inputs, channels: channels, .xavierUniform, using: &generator) + [Flatten()])
  }

  /// Two convolutions with stride 2: [batch, 28, 28, inputs] to [batch, 7, 7, channels].
  static func halvings(
    inputs: Int, channels: Int, _ initializer: Initializer,
    using generator: inout some RandomNumberGenerator
  ) -> [any Layer] {
    [(inputs, channels / 2), (channels / 2, channels)].map { inputs, outputs in
      Conv2D(
        inputs, outputs, kernel: 4, stride: 2, padding: .all(1),
        activation: .leakyReLU(slope: 0.2), initializer: initializer, using: &generator)
    }
  }

  /// A small DCGAN discriminator: two convolutions with stride 2 and a logit.
  public static func convolutionalDiscriminator(
    channels: Int = 64, using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    Sequential(
      convolutionalBody(channels: channels, using: &generator).layers + [
        Dense(49 * channels, 1, using: &generator)
      ])
  }
}
