import Backprop
import KernelSupport
import TestSupport
import Testing

/// The rungs of the matrix product's ladder.
@Suite struct MatrixProductLadderTests {
  /// Rows, inner and columns: empty, single, a tile ± 1, primes, and beyond one block.
  static let shapes = [
    (0, 3, 2), (2, 0, 3), (1, 1, 1), (5, 7, 15), (6, 8, 16), (7, 9, 17), (13, 31, 37),
    (12, 1, 33), (67, 401, 259),
  ]

  @Test(arguments: MatrixProductLadder.rungs.indices, shapes)
  func `every rung computes the product`(rung: Int, shape: (Int, Int, Int)) {
    let (rows, inner, columns) = shape
    let size = MatrixProductShape(rows: rows, columns: columns, inner: inner)
    var generator = SeededGenerator(seed: 3)
    let a = (0..<rows * inner).map { _ in generator.normal() }
    let b = (0..<inner * columns).map { _ in generator.normal() }
    var expected = [Scalar](repeating: .nan, count: rows * columns)
    var actual = expected
    var expectedSpan = expected.mutableSpan
    Naive.matrixProduct(a.span, b.span, into: &expectedSpan, size, accumulating: false)
    var actualSpan = actual.mutableSpan
    MatrixProductLadder.rungs[rung].function(a.span, b.span, &actualSpan, size)
    // A sum of n products of size 1 is rounded n times by ε/2 of its size so far, about √n.
    let tolerance = Scalar(max(1, inner)) * Scalar.ulpOfOne
    expectClose(actual, expected, within: tolerance, MatrixProductLadder.rungs[rung].name)
  }

  @Test func `the ladder climbs from the definition to the fast kernel`() {
    #expect(
      MatrixProductLadder.rungs.map(\.name) == [
        "three loops", "loop order", "rows sliced", "register tile", "packed and blocked",
        "threads",
      ])
  }

  @Test func `the tile alone does two operations for each of its products`() {
    let sums = MatrixProductTile.rows * MatrixProductTile.columns
    #expect(MatrixProductLadder.tileAlone(panels: 1) == 2 * 64 * sums)
    #expect(MatrixProductLadder.tileAlone(panels: 3) == 3 * 2 * 64 * sums)
  }
}
