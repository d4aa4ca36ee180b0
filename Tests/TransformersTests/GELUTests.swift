import Backprop
import KernelSupport
import Perceptrons
import TestSupport
import Testing
import Transformers

@Suite struct GELUTests {
  static let operations: [(name: String, apply: @Sendable (Variable) -> Variable)] = [
    ("tanhGELU", { $0.tanhGELU() }), ("exactGELU", { $0.exactGELU() }),
  ]

  @Test(arguments: [0, 1], Backend.allCases)
  func `values and gradients agree with PyTorch's form of the same name`(
    index: Int, backend: Backend
  ) throws {
    let (name, apply) = Self.operations[index]
    let fixture = try Fixture("layers")
    let x = Variable(Tensor(fixture[name, "x"], shape: [4, 9]), needsGradient: true)
    Backend.$current.withValue(backend) {
      let y = apply(x)
      // The approximation of Φ is within 2e-7 and is multiplied by up to 5; so is its slope.
      expectClose(y.value.elements, fixture[name, "output"], within: 2e-6.rounded32)
      y.backward(Tensor(fixture[name, "upstream"], shape: [4, 9]))
      expectClose(x.gradient!.elements, fixture[name, "x gradient"], within: 4e-6.rounded32)
    }
  }

  @Test func `the two forms differ by up to 4.7e-4, so neither stands for the other`() {
    let x = Tensor((-400...400).map { Scalar($0) / 100 }, shape: [801])
    let difference = zip(
      Variable(x).tanhGELU().value.elements, Variable(x).exactGELU().value.elements
    ).map { abs($0 - $1) }.max()!
    #expect(difference > 4.6e-4 && difference < 4.8e-4)
  }

  @Test(arguments: [0, 1], Backend.allCases)
  func `gradients are the measured slopes`(index: Int, backend: Backend) {
    let inputs = variables([[3, 11]])
    Backend.$current.withValue(backend) {
      expectGradients(inputs) { Self.operations[index].apply(inputs[0].variable) }
    }
  }

  @Test(arguments: awkwardCounts)
  func `fast agrees with the definition`(count: Int) {
    let x = numbersOffZero(count: count, seed: 1)
    let g = numbersOffZero(count: count, seed: 2)
    func results(_ backend: Backend) -> [[Scalar]] {
      [
        changed(x) { y in backend.layers.gelu(x.span, into: &y) },
        changed(g) { y in backend.layers.geluSlopes(x.span, gradient: &y) },
        changed(x) { y in backend.layers.exactGELU(&y) },
        changed(g) { y in backend.layers.exactGELUBackward(input: x.span, gradient: &y) },
      ]
    }
    let (naive, fast) = (results(.naive), results(.fast))
    // A dozen roundings of numbers up to 4, fused or not; the argument of the exponential is up to 8 and rounded too.
    for (a, b) in zip(fast, naive) { expectClose(a, b, within: 128 * .ulpOfOne) }
    let threads = withThreads { results(.fast) }
    #expect(threads[0] == threads[1] && threads[1] == threads[2])
  }

  @Test func `the short form is chapter 1's function`() {
    let x = numbersOffZero(count: 1000, seed: 1)
    // σ(2u) against ½ (1 + tanh u): both round u, up to 6, and u's error is the exponential's relative one.
    expectClose(
      changed(x) { Naive.gelu(x.span, into: &$0) }, changed(x) { Naive.gelu(&$0) },
      within: 32 * .ulpOfOne)
  }

  @Test(arguments: Backend.allCases)
  func `large arguments pass or vanish`(backend: Backend) {
    let x: [Scalar] = [-1000, -40, 40, 1000, -.infinity, .infinity, .nan]
    let y = changed(x) { backend.layers.gelu(x.span, into: &$0) }
    #expect(y[0] == 0 && y[1] == 0 && y[2] == 40 && y[3] == 1000 && y[5] == .infinity)
    #expect(y[6].isNaN)
    let slopes = changed([Scalar](repeating: 1, count: 4)) {
      backend.layers.geluSlopes([-1000, -40, 40, 1000].span, gradient: &$0)
    }
    #expect(slopes == [0, 0, 1, 1])
  }
}
