/// Linear equations whose coefficients are products of vectors with one another.
enum LinearEquations {
  /// The solution, by Gaussian elimination; nil if the vectors are not independent.
  ///
  /// Coefficients cᵢ·cⱼ are symmetric and not negative, so their diagonal serves as pivots as it is. What is
  /// left of a diagonal element when its turn comes is the squared length of that part of a vector which
  /// those before it don't explain. Where that is no more than rounding leaves of nothing, some 2⁻⁵² of the
  /// whole for each term and each row, the vector is a combination of the others.
  ///
  /// - Parameter equations: rows of coefficients, each followed by its right-hand side.
  static func solve(_ equations: [[Double]]) -> [Double]? {
    var rows = equations
    for column in rows.indices {
      guard rows[column][column] > 0x1p-40 * equations[column][column] else { return nil }
      for other in rows.indices where other != column {
        let factor = rows[other][column] / rows[column][column]
        for j in column..<rows[other].count { rows[other][j] -= factor * rows[column][j] }
      }
    }
    return rows.indices.map { rows[$0][rows.count] / rows[$0][$0] }
  }
}
