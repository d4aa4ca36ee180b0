import Backprop
import CNN
import KernelSupport
import TestSupport
import Testing

/// A case of `make_convolution_fixtures.py`.
struct ConvolutionFixture: Sendable, CustomTestStringConvertible {
  let name: String
  let shape: ConvolutionShape
  var testDescription: String { name }

  init(
    _ name: String, _ input: [Int], _ kernel: Extent, _ outputChannels: Int, stride: Extent = 1,
    dilation: Extent = 1, padding: Padding = .valid
  ) {
    self.name = name
    shape =
      ConvolutionCase(
        input, kernel, outputChannels, stride: stride, dilation: dilation, padding: padding
      ).shape
  }

  private static let wide = Extent(height: 2, width: 3)
  private static let steep = Extent(height: 3, width: 1)

  static let all = [
    ConvolutionFixture("1x1", [2, 3, 4, 5], 1, 3),
    ConvolutionFixture("1x1, stride 2", [1, 5, 6, 16], 1, 5, stride: 2),
    ConvolutionFixture("1x1, 32 channels", [1, 3, 4, 32], 1, 32),
    ConvolutionFixture("3x3", [2, 5, 6, 1], 3, 3),
    ConvolutionFixture("3x3, same", [2, 7, 9, 3], 3, 16, padding: .same),
    ConvolutionFixture("3x3, same, stride 2", [1, 6, 7, 3], 3, 5, stride: 2, padding: .same),
    ConvolutionFixture("3x3, stride 3x1", [1, 8, 5, 5], 3, 3, stride: steep),
    ConvolutionFixture("3x3, same, stride 3x1", [1, 8, 5, 1], 3, 5, stride: steep, padding: .same),
    ConvolutionFixture("3x3, dilation 2", [1, 7, 6, 3], 3, 5, dilation: 2),
    ConvolutionFixture("3x3, same, dilation 2", [1, 5, 6, 16], 3, 3, dilation: 2, padding: .same),
    ConvolutionFixture(
      "3x3, padded, stride 2, dilation 2", [1, 8, 7, 3], 3, 5, stride: 2, dilation: 2,
      padding: .explicit(top: 2, bottom: 1, left: 0, right: 3)),
    ConvolutionFixture("3x3, 32 channels, stride 2", [1, 5, 6, 32], 3, 5, stride: 2),
    ConvolutionFixture("5x5, same", [1, 6, 5, 3], 5, 16, padding: .same),
    ConvolutionFixture("5x5, same, stride 2", [1, 7, 6, 1], 5, 3, stride: 2, padding: .same),
    ConvolutionFixture("5x5, same, dilation 2", [1, 6, 7, 1], 5, 3, dilation: 2, padding: .same),
    ConvolutionFixture(
      "5x5, padded", [2, 5, 4, 16], 5, 3,
      padding: .explicit(top: 1, bottom: 0, left: 2, right: 1)),
    ConvolutionFixture("2x3", [2, 4, 5, 16], wide, 5),
    ConvolutionFixture("2x3, same", [1, 4, 5, 3], wide, 16, padding: .same),
    ConvolutionFixture("2x3, same, stride 2", [1, 5, 6, 5], wide, 1, stride: 2, padding: .same),
    ConvolutionFixture(
      "2x3, padded, stride 3x1, dilation 2", [1, 6, 6, 1], wide, 16, stride: steep, dilation: 2,
      padding: .explicit(top: 0, bottom: 2, left: 1, right: 0)),
    ConvolutionFixture(
      "3x3, padded, 32 channels", [2, 4, 6, 32], 3, 32,
      padding: .explicit(top: 0, bottom: 2, left: 2, right: 1)),
  ]
}

/// PyTorch computed the references in double precision.
@Suite struct ConvolutionPyTorchTests {
  /// 1e-5 in single precision, 2e-14 in double.
  ///
  /// Factors are scaled so that the sums, of 400 products at most, are about 1 in size. A sum is rounded
  /// once for every product, by half an ulp of what it has come to: as these are independent, √400 of
  /// them count, 10 ulp of 1 or 20 of 2. The roundings of the factors shrink with the products and add less
  /// than one more. The largest of thousands of sums may be off by four times as much.
  static let tolerance = 80 * Scalar.ulpOfOne

  @Test(arguments: ConvolutionFixture.all, Backend.allCases)
  func `values and gradients agree`(convolution: ConvolutionFixture, backend: Backend) throws {
    let (name, shape) = (convolution.name, convolution.shape)
    let fixture = try #require(try Fixture("convolution").cases[name])
    func variable(_ tensor: String, _ shape: [Int]) throws -> Variable {
      Variable(Tensor(try #require(fixture[tensor]), shape: shape), needsGradient: true)
    }
    let x = try variable("x", shape.input.sizes)
    let weight = try variable("weight", shape.weightSizes)
    let bias = fixture["bias"].map {
      Variable(Tensor($0, shape: [shape.outputChannels]), needsGradient: true)
    }
    let upstream = try variable("upstream", shape.output.sizes).value
    let y = Backend.$current.withValue(backend) {
      let y = x.convolution(weight, bias: bias, shape.geometry.window)
      y.backward(upstream)
      return y.value
    }
    for (tensor, name) in [
      (y, "y"), (x.gradient, "x gradient"), (weight.gradient, "weight gradient"),
      (bias?.gradient, "bias gradient"),
    ] {
      expectClose(
        tensor?.elements ?? [], fixture[name] ?? [], within: Self.tolerance, name)
    }
  }

  @Test func `every case is compared`() throws {
    let names = Set(ConvolutionFixture.all.map(\.name))
    #expect(try Set(Fixture("convolution").cases.keys) == names)
  }
}
