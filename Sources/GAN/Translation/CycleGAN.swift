import Backprop
import CNN
import KernelSupport
import Optimizers

/// Translation learned without pairs: there and back again.
///
///     game       ½ (D_Y(G(x)) − 1)² + ½ (D_X(F(y)) − 1)²
///     cycles     λ (|F(G(x)) − x|₁ + |G(F(y)) − y|₁)
///     identity   ι λ (|G(y) − y|₁ + |F(x) − x|₁)
///
/// Nobody says which outline belongs to which thin digit. The critics say only whether an image is of the style, the cycles that
/// nothing may be lost on the way, and the identity that what is of the style already is to be left alone.
///
/// Source: Zhu, Park, Isola and Efros, "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial
/// Networks", ICCV 2017: λ = 10, ι = ½, least squares, a pool of 50 fakes a critic, no dropout.
public struct CycleGAN {
  /// G, from X to Y.
  public let forth: UNet
  /// F, from Y to X.
  public let back: UNet
  /// D_X and D_Y.
  public let critics: [Sequential]
  /// λ, the weight of the cycles.
  public let fidelity: Scalar
  /// ι, the weight of the identity as a share of that of the cycles.
  public let identity: Scalar
  private var pools: [ImagePool]
  private var drawing: Player<Adam>
  private var judging: Player<Adam>

  /// Creates all four networks.
  ///
  /// - Parameters:
  ///   - width: the channels of the translators after their first halving.
  ///   - fidelity: λ.
  ///   - identity: ι.
  ///   - poolCapacity: how many fakes each critic's pool keeps.
  ///   - generator: draws the weights.
  public init(
    width: Int = 16, fidelity: Scalar = 10, identity: Scalar = 0.5, poolCapacity: Int = 50,
    using generator: inout some RandomNumberGenerator
  ) {
    forth = UNet(width: width, using: &generator)
    back = UNet(width: width, using: &generator)
    critics = [
      GameNetworks.patchCritic(using: &generator), GameNetworks.patchCritic(using: &generator),
    ]
    pools = [
      ImagePool(capacity: poolCapacity, seed: generator.next()),
      ImagePool(capacity: poolCapacity, seed: generator.next()),
    ]
    (self.fidelity, self.identity) = (fidelity, identity)
    drawing = Player("translators", [forth, back], Adam(beta1: 0.5))
    judging = Player("critics", critics, Adam(beta1: 0.5))
  }

  /// A step of both translators, then one of both critics.
  ///
  /// - Parameters:
  ///   - x: images of one style, [batch, height, width, 1].
  ///   - y: others, of the other style.
  ///   - rate: the learning rate of all.
  public mutating func step(_ x: Tensor, _ y: Tensor, rate: Scalar) throws(Divergence) {
    (drawing.optimizer.learningRate, judging.optimizer.learningRate) = (rate, rate)
    let loss = GameLoss.leastSquares
    let (real, frozen) = ([Variable(x), Variable(y)], critics.map(\.frozen))
    // The translators drop nothing: they do the same in every phase.
    let phase = Phase.evaluation
    var fakes: [Tensor] = []
    try drawing.step {
      let fake = [back(real[1], phase), forth(real[0], phase)]
      fakes = fake.map(\.value)
      let game =
        loss.generator(fake: frozen[0](fake[0])) + loss.generator(fake: frozen[1](fake[1]))
      let cycles =
        back(fake[1], phase).meanAbsoluteError(x) + forth(fake[0], phase).meanAbsoluteError(y)
      let paid = game + fidelity * cycles
      guard identity > 0 else { return paid }
      let kept =
        back(real[0], phase).meanAbsoluteError(x) + forth(real[1], phase).meanAbsoluteError(y)
      return paid + identity * fidelity * kept
    }
    let shown = fakes.indices.map { Variable(pools[$0].exchange(fakes[$0])) }
    try judging.step {
      loss.discriminator(real: critics[0](real[0]), fake: critics[0](shown[0]))
        + loss.discriminator(real: critics[1](real[1]), fake: critics[1](shown[1]))
    }
  }
}
