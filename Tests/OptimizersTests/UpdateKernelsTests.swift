import KernelSupport
import Optimizers
import TestSupport
import Testing

/// An update with all of its options on, as a function of the arrays it changes.
struct Update: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let run:
    @Sendable (
      _ kernels: any UpdateKernels.Type, _ value: inout MutableSpan<Scalar>, _ g: Span<Scalar>,
      _ first: inout MutableSpan<Scalar>, _ second: inout MutableSpan<Scalar>
    ) -> Void

  static let all = [
    Update(testDescription: "descend") { kernels, value, gradient, _, _ in
      kernels.descend(&value, gradient, rate: 0.01, weightDecay: 0.1)
    },
    Update(testDescription: "descendWithMomentum") { kernels, value, gradient, first, _ in
      kernels.descendWithMomentum(
        &value, gradient, velocity: &first, rate: 0.01, momentum: 0.9, dampening: 0.2,
        weightDecay: 0.1,
        nesterov: false)
    },
    Update(testDescription: "Nesterov's momentum") { kernels, value, gradient, first, _ in
      kernels.descendWithMomentum(
        &value, gradient, velocity: &first, rate: 0.01, momentum: 0.9, dampening: 0,
        weightDecay: 0.1,
        nesterov: true)
    },
    Update(testDescription: "adaGrad") { kernels, value, gradient, first, _ in
      kernels.adaGrad(
        &value, gradient, squareSum: &first, rate: 0.01, epsilon: 1e-8, weightDecay: 0.1)
    },
    Update(testDescription: "rmsProp") { kernels, value, gradient, first, _ in
      kernels.rmsProp(
        &value, gradient, meanSquare: &first, rate: 0.01, decay: 0.9, epsilon: 1e-8,
        weightDecay: 0.1)
    },
    Update(testDescription: "adam") { kernels, value, gradient, first, second in
      kernels.adam(
        &value, gradient, firstMoment: &first, secondMoment: &second,
        AdamStep(
          number: 3, rate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, penalty: 0.1, decay: 0.1))
    },
    Update(testDescription: "lion") { kernels, value, gradient, first, _ in
      kernels.lion(
        &value, gradient, mean: &first, rate: 0.01, beta1: 0.9, beta2: 0.99, weightDecay: 0.1)
    },
  ]

  static let largestCount = 262_147

  /// Weights, gradients and two slots, which are positive. Drawn once: in a debug build that takes longer
  /// than all updates together.
  private static let inputs = [
    numbers(largestCount, seed: 1), numbers(largestCount, seed: 2),
    numbers(largestCount, in: 0.01..<1, seed: 3), numbers(largestCount, in: 0.01..<1, seed: 4),
  ]

  /// The three arrays after the update of the first `count` inputs.
  func results(_ kernels: any UpdateKernels.Type, count: Int) -> [[Scalar]] {
    var value = Array(Self.inputs[0].prefix(count))
    let gradient = Array(Self.inputs[1].prefix(count))
    var first = Array(Self.inputs[2].prefix(count))
    var second = Array(Self.inputs[3].prefix(count))
    var valueSpan = value.mutableSpan
    var firstSpan = first.mutableSpan
    var secondSpan = second.mutableSpan
    run(kernels, &valueSpan, gradient.span, &firstSpan, &secondSpan)
    return [value, first, second]
  }
}

@Suite struct UpdateKernelsTests {
  /// All intermediate results are below 2, and there are fewer than 16 roundings of at most ½ ε on each
  /// side.
  static let tolerance: Scalar = 32 * .ulpOfOne

  @Test(arguments: Update.all, awkwardCounts)
  func `the fast update equals the definition`(update: Update, count: Int) {
    let fast = update.results(Fast.self, count: count)
    for (fast, naive) in zip(fast, update.results(Naive.self, count: count)) {
      expectClose(fast, naive, within: Self.tolerance)
    }
  }

  /// Without a penalty, so that nothing renews what the optimizer remembers.
  @Test func `what the fast updates remember of a dead parameter dies out`() {
    let gradient = [Scalar](repeating: 0, count: 19)
    var memories = [[Scalar]](
      repeating: .init(repeating: 3 * .leastNormalMagnitude, count: 19), count: 4)
    var value = gradient
    for number in 1...100 {
      var (adam, square) = (memories[0], memories[1])
      var (velocity, meanSquare) = (memories[2], memories[3])
      var valueSpan = value.mutableSpan
      var adamSpan = adam.mutableSpan
      var squareSpan = square.mutableSpan
      var velocitySpan = velocity.mutableSpan
      var meanSquareSpan = meanSquare.mutableSpan
      Fast.adam(
        &valueSpan, gradient.span, firstMoment: &adamSpan, secondMoment: &squareSpan,
        AdamStep(number: number, rate: 0.1, beta1: 0.9, beta2: 0.9, epsilon: 1e-8))
      Fast.descendWithMomentum(
        &valueSpan, gradient.span, velocity: &velocitySpan, rate: 0.1, momentum: 0.9,
        dampening: 0, weightDecay: 0, nesterov: false)
      Fast.rmsProp(
        &valueSpan, gradient.span, meanSquare: &meanSquareSpan, rate: 0.1, decay: 0.9,
        epsilon: 1e-8, weightDecay: 0)
      memories = [adam, square, velocity, meanSquare]
    }
    #expect(memories == .init(repeating: gradient, count: 4))
  }

  @Test(arguments: Update.all)
  func `the number of threads changes no bit`(update: Update) {
    let results = withThreads { update.results(Fast.self, count: Update.largestCount) }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test(arguments: Backend.allCases)
  func `a gradient of 0 moves nothing, and an ε of 0 does no harm to the elements beside the end`(
    backend: Backend
  ) {
    let value = numbers(11, seed: 1)
    let gradient = [Scalar](repeating: 0, count: 11)
    var first = gradient
    var second = [Scalar](repeating: 1, count: 11)
    var moved = value
    var firstSpan = first.mutableSpan
    var secondSpan = second.mutableSpan
    var span = moved.mutableSpan
    backend.update.adam(
      &span, gradient.span, firstMoment: &firstSpan, secondMoment: &secondSpan,
      AdamStep(number: 1, rate: 0.1, beta1: 0.9, beta2: 0.5, epsilon: 0))
    #expect(moved == value)
    #expect(first == gradient)
    #expect(second == [Scalar](repeating: 0.5, count: 11))
  }

  @Test(arguments: Backend.allCases)
  func `the sign of NaN is NaN, so that Lion does not hide it`(backend: Backend) {
    let gradient: [Scalar] = [.nan, 0, 1, -1]
    var mean = [Scalar](repeating: 0, count: 4)
    var meanSpan = mean.mutableSpan
    let moved = changed([1, 1, 1, 1]) {
      backend.update.lion(
        &$0, gradient.span, mean: &meanSpan, rate: 0.5, beta1: 0.5, beta2: 0.5, weightDecay: 0)
    }
    #expect(moved[0].isNaN && mean[0].isNaN)
    #expect(moved[1...] == [1, 0.5, 1.5])
    #expect(mean[1...] == [0, 0.5, -0.5])
  }
}
