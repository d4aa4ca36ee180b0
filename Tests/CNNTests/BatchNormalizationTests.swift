import Backprop
import CNN
import KernelSupport
import TestSupport
import Testing

/// Rows of channels around a vector, four vectors and a block, with and without residual and rectifier.
struct Normalization: Sendable, CustomTestStringConvertible {
  let rows: Int
  let channels: Int
  let isRectified: Bool
  let hasResidual: Bool

  var testDescription: String {
    "\(rows)×\(channels)\(hasResidual ? " + residual" : "")\(isRectified ? " rectified" : "")"
  }

  static let sizes = [
    (2, 1), (5, 3), (1, 8), (33, 7), (64, 16), (257, 10), (129, 32), (70, 33), (131, 64), (9, 101),
    (4099, 5), (3000, 24),
  ]

  static let all = sizes.flatMap { rows, channels in
    [(false, false), (true, false), (false, true), (true, true)].map {
      Normalization(rows: rows, channels: channels, isRectified: $0.0, hasResidual: $0.1)
    }
  }

  var count: Int { rows * channels }
  var x: [Scalar] { numbersOffZero(count: count, seed: 1) }
  var residual: [Scalar] { hasResidual ? numbersOffZero(count: count, seed: 2) : [] }
  var normalization: ChannelNormalization {
    ChannelNormalization(
      mean: numbersOffZero(count: channels, seed: 3).map { $0 / 8 },
      variance: numbersOffZero(count: channels, seed: 4).map { 1 + abs($0) }, epsilon: 1e-5,
      scale: numbersOffZero(count: channels, seed: 5),
      shift: numbersOffZero(count: channels, seed: 6), isRectified: isRectified)
  }

  func output(_ backend: Backend) -> [Scalar] {
    let (x, residual) = (x, residual)
    return changed([Scalar](repeating: 9, count: count)) {
      backend.normalization.batchNormalization(
        x.span, normalization, adding: residual.span, into: &$0)
    }
  }

  struct Gradients {
    let x: [Scalar]
    let residual: [Scalar]
    let scale: [Scalar]
    let shift: [Scalar]
  }

  func gradients(_ backend: Backend, ofBatch: Bool) -> Gradients {
    let (x, residual) = (x, residual)
    var slopes = numbersOffZero(count: count, seed: 7)
    var residualSlopes = [Scalar](repeating: 9, count: residual.count)
    var scales = [Scalar](repeating: 9, count: channels)
    var shifts = scales
    var gradient = slopes.mutableSpan
    var residualGradient = residualSlopes.mutableSpan
    var scale = scales.mutableSpan
    var shift = shifts.mutableSpan
    backend.normalization.batchNormalizationBackward(
      x.span, normalization, adding: residual.span, ofBatch: ofBatch, gradient: &gradient,
      residualGradient: &residualGradient, scaleGradient: &scale, shiftGradient: &shift)
    return Gradients(x: slopes, residual: residualSlopes, scale: scales, shift: shifts)
  }
}

@Suite struct BatchNormalizationTests {
  /// A dozen roundings of values up to some 32.
  static let tolerance = 64 * Scalar.ulpOfOne

  @Test(arguments: Normalization.all)
  func `fast outputs are the definition's`(normalization: Normalization) {
    let expected = normalization.output(.naive)
    let results = withThreads { normalization.output(.fast) }
    expectClose(results[0], expected, within: Self.tolerance)
    #expect(results[1] == results[0] && results[2] == results[0])
  }

  /// Sums of up to 4099 terms of some 4 × 4 × √n, rounded as often: see each tolerance.
  @Test(arguments: Normalization.all, [false, true])
  func `fast gradients are the definition's`(normalization: Normalization, ofBatch: Bool) {
    let expected = normalization.gradients(.naive, ofBatch: ofBatch)
    let results = withThreads { normalization.gradients(.fast, ofBatch: ofBatch) }
    let sumTolerance = Self.tolerance * Scalar(normalization.rows + 16) / 16
    expectClose(results[0].x, expected.x, within: Self.tolerance, "x")
    #expect(results[0].residual == expected.residual)
    expectClose(results[0].scale, expected.scale, within: sumTolerance, "scale")
    expectClose(results[0].shift, expected.shift, within: sumTolerance, "shift")
    for result in results.dropFirst() {
      #expect(result.x == results[0].x && result.residual == results[0].residual)
      #expect(result.scale == results[0].scale && result.shift == results[0].shift)
    }
  }

  @Test(arguments: Normalization.sizes, Backend.allCases)
  func `moments are the mean and the biased variance`(size: (Int, Int), backend: Backend) {
    let (rows, channels) = size
    let x = numbersOffZero(count: rows * channels, seed: 1)
    let (expectedMean, expectedVariance) = Self.moments(x, channels)
    let results = withThreads { Self.computedMoments(backend, x, channels) }
    // Plain sums of up to 4099 terms below 16, rounded to half an ulp of at most 2¹⁶, most far less.
    expectClose(results[0].mean, expectedMean, within: 256 * .ulpOfOne)
    expectClose(results[0].variance, expectedVariance, within: 256 * .ulpOfOne)
    for result in results.dropFirst() {
      #expect(result.mean == results[0].mean && result.variance == results[0].variance)
    }
  }

  /// The difference of two mean squares of a million, rounded to 1/16, would be off by ten times the
  /// variance of 0.006; sums of 3000 rounded means are off by far less than a hundredth of it.
  @Test(arguments: Backend.allCases)
  func `a large mean costs the variance no digits`(backend: Backend) {
    let x = exactNumbers(count: 3000 * 3, seed: 1).map { 1000 + $0 / 16 }
    let (_, expected) = Self.moments(x, 3)
    let (_, variance) = Self.computedMoments(backend, x, 3)
    for (variance, expected) in zip(variance, expected) {
      #expect(abs(variance - expected) <= 0.01 * expected)
    }
  }

  /// 10,000 normal numbers of which the first is 1000, and others 0.01 wide around 300: the moments are right to
  /// the last digits of single precision all the same.
  @Test(arguments: Backend.allCases)
  func `neither an outlier in front nor a mean far from zero costs digits`(backend: Backend) {
    var generator = SeededGenerator(seed: 8)
    let normal = (0..<30_000).map { _ in generator.normal() }
    let outlier = [1000, -1000, 0] + normal.dropFirst(3)
    let far = normal.map { 300 + 0.01 * $0 }
    for x in [outlier, far] {
      let (expectedMean, expectedVariance) = Self.moments(x, 3)
      let (mean, variance) = Self.computedMoments(backend, x, 3)
      for c in 0..<3 {
        // A block's sums are rounded some 8192 / 256 times at the size of the outlier, which is 10⁴ means.
        expectClose([mean[c] / expectedMean[c]], [1], within: 32 * .ulpOfOne)
        expectClose([variance[c] / expectedVariance[c]], [1], within: 32 * .ulpOfOne)
      }
    }
  }

  private static func computedMoments(
    _ backend: Backend, _ x: [Scalar], _ channels: Int
  ) -> (mean: [Scalar], variance: [Scalar]) {
    var mean = [Scalar](repeating: 9, count: channels)
    var variance = mean
    var meanSpan = mean.mutableSpan
    var varianceSpan = variance.mutableSpan
    backend.normalization.channelMoments(x.span, mean: &meanSpan, variance: &varianceSpan)
    return (mean, variance)
  }

  /// The same in double precision.
  private static func moments(
    _ x: [Scalar], _ channels: Int
  ) -> (mean: [Scalar], variance: [Scalar]) {
    let columns = (0..<channels).map { c in
      stride(from: c, to: x.count, by: channels).map { Double(x[$0]) }
    }
    let means = columns.map { $0.reduce(0, +) / Double($0.count) }
    let variances = zip(columns, means).map { column, mean in
      column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(column.count)
    }
    return (means.map { Scalar($0) }, variances.map { Scalar($0) })
  }
}

@Suite struct BatchNormalizationLayerTests {
  static let phases: [Phase] = [.training(seed: 1), .evaluation]

  /// A rectified output of exactly 0 lets no gradient through, whatever gave it.
  @Test(arguments: Backend.allCases)
  func `a scale and a shift of zero rectify everything`(backend: Backend) {
    Backend.$current.withValue(backend) {
      let layer = BatchNormalization(2, activation: .relu)
      layer.weight.setValue(Tensor(shape: [2]))
      layer.bias.setValue(Tensor(shape: [2]))
      let x = Variable(Tensor(numbersOffZero(count: 8, seed: 1), shape: [1, 2, 2, 2]))
      layer(x, .training(seed: 1)).sum().backward()
      #expect(layer.bias.gradient?.elements == [0, 0])
      #expect(layer.weight.gradient?.elements == [0, 0])
    }
  }

  @Test(arguments: phases, Backend.allCases)
  func `gradients are the measured slopes`(phase: Phase, backend: Backend) {
    for activation in [Activation.linear, .relu, .tanh] {
      for hasResidual in [false, true] {
        let layer = BatchNormalization(3, activation: activation)
        let x = Variable(
          Tensor(numbersOffZero(count: 36, seed: 1), shape: [3, 2, 2, 3]), needsGradient: true)
        // Half of the outputs far above the kink, half far below it.
        let distance: Scalar = activation == .relu ? 8 : 0
        let offsets = exactNumbers(count: 36, seed: 2).map {
          $0 < 0 ? $0 - distance : $0 + distance
        }
        let residual =
          hasResidual ? Variable(Tensor(offsets, shape: x.value.shape), needsGradient: true) : nil
        layer.weight.setValue(Tensor([0.5, -0.75, 1], shape: [3]))
        layer.bias.setValue(
          Tensor(hasResidual || activation != .relu ? [0.25, -0.5, 0.5] : [8, -8, 8], shape: [3]))
        layer.running.mean.setValue(Tensor([0.5, -0.5, 0.25], shape: [3]))
        layer.running.variance.setValue(Tensor([4, 2, 3], shape: [3]))
        let inputs =
          [NamedParameter("x", x)] + (residual.map { [NamedParameter("residual", $0)] } ?? [])
        Backend.$current.withValue(backend) {
          let upstream = numbersOffZero(count: 36, seed: 99)
          let results = GradientCheck().compare(
            inputs + parameters(of: layer), upstream: upstream
          ) { layer(x, adding: residual, phase) }
          for result in results {
            #expect(result.error <= GradientCheck.tolerance, "\(activation) \(result)")
          }
        }
      }
    }
  }
}

/// A case of `make_normalization_fixtures.py`: a shape, a phase, and what follows the normalisation.
struct NormalizationFixture: Sendable, CustomTestStringConvertible {
  let kind: String
  let shape: [Int]
  let momentum: Scalar
  let epsilon: Scalar
  let phase: Phase
  let tail: String

  var name: String { "\(kind) \(phase == .evaluation ? "evaluation" : "training")\(tail)" }
  var testDescription: String { name }

  static let all = [
    ("images", [2, 3, 2, 5], 0.1, 1e-5), ("rows", [5, 9], 0.25, 1e-3),
    ("many channels", [2, 2, 1, 33], 0.1, 1e-5),
  ].flatMap { (kind: String, shape: [Int], momentum: Scalar, epsilon: Scalar) in
    [Phase.training(seed: 1), .evaluation].flatMap { phase in
      ["", " relu", " residual", " residual relu"].map {
        NormalizationFixture(
          kind: kind, shape: shape, momentum: momentum, epsilon: epsilon, phase: phase, tail: $0)
      }
    }
  }
}

/// PyTorch computed the references in double precision.
@Suite struct BatchNormalizationPyTorchTests {
  /// Some twenty roundings of numbers up to 8, of half an ulp each; four rows of a channel may lie so close
  /// together that dividing by their deviation multiplies what they were rounded by tenfold.
  static let tolerance = 1000 * Scalar.ulpOfOne

  @Test(arguments: NormalizationFixture.all, Backend.allCases)
  func `values, gradients and running statistics agree`(
    normalization: NormalizationFixture, backend: Backend
  ) throws {
    let fixture = try Fixture("normalization")
    let name = normalization.name
    func tensor(_ tensor: String, _ shape: [Int]) -> Tensor {
      Tensor(fixture[name, tensor], shape: shape)
    }
    let layer = BatchNormalization(
      normalization.shape.last ?? 0,
      activation: normalization.tail.hasSuffix("relu") ? .relu : .linear,
      momentum: normalization.momentum, epsilon: normalization.epsilon)
    let kept = parameters(of: layer) + buffers(of: layer)
    for item in kept {
      item.variable.setValue(tensor(item.name, item.variable.value.shape))
    }
    let x = Variable(tensor("x", normalization.shape), needsGradient: true)
    let residual =
      normalization.tail.contains("residual")
      ? Variable(tensor("residual", normalization.shape), needsGradient: true) : nil
    Backend.$current.withValue(backend) {
      let y = layer(x, adding: residual, normalization.phase)
      expectFixture(y.value, "y")
      y.backward(tensor("upstream", normalization.shape))
    }
    expectFixture(x.gradient, "gradient")
    if let residual { expectFixture(residual.gradient, "residual gradient") }
    expectFixture(layer.weight.gradient, "weight gradient")
    expectFixture(layer.bias.gradient, "bias gradient")
    for item in buffers(of: layer) { expectFixture(item.variable.value, "\(item.name) after") }

    func expectFixture(_ tensor: Tensor?, _ tensorName: String) {
      expectClose(
        tensor?.elements ?? [], fixture[name, tensorName], within: Self.tolerance, tensorName)
    }
  }

  @Test func `running statistics are found as buffers, in evaluation they stay`() {
    let network = Sequential(BatchNormalization(2), BatchNormalization(3))
    #expect(
      buffers(of: network).map(\.name) == [
        "0.running.mean", "0.running.variance", "1.running.mean", "1.running.variance",
      ])
    #expect(
      parameters(of: network).map(\.name) == ["0.weight", "0.bias", "1.weight", "1.bias"])
    let layer = BatchNormalization(2)
    let x = Variable(Tensor([1, 2, 3, 4], shape: [2, 2]))
    _ = layer(x, .evaluation)
    #expect(layer.running.mean.value.elements == [0, 0])
    _ = layer(x, .training(seed: 1))
    expectClose(layer.running.mean.value.elements, [0.2, 0.3], within: 2 * .ulpOfOne)
  }
}
