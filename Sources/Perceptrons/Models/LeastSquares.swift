import KernelSupport

/// The weights with the smallest mean squared error, and how fast gradient descent may walk to them.
public enum LeastSquares {
  /// The weights and bias at the bottom of the linear neuron's loss: what the delta rule walks to.
  ///
  /// The gradient vanishes where X̂ᵀX̂ ŵ = X̂ᵀ t (X̂ has a column of ones for the bias): linear
  /// equations, solved by elimination.
  ///
  /// - Parameters:
  ///   - inputs: examples, one a row, row-major; they must not all lie in one hyperplane.
  ///   - columns: the number of inputs, at least 1.
  ///   - targets: t, one a row.
  public static func solve(inputs: [Scalar], columns: Int, targets: [Scalar]) -> WeightedSum {
    precondition(
      columns >= 1 && inputs.count == targets.count * columns,
      "LeastSquares: \(inputs.count) inputs in rows of \(columns) for \(targets.count) targets")
    let size = columns + 1
    var equations = [[Scalar]](
      repeating: [Scalar](repeating: 0, count: size + 1), count: size)
    for (row, target) in targets.enumerated() {
      let x = inputs[row * columns..<(row + 1) * columns] + [1]
      for (i, xi) in x.enumerated() {
        for (j, xj) in x.enumerated() { equations[i][j] += xi * xj }
        equations[i][size] += xi * target
      }
    }
    let solution = eliminate(equations)
    return WeightedSum(weights: Array(solution.prefix(columns)), bias: solution[columns])
  }

  /// λ, the largest curvature of the linear neuron's loss: the largest eigenvalue of X̂ᵀX̂/n.
  ///
  /// Multiplying a vector by the matrix again and again turns it into the direction that grows most.
  ///
  /// - Parameters:
  ///   - inputs: at least one example, one a row, row-major.
  ///   - columns: the number of inputs, at least 1.
  ///   - iterations: how often to multiply; the error shrinks by (second largest / largest)² each time.
  public static func largestCurvature(
    inputs: [Scalar], columns: Int, iterations: Int = 100
  ) -> Scalar {
    var direction = WeightedSum(weights: [Scalar](repeating: 1, count: columns), bias: 1)
    var curvature: Scalar = 0
    for _ in 0..<iterations {
      let factor = 1 / (direction.squaredLength.squareRoot() * Scalar(inputs.count / columns))
      let factors = direction.sums(of: inputs).map { factor * $0 }
      direction = WeightedSum(inputCount: columns)
      direction.add(rowsOf: inputs, by: factors)
      curvature = direction.squaredLength.squareRoot()
    }
    return curvature
  }

  /// Gaussian elimination: rows of coefficients, each followed by its right-hand side.
  private static func eliminate(_ equations: [[Scalar]]) -> [Scalar] {
    var rows = equations
    for column in rows.indices {
      // The largest pivot keeps rounding errors from growing.
      let pivot = (column..<rows.count).reduce(column) {
        abs(rows[$1][column]) > abs(rows[$0][column]) ? $1 : $0
      }
      rows.swapAt(column, pivot)
      precondition(
        rows[column][column] != 0, "LeastSquares: the examples lie in one hyperplane")
      for other in rows.indices where other != column {
        let factor = rows[other][column] / rows[column][column]
        for j in column..<rows[other].count { rows[other][j] -= factor * rows[column][j] }
      }
    }
    return rows.indices.map { rows[$0][rows.count] / rows[$0][$0] }
  }
}
