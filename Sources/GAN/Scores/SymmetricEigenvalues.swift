import KernelSupport

/// A symmetric matrix in double precision, taken apart by Jacobi's rotations.
///
/// Each rotation makes one pair of elements off the diagonal 0. It disturbs others, but the sum of all squares off the
/// diagonal falls by twice the square of what was removed, so that sweeps over all pairs converge, in the end
/// quadratically.
///
/// Source: Jacobi, 1846; Golub and Van Loan, "Matrix Computations", section 8.5.
public struct SymmetricEigenvalues: Sendable {
  /// The eigenvalues, in no order.
  public let values: [Double]
  /// The eigenvectors: column k of these rows belongs to value k.
  public let vectors: [[Double]]

  /// Takes a matrix apart.
  ///
  /// - Parameter matrix: rows of a square; only their symmetric part counts.
  public init(_ matrix: [[Double]]) {
    let n = matrix.count
    precondition(
      matrix.allSatisfy { $0.count == n }, "SymmetricEigenvalues: the matrix is no square")
    var a = matrix.indices.map { i in matrix.indices.map { (matrix[i][$0] + matrix[$0][i]) / 2 } }
    var v = a.indices.map { i in a.indices.map { $0 == i ? 1.0 : 0 } }
    let scale = a.joined().reduce(0) { $0 + $1 * $1 }
    for _ in 0..<60 {
      var rest = 0.0
      for i in 0..<n { for j in 0..<i { rest += 2 * a[i][j] * a[i][j] } }
      if rest <= 1e-28 * scale { break }
      for p in 0..<n {
        for q in p + 1..<max(p + 1, n) where a[p][q] != 0 {
          let theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
          let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
          let c = 1 / (t * t + 1).squareRoot()
          let s = t * c
          for k in 0..<n {
            let (x, y) = (a[k][p], a[k][q])
            (a[k][p], a[k][q]) = (c * x - s * y, s * x + c * y)
          }
          for k in 0..<n {
            let (x, y) = (a[p][k], a[q][k])
            (a[p][k], a[q][k]) = (c * x - s * y, s * x + c * y)
            let (u, w) = (v[k][p], v[k][q])
            (v[k][p], v[k][q]) = (c * u - s * w, s * u + c * w)
          }
        }
      }
    }
    values = a.indices.map { a[$0][$0] }
    vectors = v
  }

  /// The matrix with its eigenvalues replaced: V f(Λ) Vᵀ.
  public func mapped(_ function: (Double) -> Double) -> [[Double]] {
    let f = values.map(function)
    return vectors.map { row in
      vectors.map { other in f.indices.reduce(0) { $0 + row[$1] * f[$1] * other[$1] } }
    }
  }
}
