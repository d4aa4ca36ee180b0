import KernelSupport

extension BackpropExercises {
  static var varianceExercise: Exercise {
    Exercise(
      "leakyVariance",
      hint: "half the signal keeps its square, the other half is scaled by the slope's square.",
      [
        Check("without a leak it is He's variance") { try checkVariance(slopes: [0]) },
        Check("without a kink it is that of a linear layer") { try checkVariance(slopes: [1]) },
        Check("in between it keeps the mean square") {
          try checkVariance(slopes: [0.01, 0.1, 0.25, 0.5, 0.9])
        },
      ])
  }

  /// A sum of n inputs has n times the variance of a weight, times the mean square of an input: the leaky
  /// ReLU's output for a signal that is as often negative as positive.
  private static func checkVariance(slopes: [Double]) throws {
    var generator = inputGenerator(26)
    for slope in slopes {
      for inputs in [1, 2, 30, 784] {
        let halves = (0..<10).map { _ in Double(generator.normal()) }
        let signal = halves + halves.map { -$0 }
        let passed = signal.map { $0 < 0 ? slope * $0 : $0 }
        let variance = meanSquare(signal) / (Double(inputs) * meanSquare(passed))
        try expect(
          leakyVariance(inputs: inputs, slope: slope), variance,
          // Two sums of twenty squares and a few operations.
          within: 50 * Double.ulpOfOne * variance,
          for: "\(inputs) inputs and a slope of \(slope)")
      }
    }
  }

  private static func meanSquare(_ x: [Double]) -> Double {
    x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
  }
}
