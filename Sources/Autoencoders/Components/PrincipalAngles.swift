import Foundation
import KernelSupport

/// The angles between two spaces, in radians, the smallest first: 0 for every direction that they share.
///
/// With orthonormal bases P and Q the cosines are the singular values of PᵀQ, the square roots of the
/// eigenvalues of (PᵀQ)ᵀ PᵀQ. A cosine near 1 says little about a small angle, so its sine is taken from what
/// P leaves of the direction. Angles below 10⁻⁸ cannot be told from 0.
///
/// - Parameters:
///   - a: vectors that span the one space, linearly independent.
///   - b: as many vectors of the same length that span the other one.
///
/// Source: Björck and Golub, "Numerical Methods for Computing Angles Between Linear Subspaces", 1973.
public func principalAngles(_ a: [[Double]], _ b: [[Double]]) -> [Double] {
  precondition(
    !a.isEmpty && a.count == b.count && a[0].count == b[0].count,
    "principalAngles: \(a.count) and \(b.count) vectors")
  let (p, q) = (orthonormal(a), orthonormal(b))
  let overlaps = q.map { column in p.map { dot($0, column) } }
  let gram = overlaps.map { row in overlaps.map { dot(row, $0) } }
  let eigen = SymmetricEigen(jacobi: gram)
  return eigen.vectors.map { direction in
    // The unit vector of b's space that belongs to this angle, and what a's space does not reach of it.
    var rest = combined(q, direction)
    for axis in p {
      let along = dot(axis, rest)
      for k in rest.indices { rest[k] -= along * axis[k] }
    }
    return asin(min(1, dot(rest, rest).squareRoot()))
  }
}

/// An orthonormal basis of the space that vectors span, by Gram and Schmidt, twice for good measure.
func orthonormal(_ vectors: [[Double]]) -> [[Double]] {
  var basis: [[Double]] = []
  for vector in vectors {
    var rest = vector
    for _ in 0..<2 {
      for axis in basis {
        let along = dot(axis, rest)
        for k in rest.indices { rest[k] -= along * axis[k] }
      }
    }
    let length = dot(rest, rest).squareRoot()
    precondition(
      length > 1e-12 * dot(vector, vector).squareRoot(),
      "principalAngles: vector \(basis.count) is a combination of those before it")
    basis.append(rest.map { $0 / length })
  }
  return basis
}

private func dot(_ x: [Double], _ y: [Double]) -> Double {
  var sum = 0.0
  for k in x.indices { sum += x[k] * y[k] }
  return sum
}

private func combined(_ vectors: [[Double]], _ factors: [Double]) -> [Double] {
  var sum = [Double](repeating: 0, count: vectors[0].count)
  for (vector, factor) in zip(vectors, factors) {
    for k in sum.indices { sum[k] += factor * vector[k] }
  }
  return sum
}
