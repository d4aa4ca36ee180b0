import Backprop
import CNN
import KernelSupport
import Optimizers

extension Variable {
  /// The mean absolute difference from images that no gradient flows to: L1.
  ///
  ///     L = 1/n Σᵢ |xᵢ − tᵢ|
  ///
  /// - Parameter target: t, of this variable's shape.
  /// - Returns: a single number.
  public func meanAbsoluteError(_ target: Tensor) -> Variable {
    (self - Variable(target)).absoluteValue().mean()
  }
}

/// Translation learned from pairs.
///
///     translator pays   −ln D(x, G(x)) + λ |G(x) − y|₁
///     critic pays       −ln D(x, y) − ln(1 − D(x, G(x)))
///
/// The critic sees the source beside the image, so that it judges the *pair*: a fine outline of another digit is not real.
///
/// Source: Isola, Zhu, Zhou and Efros, "Image-to-Image Translation with Conditional Adversarial Networks", CVPR
/// 2017, equations 1 to 4: λ = 100.
public struct Pix2Pix {
  /// G, with dropout for noise, in training and in use.
  public let translator: UNet
  /// D, of pairs.
  public let critic: Sequential
  /// λ, the weight of L1.
  public let fidelity: Scalar
  /// The weight of the critic's word, 1 in the paper; with 0 there is no game, and L1 alone is learned.
  public let adversity: Scalar
  private var drawing: Player<Adam>
  private var judging: Player<Adam>

  /// Creates both networks.
  ///
  /// - Parameters:
  ///   - width: the channels of the translator after its first halving.
  ///   - fidelity: λ.
  ///   - adversity: the weight of the critic's word.
  ///   - dropout: the translator's noise.
  ///   - generator: draws the weights.
  public init(
    width: Int = 16, fidelity: Scalar = 100, adversity: Scalar = 1, dropout: Scalar = 0.5,
    using generator: inout some RandomNumberGenerator
  ) {
    translator = UNet(width: width, dropout: dropout, using: &generator)
    critic = GameNetworks.patchCritic(inputs: 2, using: &generator)
    (self.fidelity, self.adversity) = (fidelity, adversity)
    drawing = Player("translator", translator, Adam(beta1: 0.5))
    judging = Player("critic", critic, Adam(beta1: 0.5))
  }

  /// A step of the critic, then one of the translator.
  ///
  /// - Parameters:
  ///   - source: x, [batch, height, width, 1].
  ///   - target: y, the partners, of the same shape.
  ///   - rate: the learning rate of both.
  ///   - seed: decides what is dropped.
  public mutating func step(
    from source: Tensor, to target: Tensor, rate: Scalar, seed: UInt64
  ) throws(Divergence) {
    (drawing.optimizer.learningRate, judging.optimizer.learningRate) = (rate, rate)
    let x = Variable(source)
    let fake = translator(x, .training(seed: seed))
    func pair(_ image: Variable) -> Variable { .concatenated([x, image], axis: 3) }
    if adversity > 0 {
      try judging.step {
        GameLoss.nonSaturating.discriminator(
          real: critic(pair(Variable(target))), fake: critic(pair(fake.detached())))
      }
    }
    try drawing.step {
      let distance = fidelity * fake.meanAbsoluteError(target)
      guard adversity > 0 else { return distance }
      return distance
        + adversity * GameLoss.nonSaturating.generator(fake: critic.frozen(pair(fake)))
    }
  }

  /// The translations of images.
  ///
  /// - Parameters:
  ///   - source: [batch, height, width, 1].
  ///   - seed: the noise; nil for none, which the paper does not do.
  public func translated(_ source: Tensor, seed: UInt64?) -> Tensor {
    Variable.withoutGradients {
      translator(Variable(source), seed.map { .training(seed: $0) } ?? .evaluation).value
    }
  }
}
