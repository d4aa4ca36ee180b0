import Backprop
import CNN
import GAN
import KernelSupport
import TestSupport
import Testing

/// A transposed convolution to test; `make_fixtures.py` has the same table.
struct TransposedCase: Sendable, CustomTestStringConvertible {
  let name: String
  let images: [Int]
  let kernel: Extent
  let outputs: Int
  var stride: Extent = 1
  var dilation: Extent = 1
  var padding = Padding.valid
  var outputPadding: Extent = 0

  var testDescription: String { name }
  var window: Window { Window(kernel, stride: stride, dilation: dilation, padding: padding) }
  var weightSizes: [Int] { [kernel.height, kernel.width, outputs, images[3]] }
  var shape: TransposedConvolutionShape {
    TransposedConvolutionShape(
      ImageShape(batch: images[0], height: images[1], width: images[2], channels: images[3]),
      window, outputPadding: outputPadding, outputChannels: outputs)
  }

  static let all = [
    TransposedCase(name: "1x1", images: [2, 3, 4, 5], kernel: 1, outputs: 3),
    TransposedCase(
      name: "4x4, stride 2", images: [2, 3, 4, 5], kernel: 4, outputs: 3, stride: 2,
      padding: .all(1)),
    TransposedCase(
      name: "4x4, stride 2, one channel", images: [2, 7, 5, 6], kernel: 4, outputs: 1, stride: 2,
      padding: .all(1)),
    TransposedCase(
      name: "4x4, stride 2, many channels", images: [2, 3, 3, 17], kernel: 4, outputs: 9,
      stride: 2, padding: .all(1)),
    TransposedCase(
      name: "3x3, stride 2, output padding 1", images: [1, 4, 3, 2], kernel: 3, outputs: 10,
      stride: 2, padding: .all(1), outputPadding: 1),
    TransposedCase(
      name: "5x5, stride 3, output padding 2x1", images: [1, 3, 2, 3], kernel: 5, outputs: 2,
      stride: 3, padding: .explicit(top: 2, bottom: 2, left: 0, right: 0),
      outputPadding: Extent(height: 2, width: 1)),
    TransposedCase(
      name: "2x3, stride 2x1", images: [1, 3, 5, 4], kernel: Extent(height: 2, width: 3),
      outputs: 2, stride: Extent(height: 2, width: 1),
      padding: .explicit(top: 0, bottom: 0, left: 1, right: 1),
      outputPadding: Extent(height: 1, width: 0)),
    TransposedCase(
      name: "3x3, dilation 2, stride 2", images: [1, 3, 4, 2], kernel: 3, outputs: 3, stride: 2,
      dilation: 2, padding: .explicit(top: 2, bottom: 2, left: 1, right: 1),
      outputPadding: Extent(height: 1, width: 0)),
    TransposedCase(
      name: "3x3, padding 2", images: [1, 5, 6, 3], kernel: 3, outputs: 4, padding: .all(2)),
    TransposedCase(
      name: "2x2, stride 3", images: [1, 2, 3, 9], kernel: 2, outputs: 9, stride: 3,
      outputPadding: Extent(height: 2, width: 1)),
  ]

  /// The output and all gradients of given numbers.
  func results(
    _ x: [Scalar], _ weight: [Scalar], _ bias: [Scalar], upstream: [Scalar]
  ) -> [String: [Scalar]] {
    let x = Variable(Tensor(x, shape: images), needsGradient: true)
    let weight = Variable(Tensor(weight, shape: weightSizes), needsGradient: true)
    let bias = Variable(Tensor(bias, shape: [outputs]), needsGradient: true)
    let y = x.transposedConvolution(weight, bias: bias, window, outputPadding: outputPadding)
    let value = y.value
    y.backward(Tensor(upstream, shape: value.shape))
    return [
      "y": value.elements, "shape": value.shape.map { Scalar($0) },
      "x gradient": x.gradient?.elements ?? [], "weight gradient": weight.gradient?.elements ?? [],
      "bias gradient": bias.gradient?.elements ?? [],
    ]
  }

  func results(seed: UInt64, _ numbers: (Int, UInt64) -> [Scalar]) -> [String: [Scalar]] {
    results(
      numbers(images.reduce(1, *), seed), numbers(weightSizes.reduce(1, *), seed + 1),
      numbers(outputs, seed + 2), upstream: numbers(shape.output.count, seed + 3))
  }
}

@Suite struct TransposedConvolutionTests {
  @Test(arguments: TransposedCase.all, Backend.allCases)
  func `output and gradients are PyTorch's`(item: TransposedCase, backend: Backend) throws {
    let fixture = try Fixture("transposed")
    let results = Backend.$current.withValue(backend) {
      item.results(
        fixture[item.name, "x"], fixture[item.name, "weight"], fixture[item.name, "bias"],
        upstream: fixture[item.name, "upstream"])
    }
    for (name, numbers) in results {
      // Sums of up to 300 products of about 1 by 1/√n, some 2 in size: 64 ulp, and half a millionth.
      expectClose(
        numbers, fixture[item.name, name], within: 64 * Scalar.ulpOfOne + 5e-7, name)
    }
  }

  /// The definition once more, as loops over the input that know nothing of convolution.
  @Test(arguments: TransposedCase.all, Backend.allCases)
  func `every pixel paints its window`(item: TransposedCase, backend: Backend) {
    let (input, output) = (item.shape.input, item.shape.output)
    let x = exactNumbers(count: input.count, seed: 1)
    let weight = exactNumbers(count: item.weightSizes.reduce(1, *), seed: 2)
    guard case (let top, let left)? = item.corner else { return }
    var expected = [Scalar](repeating: 0, count: output.count)
    for n in 0..<input.batch {
      for r in 0..<input.height {
        for q in 0..<input.width {
          for i in 0..<item.kernel.height {
            for j in 0..<item.kernel.width {
              let row = r * item.stride.height + i * item.dilation.height - top
              let column = q * item.stride.width + j * item.dilation.width - left
              guard (0..<output.height).contains(row), (0..<output.width).contains(column) else {
                continue
              }
              for o in 0..<output.channels {
                for c in 0..<input.channels {
                  expected[
                    ((n * output.height + row) * output.width + column) * output.channels + o] +=
                    x[((n * input.height + r) * input.width + q) * input.channels + c]
                    * weight[
                      ((i * item.kernel.width + j) * output.channels + o) * input.channels + c]
                }
              }
            }
          }
        }
      }
    }
    let y = Backend.$current.withValue(backend) {
      Variable(Tensor(x, shape: item.images)).transposedConvolution(
        Variable(Tensor(weight, shape: item.weightSizes)), item.window,
        outputPadding: item.outputPadding)
    }
    #expect(y.value.elements == expected)
  }

  @Test(arguments: TransposedCase.all)
  func `fast is naive, on numbers without rounding`(item: TransposedCase) {
    let results = Backend.allCases.map { backend in
      Backend.$current.withValue(backend) {
        item.results(seed: 5) { exactNumbers(count: $0, seed: $1) }
      }
    }
    #expect(results[0] == results[1])
  }

  @Test(arguments: TransposedCase.all)
  func `it is the adjoint of a convolution`(item: TransposedCase) {
    // ⟨A x, y⟩ = ⟨x, Aᵀ y⟩, exactly, for numbers without rounding.
    let adjoint = item.shape.adjoint
    let large = exactNumbers(count: adjoint.input.count, seed: 1)
    let small = exactNumbers(count: adjoint.output.count, seed: 2)
    let weight = Variable(
      Tensor(exactNumbers(count: adjoint.weightCount, seed: 3), shape: item.weightSizes))
    let forward = Variable(Tensor(large, shape: adjoint.input.sizes))
      .convolution(weight, item.window).value.elements
    let back = Variable(Tensor(small, shape: item.images))
      .transposedConvolution(weight, item.window, outputPadding: item.outputPadding).value
    #expect(
      zip(forward, small).reduce(0) { $0 + $1.0 * $1.1 }
        == zip(large, back.elements).reduce(0) { $0 + $1.0 * $1.1 })
  }

  @Test(arguments: TransposedCase.all, Backend.allCases)
  func `gradients are the measured slopes`(item: TransposedCase, backend: Backend) {
    let inputs = variables([[1] + item.images.dropFirst(), item.weightSizes, [item.outputs]])
    Backend.$current.withValue(backend) {
      expectGradients(inputs) {
        inputs[0].variable.transposedConvolution(
          inputs[1].variable, bias: inputs[2].variable, item.window,
          outputPadding: item.outputPadding)
      }
    }
  }

  static let activations: [Activation] = [.linear, .tanh, .relu, .leakyReLU(slope: 0.2), .sigmoid]

  @Test(arguments: activations, Backend.allCases)
  func `a layer's gradients are the measured slopes`(activation: Activation, backend: Backend) {
    var generator = SeededGenerator(seed: 6)
    let layer = ConvTranspose2D(
      3, 2, kernel: 4, stride: 2, padding: .all(1), activation: activation, using: &generator)
    // No sum reaches 8: a bias of ±8 keeps each on its side of a kink.
    let isSmooth = activation == .linear || activation == .tanh || activation == .sigmoid
    layer.bias?.setValue(Tensor(isSmooth ? [0.5, -0.25] : [8, -8], shape: [2]))
    let inputs = variables([[2, 3, 2, 3]])
    Backend.$current.withValue(backend) {
      expectGradients(inputs + parameters(of: layer)) { layer(inputs[0].variable) }
    }
  }

  @Test func `sizes follow from stride, padding and output padding`() {
    func side(_ input: Int, _ kernel: Extent, _ stride: Extent, _ padding: Int, _ extra: Extent)
      -> Int
    {
      TransposedConvolutionShape(
        ImageShape(batch: 1, height: input, width: input, channels: 1),
        Window(kernel, stride: stride, padding: .all(padding)), outputPadding: extra,
        outputChannels: 1
      ).output.height
    }
    #expect(side(7, 4, 2, 1, 0) == 14)
    #expect(side(7, 3, 2, 1, 0) == 13)
    #expect(side(7, 3, 2, 1, 1) == 14)
    #expect(side(1, 7, 1, 0, 0) == 7)
    #expect(side(4, 5, 2, 2, 1) == 8)
  }

  @Test func `images that need no gradient get none, and the weights get theirs`() {
    let item = TransposedCase.all[1]
    let x = Variable(Tensor(repeating: 1, shape: item.images))
    let weight = Variable(
      Tensor(repeating: 1, shape: item.weightSizes), needsGradient: true)
    x.transposedConvolution(weight, item.window).sum().backward()
    #expect(x.gradient == nil && weight.gradient != nil)
  }

  @Test func `a parameter that is stepped before the backward pass changes nothing`() {
    let item = TransposedCase.all[1]
    func gradients(_ change: (Variable) -> Void) -> Tensor? {
      let x = Variable(
        Tensor(exactNumbers(count: item.shape.input.count, seed: 1), shape: item.images),
        needsGradient: true)
      let weight = Variable(
        Tensor(
          exactNumbers(count: item.weightSizes.reduce(1, *), seed: 2), shape: item.weightSizes),
        needsGradient: true)
      let y = x.transposedConvolution(weight, item.window)
      change(weight)
      y.sum().backward()
      return x.gradient
    }
    #expect(gradients { _ in } == gradients { $0.setValue(Tensor(shape: $0.value.shape)) })
  }

  #if os(Linux) || os(macOS)
    @Test func `wrong shapes stop with the operation's name`() async {
      await #expect(processExitsWith: .failure) {
        _ = TransposedConvolutionShape(
          ImageShape(batch: 1, height: 2, width: 2, channels: 1), Window(3, stride: 2),
          outputPadding: 2, outputChannels: 1)
      }
      await #expect(processExitsWith: .failure) {
        _ = TransposedConvolutionShape(
          ImageShape(batch: 1, height: 2, width: 2, channels: 1), Window(3, padding: .same),
          outputPadding: 0, outputChannels: 1)
      }
      await #expect(processExitsWith: .failure) {
        _ = Variable(Tensor(shape: [1, 2, 2, 3])).transposedConvolution(
          Variable(Tensor(shape: [3, 3, 3, 4])), Window(3))
      }
    }
  #endif
}

extension TransposedCase {
  /// The rows and columns that are cropped at the top and at the left.
  fileprivate var corner: (top: Int, left: Int)? {
    switch padding {
    case .valid: (0, 0)
    case .explicit(let top, _, let left, _): (top, left)
    case .same: nil
    }
  }
}
