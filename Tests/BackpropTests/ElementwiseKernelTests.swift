import Backprop
import KernelSupport
import TestSupport
import Testing

/// A kernel that changes its first operand, with a second one of the same count.
struct ElementwiseKernel: Sendable, CustomTestStringConvertible {
  let name: String
  let apply:
    @Sendable (
      _ backend: Backend, _ x: inout MutableSpan<Scalar>, _ y: Span<Scalar>
    ) -> Void
  /// The same for one pair of elements among so many.
  let definition: @Sendable (_ x: Double, _ y: Double, _ count: Double) -> Double

  var testDescription: String { name }

  static let all = [
    ElementwiseKernel(name: "add") {
      $0.arithmetic.add($2, to: &$1)
    } definition: { x, y, _ in
      x + y
    },
    ElementwiseKernel(name: "subtract") {
      $0.arithmetic.subtract($2, from: &$1)
    } definition: { x, y, _ in
      x - y
    },
    ElementwiseKernel(name: "multiply") {
      $0.arithmetic.multiply(&$1, by: $2)
    } definition: { x, y, _ in
      x * y
    },
    ElementwiseKernel(name: "scale") { backend, x, _ in
      backend.arithmetic.scale(&x, by: -0.75)
    } definition: { x, _, _ in
      -0.75 * x
    },
    ElementwiseKernel(name: "meanSquaredErrorBackward") {
      $0.loss.meanSquaredErrorBackward(target: $2, upstream: 0.7, gradient: &$1)
    } definition: {
      2 * 0.7 / $2 * ($0 - $1)
    },
    ElementwiseKernel(name: "binaryCrossEntropyBackward") {
      $0.loss.binaryCrossEntropyBackward(target: $2, upstream: 0.7, gradient: &$1)
    } definition: {
      0.7 / $2 * (1 / (1 + exponential(-$0)) - $1)
    },
  ]
}

@Suite struct ElementwiseKernelTests {
  /// A handful of operations on numbers up to 8, each to half an ulp, and an exponential to 1.3 ulp.
  static let tolerance = 8 * Scalar.ulpOfOne

  @Test(arguments: ElementwiseKernel.all, awkwardCounts)
  func `fast kernel equals the definition`(kernel: ElementwiseKernel, count: Int) {
    let x = numbersOffZero(count: count, seed: 1)
    let y = numbersOffZero(count: count, seed: 2)
    expectClose(
      changed(x) { kernel.apply(.fast, &$0, y.span) },
      changed(x) { kernel.apply(.naive, &$0, y.span) }, within: Self.tolerance)
  }

  @Test(arguments: ElementwiseKernel.all, Backend.allCases)
  func `kernel equals the formula in double precision`(kernel: ElementwiseKernel, backend: Backend)
  {
    let x = numbersOffZero(count: 37, seed: 3)
    let y = numbersOffZero(count: 37, seed: 4)
    let expected = zip(x, y).map { Scalar(kernel.definition(Double($0), Double($1), 37)) }
    expectClose(changed(x) { kernel.apply(backend, &$0, y.span) }, expected, within: Self.tolerance)
  }

  @Test(arguments: ElementwiseKernel.all)
  func `the number of threads changes no bit`(kernel: ElementwiseKernel) {
    let x = numbersOffZero(count: 300_011, seed: 5)
    let y = numbersOffZero(count: 300_011, seed: 6)
    let results = withThreads { changed(x) { kernel.apply(.fast, &$0, y.span) } }
    #expect(results.allSatisfy { $0 == results[0] })
  }
}
