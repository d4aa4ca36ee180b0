import Backprop
import CNN
import KernelSupport
import TestSupport
import Testing

/// Small networks of every layer, held to what PyTorch computed in double precision.
@Suite struct PyTorchNetworkTests {
  struct Network: Sendable, CustomTestStringConvertible {
    let name: String
    /// The shape of the six images.
    let images: [Int]
    let build: @Sendable (_ generator: inout SeededGenerator) -> Sequential
    var testDescription: String { name }

    /// The network with the fixture's parameters and running statistics.
    func model(_ fixture: Fixture) -> (model: Sequential, state: [NamedParameter]) {
      var generator = SeededGenerator(seed: 1)
      let model = build(&generator)
      let state = parameters(of: model) + buffers(of: model)
      for tensor in state {
        let shape = tensor.variable.value.shape
        tensor.variable.setValue(Tensor(fixture[name, tensor.name], shape: shape))
      }
      return (model, state)
    }
  }

  static let networks = [
    Network(name: "plain", images: [6, 8, 8, 2]) { generator in
      Sequential(
        Conv2D(2, 4, kernel: 3, activation: .relu, using: &generator),
        MaxPooling2D(),
        Conv2D(4, 5, kernel: 3, padding: .same, activation: .tanh, using: &generator),
        AveragePooling2D(2, stride: 1),
        Flatten(),
        Dense(2 * 2 * 5, 3, using: &generator))
    },
    Network(name: "residual", images: [6, 5, 5, 2]) { generator in
      Sequential(
        ResidualBlock(2, 4, stride: 2, using: &generator),
        ResidualBlock(4, bottleneck: 1, using: &generator),
        GlobalAveragePooling2D(),
        Dense(4, 3, using: &generator))
    },
    Network(name: "inception", images: [6, 4, 4, 2]) { generator in
      Sequential(
        InceptionBlock(2, .init(1, (2, 3), (1, 2), 2), using: &generator),
        GlobalAveragePooling2D(),
        Dense(8, 3, using: &generator))
    },
  ]

  /// A layer's sums have up to 36 products of numbers up to 3, and are off by up to 16 ulp. Five layers in a
  /// row, of which a normalisation doubles what comes in where a deviation is ½, make 2⁵ times that.
  static let tolerance = 512 * Scalar.ulpOfOne

  @Test(arguments: networks, Backend.allCases)
  func `five steps of gradient descent and both phases agree`(
    network: Network, backend: Backend
  ) throws {
    let fixture = try Fixture("networks")
    let (model, state) = network.model(fixture)
    let found = parameters(of: model)
    let labels = fixture[network.name, "labels"].map { Int($0) }
    let images = Variable(
      Tensor(fixture[network.name, "x"], shape: network.images), needsGradient: true)
    Backend.$current.withValue(backend) {
      expect(model(images, .evaluation).value, "logits before")
      for step in 0..<5 {
        found.clearGradients()
        images.clearGradient()
        let loss = model(images, .training(seed: 1)).softmaxCrossEntropy(labels)
        expectClose(
          [loss.value.number], [fixture[network.name, "losses"][step]], within: Self.tolerance,
          "loss of step \(step)")
        loss.backward()
        if step == 0 {
          expect(images.gradient, "x gradient")
          for parameter in found {
            expect(parameter.variable.gradient, "\(parameter.name) gradient")
          }
        }
        found.descend(learningRate: 0.1)
      }
      for tensor in state { expect(tensor.variable.value, "\(tensor.name) trained") }
      expect(model(images, .evaluation).value, "logits after")
    }

    func expect(_ tensor: Tensor?, _ reference: String) {
      expectClose(
        tensor?.elements ?? [], fixture[network.name, reference], within: Self.tolerance,
        reference)
    }
  }
}
