import Backprop
import KernelSupport

extension ImageNetworks {
  /// ResNet-18, of basic blocks: 11,689,512 parameters for a thousand classes.
  ///
  /// - Parameters:
  ///   - classes: how many classes there are, at least 1.
  ///   - initializer: how the weights are drawn.
  ///   - generator: where the random numbers come from.
  /// - Returns: a network from [batch, 224, 224, 3] to [batch, classes].
  ///
  /// Source: He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", CVPR 2016, table 1.
  public static func resNet18(
    classes: Int = 1000, initializer: Initializer = .he,
    using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    resNet(
      imageNetStem(initializer, &generator), [(64, 2), (128, 2), (256, 2), (512, 2)],
      classes: classes, initializer, &generator)
  }

  /// ResNet-50, of bottlenecks: 25,557,032 parameters for a thousand classes.
  ///
  /// Where a stage halves the size, its first 3×3 convolution has the stride, as in torchvision; in the
  /// paper it was the 1×1 convolution before.
  ///
  /// - Parameters:
  ///   - classes: how many classes there are, at least 1.
  ///   - initializer: how the weights are drawn.
  ///   - generator: where the random numbers come from.
  /// - Returns: a network from [batch, 224, 224, 3] to [batch, classes].
  ///
  /// Source: He, Zhang, Ren and Sun, 2016, table 1.
  public static func resNet50(
    classes: Int = 1000, initializer: Initializer = .he,
    using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    resNet(
      imageNetStem(initializer, &generator), [(64, 3), (128, 4), (256, 6), (512, 3)],
      bottleneck: true, classes: classes, initializer, &generator)
  }

  /// ResNet-14: a relative at the size of digits, 16-32-64 channels wide, two basic blocks a stage.
  ///
  /// - Parameters:
  ///   - classes: how many classes there are, at least 1.
  ///   - generator: draws the weights, by He's rule.
  /// - Returns: a network from [batch, 28, 28, 1] to [batch, classes].
  ///
  /// Source: the networks for CIFAR-10: He, Zhang, Ren and Sun, 2016, section 4.2.
  public static func resNet14(
    classes: Int = 10, using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    resNet(
      [NormalizedConv2D(1, 16, kernel: 3, using: &generator)], [(16, 2), (32, 2), (64, 2)],
      classes: classes, .he, &generator)
  }

  /// What brings photographs down to a sixteenth of their pixels.
  private static func imageNetStem(
    _ initializer: Initializer, _ generator: inout some RandomNumberGenerator
  ) -> [any Layer] {
    [
      NormalizedConv2D(3, 64, kernel: 7, stride: 2, initializer: initializer, using: &generator),
      MaxPooling2D(3, stride: 2, padding: .all(1)),
    ]
  }

  /// A stem, stages of residual blocks, and the mean of every channel for the dense layer.
  ///
  /// - Parameters:
  ///   - stem: its output has as many channels as the first stage is wide.
  ///   - stages: the width of every stage and how many blocks it has; all but the first halve the size.
  ///   - bottleneck: whether the blocks are bottlenecks, of four times as many channels.
  private static func resNet(
    _ stem: [any Layer], _ stages: [(width: Int, blocks: Int)], bottleneck: Bool = false,
    classes: Int, _ initializer: Initializer, _ generator: inout some RandomNumberGenerator
  ) -> Sequential {
    var layers = stem
    var channels = stages[0].width
    for (index, stage) in stages.enumerated() {
      for block in 0..<stage.blocks {
        let stride: Extent = index > 0 && block == 0 ? 2 : 1
        layers.append(
          bottleneck
            ? ResidualBlock(
              channels, bottleneck: stage.width, stride: stride, initializer: initializer,
              using: &generator)
            : ResidualBlock(
              channels, stage.width, stride: stride, initializer: initializer, using: &generator))
        channels = bottleneck ? 4 * stage.width : stage.width
      }
    }
    layers += [
      GlobalAveragePooling2D(),
      Dense(channels, classes, initializer: initializer, using: &generator),
    ]
    return Sequential(layers)
  }
}
