import Backprop
import KernelSupport

/// What the two players of a game pay, from the discriminator's logits s: D(x) = σ(s(x)).
///
/// Source: Goodfellow et al., "Generative Adversarial Nets", NIPS 2014 (both forms of the first game); Mao et al.,
/// "Least Squares Generative Adversarial Networks", ICCV 2017; Arjovsky, Chintala and Bottou, "Wasserstein
/// GAN", ICML 2017.
public enum GameLoss: String, CaseIterable, Sendable {
  /// The original zero-sum game: the generator *minimises* ln(1 − D(fake)).
  case saturating
  /// The generator *maximises* ln D(fake) instead: the same fixed point, another slope.
  case nonSaturating
  /// Squared distances of the logits: real to 1, fake to 0; the generator wants 1.
  case leastSquares
  /// A critic's mean on real minus its mean on fake; the critic must be held to slopes of at most 1.
  case wasserstein

  /// What the discriminator pays.
  ///
  ///     saturating, nonSaturating   mean softplus(−s(real)) + mean softplus(s(fake))
  ///     leastSquares                ½ mean (s(real) − 1)² + ½ mean s(fake)²
  ///     wasserstein                 mean s(fake) − mean s(real)
  ///
  /// - Parameters:
  ///   - real: s of real examples, any shape.
  ///   - fake: s of the generator's, any shape.
  ///   - target: what a real example is held to, 1, or less to smooth that side only; not for
  ///     `wasserstein`.
  public func discriminator(real: Variable, fake: Variable, target: Scalar = 1) -> Variable {
    switch self {
    case .saturating, .nonSaturating:
      real.binaryCrossEntropy(real.filled(with: target))
        + fake.binaryCrossEntropy(fake.filled(with: 0))
    case .leastSquares:
      0.5 * real.meanSquaredError(real.filled(with: target))
        + 0.5 * fake.meanSquaredError(fake.filled(with: 0))
    case .wasserstein:
      fake.mean() - real.mean()
    }
  }

  /// What the generator pays.
  ///
  ///     saturating                  −mean softplus(s(fake)) = mean ln(1 − D(fake))
  ///     nonSaturating                mean softplus(−s(fake)) = −mean ln D(fake)
  ///     leastSquares                ½ mean (s(fake) − 1)²
  ///     wasserstein                 −mean s(fake)
  ///
  /// - Parameter fake: s of the generator's examples, any shape.
  public func generator(fake: Variable) -> Variable {
    switch self {
    case .saturating: -1 * fake.binaryCrossEntropy(fake.filled(with: 0))
    case .nonSaturating: fake.binaryCrossEntropy(fake.filled(with: 1))
    case .leastSquares: 0.5 * fake.meanSquaredError(fake.filled(with: 1))
    case .wasserstein: -1 * fake.mean()
    }
  }
}

extension Variable {
  /// A tensor of equal numbers of this variable's shape.
  fileprivate func filled(with number: Scalar) -> Tensor {
    Tensor(repeating: number, shape: value.shape)
  }
}
