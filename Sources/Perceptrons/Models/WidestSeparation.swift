import KernelSupport

extension Separation {
  /// The hyperplane that divides two classes with the largest margin, if one divides them.
  ///
  /// Let z = t (x, 1) for every example. The largest margin is the distance from the origin to the points
  /// p = Σ aᵣ zᵣ with aᵣ ≥ 0 and Σ aᵣ = 1, and the closest of these is the direction w, b: no direction has a
  /// margin above ‖p‖, since none keeps p farther away than that, and p has minᵣ zᵣ·p / ‖p‖. It ends when the
  /// two agree to one part in a thousand.
  ///
  /// A few examples *support* the closest point. Each step takes the example with the least margin among
  /// them, finds the point closest to the origin of the plane through all of them, and lets go of those
  /// that it would give a negative share.
  ///
  /// - Parameters:
  ///   - inputs: at least one example, one a row, row-major.
  ///   - columns: the number of inputs, at least 1.
  ///   - labels: t, the class of each, 1 or −1.
  /// - Returns: a hyperplane, whose margin is not positive where none divides the classes.
  ///
  /// Source: Wolfe, "Finding the Nearest Point in a Polytope", Mathematical Programming 11, 1976.
  public static func widest(
    of inputs: [Scalar], columns: Int, labels: [Scalar]
  ) -> WeightedSum {
    checkCount(
      "Separation.widest", labels.count, of: inputs, WeightedSum(inputCount: columns))
    let z = labels.enumerated().map { row, label in
      (inputs[row * columns..<(row + 1) * columns] + [1]).map { Double(label * $0) }
    }
    var support = [(point: z[0], share: 1.0)]
    var p = z[0]
    // Each step shortens p, so it ends by itself, but for rounding where p is all but zero.
    for _ in 0..<10 * (z.count + columns) {
      let closest = z.reduce(p) { product($1, p) < product($0, p) ? $1 : $0 }
      guard product(p, p) - product(closest, p) > 1e-3 * product(p, p),
        let next = supported(support + [(closest, 0)])
      else { break }
      support = next
      p = p.indices.map { i in support.reduce(0) { $0 + $1.share * $1.point[i] } }
    }
    return WeightedSum(weights: p.dropLast().map { Scalar($0) }, bias: Scalar(p[columns]))
  }

  /// The shares that bring Σ a z closest to the origin, without the points whose share would be negative.
  private static func supported(
    _ support: [(point: [Double], share: Double)]
  ) -> [(point: [Double], share: Double)]? {
    var support = support
    while true {
      // With shares that sum to one, ½‖Σ a z‖² is least where all zᵢ·p are equal: G a = c, and adding the
      // ones changes c alone, which the division takes out again.
      let equations = support.map { row in support.map { 1 + product(row.point, $0.point) } + [1] }
      guard let solution = LinearEquations.solve(equations) else { return nil }
      let sum = solution.reduce(0, +)
      let shares = solution.map { $0 / sum }
      let leaving = support.indices.filter { shares[$0] <= 0 }
      // How far towards those shares none of the present ones is used up.
      let reach = leaving.map { support[$0].share / (support[$0].share - shares[$0]) }.min()
      guard let reach else { return zip(support, shares).map { ($0.point, $1) } }
      let first = leaving.first {
        support[$0].share / (support[$0].share - shares[$0]) == reach
      }
      for i in support.indices { support[i].share += reach * (shares[i] - support[i].share) }
      if let first { support.remove(at: first) }
      if support.isEmpty { return nil }
    }
  }

  private static func product(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
