import Backprop
import KernelSupport
import TestSupport
import Testing

@Suite struct SumKernelTests {
  typealias Shape = (rows: Int, columns: Int)

  /// Single rows and columns, vectors and four vectors ± 1, and enough for several blocks of 65,536 elements or of
  /// 2048 rows.
  static let shapes: [Shape] = [
    (0, 3), (3, 0), (1, 1), (1, 9), (9, 1), (2, 7), (3, 8), (5, 31), (4, 32), (7, 33), (31, 13),
    (127, 63), (64, 65), (1031, 129), (4095, 3), (4096, 17), (6145, 3), (2, 65_537), (65_537, 2),
    (1, 131_073), (131_073, 1),
  ]

  @Test(arguments: shapes)
  func `fast kernels equal the definition`(shape: Shape) {
    let x = exactNumbers(count: shape.rows * shape.columns, seed: 1)
    let row = exactNumbers(count: shape.columns, seed: 2)
    let column = exactNumbers(count: shape.rows, seed: 3)
    let sums = Backend.allCases.map { backend in
      [false, true].map { accumulating in
        [
          changed(row) {
            backend.matrix.columnSums(x.span, into: &$0, accumulating: accumulating)
          },
          changed(column) {
            backend.matrix.rowSums(x.span, into: &$0, accumulating: accumulating)
          },
          changed(x) { backend.matrix.addRow(row.span, to: &$0) },
        ]
      }
    }
    #expect(sums[0] == sums[1])
  }

  @Test(arguments: Backend.allCases)
  func `small sums are right`(backend: Backend) {
    let x: [Scalar] = [1, 2, 3, 4, 5, 6]
    let nothing: [Scalar] = []
    let kernels = backend.matrix
    #expect(
      changed([.nan, .nan, .nan]) { kernels.columnSums(x.span, into: &$0, accumulating: false) }
        == [5, 7, 9])
    #expect(
      changed([10, 20, 30]) { kernels.columnSums(x.span, into: &$0, accumulating: true) }
        == [15, 27, 39])
    #expect(
      changed([.nan, .nan]) { kernels.rowSums(x.span, into: &$0, accumulating: false) } == [6, 15])
    #expect(
      changed([10, 20]) { kernels.rowSums(x.span, into: &$0, accumulating: true) } == [16, 35])
    #expect(changed(x) { kernels.addRow([10, 20, 30].span, to: &$0) } == [11, 22, 33, 14, 25, 36])
    for sums in [
      changed([7, 7]) { kernels.columnSums(nothing.span, into: &$0, accumulating: false) },
      changed([7, 7]) { kernels.rowSums(nothing.span, into: &$0, accumulating: false) },
    ] {
      #expect(sums == [0, 0])
    }
  }

  @Test(arguments: [(300, 1001), (1001, 300), (3, 100_003), (9001, 33)])
  func `the number of threads changes no bit`(shape: Shape) {
    let x = numbersOffZero(count: shape.rows * shape.columns, seed: 4)
    let zeros = [Scalar](repeating: 0, count: max(shape.rows, shape.columns))
    let results = withThreads {
      [
        changed(Array(zeros.prefix(shape.columns))) {
          Fast.columnSums(x.span, into: &$0, accumulating: false)
        },
        changed(Array(zeros.prefix(shape.rows))) {
          Fast.rowSums(x.span, into: &$0, accumulating: false)
        },
        changed(x) { Fast.addRow(x.span.extracting(first: shape.columns), to: &$0) },
      ]
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }
}
