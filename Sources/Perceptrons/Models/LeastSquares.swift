import KernelSupport

/// The weights with the smallest mean squared error, and how fast gradient descent may walk to them.
public enum LeastSquares {
  /// The weights and bias at the bottom of the linear neuron's loss: what the delta rule walks to.
  ///
  /// The gradient vanishes where w solves a linear equation, and b makes the mean error zero:
  ///
  ///     Cᵀ C w = Cᵀ (t − t̄),  b = t̄ − w·x̄,   C = X − x̄ in every row
  ///
  /// Inputs and targets are taken from their means first: the years 2000 to 2020 beside a column of ones
  /// would be all but parallel, and the equations worthless. Sums are in double precision, where a
  /// product of two single-precision numbers is exact.
  ///
  /// - Parameters:
  ///   - inputs: at least one example, one a row, row-major; they must not all lie in one hyperplane.
  ///   - columns: the number of inputs, at least 1.
  ///   - targets: t, one a row.
  public static func solve(inputs: [Scalar], columns: Int, targets: [Scalar]) -> WeightedSum {
    precondition(
      columns >= 1 && !targets.isEmpty && inputs.count == targets.count * columns,
      "LeastSquares: \(inputs.count) inputs in rows of \(columns) for \(targets.count) targets")
    let count = Double(targets.count)
    // Differences to the first example: those of a constant column are exactly zero.
    let centers = (0..<columns).map { column in
      let first = Double(inputs[column])
      return targets.indices.reduce(first) {
        $0 + (Double(inputs[$1 * columns + column]) - first) / count
      }
    }
    let center = targets.reduce(0) { $0 + Double($1) } / count
    var equations = [[Double]](
      repeating: [Double](repeating: 0, count: columns + 1), count: columns)
    for (row, target) in targets.enumerated() {
      let x = (0..<columns).map { Double(inputs[row * columns + $0]) - centers[$0] }
      for i in x.indices {
        for j in x.indices { equations[i][j] += x[i] * x[j] }
        equations[i][columns] += x[i] * (Double(target) - center)
      }
    }
    let weights = LinearEquations.solve(equations) ?? []
    precondition(!weights.isEmpty, "LeastSquares: the examples lie in one hyperplane")
    return WeightedSum(
      weights: weights.map { Scalar($0) },
      bias: Scalar(zip(weights, centers).reduce(center) { $0 - $1.0 * $1.1 }))
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
}
