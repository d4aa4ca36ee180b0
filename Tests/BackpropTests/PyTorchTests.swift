import Backprop
import KernelSupport
import TestSupport
import Testing

/// PyTorch computed the references in double precision.
@Suite struct PyTorchTests {
  /// Inputs are rounded to half an ulp; then follow sums of at most five products of numbers up to 3, or
  /// GELU's dozen operations, of half an ulp each: 16 ulp of the larger of 1 and the result, and twice
  /// that for a gradient, which multiplies by a rounded upstream gradient up to 3 too.
  static let tolerance = 16 * Scalar.ulpOfOne

  @Test(arguments: Operation.all, Backend.allCases)
  func `values and gradients of an operation agree`(operation: Operation, backend: Backend) throws {
    let fixture = try Fixture("operations")
    Backend.$current.withValue(backend) {
      let inputs = operation.shapes.enumerated().map { index, shape in
        Variable(
          Tensor(fixture[operation.name, "x\(index)"], shape: shape), needsGradient: true)
      }
      let output = operation.apply(inputs)
      expectClose(
        output.value.elements, fixture[operation.name, "output"], within: Self.tolerance)
      output.backward(Tensor(fixture[operation.name, "upstream"], shape: output.value.shape))
      for (index, input) in inputs.enumerated() {
        expectClose(
          input.gradient?.elements ?? [], fixture[operation.name, "gradient\(index)"],
          within: 2 * Self.tolerance, "gradient \(index)")
      }
    }
  }

  struct Network: Sendable, CustomTestStringConvertible {
    let name: String
    let widths: [Int]
    let activation: Activation
    var testDescription: String { name }

    /// The network with the fixture's parameters.
    func layers(_ fixture: Fixture) -> [Dense] {
      var generator = SeededGenerator(seed: 1)
      let layers = widths.indices.dropLast().map { index in
        Dense(
          widths[index], widths[index + 1],
          activation: index < widths.count - 2 ? activation : .linear, using: &generator)
      }
      for parameter in parameters(of: layers) {
        let shape = parameter.variable.value.shape
        parameter.variable.setValue(Tensor(fixture[name, parameter.name], shape: shape))
      }
      return layers
    }
  }

  static let networks = [
    Network(name: "tanh", widths: [5, 4, 3], activation: .tanh),
    Network(name: "relu", widths: [12, 8, 8, 4], activation: .relu),
  ]

  /// Five steps of rate ½ hand each rounding on; no step multiplies it by more than 2, the gradient's
  /// Lipschitz constant being about 2 here. A loss and its gradient take some 16 ulp as above: 2⁵ times that.
  @Test(arguments: networks, Backend.allCases)
  func `five steps of gradient descent agree`(network: Network, backend: Backend) throws {
    let fixture = try Fixture("networks")
    let layers = network.layers(fixture)
    let x = Variable(Tensor(fixture[network.name, "x"], shape: [6, network.widths[0]]))
    let labels = fixture[network.name, "labels"].map { Int($0) }
    let found = parameters(of: layers)
    Backend.$current.withValue(backend) {
      for step in 0..<5 {
        found.clearGradients()
        let loss = layers.reduce(x) { $1($0) }.softmaxCrossEntropy(labels)
        expectClose(
          [loss.value.number], [fixture[network.name, "losses"][step]],
          within: 32 * Self.tolerance, "loss of step \(step)")
        loss.backward()
        if step == 0 { expectFixture("gradient", 2 * Self.tolerance) { $0.gradient } }
        found.descend(learningRate: 0.5)
      }
      expectFixture("trained", 32 * Self.tolerance) { $0.value }
    }

    func expectFixture(
      _ kind: String, _ tolerance: Scalar, _ tensor: (Variable) -> Tensor?
    ) {
      for parameter in found {
        expectClose(
          tensor(parameter.variable)?.elements ?? [],
          fixture[network.name, "\(parameter.name) \(kind)"], within: tolerance,
          "\(parameter.name) \(kind)")
      }
    }
  }
}
