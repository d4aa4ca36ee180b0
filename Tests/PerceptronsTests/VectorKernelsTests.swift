import KernelSupport
import Perceptrons
import TestSupport
import Testing

@Suite struct VectorKernelsTests {
  @Test(arguments: awkwardCounts)
  func `fast dot product equals the definition`(count: Int) {
    let (x, y) = (exactNumbers(count: count, seed: 1), exactNumbers(count: count, seed: 2))
    #expect(Fast.dot(x.span, y.span) == Naive.dot(x.span, y.span))
  }

  @Test(arguments: awkwardCounts)
  func `fast scaled sum equals the definition`(count: Int) {
    let (x, y) = (exactNumbers(count: count, seed: 1), exactNumbers(count: count, seed: 2))
    let fast = changed(y) { Fast.addScaled(x.span, by: -0.75, to: &$0) }
    #expect(fast == changed(y) { Naive.addScaled(x.span, by: -0.75, to: &$0) })
  }

  /// Rows and columns: single ones, a tile of four rows ± 1, vectors ± 1, and enough for several blocks.
  static let shapes = [
    (0, 3), (1, 1), (1, 9), (2, 7), (3, 8), (4, 5), (5, 31), (7, 1), (8, 32), (9, 33), (13, 127),
    (31, 13), (127, 2), (1031, 5), (5, 1031), (257, 515), (3, 70_001), (70_001, 3),
  ]

  @Test(arguments: shapes, [false, true])
  func `fast matrix-vector product equals the definition`(
    shape: (rows: Int, columns: Int), transposed: Bool
  ) {
    let (rows, columns) = shape
    let matrix = exactNumbers(count: rows * columns, seed: 3)
    let vector = exactNumbers(count: transposed ? rows : columns, seed: 4)
    let before = exactNumbers(count: transposed ? columns : rows, seed: 5)
    for accumulating in [false, true] {
      func product(_ kernels: any VectorKernels.Type) -> [Scalar] {
        changed(before) {
          kernels.matrixVector(
            matrix.span, columns: columns, transposed: transposed, vector.span, into: &$0,
            accumulating: accumulating)
        }
      }
      #expect(product(Fast.self) == product(Naive.self))
    }
  }

  @Test(arguments: Backend.allCases)
  func `a small product is right`(backend: Backend) {
    let matrix: [Scalar] = [1, 2, 3, 4, 5, 6]
    func product(_ vector: [Scalar], transposed: Bool, onto before: [Scalar]?) -> [Scalar] {
      changed(before ?? [Scalar](repeating: .nan, count: transposed ? 3 : 2)) {
        backend.vector.matrixVector(
          matrix.span, columns: 3, transposed: transposed, vector.span, into: &$0,
          accumulating: before != nil)
      }
    }
    #expect(product([1, 0, -1], transposed: false, onto: nil) == [-2, -2])
    #expect(product([1, 0, -1], transposed: false, onto: [10, 20]) == [8, 18])
    #expect(product([1, -1], transposed: true, onto: nil) == [-3, -3, -3])
    #expect(product([1, -1], transposed: true, onto: [1, 2, 3]) == [-2, -1, 0])
  }

  @Test func `the number of threads changes no bit`() {
    let x = numbersOffZero(count: 262_145, seed: 6)
    let y = numbersOffZero(count: 262_145, seed: 7)
    let dots = withThreads { Fast.dot(x.span, y.span) }
    #expect(dots.allSatisfy { $0 == dots[0] })
    let sums = withThreads { changed(y) { Fast.addScaled(x.span, by: 0.3, to: &$0) } }
    #expect(sums.allSatisfy { $0 == sums[0] })
    let matrix = numbersOffZero(count: 513 * 511, seed: 8)
    for (transposed, count) in [(false, 513), (true, 511)] {
      let vector = Array(x.prefix(1024 - count))
      let products = withThreads {
        changed([Scalar](repeating: 0, count: count)) {
          Fast.matrixVector(
            matrix.span, columns: 511, transposed: transposed, vector.span, into: &$0,
            accumulating: false)
        }
      }
      #expect(products.allSatisfy { $0 == products[0] })
    }
  }
}
