import Backprop
import KernelSupport
import TestSupport
import Testing

@Suite struct ConcatenationTests {
  @Test(arguments: Backend.allCases)
  func `channels stand side by side`(backend: Backend) {
    let parts = [
      Tensor([1, 2, 3, 4], shape: [2, 2]), Tensor([5, 6], shape: [2, 1]),
      Tensor([7, 8, 9, 10], shape: [2, 2]),
    ].map { Variable($0) }
    let y = Backend.$current.withValue(backend) { Variable.concatenated(parts, axis: -1) }
    #expect(y.value == Tensor([1, 2, 5, 7, 8, 3, 4, 6, 9, 10], shape: [2, 5]))
  }

  @Test(arguments: Backend.allCases)
  func `gradients are the measured slopes, of a part that occurs twice as well`(backend: Backend) {
    let inputs = variables([[2, 1, 2, 3], [2, 1, 2, 1], [2, 1, 2, 2]])
    let parts = inputs.map(\.variable)
    Backend.$current.withValue(backend) {
      expectGradients(inputs) { .concatenated(parts + [parts[1]], axis: -1) }
    }
  }

  /// Columns of a matrix: some, all, none of the rows, and rows for several blocks.
  static let sizes = [
    (rows: 3, count: 1, first: 0, width: 1), (5, 3, 2, 7), (13, 8, 0, 9), (7, 17, 15, 32),
    (0, 2, 1, 4), (10_007, 5, 3, 29),
  ]

  @Test(arguments: sizes.indices)
  func `fast kernels move what the definition moves, whatever the threads`(index: Int) {
    let (rows, count, first, width) = Self.sizes[index]
    let narrow = exactNumbers(count: rows * count, seed: 1)
    let wide = exactNumbers(count: rows * width, seed: 2)
    func results(_ kernels: any ColumnKernels.Type) -> [[Scalar]] {
      [
        changed(wide) {
          kernels.putColumns(narrow.span, count: count, into: &$0, width: width, at: first)
        },
        changed(narrow) {
          kernels.takeColumns(
            wide.span, width: width, at: first, into: &$0, count: count, accumulating: false)
        },
        changed(narrow) {
          kernels.takeColumns(
            wide.span, width: width, at: first, into: &$0, count: count, accumulating: true)
        },
      ]
    }
    let expected = results(Naive.self)
    for result in withThreads({ results(Fast.self) }) { #expect(result == expected) }
  }
}
