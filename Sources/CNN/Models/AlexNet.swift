import Backprop
import KernelSupport
import Optimizers

extension ImageNetworks {
  /// AlexNet, with which deep networks won the ImageNet challenge of 2012: 61,100,840 parameters for a
  /// thousand classes.
  ///
  /// The form of its author's later article and of torchvision: one column instead of two halves on two
  /// graphics cards, and no response normalisation.
  ///
  /// - Parameters:
  ///   - classes: how many classes there are, at least 1.
  ///   - initializer: how the weights are drawn.
  ///   - generator: where the random numbers come from.
  /// - Returns: a network from [batch, 224, 224, 3] to [batch, classes].
  ///
  /// Source: Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural
  /// Networks", NIPS 2012; Krizhevsky, "One Weird Trick for Parallelizing Convolutional Neural Networks", 2014.
  public static func alexNet(
    classes: Int = 1000, initializer: Initializer = .he,
    using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    func convolution(
      _ inputs: Int, _ outputs: Int, kernel: Extent, stride: Extent = 1, padding: Int
    ) -> Conv2D {
      Conv2D(
        inputs, outputs, kernel: kernel, stride: stride, padding: .all(padding), activation: .relu,
        initializer: initializer, using: &generator)
    }
    return Sequential(
      convolution(3, 64, kernel: 11, stride: 4, padding: 2),
      MaxPooling2D(3, stride: 2),
      convolution(64, 192, kernel: 5, padding: 2),
      MaxPooling2D(3, stride: 2),
      convolution(192, 384, kernel: 3, padding: 1),
      convolution(384, 256, kernel: 3, padding: 1),
      convolution(256, 256, kernel: 3, padding: 1),
      MaxPooling2D(3, stride: 2),
      Flatten(),
      denseHead(6 * 6 * 256, hidden: 4096, classes: classes, initializer, &generator))
  }

  /// Two dense layers with dropout and the logits: what AlexNet and VGG end with.
  static func denseHead(
    _ inputs: Int, hidden: Int, classes: Int, _ initializer: Initializer,
    _ generator: inout some RandomNumberGenerator
  ) -> Sequential {
    Sequential(
      Dense(inputs, hidden, activation: .relu, initializer: initializer, using: &generator),
      Dropout(0.5),
      Dense(hidden, hidden, activation: .relu, initializer: initializer, using: &generator),
      Dropout(0.5),
      Dense(hidden, classes, initializer: initializer, using: &generator))
  }
}
