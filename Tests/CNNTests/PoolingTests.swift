import Backprop
import CNN
import KernelSupport
import TestSupport
import Testing

/// Images and a window over them.
struct Pooling: Sendable, CustomTestStringConvertible {
  let images: ImageShape
  let window: Window

  init(
    _ batch: Int, _ height: Int, _ width: Int, _ channels: Int, _ size: Extent, stride: Extent,
    dilation: Extent = 1, padding: Padding = .valid
  ) {
    images = ImageShape(batch: batch, height: height, width: width, channels: channels)
    window = Window(size, stride: stride, dilation: dilation, padding: padding)
  }

  var shape: PoolingShape { PoolingShape(images, window) }
  var testDescription: String {
    "\(images) \(window.size)/\(window.stride) by \(window.dilation) \(window.padding)"
  }

  /// Sizes around a vector's channels and the edges of images, windows that touch, overlap and leave
  /// gaps, every kind of padding, and images of several blocks of rows.
  static let all = [
    Pooling(1, 1, 1, 1, 1, stride: 1),
    Pooling(2, 4, 6, 8, 2, stride: 2),
    Pooling(3, 5, 7, 3, 2, stride: 2),
    Pooling(2, 5, 4, 7, 2, stride: 2, padding: .same),
    Pooling(2, 7, 9, 9, 3, stride: 2, padding: .all(1)),
    Pooling(1, 8, 8, 13, 3, stride: 2, padding: .same),
    Pooling(2, 6, 5, 16, 3, stride: 1, padding: .same),
    Pooling(1, 9, 7, 4, 2, stride: 3),
    Pooling(
      1, 7, 6, 10, Extent(height: 2, width: 3), stride: Extent(height: 1, width: 2),
      padding: .explicit(top: 1, bottom: 0, left: 0, right: 2)),
    Pooling(1, 9, 11, 5, 3, stride: 2, dilation: 2, padding: .all(2)),
    Pooling(
      2, 8, 7, 8, 2, stride: 1, dilation: Extent(height: 3, width: 2),
      padding: .explicit(top: 2, bottom: 1, left: 1, right: 0)),
    Pooling(0, 4, 4, 3, 2, stride: 2),
    Pooling(1, 4, 4, 0, 2, stride: 2),
    Pooling(5, 37, 41, 24, 3, stride: 2, padding: .all(1)),
    Pooling(5, 37, 41, 13, 3, stride: 2, padding: .all(1)),
    Pooling(3, 53, 31, 64, 2, stride: 2),
  ]
}

@Suite struct PoolingTests {
  @Test(arguments: Pooling.all)
  func `fast maxima are the definition's, on any number of threads`(pooling: Pooling) {
    let shape = pooling.shape
    let input = exactNumbers(count: shape.input.count, seed: 1)
    let expected = changed(exactNumbers(count: shape.output.count, seed: 2)) {
      Naive.maxPooling(input.span, into: &$0, shape)
    }
    for result in withThreads({
      changed(exactNumbers(count: shape.output.count, seed: 3)) {
        Fast.maxPooling(input.span, into: &$0, shape)
      }
    }) {
      #expect(result == expected)
    }
  }

  /// Many equal elements: the gradient tells which of them won.
  @Test(arguments: Pooling.all, [false, true])
  func `fast gradients of maxima are the definition's`(pooling: Pooling, accumulating: Bool) {
    let shape = pooling.shape
    let input = exactNumbers(count: shape.input.count, seed: 1)
    let upstream = exactNumbers(count: shape.output.count, seed: 2)
    let before = exactNumbers(count: shape.input.count, seed: 3)
    let expected = changed(before) {
      Naive.maxPoolingBackward(
        input.span, upstream.span, into: &$0, shape, accumulating: accumulating)
    }
    for result in withThreads({
      changed(before) {
        Fast.maxPoolingBackward(
          input.span, upstream.span, into: &$0, shape, accumulating: accumulating)
      }
    }) {
      #expect(result == expected)
    }
  }

  @Test(arguments: Pooling.all, [false, true])
  func `fast means are the definition's`(pooling: Pooling, countsPadding: Bool) {
    let shape = pooling.shape
    let input = exactNumbers(count: shape.input.count, seed: 1)
    let expected = changed(exactNumbers(count: shape.output.count, seed: 2)) {
      Naive.averagePooling(input.span, into: &$0, shape, countsPadding: countsPadding)
    }
    for result in withThreads({
      changed(exactNumbers(count: shape.output.count, seed: 3)) {
        Fast.averagePooling(input.span, into: &$0, shape, countsPadding: countsPadding)
      }
    }) {
      #expect(result == expected)
    }
  }

  /// Both add the same rounded shares in the same order.
  @Test(arguments: Pooling.all, [false, true])
  func `fast gradients of means are the definition's`(pooling: Pooling, accumulating: Bool) {
    let shape = pooling.shape
    let upstream = exactNumbers(count: shape.output.count, seed: 2)
    let before = exactNumbers(count: shape.input.count, seed: 3)
    for countsPadding in [false, true] {
      let expected = changed(before) {
        Naive.averagePoolingBackward(
          upstream.span, into: &$0, shape, countsPadding: countsPadding, accumulating: accumulating)
      }
      for result in withThreads({
        changed(before) {
          Fast.averagePoolingBackward(
            upstream.span, into: &$0, shape, countsPadding: countsPadding,
            accumulating: accumulating)
        }
      }) {
        #expect(result == expected)
      }
    }
  }

  static let images = [
    (1, 1, 1, 1), (3, 7, 7, 64), (2, 5, 3, 13), (2, 1, 9, 7), (0, 2, 2, 3), (2, 3, 3, 0),
    (70, 9, 11, 10),
  ].map { ImageShape(batch: $0.0, height: $0.1, width: $0.2, channels: $0.3) }

  @Test(arguments: images, [false, true])
  func `fast means of whole images are the definition's`(images: ImageShape, accumulating: Bool) {
    let input = exactNumbers(count: images.count, seed: 1)
    let means = exactNumbers(count: images.batch * images.channels, seed: 2)
    let expected = changed(means) {
      Naive.globalAveragePooling(input.span, into: &$0, images)
    }
    let expectedGradient = changed(input) {
      Naive.globalAveragePoolingBackward(
        means.span, into: &$0, images, accumulating: accumulating)
    }
    for (result, gradient) in withThreads({
      (
        changed(means) { Fast.globalAveragePooling(input.span, into: &$0, images) },
        changed(input) {
          Fast.globalAveragePoolingBackward(
            means.span, into: &$0, images, accumulating: accumulating)
        }
      )
    }) {
      #expect(result == expected)
      #expect(gradient == expectedGradient)
    }
  }

  /// 2²⁶ ones: four times as many as a running sum in single precision can count.
  @Test func `the mean of a very large image of ones is one`() {
    let ones = Variable(Tensor(repeating: 1, shape: [1, 8192, 8192, 1]))
    #expect(ones.globalAveragePooling().value.number == 1)
    #expect(ones.averagePooling(Window(8192)).value.number == 1)
  }

  private func pooled(
    _ backend: Backend, _ rows: [[Scalar]], _ window: Window
  ) -> (output: [Scalar], gradient: [Scalar]) {
    Backend.$current.withValue(backend) {
      let x = Variable(
        Tensor(rows.flatMap { $0 }, shape: [1, rows.count, rows[0].count, 1]), needsGradient: true)
      let y = x.maxPooling(window)
      let upstream = (1...max(1, y.value.count)).map { Scalar($0) }
      y.backward(Tensor(upstream, shape: y.value.shape))
      return (y.value.elements, x.gradient?.elements ?? [])
    }
  }

  @Test(arguments: Backend.allCases)
  func `the first of equals in reading order gets the gradient`(backend: Backend) {
    let result = pooled(backend, [[0, 2, 5, 5], [2, 1, 5, 5]], Window(2, stride: 2))
    #expect(result.output == [2, 5])
    #expect(result.gradient == [0, 1, 2, 0, 0, 0, 0, 0])
  }

  @Test(arguments: Backend.allCases)
  func `padding never wins, not even against −∞`(backend: Backend) {
    let result = pooled(
      backend, [[-3, -.infinity], [-2, -.infinity]], Window(2, stride: 2, padding: .all(1)))
    #expect(result.output == [-3, -.infinity, -2, -.infinity])
    #expect(result.gradient == [1, 2, 3, 4])
  }

  @Test(arguments: Backend.allCases)
  func `NaN wins, the last one of several`(backend: Backend) {
    let result = pooled(backend, [[.nan, 9, .nan], [1, .infinity, 2]], Window(2))
    #expect(result.output.allSatisfy(\.isNaN) && result.output.count == 2)
    #expect(result.gradient == [1, 0, 2, 0, 0, 0])
  }

  @Test(arguments: Backend.allCases)
  func `the mean of a constant image is that constant unless padding counts`(backend: Backend) {
    let x = Variable(Tensor(repeating: 4, shape: [1, 3, 3, 1]))
    let window = Window(3, stride: 2, padding: .all(1))
    Backend.$current.withValue(backend) {
      #expect(x.averagePooling(window).value.elements == [4, 4, 4, 4])
      let counted = x.averagePooling(window, countsPadding: true).value.elements
      // Four of nine taps lie on the image.
      expectClose(counted, [Scalar](repeating: 16 / 9, count: 4), within: 2 * .ulpOfOne)
    }
  }
}

@Suite struct PoolingGradientTests {
  /// Elements further apart than the check moves them: h = 1/32 at most, twice that on both sides.
  static func distinct(_ shape: [Int]) -> Variable {
    var generator = SeededGenerator(seed: 5)
    let order = generator.permutation(count: shape.reduce(1, *))
    return Variable(
      Tensor(order.map { Scalar($0) / 4 - 8 }, shape: shape), needsGradient: true)
  }

  static let windows = [
    Window(2, stride: 2), Window(3, stride: 2, padding: .all(1)), Window(3, padding: .same),
    Window(2, stride: 1, dilation: 2, padding: .explicit(top: 1, bottom: 0, left: 1, right: 1)),
  ]

  @Test(arguments: windows, Backend.allCases)
  func `gradients are the measured slopes`(window: Window, backend: Backend) {
    let x = Self.distinct([2, 5, 4, 3])
    Backend.$current.withValue(backend) {
      expectSlopes(of: x) { x.maxPooling(window) }
      expectSlopes(of: x) { x.averagePooling(window) }
      expectSlopes(of: x) { x.averagePooling(window, countsPadding: true) }
      expectSlopes(of: x) { x.globalAveragePooling() }
      // Gradients of two uses add up.
      expectSlopes(of: x) { x.maxPooling(window) + x.averagePooling(window) }
    }
  }

  private func expectSlopes(
    of x: Variable, sourceLocation: SourceLocation = #_sourceLocation, _ output: () -> Variable
  ) {
    let upstream = numbersOffZero(count: output().value.count, seed: 99)
    let results = GradientCheck().compare(
      [NamedParameter("x", x)], upstream: upstream, output: output)
    for result in results {
      #expect(result.error <= GradientCheck.tolerance, "\(result)", sourceLocation: sourceLocation)
    }
  }
}

/// A case of `make_pooling_fixtures.py`.
struct PoolingFixture: Sendable, CustomTestStringConvertible {
  let name: String
  let shape: [Int]
  let apply: @Sendable (Variable) -> Variable
  var testDescription: String { name }

  init(_ name: String, _ shape: [Int], apply: @escaping @Sendable (Variable) -> Variable) {
    self.name = name
    self.shape = shape
    self.apply = apply
  }

  private static let wide = Window(
    Extent(height: 2, width: 3), stride: Extent(height: 1, width: 2),
    padding: .explicit(top: 0, bottom: 0, left: 1, right: 1))

  static let all = [
    PoolingFixture("max 2", [2, 6, 4, 3]) { MaxPooling2D()($0) },
    PoolingFixture("max 3 stride 2 padding 1", [1, 7, 8, 3]) {
      MaxPooling2D(3, stride: 2, padding: .all(1))($0)
    },
    PoolingFixture("max 2x3 stride 1x2 padding 0x1", [1, 5, 7, 9]) { $0.maxPooling(wide) },
    PoolingFixture("max 3 stride 1 dilation 2", [1, 7, 6, 2]) {
      $0.maxPooling(Window(3, dilation: 2))
    },
    PoolingFixture("average 2", [2, 6, 4, 3]) { AveragePooling2D()($0) },
    PoolingFixture("average 3 stride 2 padding 1", [1, 5, 6, 9]) {
      AveragePooling2D(3, stride: 2, padding: .all(1))($0)
    },
    PoolingFixture("average 3 stride 2 padding 1 counted", [1, 7, 8, 3]) {
      AveragePooling2D(3, stride: 2, padding: .all(1), countsPadding: true)($0)
    },
    PoolingFixture("average 2x3 stride 1x2 padding 0x1", [1, 5, 7, 2]) { $0.averagePooling(wide) },
    PoolingFixture("global average", [2, 3, 5, 10]) { GlobalAveragePooling2D()($0) },
  ]
}

/// PyTorch computed the references in double precision.
@Suite struct PoolingPyTorchTests {
  /// Inputs of up to 4 are rounded; then follow sums of at most 15 of them, or of four gradients, and a
  /// division: a rounding each, of half an ulp of a number below 64.
  @Test(arguments: PoolingFixture.all, Backend.allCases)
  func `values and gradients agree`(pooling: PoolingFixture, backend: Backend) throws {
    let fixture = try Fixture("pooling")
    Backend.$current.withValue(backend) {
      let x = Variable(
        Tensor(fixture[pooling.name, "x"], shape: pooling.shape), needsGradient: true)
      let y = pooling.apply(x)
      expectClose(y.value.elements, fixture[pooling.name, "y"], within: 16 * .ulpOfOne, "y")
      y.backward(Tensor(fixture[pooling.name, "upstream"], shape: y.value.shape))
      expectClose(
        x.gradient?.elements ?? [], fixture[pooling.name, "gradient"], within: 16 * .ulpOfOne,
        "gradient")
    }
  }
}
