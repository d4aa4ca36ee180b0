import Autoencoders
import Backprop
import KernelSupport
import Testing

/// Shapes and options outside their ranges stop the program, each condition for itself, and the message names what
/// was asked for.
@Suite struct AutoencodersPreconditionTests {
  private static func zeros(_ shape: Int...) -> Tensor { Tensor(shape: shape) }

  private static func encoder(latent: Int, classes: Int = 0) -> VariationalAutoencoder {
    var generator = SeededGenerator(seed: 1)
    return VariationalAutoencoder(
      4, hidden: [3], latent: latent, classCount: classes, using: &generator)
  }

  private static func machine(_ visible: Int, _ hidden: Int) -> RestrictedBoltzmannMachine {
    var generator = SeededGenerator(seed: 1)
    return RestrictedBoltzmannMachine(visible, hidden: hidden, using: &generator)
  }

  private static func annealed(_ temperatures: [Scalar], chains: Int = 2, base: Int = 4) {
    _ = machine(4, 2).annealedImportanceSampling(
      temperatures: temperatures, chainCount: chains,
      baseBias: [Scalar](repeating: 0, count: base), seed: 1)
  }

  private static func contrasted(_ batches: [Tensor]) {
    var generator = SeededGenerator(seed: 1)
    var divergence = ContrastiveDivergence(from: .lastBatch)
    for batch in batches {
      _ = divergence.loss(of: machine(4, 2), batch: batch, using: &generator)
    }
  }

  private static func convolutional(side: Int) {
    var generator = SeededGenerator(seed: 1)
    _ = Autoencoder.convolutional(side: side, channels: 1, hidden: 2, code: 2, using: &generator)
  }

  static let mistakes: [(message: String, make: @Sendable () -> Void)] = [
    ("areaUnderCurve: 0 normal", { _ = areaUnderCurve(normal: [], anomalous: [1]) }),
    ("and 0 anomalous", { _ = areaUnderCurve(normal: [1], anomalous: []) }),
    (
      "gridLogLikelihood: 3 latent",
      { _ = encoder(latent: 3).gridLogLikelihood(zeros(1, 4), pointCount: 3) }
    ),
    (
      "gridLogLikelihood: 2 latent numbers, 3 classes",
      { _ = encoder(latent: 2, classes: 3).gridLogLikelihood(zeros(1, 4), pointCount: 3) }
    ),
    ("1 points", { _ = encoder(latent: 2).gridLogLikelihood(zeros(1, 4), pointCount: 1) }),
    ("Corruption: a rate of -0.1", { _ = Corruption.masking(-0.1)(zeros(1, 4), seed: 1) }),
    ("Corruption: a rate of 1.5", { _ = Corruption.masking(1.5)(zeros(1, 4), seed: 1) }),
    (
      "importanceBound: 0 draws",
      { _ = encoder(latent: 2).importanceBound(zeros(1, 4), drawCount: 0, seed: 1) }
    ),
    (
      "VariationalAutoencoder: 0 latent",
      {
        let parts = encoder(latent: 2)
        _ = VariationalAutoencoder(encoder: parts.encoder, decoder: parts.decoder, latentCount: 0)
      }
    ),
    ("VariationalAutoencoder: 2 latent numbers, -1", { _ = encoder(latent: 2, classes: -1) }),
    ("1 labels of 0 classes", { _ = encoder(latent: 2).moments(zeros(1, 4), labels: [0]) }),
    (
      "0 labels of 3 classes for 1 examples",
      { _ = encoder(latent: 2, classes: 3).moments(zeros(1, 4)) }
    ),
    (
      "1 labels of 3 classes for 1 examples",
      { _ = encoder(latent: 2, classes: 3).moments(zeros(1, 4), labels: [3]) }
    ),
    (
      "Autoencoder: widths [4]",
      {
        var generator = SeededGenerator(seed: 1)
        _ = Autoencoder([4], using: &generator)
      }
    ),
    ("images of 0 × 0", { convolutional(side: 0) }),
    ("images of 6 × 6", { convolutional(side: 6) }),
    ("PrincipalComponents: no data", { _ = PrincipalComponents(of: zeros(0, 3)) }),
    ("squaredError: [1, 2] from [2, 1]", { _ = squaredError(of: zeros(1, 2), from: zeros(2, 1)) }),
    ("squaredError: [0, 2] from [0, 2]", { _ = squaredError(of: zeros(0, 2), from: zeros(0, 2)) }),
    ("principalAngles: 0 and 0", { _ = principalAngles([], []) }),
    ("principalAngles: 1 and 2", { _ = principalAngles([[1, 0]], [[1, 0], [0, 1]]) }),
    ("principalAngles: 1 and 1", { _ = principalAngles([[1, 0]], [[1]]) }),
    (
      "vector 1 is a combination", { _ = principalAngles([[1, 0], [2, 0]], [[1, 0], [0, 1]]) }
    ),
    ("SymmetricEigen: rows of [1, 2]", { _ = SymmetricEigen(jacobi: [[1, 0], [0]]) }),
    ("elements (1, 0) and (0, 1)", { _ = SymmetricEigen(jacobi: [[1, 0], [1, 1]]) }),
    (
      "logLikelihood: a target of shape [2, 1]",
      { _ = Variable(zeros(1, 2)).logLikelihood(of: zeros(2, 1), .bernoulli) }
    ),
    (
      "a standard deviation of 0.0",
      {
        _ = Variable(zeros(1, 2)).logLikelihood(
          of: zeros(1, 2), .gaussian(standardDeviation: 0))
      }
    ),
    (
      "gaussianSample: noise of shape [1, 2]",
      { _ = Variable(zeros(1, 3)).gaussianSample(noise: zeros(1, 2)) }
    ),
    (
      "gaussianSample: noise of shape [2, 1]",
      { _ = Variable(zeros(1, 2)).gaussianSample(noise: zeros(2, 1)) }
    ),
    (
      "gaussianDivergence: moments of shape [1, 3]",
      { _ = Variable(zeros(1, 3)).gaussianDivergence() }
    ),
    (
      "gaussianDivergence: moments of shape [1, 0]",
      { _ = Variable(zeros(1, 0)).gaussianDivergence() }
    ),
    ("a target of 0.0", { _ = Variable(zeros(1, 2)).sparsityDivergence(target: 0) }),
    ("a target of 1.0", { _ = Variable(zeros(1, 2)).sparsityDivergence(target: 1) }),
    ("0 visible and 2 hidden", { _ = machine(0, 2) }),
    ("2 visible and 0 hidden", { _ = machine(2, 0) }),
    ("ContrastiveDivergence: 0 steps", { _ = ContrastiveDivergence(steps: 0) }),
    ("a batch of shape [0, 4] for 4 units", { contrasted([zeros(0, 4)]) }),
    ("a batch of shape [1, 3] for 4 units", { contrasted([zeros(1, 3)]) }),
    ("for chains of [2, 4]", { contrasted([zeros(2, 4), zeros(1, 4)]) }),
    ("DeepBeliefNetwork: machines of []", { _ = DeepBeliefNetwork([]) }),
    (
      "DeepBeliefNetwork: machines of [[4, 3], [2, 1]]",
      { _ = DeepBeliefNetwork([machine(4, 3), machine(2, 1)]) }
    ),
    ("2^26 states", { _ = machine(26, 27).logPartitionFunction() }),
    ("annealedImportanceSampling: 2 temperatures", { annealed([0.1, 1]) }),
    ("annealedImportanceSampling: 2 temperatures", { annealed([0, 0.9]) }),
    ("annealedImportanceSampling: 4 temperatures", { annealed([0, 0.5, 0.5, 1]) }),
    ("1 chains", { annealed([0, 1], chains: 1) }),
    ("a base of 3 biases for 4", { annealed([0, 1], base: 3) }),
  ]

  @Test(arguments: mistakes.indices)
  func `a mistake stops the program with a message`(index: Int) async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [index] in
      AutoencodersPreconditionTests.mistakes[index].make()
    }
    let output = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(output.contains(Self.mistakes[index].message), "\(output)")
  }
}
