import Backprop
import KernelSupport
import TestSupport
import Testing

/// A product with random operands, and what it should be.
private struct Problem {
  let shape: MatrixProductShape
  let a: [Scalar]
  let b: [Scalar]
  /// What C holds before; NaN where nothing of it may survive.
  let before: [Scalar]
  let accumulating: Bool

  init(
    _ rows: Int, _ inner: Int, _ columns: Int, _ variant: MatrixProductTests.Variant,
    _ numbers: (_ count: Int, _ seed: UInt64) -> [Scalar]
  ) {
    shape = MatrixProductShape(
      rows: rows, columns: columns, inner: inner, leftTransposed: variant.leftTransposed,
      rightTransposed: variant.rightTransposed)
    a = numbers(rows * inner, 1)
    b = numbers(inner * columns, 2)
    accumulating = variant.accumulating
    before =
      accumulating
      ? numbers(rows * columns, 3) : [Scalar](repeating: .nan, count: rows * columns)
  }

  func product(_ kernels: any MatrixKernels.Type) -> [Scalar] {
    changed(before) {
      kernels.matrixProduct(a.span, b.span, into: &$0, shape, accumulating: accumulating)
    }
  }

  /// The row of the fast product that comes of that row of op(A) alone.
  func row(_ index: Int) -> [Scalar] {
    let part = (0..<shape.inner).map { p in
      a[shape.leftTransposed ? p * shape.rows + index : index * shape.inner + p]
    }
    return changed(Array(before[index * shape.columns..<(index + 1) * shape.columns])) {
      Fast.matrixProduct(
        part.span, b.span, into: &$0, shape.with(rows: 1, columns: shape.columns),
        accumulating: accumulating)
    }
  }

  /// The column of the fast product that comes of that column of op(B) alone.
  func column(_ index: Int) -> [Scalar] {
    let part = (0..<shape.inner).map { p in
      b[shape.rightTransposed ? index * shape.inner + p : p * shape.columns + index]
    }
    let column = stride(from: index, to: before.count, by: shape.columns).map { before[$0] }
    return changed(column) {
      Fast.matrixProduct(
        a.span, part.span, into: &$0, shape.with(rows: shape.rows, columns: 1),
        accumulating: accumulating)
    }
  }

  /// An element of the product in double precision, and the sum of its terms' magnitudes.
  func reference(_ index: Int) -> (value: Double, magnitude: Double) {
    let (i, j) = (index / shape.columns, index % shape.columns)
    var value = accumulating ? Double(before[index]) : 0
    var magnitude = abs(value)
    for p in 0..<shape.inner {
      let left = a[shape.leftTransposed ? p * shape.rows + i : i * shape.inner + p]
      let right = b[shape.rightTransposed ? j * shape.inner + p : p * shape.columns + j]
      value += Double(left) * Double(right)
      magnitude += abs(Double(left) * Double(right))
    }
    return (value, magnitude)
  }

  /// Whether the elements with these numbers are what they should be.
  ///
  /// A sum of n products in any order, each product and sum rounded, errs by at most n ε/2 of the sum of
  /// its terms' magnitudes, with ε/2 = half an ulp of 1 (Higham, "Accuracy and Stability of Numerical
  /// Algorithms", section 3.1). Here are n = inner + 2 roundings, and the reference has as many where
  /// it is no more precise.
  func agrees(_ product: [Scalar], at indices: some Sequence<Int>) -> Bool {
    product.count == before.count
      && indices.allSatisfy { index in
        let (value, magnitude) = reference(index)
        let bound = Double(shape.inner + 2) * Double(Scalar.ulpOfOne) * magnitude
        return abs(Double(product[index]) - value) <= bound
      }
  }
}

extension MatrixProductShape {
  /// The same product of other sizes.
  fileprivate func with(rows: Int, columns: Int) -> MatrixProductShape {
    MatrixProductShape(
      rows: rows, columns: columns, inner: inner, leftTransposed: leftTransposed,
      rightTransposed: rightTransposed)
  }
}

/// The matrix product against its definition; what is claimed is told in `Chapters/Guides/MatrixProduct.md`.
@Suite struct MatrixProductTests {
  /// How operands are stored, and whether the product is added.
  struct Variant: Sendable, CustomTestStringConvertible {
    let leftTransposed: Bool
    let rightTransposed: Bool
    let accumulating: Bool

    var testDescription: String {
      "A\(leftTransposed ? "ᵀ" : "") B\(rightTransposed ? "ᵀ" : "")\(accumulating ? " added" : "")"
    }
  }

  static let variants = (0..<8).map {
    Variant(leftTransposed: $0 & 1 != 0, rightTransposed: $0 & 2 != 0, accumulating: $0 & 4 != 0)
  }

  @Test(arguments: variants, Backend.allCases)
  func `small products are right`(variant: Variant, backend: Backend) {
    for rows in [0, 1, 2, 5, 7] {
      for inner in [0, 1, 3, 11] {
        for columns in [0, 1, 5, 17] {
          let problem = Problem(rows, inner, columns, variant) {
            numbersOffZero(count: $0, seed: $1)
          }
          let product = problem.product(backend.matrix)
          #expect(problem.agrees(product, at: product.indices), "\(rows)×\(inner)×\(columns)")
        }
      }
    }
  }

  /// Every GFLOP/s of the book stands on it.
  @Test func `a product of rows and columns counts its operations`() {
    let shape = MatrixProductShape(rows: 3, columns: 5, inner: 7)
    #expect(shape.operations == 210)
  }

  /// A cache of earlier steps, as in generation, promises the bits of the whole. Sizes around a vector, a square,
  /// a tile, the columns of a block and the length of a part of a sum; numbers whose sums are not exact.
  @Test(arguments: variants)
  func `a row or a column alone has its bits in the whole product`(variant: Variant) {
    for (inner, long) in [
      (1, 513), (8, 17), (17, 64), (511, 15), (512, 1025), (513, 7), (1100, 66),
    ] {
      for short in [2, 7, 13] {
        let whole = Problem(short, inner, long, variant) { numbersOffZero(count: $0, seed: $1) }
        let turned = Problem(long, inner, short, variant) { numbersOffZero(count: $0, seed: $1) }
        let (product, turnedProduct) = (whole.product(Fast.self), turned.product(Fast.self))
        for result in withThreads({ whole.row(short - 1) }) {
          #expect(result == Array(product[((short - 1) * long)...]), "row of \(inner)×\(long)")
        }
        for result in withThreads({ turned.column(short - 1) }) {
          let column = stride(from: short - 1, to: long * short, by: short).map {
            turnedProduct[$0]
          }
          #expect(result == column, "column of \(long)×\(inner)")
        }
      }
    }
  }

  /// Tiles of 6 × 16 and squares of 8 × 8, one less and one more.
  @Test(arguments: variants)
  func `fast products around a tile equal the definition`(variant: Variant) {
    for rows in [1, 5, 6, 7, 8, 12, 13] {
      for inner in [0, 1, 7, 8, 9, 17] {
        for columns in [1, 7, 8, 9, 15, 16, 17, 31, 32, 33] {
          let problem = Problem(rows, inner, columns, variant) { exactNumbers(count: $0, seed: $1) }
          #expect(
            problem.product(Fast.self) == problem.product(Naive.self), "\(rows)×\(inner)×\(columns)"
          )
        }
      }
    }
  }

  /// Rows, inner, columns: blocks hold 66 to 264 rows, 32 or 256 to 1024 columns and sums of up to 448;
  /// B is packed from 129 columns on, A above 80,000 elements if transposed, else above 900,000.
  static let blockedShapes = [
    (65, 447, 255), (66, 448, 256), (67, 449, 257), (132, 5, 513), (133, 897, 127), (131, 3, 128),
    (13, 1345, 129), (527, 9, 17), (529, 2, 48), (265, 31, 300), (6, 7, 2049), (7, 33, 2051),
    (3, 515, 1025), (517, 3, 517), (60, 400, 65), (59, 450, 100), (97, 1013, 331), (907, 1001, 17),
  ]

  @Test(arguments: blockedShapes)
  func `fast products in blocks equal the definition`(shape: (rows: Int, inner: Int, columns: Int))
  {
    for variant in Self.variants {
      let problem = Problem(shape.rows, shape.inner, shape.columns, variant) {
        exactNumbers(count: $0, seed: $1)
      }
      #expect(
        problem.product(Fast.self) == problem.product(Naive.self), "\(variant.testDescription)")
    }
  }

  @Test(arguments: variants, Backend.allCases)
  func `elements of a large product are right`(variant: Variant, backend: Backend) {
    let problem = Problem(97, 1013, 331, variant) { numbersOffZero(count: $0, seed: $1) }
    let product = problem.product(backend.matrix)
    #expect(problem.agrees(product, at: stride(from: 0, to: product.count, by: 1009)))
  }

  @Test(arguments: variants)
  func `the number of threads changes no bit`(variant: Variant) {
    for (rows, inner, columns) in [(97, 1013, 331), (200, 30, 1100), (1100, 400, 20)] {
      let problem = Problem(rows, inner, columns, variant) { numbersOffZero(count: $0, seed: $1) }
      let products = withThreads { problem.product(Fast.self) }
      #expect(products.allSatisfy { $0 == products[0] }, "\(rows)×\(inner)×\(columns)")
    }
  }

  /// What the reference must reject: an element too much or too little in one sum, or two swapped.
  @Test func `a wrong product is rejected`() {
    let problem = Problem(7, 11, 5, Self.variants[0]) { numbersOffZero(count: $0, seed: $1) }
    let right = problem.product(Naive.self)
    #expect(problem.agrees(right, at: right.indices))
    for wrong in [
      right.enumerated().map { $0 == 12 ? $1 - problem.a[22] * problem.b[2] : $1 },
      right.enumerated().map { $0 == 34 ? -$1 : $1 },
      [right[1], right[0]] + right.dropFirst(2),
      right.map { $0 * (1 + 0x1p-10) },
      right.dropLast(),
      right.map { _ in .nan },
    ] {
      #expect(!problem.agrees(wrong, at: right.indices))
    }
  }
}
