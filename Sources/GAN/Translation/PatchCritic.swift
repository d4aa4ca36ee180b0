import Backprop
import CNN
import KernelSupport

extension GameNetworks {
  /// A critic with an answer for every patch: [batch, 28, 28, inputs] to logits, [batch, 7, 7, 1].
  ///
  /// A logit depends on 18×18 pixels. Whether a line looks right can be told from a patch; what is wrong with the whole is for another
  /// loss to say. Without a norm: how much ink there is tells styles apart, and a norm would take it away.
  ///
  /// - Parameters:
  ///   - inputs: the planes of an image, source and target for a critic of pairs.
  ///   - channels: those at 7×7; half of them at 14×14.
  ///   - generator: draws the weights.
  ///
  /// Source: Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", CVPR 2017, section
  /// 3.2.2.
  public static func patchCritic(
    inputs: Int = 1, channels: Int = 32, using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    Sequential(
      halvings(inputs: inputs, channels: channels, .he, using: &generator) + [
        Conv2D(channels, 1, kernel: 3, padding: .all(1), using: &generator)
      ])
  }
}
