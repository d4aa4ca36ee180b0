import Backprop
import CNN
import KernelSupport
import Optimizers

/// A translator of images: down to a quarter of the size, up again, with a bridge at every size.
///
///     d₁ = down₁(x)            28 → 14
///     d₂ = down₂(d₁)           14 → 7
///     m  = middle(d₂)           7
///     u₂ = up₂(m)               7 → 14
///     u₁ = up₁([u₂, d₁])       14 → 28
///     y  = tanh(last([u₁, x]))
///
/// What is below sees far, what crosses a bridge knows exactly where: a line comes out where it was. Every norm is an
/// image's own, so the phase tells dropout alone what to do. pix2pix's noise is dropout that is left on in use: call
/// it with `.training(seed:)` there, too.
///
/// Source: Ronneberger, Fischer and Brox, "U-Net: Convolutional Networks for Biomedical Image Segmentation",
/// MICCAI 2015; Isola, Zhu, Zhou and Efros, "Image-to-Image Translation with Conditional Adversarial Networks", CVPR
/// 2017, section 3.2.1 and appendix.
public struct UNet: Layer {
  /// The halvings, from the image down.
  public let down: [Sequential]
  /// What happens at the smallest size.
  public let middle: Sequential
  /// The doublings, from the smallest size up.
  public let up: [Sequential]
  /// From the last doubling and the input to the output.
  public let last: Conv2D

  /// Creates a network.
  ///
  /// - Parameters:
  ///   - inputs: the planes of the input, at least 1; the output has one.
  ///   - width: the channels after the first halving, at least 1; twice as many after the second.
  ///   - dropout: the share that is dropped after the first doubling, in [0, 1).
  ///   - generator: draws the weights.
  public init(
    inputs: Int = 1, width: Int = 16, dropout: Scalar = 0,
    using generator: inout some RandomNumberGenerator
  ) {
    let leaky = Activation.leakyReLU(slope: 0.2)
    down = [
      Sequential(
        Conv2D(
          inputs, width, kernel: 4, stride: 2, padding: .all(1), activation: leaky,
          initializer: .he, using: &generator)),
      Sequential(
        Conv2D(
          width, 2 * width, kernel: 4, stride: 2, padding: .all(1), bias: false,
          initializer: .he, using: &generator),
        InstanceNormalization(2 * width, activation: leaky)),
    ]
    middle = Sequential(
      Conv2D(
        2 * width, 2 * width, kernel: 3, padding: .all(1), bias: false, initializer: .he,
        using: &generator),
      InstanceNormalization(2 * width, activation: .relu))
    up = [
      Sequential(
        ConvTranspose2D(
          2 * width, width, kernel: 4, stride: 2, padding: .all(1), bias: false,
          using: &generator),
        InstanceNormalization(width, activation: .relu), Dropout(dropout)),
      Sequential(
        ConvTranspose2D(
          2 * width, width, kernel: 4, stride: 2, padding: .all(1), bias: false,
          using: &generator),
        InstanceNormalization(width, activation: .relu)),
    ]
    last = Conv2D(
      width + inputs, 1, kernel: 3, padding: .all(1), activation: .tanh, using: &generator)
  }

  /// The translated images.
  ///
  /// - Parameters:
  ///   - input: x, [batch, height, width, inputs]; height and width are multiples of 4.
  ///   - phase: whether and what is dropped.
  /// - Returns: y, [batch, height, width, 1], in (−1, 1).
  public func callAsFunction(_ input: Variable, _ phase: Phase) -> Variable {
    precondition(
      input.value.shape.count == 4 && input.value.shape[1].isMultiple(of: 4)
        && input.value.shape[2].isMultiple(of: 4),
      "UNet: images of shape \(input.value.shape); expected height and width to be multiples of 4")
    var bridges = [input]
    for layers in down { bridges.append(layers(bridges[bridges.count - 1])) }
    var y = middle(bridges.removeLast())
    for (index, layers) in up.enumerated() {
      y = .concatenated([layers(y, phase.part(index)), bridges.removeLast()], axis: 3)
    }
    return last(y)
  }
}
