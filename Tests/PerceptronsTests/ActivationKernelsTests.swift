import KernelSupport
import Perceptrons
import TestSupport
import Testing

@Suite struct ActivationKernelsTests {
  /// Both sides round a handful of operations, each to half an ulp, on values of at most 4 in
  /// magnitude; fused multiply-add rounds less often. GELU's slope has the longest chain: twelve
  /// operations and a tanh, of up to 16 ulp together.
  static let elementwiseTolerance = 16 * Scalar.ulpOfOne

  @Test(arguments: Activation.elementwise, awkwardCounts)
  func `fast activation equals the definition`(activation: Activation, count: Int) {
    let inputs = numbersOffZero(count: count, seed: 1)
    let upstream = numbersOffZero(count: count, seed: 2)
    expectClose(
      activation.outputs(inputs, Fast.self), activation.outputs(inputs, Naive.self),
      within: Self.elementwiseTolerance)
    expectClose(
      activation.pullback(upstream, inputs: inputs, Fast.self),
      activation.pullback(upstream, inputs: inputs, Naive.self),
      within: Self.elementwiseTolerance)
  }

  /// A sum of n terms is off by at most n/2 ulp of the sum of their magnitudes, on both sides. Those
  /// magnitudes sum to 1 forward and to at most 4 backward, where y multiplies them once more.
  @Test(arguments: Activation.softmaxes, [0, 1, 3, 40])
  func `fast softmax equals the definition`(activation: Activation, rows: Int) throws {
    let columns = try #require(activation.columns)
    let inputs = numbersOffZero(count: rows * columns, seed: 3)
    let upstream = numbersOffZero(count: rows * columns, seed: 4)
    let tolerance = Scalar(columns + 8) * .ulpOfOne
    let outputs = activation.outputs(inputs, Fast.self)
    expectClose(outputs, activation.outputs(inputs, Naive.self), within: tolerance)
    expectClose(
      activation.pullback(upstream, inputs: inputs, Fast.self),
      activation.pullback(upstream, inputs: inputs, Naive.self), within: 4 * tolerance)
    for row in 0..<rows {
      let sum = outputs[row * columns..<(row + 1) * columns].reduce(0, +)
      expectClose([sum], [1], within: tolerance)
    }
  }

  /// Longer than a block: each of the rows is a block of its own.
  @Test func `softmax of rows longer than a block`() {
    let columns = 40_000
    let inputs = numbersOffZero(count: 2 * columns, seed: 8)
    func softmax(_ backend: Backend) -> [Scalar] {
      changed(inputs) { backend.activation.softmax(&$0, columns: columns) }
    }
    let fast = softmax(.fast)
    // Sums of 40,000 terms in one running sum: n/2 ulp on each side, of shares below 1/n · e⁸.
    expectClose(fast, softmax(.naive), within: Scalar(columns) * .ulpOfOne * fast.reduce(0, max))
  }

  @Test(arguments: Activation.elementwise + [Activation.softmax(columns: 10)])
  func `the number of threads changes no bit`(activation: Activation) {
    let inputs = numbersOffZero(count: 300_010, seed: 5)
    let upstream = numbersOffZero(count: 300_010, seed: 6)
    let outputs = withThreads { activation.outputs(inputs, Fast.self) }
    #expect(outputs.allSatisfy { $0 == outputs[0] })
    let gradients = withThreads { activation.pullback(upstream, inputs: inputs, Fast.self) }
    #expect(gradients.allSatisfy { $0 == gradients[0] })
  }

  /// PyTorch computed these in double precision. Single precision rounds the inputs first: half an
  /// ulp of a number up to 6, times a slope up to 1.13; then the kernel's own operations follow.
  @Test(arguments: Activation.elementwise + [Activation.softmax(columns: 7)], Backend.allCases)
  func `PyTorch agrees`(activation: Activation, backend: Backend) throws {
    let fixture = try Fixture("activations")
    let inputs = fixture[activation.name, "x"]
    let kernels = backend.activation
    expectClose(
      activation.outputs(inputs, kernels), fixture[activation.name, "y"],
      within: Self.elementwiseTolerance)
    expectClose(
      activation.pullback(fixture[activation.name, "dy"], inputs: inputs, kernels),
      fixture[activation.name, "dx"], within: 2 * Self.elementwiseTolerance)
  }

  @Test(arguments: Backend.allCases)
  func `special values are as documented`(backend: Backend) {
    func value(_ name: String, _ x: Scalar) -> Scalar {
      Activation.elementwise.first { $0.name == name }?.outputs([x], backend.activation)[0] ?? .nan
    }
    #expect(value("sigmoid", -.infinity) == 0 && value("sigmoid", .infinity) == 1)
    #expect(value("sigmoid", 0) == 0.5)
    #expect(value("tanh", -.infinity) == -1 && value("tanh", .infinity) == 1)
    #expect(value("relu", -3) == 0 && value("relu", 0) == 0 && value("relu", 3) == 3)
    #expect(value("leakyReLU", -3) == -3 * 0.01 && value("leakyReLU", 3) == 3)
    #expect(value("gelu", 0) == 0 && value("gelu", .infinity) == .infinity)
    #expect(value("gelu", -.infinity).isNaN)
    for activation in Activation.elementwise { #expect(value(activation.name, .nan).isNaN) }
  }

  @Test(arguments: Backend.allCases)
  func `slopes at the kink are those below it`(backend: Backend) {
    let kernels = backend.activation
    let zero: [Scalar] = [0]
    #expect(changed([5]) { kernels.reluBackward(output: zero.span, gradient: &$0) } == [0])
    let leaky = changed([5]) {
      kernels.leakyReLUBackward(output: zero.span, slope: 0.5, gradient: &$0)
    }
    #expect(leaky == [2.5])
  }

  @Test(arguments: Backend.allCases, [3, 11])
  func `softmax of infinite scores is as documented`(backend: Backend, columns: Int) {
    func softmax(_ first: Scalar, others: Scalar) -> [Scalar] {
      var scores = [Scalar](repeating: others, count: columns)
      scores[0] = first
      return changed(scores) { backend.activation.softmax(&$0, columns: columns) }
    }
    #expect(softmax(2, others: -.infinity) == [1] + [Scalar](repeating: 0, count: columns - 1))
    #expect(softmax(10_000, others: 0) == [1] + [Scalar](repeating: 0, count: columns - 1))
    #expect(softmax(-.infinity, others: -.infinity).allSatisfy { $0.isNaN })
    #expect(softmax(.nan, others: 0).allSatisfy { $0.isNaN })
  }
}
