import Backprop
import CNN
import KernelSupport
import TestSupport
import Testing

@Suite struct Conv2DTests {
  /// One way to build a layer of 2 channels to 3.
  struct Options: Sendable, CustomTestStringConvertible {
    var kernel: Extent = 3
    var stride: Extent = 1
    var dilation: Extent = 1
    var padding = Padding.valid
    var hasBias = true
    var activation = Activation.linear

    var testDescription: String {
      "\(kernel) by \(stride) and \(dilation), \(padding), \(hasBias ? "" : "no ")bias, \(activation)"
    }

    /// A layer whose biases keep every sum on one side of a kink: none of them reaches 8 here.
    func layer() -> Conv2D {
      var generator = SeededGenerator(seed: 5)
      let layer = Conv2D(
        2, 3, kernel: kernel, stride: stride, dilation: dilation, padding: padding, bias: hasBias,
        activation: activation, using: &generator)
      let biases: [Scalar] = activation.hasKink ? [8, -8, 8] : [0.5, -0.25, 1]
      layer.bias?.setValue(Tensor(biases, shape: [3]))
      return layer
    }
  }

  static let windows = [
    Options(),
    Options(hasBias: false),
    Options(kernel: 1),
    Options(kernel: Extent(height: 2, width: 3), stride: Extent(height: 2, width: 1)),
    Options(stride: 3, padding: .same),
    Options(kernel: 2, dilation: Extent(height: 1, width: 3)),
    Options(dilation: 2, padding: .all(2)),
    Options(stride: 2, padding: .explicit(top: 1, bottom: 0, left: 2, right: 3)),
  ]
  static let activations = [
    Activation.sigmoid, .tanh, .relu, .leakyReLU(slope: 0.25), .gelu, .softmax,
  ].map { Options(kernel: 2, activation: $0) }

  @Test(arguments: windows + activations, Backend.allCases)
  func `gradients are the measured slopes`(options: Options, backend: Backend) {
    let layer = options.layer()
    let inputs = variables([[2, 5, 4, 2]])
    Backend.$current.withValue(backend) {
      expectGradients(inputs + parameters(of: layer)) { layer(inputs[0].variable) }
    }
  }

  @Test(arguments: activations, Backend.allCases)
  func `an activation in place is the activation`(options: Options, backend: Backend) {
    let layer = options.layer()
    func outcome(_ output: (Variable) -> Variable) -> [Tensor?] {
      let x = variables([[2, 5, 4, 2]])[0].variable
      parameters(of: layer).clearGradients()
      let y = output(x)
      y.backward(
        Tensor(numbersOffZero(count: y.value.count, seed: 3), shape: y.value.shape))
      return [y.value, x.gradient, layer.weight.gradient, layer.bias?.gradient]
    }
    Backend.$current.withValue(backend) {
      let separate = outcome {
        options.activation($0.convolution(layer.weight, bias: layer.bias, layer.window))
      }
      #expect(outcome { layer($0) } == separate)
    }
  }

  @Test func `images that need no gradient get none`() {
    let layer = Options().layer()
    let images = Variable(variables([[2, 5, 4, 2]])[0].variable.value)
    layer(images).sum().backward()
    #expect(images.gradient == nil && layer.weight.gradient != nil)
  }

  @Test func `weights are drawn for the inputs of a window, and biases are 0`() {
    var generator = SeededGenerator(seed: 1)
    let layer = Conv2D(3, 8, kernel: 5, initializer: .xavierUniform, using: &generator)
    // √(6 / (fan-in + fan-out)), 25 weights for every channel.
    let limit = (6 / Scalar(25 * 3 + 25 * 8)).squareRoot()
    let largest = layer.weight.value.elements.map(abs).max() ?? 0
    #expect(layer.weight.value.shape == [5, 5, 3, 8])
    #expect(largest <= limit && largest > 0.95 * limit)
    #expect(layer.bias?.value == Tensor(shape: [8]))
    #expect(parameters(of: layer).map(\.name) == ["weight", "bias"])
  }

  @Test func `flattening lays an example's numbers in a row, forward and back`() {
    let x = variables([[2, 3, 1, 2]])[0].variable
    let y = Flatten()(x)
    #expect(y.value == Tensor(x.value.elements, shape: [2, 6]))
    y.backward(Tensor([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], shape: [2, 6]))
    #expect(x.gradient?.shape == [2, 3, 1, 2])
    #expect(x.gradient?.elements == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
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
