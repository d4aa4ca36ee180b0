import Autoencoders
import Backprop
import Foundation
import KernelSupport
import Optimizers
import TestSupport
import Testing

@Suite struct ModelTests {
  @Test(arguments: Backend.allCases)
  func `corruption spoils as many pixels as it says, and nothing else`(backend: Backend) {
    Backend.$current.withValue(backend) {
      let data = Tensor(repeating: 0.5, shape: [100, 1000])
      // A share p of 10⁵ pixels has a standard deviation of √(p (1 − p) / 10⁵) ≤ 0.0016.
      let masked = Corruption.masking(0.3)(data, seed: 1).elements
      #expect(masked.allSatisfy { $0 == 0 || $0 == 0.5 })
      #expect(abs(Double(masked.count { $0 == 0 }) / 1e5 - 0.3) < 0.008)
      let peppered = Corruption.saltAndPepper(0.4)(data, seed: 1).elements
      #expect(peppered.allSatisfy { $0 == 0 || $0 == 0.5 || $0 == 1 })
      #expect(abs(Double(peppered.count { $0 == 0 }) / 1e5 - 0.2) < 0.008)
      #expect(abs(Double(peppered.count { $0 == 1 }) / 1e5 - 0.2) < 0.008)
      let noisy = Corruption.gaussian(standardDeviation: 2)(data, seed: 1).elements
      let squares = noisy.reduce(0.0) { $0 + Double(($1 - 0.5) * ($1 - 0.5)) }
      // A mean of squares with variance 2 · 4².
      #expect(abs(squares / 1e5 - 4) < 5 * (32 / 1e5).squareRoot())
      #expect(Corruption.masking(0)(data, seed: 1) == data)
    }
  }

  private func bits(_ count: Int) -> Tensor {
    Tensor(
      (0..<1 << count).flatMap { number in (0..<count).map { Scalar(number >> $0 & 1) } },
      shape: [1 << count, count])
  }

  @Test(arguments: Backend.allCases)
  func `a mixture is a distribution, and every step makes the data likelier`(backend: Backend) {
    Backend.$current.withValue(backend) {
      var generator = SeededGenerator(seed: 3)
      let data = Tensor(
        (0..<200).flatMap { example in
          (0..<6).map { pixel -> Scalar in
            generator.uniform() < ((example + pixel) % 2 == 0 ? 0.9 : 0.2) ? 1 : 0
          }
        }, shape: [200, 6])
      var model = BernoulliMixture(3, of: data, using: &generator)
      var earlier = -Double.infinity
      for _ in 0..<20 {
        model.improve(on: data)
        let now = model.logLikelihood(data).reduce(0, +)
        // The invented examples may cost as much as a few of the 200.
        #expect(now > earlier - 1)
        earlier = now
      }
      let total = model.logLikelihood(bits(6)).reduce(0) { $0 + exp($1) }
      #expect(abs(total - 1) < 1e-3)
      // Two kinds of examples, four bits of whose six can be told: far better than one template.
      var single = BernoulliMixture(1, of: data, using: &generator)
      single.improve(on: data)
      #expect(earlier > single.logLikelihood(data).reduce(0, +) + 100)
    }
  }

  @Test func `one template is the model of independent pixels`() {
    var generator = SeededGenerator(seed: 3)
    let data = Tensor([1, 0, 1, 1, 0, 0, 1, 0], shape: [4, 2])
    var model = BernoulliMixture(1, of: data, using: &generator)
    model.improve(on: data)
    // Three and one of four, and an invented example of each kind.
    let (p, q) = (4.0 / 6, 2.0 / 6)
    let expected = data.elements.indices.filter { $0.isMultiple(of: 2) }.map { index in
      log(data.elements[index] == 1 ? p : 1 - p) + log(data.elements[index + 1] == 1 ? q : 1 - q)
    }
    // ln w carries an invented thousandth of an example.
    expectClose(
      model.logLikelihood(data).map { Scalar($0) }, expected.map { Scalar($0) }, within: 5e-4)
  }

  /// x = w z + b + noise is normal with the covariance w wᵀ + s².
  @Test(arguments: Backend.allCases)
  func `a grid gives the exact likelihood of a linear model`(backend: Backend) {
    var generator = SeededGenerator(seed: 12)
    let model = VariationalAutoencoder(
      1, hidden: [], latent: 2, likelihood: .gaussian(standardDeviation: 0.5), using: &generator)
    // An encoder of zeros guesses the prior, whatever it sees.
    for parameter in parameters(of: model) {
      let values: [Scalar] =
        switch parameter.name {
        case "decoder.0.weight": [0.75, -1]
        case "decoder.0.bias": [0.25]
        default: [Scalar](repeating: 0, count: parameter.variable.value.count)
        }
      parameter.variable.setValue(Tensor(values, shape: parameter.variable.value.shape))
    }
    Backend.$current.withValue(backend) {
      let x = Tensor([-2, 0.25, 1.5], shape: [3, 1])
      let variance = 0.75 * 0.75 + 1 + 0.25
      let expected = x.elements.map { x in
        let difference = Double(x) - 0.25
        return -0.5 * difference * difference / variance - 0.5 * log(2 * .pi * variance)
      }
      let found = model.gridLogLikelihood(x, pointCount: 161, reach: 6)
      expectClose(found.map { Scalar($0) }, expected.map { Scalar($0) }, within: 1e-5)
      // Importance weights must come to the same from below.
      let bound = model.importanceBound(x, drawCount: 20_000, seed: 2)
      for (bound, exact) in zip(bound, expected) { #expect(abs(Double(bound) - exact) < 0.05) }
    }
  }

  /// Seven dimensions of which two carry nearly all: descent has to find the eigenvectors' plane.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func `a linear autoencoder finds the space of the first components`(
    seed: UInt64
  ) throws {
    var generator = SeededGenerator(seed: 30)
    let scales: [Scalar] = [2, 1.5, 0.3, 0.3, 0.2, 0.2, 0.1]
    let data = Tensor(
      (0..<200).flatMap { _ in scales.map { $0 * generator.normal() } }, shape: [200, 7])
    let components = PrincipalComponents(of: data)
    let centred = Tensor(
      data.elements.enumerated().map { $1 - components.mean[$0 % 7] }, shape: data.shape)
    var modelGenerator = SeededGenerator(seed: seed)
    let model = Autoencoder([7, 2], using: &modelGenerator)
    let found = parameters(of: model)
    var rule = Adam(learningRate: 0.02)
    for step in 0..<2000 {
      if step == 1500 { rule.learningRate = 0.001 }
      found.clearGradients()
      model(Variable(centred)).meanSquaredError(centred).backward()
      rule.step(found)
    }
    let error = squaredError(of: model(Variable(centred)).value, from: centred)
    let least = components.variances[2...].reduce(0, +)
    #expect(error >= least * (1 - 1e-4) && error < least * 1.001)
    let weight = try #require(found.first { $0.name == "decoder.0.weight" }).variable.value
    let rows = (0..<2).map { weight.row($0).map { Double($0) } }
    let angles = principalAngles(rows, Array(components.components[..<2]))
    #expect(angles.allSatisfy { $0 < 0.02 })
  }

  @Test func `log-sum-exp neither overflows nor loses what is small`() {
    #expect(logSumExp([Double]()) == -.infinity)
    #expect(logSumExp([-.infinity, -.infinity]) == -.infinity)
    #expect(abs(logSumExp([1000, 1000]) - 1000 - log(2)) < 1e-12)
    #expect(abs(logSumExp([-1000, -1001]) + 1000 - log(1 + exp(-1))) < 1e-12)
    #expect(abs(logMeanExp([-900, -900, -900]) + 900) < 1e-9)
  }
}
