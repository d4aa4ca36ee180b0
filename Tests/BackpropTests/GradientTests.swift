import Backprop
import KernelSupport
import TestSupport
import Testing

@Suite struct GradientTests {
  @Test(arguments: Operation.all, Backend.allCases)
  func `an operation's gradients are the measured slopes`(operation: Operation, backend: Backend) {
    let inputs = variables(operation.shapes)
    Backend.$current.withValue(backend) {
      expectGradients(inputs) { operation.apply(inputs.map(\.variable)) }
    }
  }

  static let activations: [Activation] = [
    .linear, .sigmoid, .tanh, .relu, .leakyReLU(slope: 0.25), .gelu, .softmax,
  ]

  @Test(arguments: activations, Backend.allCases)
  func `a dense layer's gradients are the measured slopes`(
    activation: Activation, backend: Backend
  ) {
    // Seven inputs and five outputs fill no vector and no tile; two leading dimensions are so many rows.
    let inputs = variables([[2, 2, 7]])
    var generator = SeededGenerator(seed: 21)
    let layer = Dense(7, 5, activation: activation, using: &generator)
    // Weighted sums of these inputs stay below 4: a bias of ±8 keeps each on one side of the kink.
    layer.bias.setValue(
      Tensor([8, -8, 8, -8, 8].map { activation.hasKink ? $0 : $0 / 16 }, shape: [5]))
    Backend.$current.withValue(backend) {
      expectGradients(inputs + parameters(of: layer)) { layer(inputs[0].variable) }
    }
  }

  @Test(arguments: Backend.allCases)
  func `a network's gradients are the measured slopes`(backend: Backend) {
    var generator = SeededGenerator(seed: 22)
    let network = Sequential(
      Dense(7, 9, activation: .tanh, using: &generator),
      Dense(9, 5, activation: .gelu, using: &generator),
      Dense(5, 3, using: &generator))
    let inputs = variables([[4, 7]])
    Backend.$current.withValue(backend) {
      expectGradients(inputs + parameters(of: network)) {
        network(inputs[0].variable).softmaxCrossEntropy([0, 2, 1, 1])
      }
    }
  }

  /// A parameter that is stepped, an input that is refilled, or other kernels that are chosen between a forward pass
  /// and its backward pass, as in the game of two networks, change nothing in it.
  @Test(arguments: Operation.all)
  func `a pullback belongs to its forward pass`(operation: Operation) {
    func gradients(changing: Bool) -> [[Scalar]] {
      let inputs = variables(operation.shapes).map(\.variable)
      let output = Backend.$current.withValue(.fast) { operation.apply(inputs) }
      if changing {
        for input in inputs { input.setValue(Tensor(repeating: 7, shape: input.value.shape)) }
      }
      let upstream = numbersOffZero(count: output.value.count, seed: 9)
      Backend.$current.withValue(changing ? .naive : .fast) {
        output.backward(Tensor(upstream, shape: output.value.shape))
      }
      return inputs.map { $0.gradient?.elements ?? [] }
    }
    #expect(gradients(changing: true) == gradients(changing: false))
  }

  @Test(arguments: Backend.allCases)
  func `gradients from several uses add up`(backend: Backend) {
    let inputs = variables([[3, 3], [3, 3]])
    let (x, y) = (inputs[0].variable, inputs[1].variable)
    Backend.$current.withValue(backend) {
      expectGradients(inputs) {
        let a = x.tanh()
        return a * a + (a - y).matrixProduct(x) + y.matrixProduct(y) - a
      }
    }
  }
}

extension Activation {
  fileprivate var hasKink: Bool {
    switch self {
    case .relu, .leakyReLU: true
    default: false
    }
  }
}
