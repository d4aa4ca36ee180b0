import Backprop
import KernelSupport
import TestSupport
import Testing

/// Kernels that move elements, or add exact numbers: fast ones must give the same bits as the definition.
@Suite struct AxisKernelTests {
  /// Nothing, one of everything, primes, and more elements than a block holds, on either side of the axis.
  static let layouts: [(shape: [Int], axis: Int)] = [
    ([0, 3], 1), ([3, 0], 1), ([1], 0), ([7, 5, 3], 0), ([7, 5, 3], 1), ([7, 5, 3], 2),
    ([131_073, 2], 0), ([3, 2, 65_537], 1), ([65_537, 2, 3], 1), ([2, 131_073], 1),
  ]

  @Test(arguments: layouts.indices)
  func `fast sums and copies are the definition's, whatever the threads`(index: Int) {
    let (shape, axis) = Self.layouts[index]
    let layout = AxisLayout(shape, axis: axis)
    let whole = exactNumbers(count: layout.count, seed: 1)
    let reduced = exactNumbers(count: layout.outer * layout.inner, seed: 2)
    func results(_ kernels: any AxisKernels.Type) -> [[Scalar]] {
      [false, true].map { accumulating in
        changed(reduced) {
          kernels.axisSums(whole.span, into: &$0, layout, accumulating: accumulating)
        }
      } + [changed(whole) { kernels.axisCopies(reduced.span, into: &$0, layout) }]
    }
    let expected = results(Naive.self)
    for result in withThreads({ results(Fast.self) }) { #expect(result == expected) }
  }

  static let permutations: [(shape: [Int], axes: [Int])] = [
    ([], []), ([5], [0]), ([0, 3], [1, 0]), ([3, 5], [1, 0]), ([2, 3, 5, 7], [0, 2, 1, 3]),
    ([2, 3, 5, 7], [3, 1, 0, 2]), ([362, 367], [1, 0]), ([3, 211, 211], [1, 0, 2]),
    ([2, 37, 700], [0, 2, 1]), ([20_000, 19], [1, 0]), ([5, 3, 17, 2], [0, 3, 2, 1]),
  ]

  @Test(arguments: permutations.indices)
  func `a fast permutation is the definition's, whatever the threads`(index: Int) {
    let (shape, axes) = Self.permutations[index]
    let x = exactNumbers(count: shape.reduce(1, *), seed: 3)
    let y = exactNumbers(count: x.count, seed: 4)
    func results(_ kernels: any AxisKernels.Type) -> [[Scalar]] {
      [false, true].map { accumulating in
        changed(y) {
          kernels.permute(x.span, into: &$0, shape: shape, axes: axes, accumulating: accumulating)
        }
      }
    }
    let expected = results(Naive.self)
    for result in withThreads({ results(Fast.self) }) { #expect(result == expected) }
  }

  /// Rows, columns, lookups: one block and several of both kernels, an empty table, no lookups.
  static let tables = [(1, 1, 1), (5, 3, 17), (0, 4, 0), (7, 2, 0), (13, 70, 501), (3, 131_075, 4)]

  @Test(arguments: tables.indices)
  func `fast lookups are the definition's, whatever the threads`(index: Int) {
    let (rows, columns, count) = Self.tables[index]
    let table = exactNumbers(count: rows * columns, seed: 5)
    let found = exactNumbers(count: count * columns, seed: 6)
    var generator = SeededGenerator(seed: 7)
    let indices = (0..<count).map { _ in generator.integer(below: rows) }
    func results(_ kernels: any RowKernels.Type) -> [[Scalar]] {
      [
        changed(found) {
          kernels.gatherRows(table.span, columns: columns, at: indices.span, into: &$0)
        },
        changed(table) {
          kernels.scatterRows(found.span, columns: columns, at: indices.span, addingTo: &$0)
        },
      ]
    }
    let expected = results(Naive.self)
    for result in withThreads({ results(Fast.self) }) { #expect(result == expected) }
  }

  /// Sizes and counts of products: none, one, few large ones, and hundreds of tiny ones.
  static let products = [
    (3, 5, 7, 0), (64, 65, 33, 1), (13, 33, 17, 3), (24, 24, 32, 301), (1, 7, 5, 129), (4, 3, 0, 5),
  ]

  @Test(arguments: products.indices, [(false, false), (true, false), (false, true), (true, true)])
  func `fast products in batches are the definition's, whatever the threads`(
    index: Int, transposed: (left: Bool, right: Bool)
  ) {
    let (rows, columns, inner, count) = Self.products[index]
    let shape = MatrixProductShape(
      rows: rows, columns: columns, inner: inner, leftTransposed: transposed.left,
      rightTransposed: transposed.right)
    let a = exactNumbers(count: count * rows * inner, seed: 8)
    let b = exactNumbers(count: count * inner * columns, seed: 9)
    let c = exactNumbers(count: count * rows * columns, seed: 10)
    func results(_ kernels: any BatchedProductKernels.Type) -> [[Scalar]] {
      [false, true].map { accumulating in
        changed(c) {
          kernels.batchedProduct(
            a.span, b.span, into: &$0, shape, count: count, accumulating: accumulating)
        }
      }
    }
    let expected = results(Naive.self)
    for result in withThreads({ results(Fast.self) }) { #expect(result == expected) }
  }

  @Test(arguments: awkwardCounts)
  func `fast quotients and sums with a number have the definition's bits`(count: Int) {
    let x = numbersOffZero(count: count, seed: 11)
    let y = numbersOffZero(count: count, seed: 12)
    func results(_ kernels: any ElementaryKernels.Type) -> [[Scalar]] {
      [
        changed(x) { kernels.divide(&$0, by: y.span) }, changed(x) { kernels.shift(&$0, by: 0.1) },
        changed(x) { kernels.exp(&$0) },
        changed(y.map(abs)) { kernels.log(&$0) }, changed(y.map(abs)) { kernels.squareRoot(&$0) },
      ]
    }
    let expected = results(Naive.self)
    for result in withThreads({ results(Fast.self) }) { #expect(result == expected) }
  }

  /// Both round the same operations, and ln(1 + e) twice as large an error of e: 4 ulp of 1 or of the result.
  @Test(
    arguments: [Scalar](arrayLiteral: -200, -90, -1, -1e-3, 0, 1e-3, 1, 90, 200), Backend.allCases)
  func `the softplus is right far from zero`(x: Scalar, backend: Backend) {
    let y = changed([x]) { backend.elementary.softplus(&$0) }[0]
    let expected = logOfOnePlusExponential(Double(x))
    #expect(abs(Double(y) - expected) <= 4 * Double(Scalar.ulpOfOne) * max(1, expected))
  }
}
