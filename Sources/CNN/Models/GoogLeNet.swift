import Backprop
import KernelSupport
import Optimizers

extension ImageNetworks {
  /// GoogLeNet, nine inception blocks deep: 6,624,904 parameters for a thousand classes.
  ///
  /// The form of torchvision: batch normalisation after every convolution, no auxiliary classifiers, and
  /// 3×3 convolutions in the branch where the paper's table says 5×5.
  ///
  /// - Parameters:
  ///   - classes: how many classes there are, at least 1.
  ///   - initializer: how the weights are drawn.
  ///   - generator: where the random numbers come from.
  /// - Returns: a network from [batch, 224, 224, 3] to [batch, classes].
  ///
  /// Source: Szegedy et al., "Going Deeper with Convolutions", CVPR 2015, table 1.
  public static func googLeNet(
    classes: Int = 1000, initializer: Initializer = .he,
    using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    let stem: [any Layer] = [
      NormalizedConv2D(
        3, 64, kernel: 7, stride: 2, initializer: initializer, using: &generator),
      MaxPooling2D(3, stride: 2, padding: .same),
      NormalizedConv2D(64, 64, kernel: 1, initializer: initializer, using: &generator),
      NormalizedConv2D(64, 192, kernel: 3, initializer: initializer, using: &generator),
      MaxPooling2D(3, stride: 2, padding: .same),
    ]
    let stages: [[InceptionBlock.Widths]] = [
      [
        .init(64, (96, 128), (16, 32), 32),
        .init(128, (128, 192), (32, 96), 64),
      ],
      [
        .init(192, (96, 208), (16, 48), 64),
        .init(160, (112, 224), (24, 64), 64),
        .init(128, (128, 256), (24, 64), 64),
        .init(112, (144, 288), (32, 64), 64),
        .init(256, (160, 320), (32, 128), 128),
      ],
      [
        .init(256, (160, 320), (32, 128), 128),
        .init(384, (192, 384), (48, 128), 128),
      ],
    ]
    return inceptionNetwork(
      stem, channels: 192, stages, largeKernel: 3, classes: classes, initializer, &generator)
  }

  /// A relative of GoogLeNet at the size of digits, three inception blocks deep.
  ///
  /// - Parameters:
  ///   - classes: how many classes there are, at least 1.
  ///   - generator: draws the weights, by He's rule.
  /// - Returns: a network from [batch, 28, 28, 1] to [batch, classes].
  public static func smallGoogLeNet(
    classes: Int = 10, using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    let stem: [any Layer] = [
      NormalizedConv2D(1, 16, kernel: 3, using: &generator),
      MaxPooling2D(3, stride: 2, padding: .same),
    ]
    let stages: [[InceptionBlock.Widths]] = [
      [.init(8, (8, 16), (4, 8), 8)],
      [.init(16, (16, 32), (8, 16), 16), .init(24, (24, 48), (8, 16), 16)],
    ]
    return inceptionNetwork(
      stem, channels: 16, stages, largeKernel: 5, classes: classes, .he, &generator)
  }

  /// A stem, stages of inception blocks with poolings between them, and the mean of every channel for the
  /// dense layer.
  private static func inceptionNetwork(
    _ stem: [any Layer], channels: Int, _ stages: [[InceptionBlock.Widths]], largeKernel: Extent,
    classes: Int, _ initializer: Initializer, _ generator: inout some RandomNumberGenerator
  ) -> Sequential {
    var layers = stem
    var channels = channels
    for (index, stage) in stages.enumerated() {
      if index > 0 { layers.append(MaxPooling2D(3, stride: 2, padding: .same)) }
      for widths in stage {
        layers.append(
          InceptionBlock(
            channels, widths, largeKernel: largeKernel, initializer: initializer,
            using: &generator))
        channels = widths.outputs
      }
    }
    layers += [
      GlobalAveragePooling2D(),
      Dropout(0.2),
      Dense(channels, classes, initializer: initializer, using: &generator),
    ]
    return Sequential(layers)
  }
}
