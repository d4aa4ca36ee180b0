import Backprop
import KernelSupport
import TestSupport
import Testing

@Suite struct AxisMaximumTests {
  static let layouts = AxisKernelTests.layouts.filter { $0.shape[$0.axis] > 0 }

  /// Whole numbers of a small range: many are equal, and all sums of gradients exact.
  @Test(arguments: layouts.indices)
  func `fast maxima and their pullback are the definition's, whatever the threads`(index: Int) {
    let (shape, axis) = Self.layouts[index]
    let layout = AxisLayout(shape, axis: axis)
    let x = exactNumbers(count: layout.count, seed: 1)
    let upstream = exactNumbers(count: layout.outer * layout.inner, seed: 2)
    let earlier = exactNumbers(count: layout.count, seed: 3)
    func results(_ kernels: any AxisMaximumKernels.Type) -> [[Scalar]] {
      let maxima = changed(upstream) { kernels.axisMaxima(x.span, into: &$0, layout) }
      return [maxima]
        + [false, true].map { accumulating in
          changed(earlier) {
            kernels.axisMaximaBackward(
              x.span, maxima: maxima.span, upstream.span, into: &$0, layout,
              accumulating: accumulating)
          }
        }
    }
    let expected = results(Naive.self)
    for result in withThreads({ results(Fast.self) }) { #expect(result == expected) }
  }

  @Test(arguments: Backend.allCases)
  func `the first of equals gets the gradient, and a NaN wins`(backend: Backend) {
    Backend.$current.withValue(backend) {
      let x = Variable(
        Tensor([1, 3, 3, .nan, 2, .nan, -1, -1, -5], shape: [3, 3]), needsGradient: true)
      let largest = x.maximum(axis: 1)
      #expect(largest.value.elements[0] == 3 && largest.value.elements[2] == -1)
      #expect(largest.value.elements[1].isNaN)
      largest.backward(Tensor([5, 6, 7], shape: [3]))
      #expect(x.gradient?.elements == [0, 5, 0, 6, 0, 0, 7, 0, 0])
    }
  }
}

@Suite struct SelectionTests {
  @Test(arguments: awkwardCounts)
  func `fast powers and selections have the definition's bits`(count: Int) {
    let x = numbersOffZero(count: count, seed: 1).map(abs)
    let y = numbersOffZero(count: count, seed: 2)
    let mask = y.map { $0 > 0.2 }
    func results(_ kernels: any ElementaryKernels.Type) -> [[Scalar]] {
      [
        changed(x) { kernels.power(&$0, 2) }, changed(x) { kernels.power(&$0, -0.7) },
        changed(x) { kernels.select(&$0, where: mask.span, otherwise: y.span) },
      ]
    }
    let expected = results(Naive.self)
    let agree = withThreads { results(Fast.self) == expected }
    #expect(agree.allSatisfy { $0 })
  }

  /// A product with a mask of zeros would be NaN in value and in gradient.
  @Test func `what is not selected leaves no trace`() {
    let x = Variable(Tensor([1, .infinity], shape: [2]), needsGradient: true)
    let y = Variable(Tensor([.nan, 2], shape: [2]), needsGradient: true)
    let z = x.selected(where: [true, false], otherwise: y)
    #expect(z.value.elements == [1, 2])
    z.backward(Tensor([3, 4], shape: [2]))
    #expect(x.gradient?.elements == [3, 0] && y.gradient?.elements == [0, 4])
  }

  @Test func `losses of rows have the mean that the loss has`() {
    let logits = Variable(Tensor([1, 90, -3, 2, 2, 500, -90, -91, -92], shape: [3, 3]))
    let rows = logits.softmaxCrossEntropies([0, 2, 1])
    // Two roundings of numbers up to 89 in each row, and one of the mean.
    expectClose(
      rows.mean().value.elements, logits.softmaxCrossEntropy([0, 2, 1]).value.elements,
      within: 4 * Scalar.ulpOfOne)
  }

  @Test func `a frozen parameter collects no gradient and is none of the model's parameters`() {
    var generator = SeededGenerator(seed: 1)
    let network = Sequential(Dense(2, 3, using: &generator), Dense(3, 1, using: &generator))
    for parameter in parameters(of: network.layers[0]) { parameter.variable.needsGradient = false }
    network(Variable(Tensor(repeating: 1, shape: [4, 2]))).sum().backward()
    #expect(parameters(of: network).map(\.name) == ["1.weight", "1.bias"])
    #expect(buffers(of: network).map(\.name) == ["0.weight", "0.bias"])
    #expect(parameters(of: network).allSatisfy { $0.variable.gradient != nil })
    #expect(buffers(of: network).allSatisfy { $0.variable.gradient == nil })
  }
}
