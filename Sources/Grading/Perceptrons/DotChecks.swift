import KernelSupport
import Perceptrons

extension PerceptronsExercises {
  static var dotExercise: Exercise {
    Exercise(
      "dot",
      hint:
        "add rounded products, product i to sum i mod 8, and keep the order of the last seven additions.",
      [
        Check("it is the dot product") {
          for (x, y) in vectorPairs {
            // n products and n additions round by at most half a unit each.
            let (sizesOfX, sizesOfY) = (x.map { abs($0) }, y.map { abs($0) })
            let magnitude = Naive.dot(sizesOfX.span, sizesOfY.span)
            let expected = Naive.dot(x.span, y.span)
            try expect(
              dot(x, y), expected, within: 2 * Scalar(x.count) * Scalar.ulpOfOne * magnitude,
              for: "\(x.count) elements, x = \(shown(x)), y = \(shown(y)),")
          }
        },
        Check("it has the bits of eight sums added pairwise") {
          for (x, y) in vectorPairs {
            try expect(
              dot(x, y), sumInEightLanes(x, y),
              for: "\(x.count) elements, x = \(shown(x)), y = \(shown(y)),")
          }
        },
      ])
  }

  /// A pair of random vectors for every count from 0 to 100.
  private static var vectorPairs: [(x: [Scalar], y: [Scalar])] {
    var generator = inputGenerator(11)
    return (0...100).map { count in
      let x = (0..<count).map { _ in generator.normal() }
      return (x, x.map { _ in generator.normal() })
    }
  }
}

/// The dot product in the order that the exercise asks for: halves are added until one sum is left.
private func sumInEightLanes(_ x: [Scalar], _ y: [Scalar]) -> Scalar {
  var sums = [Scalar](repeating: 0, count: 8)
  for i in x.indices { sums[i % 8] += x[i] * y[i] }
  for width in [4, 2, 1] {
    for lane in 0..<width { sums[lane] += sums[lane + width] }
  }
  return sums[0]
}
