import Foundation
import KernelSupport

extension TransformersExercises {
  static var attendExercise: Exercise {
    Exercise(
      "attendNext",
      hint: "scores of all keys, the largest subtracted, and a weighted mean of the values.",
      [
        Check("a single token gives its value") {
          try checkAttend([1, -2], [[3, 1]], [[0.5, 4]], [0.5, 4])
        },
        Check("equal scores give the mean of the values") {
          try checkAttend([0, 0], [[3, 1], [-1, 2]], [[1, 0], [3, 2]], [2, 1])
        },
        Check("scores are scaled by 1/√d and turned into shares") {
          var generator = inputGenerator(75)
          for (count, width) in [(2, 1), (3, 4), (6, 9)] {
            let query = generator.exactNumbers(width).map { Double($0) }
            let keys = generator.exactMatrix(rows: count, columns: width)
            let values = generator.exactMatrix(rows: count, columns: width)
            try checkAttend(query, keys, values, shares(query, keys, values))
          }
        },
        Check("large scores do not overflow") {
          try checkAttend([1000], [[1], [1], [-1]], [[2], [4], [9]], [3])
          try checkAttend([-1000], [[1], [2]], [[5], [7]], [5])
        },
      ])
  }

  private static func shares(
    _ query: [Double], _ keys: [[Double]], _ values: [[Double]]
  ) -> [Double] {
    let weights = keys.map { key in
      Foundation.exp(
        zip(query, key).reduce(0) { $0 + $1.0 * $1.1 } / Double(query.count).squareRoot())
    }
    let total = weights.reduce(0, +)
    return query.indices.map { c in
      zip(weights, values).reduce(0) { $0 + $1.0 * $1.1[c] } / total
    }
  }

  private static func checkAttend(
    _ query: [Double], _ keys: [[Double]], _ values: [[Double]], _ expected: [Double]
  ) throws {
    try expect(
      try attendNext(query: query, keys: keys, values: values), expected,
      within: expected.map { 1e-12 * max(1, abs($0)) },
      for: "the query \(shown(query)), keys \(keys) and values \(values)")
  }
}
