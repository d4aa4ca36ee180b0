import Backprop
import KernelSupport
import Optimizers

extension ImageNetworks {
  /// The chapter's best network for digits: six convolutions with batch normalisation, a pooling after every two,
  /// and a dense layer.
  ///
  /// Made to be trained on images that are shifted, turned and bent anew in every epoch: they leave nothing to be
  /// learned by heart, so there is no dropout.
  ///
  /// - Parameters:
  ///   - classes: how many classes there are, at least 1.
  ///   - generator: draws the weights, by He's rule.
  /// - Returns: a network from [batch, 28, 28, 1] to [batch, classes].
  public static func digitNetwork(
    classes: Int = 10, using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    var layers: [any Layer] = []
    var channels = 1
    for width in [32, 64, 128] {
      layers += [
        NormalizedConv2D(channels, width, kernel: 3, using: &generator),
        NormalizedConv2D(width, width, kernel: 3, using: &generator),
        MaxPooling2D(),
      ]
      channels = width
    }
    layers += [
      Flatten(),
      Dense(3 * 3 * channels, 128, activation: .relu, using: &generator),
      Dense(128, classes, using: &generator),
    ]
    return Sequential(layers)
  }
}
