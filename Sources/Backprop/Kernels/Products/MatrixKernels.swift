// The matrix product, in the order in which to read it:
//
// - `MatrixKernels`, this file: sizes, and what both kinds of kernels promise.
// - `MatrixProduct`: the definition, and the fast product's way in.
// - `MatrixProductLadder`: from one to the other, an idea at a time.
// - `MatrixProductPlan`: how a product is cut into blocks for caches and threads.
// - `Tiles`: what a block is made of: packed panels, and sums that stay in registers.
// - `RowTimesMatrix`, `BatchedProduct`: one row, and many small products.

import KernelSupport

/// The sizes of a matrix product and how its operands are stored.
///
///     C = op(A) op(B),   op(A) is rows × inner,  op(B) is inner × columns,  C is rows × columns
///
/// All three are row-major. A transposed operand is stored the other way round: A as inner × rows, B as
/// columns × inner. The backward pass of a product needs both forms, and neither copies a matrix.
public struct MatrixProductShape: Hashable, Sendable {
  /// The rows of op(A) and C.
  public let rows: Int
  /// The columns of op(B) and C.
  public let columns: Int
  /// The columns of op(A) and rows of op(B): the length of each sum.
  public let inner: Int
  /// Whether A is stored as inner × rows.
  public let leftTransposed: Bool
  /// Whether B is stored as columns × inner.
  public let rightTransposed: Bool

  /// Creates a shape; every size is at least 0.
  public init(
    rows: Int, columns: Int, inner: Int, leftTransposed: Bool = false, rightTransposed: Bool = false
  ) {
    precondition(
      rows >= 0 && columns >= 0 && inner >= 0,
      "MatrixProductShape: a size of \(rows)×\(inner) by \(inner)×\(columns) is negative")
    self.rows = rows
    self.columns = columns
    self.inner = inner
    self.leftTransposed = leftTransposed
    self.rightTransposed = rightTransposed
  }

  /// Multiplications and additions of the product: 2 · rows · columns · inner.
  public var operations: Int { 2 * rows * columns * inner }

  /// Where consecutive rows and consecutive columns of op(A) lie.
  var leftStrides: (row: Int, column: Int) { leftTransposed ? (1, rows) : (inner, 1) }

  /// Where consecutive rows and consecutive columns of op(B) lie.
  var rightStrides: (row: Int, column: Int) { rightTransposed ? (1, inner) : (columns, 1) }

  /// Stops the program unless the three operands have the counts that this shape asks for.
  func check(_ operation: String, _ a: Int, _ b: Int, _ c: Int) {
    precondition(
      a == rows * inner && b == inner * columns && c == rows * columns,
      "\(operation): \(a), \(b) and \(c) elements for \(rows)×\(inner) by \(inner)×\(columns)")
  }
}

/// The kernels of matrices.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` computes the same up to
/// rounding.
public protocol MatrixKernels {
  /// C = op(A) op(B), or added to C; contract: `Naive.matrixProduct`.
  static func matrixProduct(
    _ a: Span<Scalar>, _ b: Span<Scalar>, into c: inout MutableSpan<Scalar>,
    _ shape: MatrixProductShape, accumulating: Bool)

  /// Adds a row to every row of a matrix; contract: `Naive.addRow`.
  static func addRow(_ row: Span<Scalar>, to x: inout MutableSpan<Scalar>)

  /// The sum of every column; contract: `Naive.columnSums`.
  static func columnSums(
    _ x: Span<Scalar>, into sums: inout MutableSpan<Scalar>, accumulating: Bool)

  /// The sum of every row; contract: `Naive.rowSums`.
  static func rowSums(_ x: Span<Scalar>, into sums: inout MutableSpan<Scalar>, accumulating: Bool)
}

extension Naive: MatrixKernels {}
extension Fast: MatrixKernels {}

extension Backend {
  /// The matrix kernels of this backend.
  public var matrix: any MatrixKernels.Type { self == .naive ? Naive.self : Fast.self }
}
