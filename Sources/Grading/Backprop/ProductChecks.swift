import Backprop
import KernelSupport

extension BackpropExercises {
  static var productExercise: Exercise {
    Exercise(
      "productWithTransposed",
      hint: "element (i, j) is the dot product of row i of Δ and row j of W.",
      [
        Check("it is right for square matrices") {
          for size in [1, 2, 3, 8] { try checkProduct(rows: size, columns: size, inner: size) }
        },
        Check("it is right for other shapes") {
          for (rows, columns, inner) in [
            (1, 1, 5), (1, 7, 1), (5, 1, 1), (2, 3, 5), (7, 5, 2), (17, 3, 13),
          ] {
            try checkProduct(rows: rows, columns: columns, inner: inner)
          }
        },
      ])
  }

  private static func checkProduct(rows: Int, columns: Int, inner: Int) throws {
    var generator = inputGenerator(21)
    let delta = generator.exactMatrix(rows: rows, columns: inner)
    let weight = generator.exactMatrix(rows: columns, columns: inner)
    let expected = product(
      delta, weight,
      MatrixProductShape(rows: rows, columns: columns, inner: inner, rightTransposed: true))
    try expect(
      productWithTransposed(delta, weight), expected,
      for: "Δ of \(rows)×\(inner) and W of \(columns)×\(inner)")
  }
}

/// The book's definition of a matrix product on rows of exact numbers.
func product(_ a: [[Double]], _ b: [[Double]], _ shape: MatrixProductShape) -> [[Double]] {
  var elements = [Scalar](repeating: 0, count: shape.rows * shape.columns)
  var span = elements.mutableSpan
  let (left, right) = (a.joined().map { Scalar($0) }, b.joined().map { Scalar($0) })
  Naive.matrixProduct(left.span, right.span, into: &span, shape, accumulating: false)
  return (0..<shape.rows).map { row in
    elements[row * shape.columns..<(row + 1) * shape.columns].map { Double($0) }
  }
}

/// Throws a `Mismatch` unless both matrices have the same shape and the same elements.
func expect(_ actual: [[Double]], _ expected: [[Double]], for input: String) throws {
  guard actual.count == expected.count else {
    throw Mismatch("for \(input) expected \(expected.count) rows, got \(actual.count)")
  }
  for (row, (actual, expected)) in zip(actual, expected).enumerated() {
    try expect(actual, expected, for: "\(input), in row \(row)")
  }
}
