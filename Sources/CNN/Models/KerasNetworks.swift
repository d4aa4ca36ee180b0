import Backprop
import KernelSupport

/// Networks that see: from [batch, height, width, channel] to a logit for every class.
public enum ImageNetworks {
  /// conv32-pool-dense10: the smallest network that looks at neighbouring pixels.
  ///
  /// - Parameters:
  ///   - classes: how many classes there are, at least 1.
  ///   - generator: draws the weights, by Keras's default.
  /// - Returns: a network from [batch, 28, 28, 1] to [batch, classes].
  public static func oneConvolution(
    classes: Int = 10, using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    Sequential(
      Conv2D(1, 32, kernel: 3, activation: .relu, using: &generator),
      MaxPooling2D(),
      Flatten(),
      Dense(13 * 13 * 32, classes, using: &generator))
  }

  /// 32-64-64-dense64-dense10: the convolutional network of TensorFlow's tutorial, at the size of digits.
  ///
  /// - Parameters:
  ///   - classes: how many classes there are, at least 1.
  ///   - generator: draws the weights, by Keras's default.
  /// - Returns: a network from [batch, 28, 28, 1] to [batch, classes].
  public static func threeConvolutions(
    classes: Int = 10, using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    Sequential(
      Conv2D(1, 32, kernel: 3, activation: .relu, using: &generator),
      MaxPooling2D(),
      Conv2D(32, 64, kernel: 3, activation: .relu, using: &generator),
      MaxPooling2D(),
      Conv2D(64, 64, kernel: 3, activation: .relu, using: &generator),
      Flatten(),
      Dense(3 * 3 * 64, 64, activation: .relu, using: &generator),
      Dense(64, classes, using: &generator))
  }
}
