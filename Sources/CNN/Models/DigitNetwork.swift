import Backprop
import KernelSupport
import Optimizers

extension ImageNetworks {
  /// The chapter's best network for digits: six convolutions with batch normalisation, a pooling and a dropout
  /// after every two, and a dense layer.
  ///
  /// Made to be trained on images that are shifted, turned and bent anew in every epoch.
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
        Dropout(0.25),
      ]
      channels = width
    }
    layers += [
      Flatten(),
      Dense(3 * 3 * channels, 128, activation: .relu, initializer: .he, using: &generator),
      Dropout(0.5),
      Dense(128, classes, using: &generator),
    ]
    return Sequential(layers)
  }
}
