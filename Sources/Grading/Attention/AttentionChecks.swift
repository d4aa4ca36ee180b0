import Foundation
import KernelSupport

extension AttentionExercises {
  static var attentionExercise: Exercise {
    Exercise(
      "attention",
      hint:
        "go back one by one: weights, scores, then queries and keys; a softmax row shares its sum.",
      [
        Check("outputs are means of the values, weighted by the softmax of the scaled scores") {
          try checkAttention { $0.0 }
        },
        Check("∂L/∂value is right") { try checkAttention { $0.3 } },
        Check("∂L/∂query is right") { try checkAttention { $0.1 } },
        Check("∂L/∂key is right") { try checkAttention { $0.2 } },
      ])
  }

  private typealias Results = ([[Double]], [[Double]], [[Double]], [[Double]])

  /// Compares one of the results on several shapes: widths that are squares and such that are not.
  private static func checkAttention(_ part: (Results) -> [[Double]]) throws {
    for (queries, keys, width) in [(1, 1, 1), (2, 3, 4), (4, 2, 3), (3, 5, 2)] {
      var generator = inputGenerator(UInt64(10 * queries + keys))
      let q = generator.exactMatrix(rows: queries, columns: width)
      let k = generator.exactMatrix(rows: keys, columns: width)
      let v = generator.exactMatrix(rows: keys, columns: width)
      let upstream = generator.exactMatrix(rows: queries, columns: width)
      let answer = try attention(query: q, key: k, value: v, upstream: upstream)
      try expectRows(
        part((answer.output, answer.queryGradient, answer.keyGradient, answer.valueGradient)),
        part(rightAttention(q, k, v, upstream)),
        for: "\(queries) queries and \(keys) keys of width \(width)")
    }
  }

  /// The slopes by differences: nothing of the formula that the exercise asks for.
  private static func rightAttention(
    _ q: [[Double]], _ k: [[Double]], _ v: [[Double]], _ upstream: [[Double]]
  ) -> Results {
    func slopes(_ x: [[Double]], _ output: ([[Double]]) -> [[Double]]) -> [[Double]] {
      x.indices.map { i in
        x[i].indices.map { c in
          func loss(_ offset: Double) -> Double {
            var moved = x
            moved[i][c] += offset
            return zip(output(moved), upstream).reduce(0) { sum, rows in
              sum + zip(rows.0, rows.1).reduce(0) { $0 + $1.0 * $1.1 }
            }
          }
          let h = 1.0 / 1024
          return (8 * (loss(h) - loss(-h)) - (loss(2 * h) - loss(-2 * h))) / (12 * h)
        }
      }
    }
    return (
      attended(q, k, v), slopes(q) { attended($0, k, v) }, slopes(k) { attended(q, $0, v) },
      slopes(v) { attended(q, k, $0) }
    )
  }
}

/// Scaled dot-product attention of one head.
func attended(_ q: [[Double]], _ k: [[Double]], _ v: [[Double]]) -> [[Double]] {
  q.map { query in
    let scores = k.map { key in
      zip(query, key).reduce(0) { $0 + $1.0 * $1.1 } / Double(query.count).squareRoot()
    }
    let largest = scores.max() ?? 0
    let exponentials = scores.map { exp($0 - largest) }
    let sum = exponentials.reduce(0, +)
    return (v.first ?? []).indices.map { c in
      zip(exponentials, v).reduce(0) { $0 + $1.0 / sum * $1.1[c] }
    }
  }
}

/// Throws a `Mismatch` unless rows agree to 1e-9: what a difference of four points leaves of sixteen digits.
func expectRows(
  _ actual: [[Double]], _ expected: [[Double]], for input: String
) throws {
  guard actual.count == expected.count else {
    throw Mismatch("for \(input) expected \(expected.count) rows, got \(actual.count)")
  }
  for row in expected.indices {
    try expect(
      actual[row], expected[row], within: expected[row].map { 1e-9 * max(1, abs($0)) },
      for: "\(input), row \(row)")
  }
}
