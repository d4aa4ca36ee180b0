import Foundation
import KernelSupport

extension AttentionExercises {
  private typealias Part = (largest: Double, sum: Double, output: [Double])

  static var mergeExercise: Exercise {
    Exercise(
      "merged",
      hint: "bring both parts to the larger of the two maxima before you add them.",
      [
        Check("the larger maximum may be in either part") {
          try checkMerge([1, 2, 3], [0, -1])
          try checkMerge([0, -1], [1, 2, 3])
          try checkMerge([2], [2])
        },
        Check("scores of a thousand do not overflow") {
          try checkMerge([1000, 998], [-1000, 999])
          try checkMerge([-1000], [-1001])
        },
        Check("a part that saw nothing changes nothing") {
          try checkMerge([], [1, 2])
          try checkMerge([3, 1], [])
          try checkMerge([], [])
        },
      ])
  }

  /// Values are the numbers of the keys and their negatives, so that a swap of the parts shows.
  private static func part(_ scores: [Double], from first: Int) -> Part {
    let largest = scores.max() ?? -.infinity
    let exponentials = scores.map { exp($0 - largest) }
    let output = exponentials.enumerated().reduce(0) { $0 + $1.element * Double(first + $1.offset) }
    return (largest, exponentials.reduce(0, +), [output, -output])
  }

  private static func checkMerge(_ first: [Double], _ second: [Double]) throws {
    let expected = part(first + second, from: 1)
    let answer = try merged(part(first, from: 1), part(second, from: 1 + first.count))
    let input = "scores \(shown(first)) and \(shown(second))"
    try expect(answer.largest, expected.largest, for: "\(input), the largest score,")
    try expect(answer.sum, expected.sum, within: 1e-13, for: "\(input), the sum,")
    try expect(answer.output, expected.output, within: [1e-12, 1e-12], for: "\(input), the output")
  }

  static var rotaryExercise: Exercise {
    Exercise(
      "rotated",
      hint: "turn a pair (a, b) by angle t: (a cos t − b sin t, a sin t + b cos t).",
      [
        Check("position 0 changes nothing") {
          try checkRotation([1, 2, 3, 4], position: 0)
        },
        Check("neighbours are turned by t · 10000^(−2c / width)") {
          for (width, position) in [(2, 1), (4, 3), (6, 10), (8, 100)] {
            try checkRotation(halves: false, width: width, position: position)
          }
        },
        Check("so are halves") {
          for (width, position) in [(2, 1), (4, 3), (6, 10), (8, 100)] {
            try checkRotation(halves: true, width: width, position: position)
          }
        },
      ])
  }

  private static func checkRotation(_ x: [Double], position: Int) throws {
    for halves in [false, true] {
      try expect(
        rotated(x, position: position, halves: halves), x, within: x.map { _ in 1e-12 },
        for: "\(shown(x)) at position \(position)")
    }
  }

  private static func checkRotation(halves: Bool, width: Int, position: Int) throws {
    var generator = inputGenerator(UInt64(width))
    let x = generator.exactNumbers(width).map { Double($0) }
    var expected = x
    for pair in 0..<width / 2 {
      let (a, b) = halves ? (pair, pair + width / 2) : (2 * pair, 2 * pair + 1)
      let angle = Double(position) * pow(10_000, -2 * Double(pair) / Double(width))
      expected[a] = x[a] * cos(angle) - x[b] * sin(angle)
      expected[b] = x[a] * sin(angle) + x[b] * cos(angle)
    }
    try expect(
      rotated(x, position: position, halves: halves), expected, within: x.map { _ in 1e-10 },
      for: "\(shown(x)) at position \(position), \(halves ? "halves" : "neighbours"),")
  }
}
