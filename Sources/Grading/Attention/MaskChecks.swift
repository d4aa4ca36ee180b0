import Foundation
import KernelSupport

extension AttentionExercises {
  static var softmaxExercise: Exercise {
    Exercise(
      "maskedSoftmax",
      hint: "look for the largest score, and add up, among the allowed ones only.",
      [
        Check("what is allowed shares the weight") {
          try checkSoftmax([1, 2, 3, 4], [true, false, true, true], [exp(-3), 0, exp(-1), 1])
          try checkSoftmax([0.5, 0.5], [true, true], [1, 1])
        },
        Check("large scores do not overflow, and masked ones are not the largest") {
          try checkSoftmax([1000, 999, 5000], [true, true, false], [1, exp(-1), 0])
          try checkSoftmax([-1000, -1001, 0], [true, true, false], [1, exp(-1), 0])
        },
        Check("nothing allowed gives zeros") {
          try checkSoftmax([1, 2], [false, false], [0, 0])
          try checkSoftmax([], [], [])
        },
        Check("what is masked may be anything") {
          try checkSoftmax([.nan, 1, .infinity, 1], [false, true, false, true], [0, 1, 0, 1])
        },
      ])
  }

  private static func checkSoftmax(
    _ scores: [Double], _ allowed: [Bool], _ shares: [Double]
  ) throws {
    let sum = shares.reduce(0, +)
    let expected = shares.map { sum == 0 ? 0 : $0 / sum }
    try expect(
      maskedSoftmax(scores, allowed: allowed), expected, within: expected.map { _ in 1e-14 },
      for: "scores \(shown(scores)), allowed \(allowed)")
  }

  static var headsExercise: Exercise {
    Exercise(
      "multiHead",
      hint: "cut q, k and v of one head out of every row first, then use your attention.",
      [
        Check("one head is attention") { try checkHeads([1], widths: [1, 3, 4]) },
        Check("every head has columns of its own") { try checkHeads([2, 3], widths: [1, 2, 4]) },
      ])
  }

  private static func checkHeads(_ counts: [Int], widths: [Int]) throws {
    for heads in counts {
      for width in widths {
        var generator = inputGenerator(UInt64(heads * 10 + width))
        let row = heads * width
        let rows = generator.exactMatrix(rows: 5, columns: 3 * row)
        func part(_ third: Int, _ head: Int) -> [[Double]] {
          rows.map { Array($0[third * row + head * width..<third * row + (head + 1) * width]) }
        }
        let results = (0..<heads).map { attended(part(0, $0), part(1, $0), part(2, $0)) }
        try expectRows(
          multiHead(rows, heads: heads), rows.indices.map { i in results.flatMap { $0[i] } },
          for: "5 rows, \(heads) heads of width \(width)")
      }
    }
  }
}
