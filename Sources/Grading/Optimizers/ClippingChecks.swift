import KernelSupport

extension OptimizersExercises {
  static var clippingExercise: Exercise {
    Exercise(
      "clipped",
      hint: "one length for all lists together; scale by the largest number before you square.",
      [
        Check("what is within the limit stays as it is") {
          let short: [[[Double]]] = [[], [[]], [[0, 0], [0]], [[3, -4]], [[1], [-2, 2]]]
          for gradients in short {
            try checkUnchanged(gradients, limit: 5)
          }
        },
        Check("longer gradients are scaled to the limit by one factor") {
          try checkScaled([[3, -4]], norm: 5, limit: 1)
          try checkScaled([[3], [-4]], norm: 5, limit: 2.5)
          try checkScaled([[2, 0, -6], [], [3]], norm: 7, limit: 0.1)
        },
        Check("the largest numbers do not overflow, and the smallest do not vanish") {
          try checkScaled([[3e307, -4e307], [1.2e308]], norm: 1.3e308, limit: 1)
          try checkScaled([[3e-200], [-4e-200]], norm: 5e-200, limit: 1e-200)
        },
        Check("an infinity is not scaled away") {
          try checkUnchanged([[1, .infinity]], limit: 5)
          try checkUnchanged([[-.infinity], [2]], limit: 5)
        },
      ])
  }

  private static func checkUnchanged(_ gradients: [[Double]], limit: Double) throws {
    try checkClipped(gradients, limit: limit, gradients)
  }

  private static func checkScaled(_ gradients: [[Double]], norm: Double, limit: Double) throws {
    try checkClipped(gradients, limit: limit, gradients.map { $0.map { $0 / norm * limit } })
  }

  private static func checkClipped(
    _ gradients: [[Double]], limit: Double, _ expected: [[Double]]
  ) throws {
    let input = "\(gradients) and a limit of \(limit)"
    let actual = try clipped(gradients, toNorm: limit)
    guard actual.map(\.count) == expected.map(\.count) else {
      throw Mismatch(
        "for \(input) expected lists of \(expected.map(\.count)) numbers, "
          + "got \(actual.map(\.count))")
    }
    for (actual, expected) in zip(actual, expected) {
      // A few squares, a root, a quotient and a product.
      let tolerances = expected.map { $0.isFinite ? 16 * Double.ulpOfOne * abs($0) : 0 }
      try expect(actual, expected, within: tolerances, for: input)
    }
  }
}
