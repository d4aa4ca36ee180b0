import Backprop
import KernelSupport

extension ImageNetworks {
  /// VGG-16, all of 3×3 convolutions: 138,357,544 parameters for a thousand classes.
  ///
  /// - Parameters:
  ///   - classes: how many classes there are, at least 1.
  ///   - initializer: how the weights are drawn.
  ///   - generator: where the random numbers come from.
  /// - Returns: a network from [batch, 224, 224, 3] to [batch, classes].
  ///
  /// Source: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
  /// ICLR 2015, table 1, column D.
  public static func vgg16(
    classes: Int = 1000, initializer: Initializer = .he,
    using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    vgg(
      [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]],
      images: (side: 224, channels: 3), hidden: 4096, classes: classes, initializer, &generator)
  }

  /// A relative of VGG at the size of digits, four convolutions deep.
  ///
  /// - Parameters:
  ///   - classes: how many classes there are, at least 1.
  ///   - generator: draws the weights, by He's rule.
  /// - Returns: a network from [batch, 28, 28, 1] to [batch, classes].
  public static func smallVGG(
    classes: Int = 10, using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    vgg(
      [[16, 16], [32, 32]], images: (side: 28, channels: 1), hidden: 64, classes: classes, .he,
      &generator)
  }

  /// Stages of 3×3 convolutions that keep the size, each followed by a pooling that halves it, and dense
  /// layers at the end.
  ///
  /// - Parameter stages: the output channels of every convolution.
  private static func vgg(
    _ stages: [[Int]], images: (side: Int, channels: Int), hidden: Int, classes: Int,
    _ initializer: Initializer, _ generator: inout some RandomNumberGenerator
  ) -> Sequential {
    var layers: [any Layer] = []
    var (side, channels) = images
    for stage in stages {
      for outputs in stage {
        layers.append(
          Conv2D(
            channels, outputs, kernel: 3, padding: .same, activation: .relu,
            initializer: initializer, using: &generator))
        channels = outputs
      }
      layers.append(MaxPooling2D())
      side /= 2
    }
    layers.append(Flatten())
    layers.append(
      denseHead(side * side * channels, hidden: hidden, classes: classes, initializer, &generator))
    return Sequential(layers)
  }
}
