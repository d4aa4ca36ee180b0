import Backprop
import CNN
import GAN
import KernelSupport
import TestSupport
import Testing

@Suite struct PenaltyTests {
  struct Critic: Sendable, CustomTestStringConvertible {
    let name: String
    let shape: [Int]
    let build: @Sendable (_ generator: inout SeededGenerator) -> Sequential
    var testDescription: String { name }

    /// The critic with the fixture's parameters.
    func model(_ fixture: Fixture) -> Sequential {
      var generator = SeededGenerator(seed: 1)
      let model = build(&generator)
      for (index, parameter) in parameters(of: model).enumerated() {
        parameter.variable.setValue(
          Tensor(fixture[name, "parameter \(index)"], shape: parameter.variable.value.shape))
      }
      return model
    }
  }

  static let critics = [
    Critic(name: "leaky", shape: [6, 3]) {
      Sequential(
        Dense(3, 7, activation: .leakyReLU(slope: 0.2), using: &$0),
        Dense(7, 5, activation: .leakyReLU(slope: 0.2), using: &$0), Dense(5, 1, using: &$0))
    },
    Critic(name: "tanh", shape: [6, 3]) {
      Sequential(
        Dense(3, 7, activation: .tanh, using: &$0), Dense(7, 5, activation: .sigmoid, using: &$0),
        Dense(5, 1, using: &$0))
    },
    Critic(name: "convolution", shape: [3, 6, 10, 2]) {
      Sequential(
        Conv2D(
          2, 3, kernel: 4, stride: 2, padding: .all(1), activation: .leakyReLU(slope: 0.2),
          using: &$0),
        Conv2D(3, 4, kernel: 3, stride: 2, activation: .leakyReLU(slope: 0.2), using: &$0),
        Flatten(), Dense(8, 1, using: &$0))
    },
  ]

  @Test(arguments: critics, Backend.allCases)
  func `penalty and gradients are those of PyTorch's double backward`(
    critic: Critic, backend: Backend
  ) throws {
    let fixture = try Fixture("penalty")
    let model = critic.model(fixture)
    let x = Variable(Tensor(fixture[critic.name, "x"], shape: critic.shape), needsGradient: true)
    // Sums of up to 48 products through three layers there and three back; gradients up to 30.
    let tolerance = 256 * Scalar.ulpOfOne
    Backend.$current.withValue(backend) {
      let (scores, slopes) = model.scoresAndInputGradients(at: x)
      let norms = slopes.exampleNorms()
      expectClose(
        scores.value.elements, fixture[critic.name, "scores"], within: tolerance, "scores")
      expectClose(norms.value.elements, fixture[critic.name, "norms"], within: tolerance, "norms")
      let penalty = norms.meanSquaredError(Tensor(repeating: 1, shape: norms.value.shape))
      expectClose(
        [penalty.value.number], fixture[critic.name, "penalty"], within: tolerance, "penalty")
      let mean = (1 / Scalar(scores.value.count)) * scores.sum()
      (mean + 10 * penalty).backward()
      expectClose(
        x.gradient?.elements ?? [], fixture[critic.name, "x gradient"], within: tolerance, "x")
      for (index, parameter) in parameters(of: model).enumerated() {
        expectClose(
          parameter.variable.gradient?.elements ?? [], fixture[critic.name, "gradient \(index)"],
          within: tolerance, parameter.name)
      }
    }
  }

  @Test(arguments: critics)
  func `the slopes are the measured ones`(critic: Critic) throws {
    let model = critic.model(try Fixture("penalty"))
    let x = Variable(variables([critic.shape])[0].variable.value, needsGradient: true)
    model(x).sum().backward()
    let slopes = model.scoresAndInputGradients(at: x).gradients
    expectClose(
      slopes.value.elements, x.gradient?.elements ?? [], within: 64 * Scalar.ulpOfOne)
  }

  @Test(arguments: Backend.allCases)
  func `the gradients of a whole penalty are the measured slopes`(backend: Backend) {
    var generator = SeededGenerator(seed: 4)
    let model = Sequential(
      Dense(3, 4, activation: .tanh, using: &generator),
      SpectralNormalization(
        Dense(4, 5, activation: .sigmoid, using: &generator), using: &generator),
      Dense(5, 1, initializer: .gaussian(standardDeviation: 2), using: &generator))
    let inputs = variables([[3, 3]])
    Backend.$current.withValue(backend) {
      expectGradients(inputs + parameters(of: model).filter { $0.name != "2.bias" }) {
        model.scoresAndInputGradients(at: inputs[0].variable).gradients.exampleNorms()
      }
    }
  }

  @Test func `points lie between their partners, a share an example`() {
    var generator = SeededGenerator(seed: 5)
    let (zeros, ones) = (Tensor(shape: [4, 3]), Tensor(repeating: 1, shape: [4, 3]))
    let points = Tensor.interpolated(zeros, ones, using: &generator)
    for row in 0..<4 {
      #expect(Set(points.row(row)).count == 1)
      #expect((0...1).contains(points.elements[3 * row]))
    }
    #expect(Set(points.elements).count == 4)
  }

  @Test func `a linear critic is punished for its slope alone`() {
    var generator = SeededGenerator(seed: 6)
    let critic = Dense(2, 1, using: &generator)
    critic.weight.setValue(Tensor([3, 4], shape: [2, 1]))
    let points = Tensor(exactNumbers(count: 8, seed: 1), shape: [4, 2])
    let penalty = critic.gradientPenalty(between: points, and: points, using: &generator)
    #expect(penalty.value.number == 16)
    penalty.backward()
    // d/dw (‖w‖ − 1)² = 2 (‖w‖ − 1) w / ‖w‖
    expectClose(critic.weight.gradient?.elements ?? [], [4.8, 6.4], within: 4 * Scalar.ulpOfOne)
    #expect(critic.bias.gradient == nil)
  }
}
