import Autoencoders
import Backprop
import KernelSupport
import TestSupport
import Testing

/// Data that say nothing: blank images, full ones, a single one. Numbers must stay numbers.
@Suite struct HardDataTests {
  static let shades: [Scalar] = [0, 1]

  @Test(arguments: shades, [1, 5])
  func `images that are all alike have no component with a variance`(shade: Scalar, count: Int) {
    let data = Tensor(repeating: shade, shape: [count, 9])
    let found = PrincipalComponents(of: data)
    #expect(found.variances.allSatisfy { $0 == 0 })
    #expect(squaredError(of: found.reconstruction(of: data, count: 3), from: data) == 0)
  }

  @Test(arguments: shades, Backend.allCases)
  func `a machine learns images that are all alike`(shade: Scalar, backend: Backend) {
    Backend.$current.withValue(backend) {
      var generator = SeededGenerator(seed: 2)
      let data = Tensor(repeating: shade, shape: [4, 9])
      let machine = RestrictedBoltzmannMachine(9, hidden: 3, using: &generator)
      machine.setVisibleBias(toFrequencies: Array(data.row(0)))
      var rule = ContrastiveDivergence(from: .lastBatch)
      let found = parameters(of: machine)
      for _ in 0..<50 {
        found.clearGradients()
        rule.loss(of: machine, batch: data, using: &generator).backward()
        found.descend(learningRate: 0.5)
      }
      let logZ = machine.logPartitionFunction()
      // Biases of ln 999 say so from the start: nine pixels cost 9 · ln (1 + 1/999) = 0.009 nats.
      let likelihood = machine.freeEnergy(data).map { -Double($0) - logZ }
      #expect(likelihood.allSatisfy { $0 > -0.1 && $0 <= 1e-4 })
      let estimate = machine.annealedImportanceSampling(
        temperatures: (0...50).map { Scalar($0) / 50 }, chainCount: 10,
        baseBias: machine.visibleBias.value.elements, seed: 1)
      #expect(estimate.range.contains(logZ) || abs(estimate.logPartition - logZ) < 0.1)
    }
  }

  @Test(arguments: shades, Backend.allCases)
  func `a variational model and a mixture learn images that are all alike`(
    shade: Scalar, backend: Backend
  ) {
    Backend.$current.withValue(backend) {
      var generator = SeededGenerator(seed: 2)
      let data = Tensor(repeating: shade, shape: [4, 9])
      let model = VariationalAutoencoder(9, hidden: [6], latent: 2, using: &generator)
      let found = parameters(of: model)
      for step in 0..<200 {
        found.clearGradients()
        model.loss(data, seed: UInt64(step)).backward()
        found.descend(learningRate: 0.5)
      }
      let loss = model.loss(data, seed: 999).value.number
      // Nothing to tell: a certain image has a bound of nearly 0, and no bound is above it.
      #expect(loss >= 0 && loss < 0.5)
      #expect(
        model.importanceBound(data, drawCount: 5, seed: 1).allSatisfy { $0 <= 0 && $0 > -0.5 })
      var mixture = BernoulliMixture(3, of: data, using: &generator)
      for _ in 0..<5 { mixture.improve(on: data) }
      // (4 + 1) / (4 + 2) a pixel with one template for all, fewer of the four for each of three.
      #expect(mixture.logLikelihood(data).allSatisfy { $0 < 0 && $0 > -9 * 0.7 })
    }
  }

  @Test func `scores that are all alike tell nothing apart`() {
    #expect(areaUnderCurve(normal: [2, 2, 2], anomalous: [2, 2]) == 0.5)
  }
}
