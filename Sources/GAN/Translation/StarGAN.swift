import Backprop
import CNN
import KernelSupport
import Optimizers

/// One translator for all styles: the style that is wanted comes with the image, as planes.
///
///     translator pays   game(D(G(x, t))) + λ_style CE(S(G(x, t)), t) + λ |G(G(x, t), s) − x|₁
///     critic pays       game(D(x), D(G(x, t))) + λ_style CE(S(x), s)
///
/// s is the style of x, t a random other one, and S the critic's second head, which names styles: AC-GAN's, trained on real
/// images only. A CycleGAN for five styles would need a translator for each of twenty directions.
///
/// Source: Choi et al., "StarGAN: Unified Generative Adversarial Networks for Multi-Domain Image-to-Image
/// Translation", CVPR 2018, equations 1 to 6; with the least-squares game in place of the penalised critic.
public struct StarGAN {
  /// How many styles there are.
  public let styles: Int
  /// G, of an image and a plane for every style.
  public let translator: UNet
  /// D and S.
  public let critic: HeadedDiscriminator
  /// λ, the weight of the reconstruction.
  public let fidelity: Scalar
  private var drawing: Player<Adam>
  private var judging: Player<Adam>

  /// Creates both networks, for images of 28×28.
  ///
  /// - Parameters:
  ///   - styles: how many there are, at least 2.
  ///   - width: the channels of the translator after its first halving.
  ///   - fidelity: λ.
  ///   - generator: draws the weights.
  public init(
    styles: Int, width: Int = 16, fidelity: Scalar = 10,
    using generator: inout some RandomNumberGenerator
  ) {
    precondition(styles >= 2, "StarGAN: \(styles) styles, expected at least 2")
    self.styles = styles
    self.fidelity = fidelity
    translator = UNet(inputs: 1 + styles, width: width, using: &generator)
    critic = HeadedDiscriminator(
      GameNetworks.convolutionalBody(channels: 32, using: &generator), features: 49 * 32,
      answers: styles, using: &generator)
    drawing = Player("translator", translator, Adam(beta1: 0.5))
    judging = Player("critic", critic, Adam(beta1: 0.5))
  }

  /// Images in other styles.
  ///
  /// - Parameters:
  ///   - images: [batch, height, width, 1].
  ///   - wanted: a style for each, in 0..<styles.
  public func translated(_ images: Variable, to wanted: [Int]) -> Variable {
    translator(images.withPlanes(for: wanted, of: styles), .evaluation)
  }

  /// A step of the critic, then one of the translator.
  ///
  /// - Parameters:
  ///   - images: x, [batch, 28, 28, 1].
  ///   - given: s, their styles.
  ///   - wanted: t, the styles to translate them to.
  ///   - rate: the learning rate of both.
  public mutating func step(
    _ images: Tensor, _ given: [Int], to wanted: [Int], rate: Scalar
  ) throws(Divergence) {
    (drawing.optimizer.learningRate, judging.optimizer.learningRate) = (rate, rate)
    let (x, loss) = (Variable(images), GameLoss.leastSquares)
    let fake = translated(x, to: wanted)
    try judging.step {
      let (real, named) = critic(x)
      return loss.discriminator(real: real, fake: critic(fake.detached()).logit)
        + named.softmaxCrossEntropy(given)
    }
    try drawing.step {
      let (logit, named) = critic.frozen(fake)
      return loss.generator(fake: logit) + named.softmaxCrossEntropy(wanted)
        + fidelity
        * translator(fake.withPlanes(for: given, of: styles), .evaluation).meanAbsoluteError(images)
    }
  }
}

extension Variable {
  /// Images with one more plane for every class: ones for an image's own, zeros for the others.
  ///
  /// - Parameters:
  ///   - labels: a class for each image, in 0..<classes.
  ///   - classes: how many there are.
  /// - Returns: [batch, height, width, channels + classes].
  /// - Precondition: this variable is [batch, height, width, channels].
  public func withPlanes(for labels: [Int], of classes: Int) -> Variable {
    let shape = value.shape
    precondition(
      shape.count == 4 && labels.count == shape[0],
      "withPlanes: \(labels.count) labels for images of shape \(shape)")
    let marks = Variable(.oneHot(labels, classes: classes).reshaped([shape[0], 1, 1, classes]))
    let planes = marks.broadcast(to: [shape[0], shape[1], shape[2], classes])
    return .concatenated([self, planes], axis: 3)
  }
}
