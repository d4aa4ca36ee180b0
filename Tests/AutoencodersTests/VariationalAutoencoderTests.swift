import Autoencoders
import Backprop
import Foundation
import KernelSupport
import TestSupport
import Testing

@Suite struct VariationalAutoencoderTests {
  private func model(
    classCount: Int = 0, likelihood: Likelihood = .bernoulli
  ) -> VariationalAutoencoder {
    var generator = SeededGenerator(seed: 3)
    return VariationalAutoencoder(
      9, hidden: [7], latent: 3, classCount: classCount, likelihood: likelihood,
      activation: .tanh, using: &generator)
  }

  private let data = Tensor(
    exactNumbers(count: 36, seed: 8).map { $0 > 0 ? 1 : 0 }, shape: [4, 9])

  /// Three steps of rate 0.1; a loss of 9 terms and its gradient take some 64 ulp each, and a step hands on no
  /// more than twice the error.
  @Test(arguments: Backend.allCases)
  func `three steps agree with PyTorch`(backend: Backend) throws {
    let fixture = try Fixture("vae")
    let name = "three steps"
    let model = model()
    let found = parameters(of: model)
    #expect(found.count == 8)
    for parameter in found {
      // Properties are called after layers there as here, but an activation is no layer here.
      let key = parameter.name.replacing("layers.", with: "")
      parameter.variable.setValue(
        Tensor(fixture[name, key], shape: parameter.variable.value.shape))
    }
    let x = Tensor(fixture[name, "x"], shape: [4, 9])
    Backend.$current.withValue(backend) {
      for step in 0..<3 {
        let noise = Tensor(
          Array(fixture[name, "noises"][step * 12..<(step + 1) * 12]), shape: [4, 3])
        let (logLikelihood, divergence) = model.bound(x, noise: noise)
        let loss = (2 / 4) * divergence.sum() - (1 / 4) * logLikelihood.sum()
        expectClose(
          [loss.value.number], [fixture[name, "losses"][step]], within: 512 * .ulpOfOne)
        found.clearGradients()
        loss.backward()
        found.descend(learningRate: 0.1)
      }
      for parameter in found {
        let key = parameter.name.replacing("layers.", with: "")
        expectClose(
          parameter.variable.value.elements, fixture[name, "\(key) trained"],
          within: 512 * .ulpOfOne, parameter.name)
      }
    }
  }

  struct Setting: Sendable, CustomTestStringConvertible {
    let classCount: Int
    let likelihood: Likelihood
    let labels: [Int]
    var testDescription: String { "\(classCount) classes, \(likelihood)" }
  }

  static let settings = [
    Setting(classCount: 0, likelihood: .bernoulli, labels: []),
    Setting(classCount: 3, likelihood: .bernoulli, labels: [0, 2, 1, 1]),
    Setting(classCount: 0, likelihood: .gaussian(standardDeviation: 0.7), labels: []),
  ]

  @Test(arguments: settings, Backend.allCases)
  func `gradients of the bound are the measured slopes, noise fixed`(
    setting: Setting, backend: Backend
  ) {
    let model = model(classCount: setting.classCount, likelihood: setting.likelihood)
    let noise = Tensor.standardNormal(shape: [4, 3], seed: 6)
    Backend.$current.withValue(backend) {
      expectGradients(parameters(of: model)) {
        let (logLikelihood, divergence) = model.bound(
          data, labels: setting.labels, noise: noise)
        return 0.5 * divergence - logLikelihood
      }
    }
  }

  @Test func `the loss is a sum over pixels and latent numbers and a mean over examples`() {
    let model = model()
    let noise = Tensor.standardNormal(shape: [4, 3], seed: 6)
    let (logLikelihood, divergence) = model.bound(data, noise: noise)
    let expected = zip(logLikelihood.value.elements, divergence.value.elements)
      .reduce(0) { $0 + (3 * $1.1 - $1.0) / 4 }
    expectClose(
      [model.loss(data, beta: 3, seed: 6).value.number], [expected], within: 32 * .ulpOfOne)
  }

  @Test func `one draw's importance bound is the evidence lower bound in the mean`() {
    let model = model()
    let draws = (0..<4000).map {
      Double(model.importanceBound(data, drawCount: 1, seed: UInt64($0))[0])
    }
    let bounds = (0..<4000).map { seed in
      let noise = Tensor.standardNormal(shape: [4, 3], seed: UInt64(seed + 10_000))
      let (logLikelihood, divergence) = model.bound(data, noise: noise)
      return Double(logLikelihood.value.elements[0] - divergence.value.elements[0])
    }
    let (a, b) = (Statistics(draws), Statistics(bounds))
    #expect(abs(a.mean - b.mean) < 5 * (a.error + b.error))
  }

  /// With a linear decoder and normal pixels x is normal: N(b, W Wᵀ + s² 1), here with one latent number and
  /// two pixels, where the inverse can be written down.
  @Test func `bound ≤ importance bound ≤ exact value, and the last two meet`() {
    var generator = SeededGenerator(seed: 12)
    let model = VariationalAutoencoder(
      2, hidden: [], latent: 1, likelihood: .gaussian(standardDeviation: 0.5), using: &generator)
    for parameter in parameters(of: model) {
      let values: [Scalar] =
        switch parameter.name {
        case "encoder.0.weight": [0.4, 0, 0.1, 0.2]
        case "encoder.0.bias": [0.1, -1]
        case "decoder.0.weight": [1, -0.5]
        default: [0.25, 0.5]
        }
      parameter.variable.setValue(Tensor(values, shape: parameter.variable.value.shape))
    }
    let x = Tensor([1, 0.25, -0.5, 1], shape: [2, 2])
    for row in 0..<2 {
      let (d0, d1) = (Double(x.row(row).first!) - 0.25, Double(x.row(row).last!) - 0.5)
      let (a, b, c) = (1 + 0.25, -0.5, 0.25 + 0.25)
      let determinant = a * c - b * b
      let square = (c * d0 * d0 - 2 * b * d0 * d1 + a * d1 * d1) / determinant
      let exact = -0.5 * (square + Foundation.log(determinant)) - Foundation.log(2 * .pi)
      let example = Tensor(Array(x.row(row)), shape: [1, 2])
      func bound(_ drawCount: Int, repeats: Int) -> Statistics {
        Statistics(
          (0..<repeats).map {
            Double(model.importanceBound(example, drawCount: drawCount, seed: UInt64($0))[0])
          })
      }
      let bounds = [bound(1, repeats: 2000), bound(10, repeats: 1000), bound(20_000, repeats: 20)]
      #expect(bounds[0].mean + 3 * bounds[0].error < bounds[1].mean)
      #expect(bounds[1].mean - 3 * bounds[1].error < exact)
      #expect(abs(bounds[2].mean - exact) < 5 * bounds[2].error + 1e-3)
    }
  }

  @Test(arguments: [1, 2, 3])
  func `training gives the same bits for every number of threads`(threads: Int) {
    func trained() -> UInt64 {
      var generator = SeededGenerator(seed: 1)
      let model = VariationalAutoencoder(784, hidden: [40], latent: 5, using: &generator)
      let data = Tensor(
        (0..<30 * 784).map { _ in generator.uniform() < 0.2 ? 1 : 0 }, shape: [30, 784])
      let found = parameters(of: model)
      for step in 0..<5 {
        found.clearGradients()
        model.loss(data, seed: UInt64(step)).backward()
        found.descend(learningRate: 1e-3)
      }
      return checksum(found.flatMap { $0.variable.value.elements })
    }
    let expected = Threads.$count.withValue(1) { trained() }
    #expect(Threads.$count.withValue(threads) { trained() } == expected)
  }
}

/// A mean and its standard error.
struct Statistics {
  let mean: Double
  let error: Double

  init(_ x: [Double]) {
    let mean = x.reduce(0, +) / Double(x.count)
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
    self.mean = mean
    error = (variance / Double(x.count)).squareRoot()
  }
}
