import Foundation
import KernelSupport

extension BackpropExercises {
  static var pullbacksExercise: Exercise {
    Exercise(
      "pullbacks",
      hint:
        "write down y first, then how much y changes with each input alone, and add up over all y.",
      [
        Check("the pullback of a product") {
          try checkPairs { x, y, upstream in
            let answer = try productPullback(x: x, y: y, upstream: upstream)
            try expect(
              [answer.x, answer.y], [upstream * y, upstream * x],
              within: [upstream * y, upstream * x].map(fewRoundings),
              for: "x = \(x), y = \(y), upstream \(upstream)")
          }
        },
        Check("the pullback of a quotient") {
          try checkPairs { x, y, upstream in
            let answer = try quotientPullback(x: x, y: y, upstream: upstream)
            let expected = [upstream / y, -upstream * x / (y * y)]
            try expect(
              [answer.x, answer.y], expected, within: expected.map(fewRoundings),
              for: "x = \(x), y = \(y), upstream \(upstream)")
          }
        },
        Check("the pullback of a mean") {
          for (count, upstream) in [(1, 1.0), (2, 1), (5, -3), (1000, 0.5)] {
            let expected = [Double](repeating: upstream / Double(count), count: count)
            try expect(
              meanPullback(count: count, upstream: upstream), expected,
              within: expected.map(fewRoundings), for: "\(count) numbers, upstream \(upstream)")
          }
        },
        Check("the pullback of adding a row") {
          for (rows, columns) in [(1, 1), (1, 3), (4, 1), (3, 2)] {
            var generator = inputGenerator(UInt64(27 + rows))
            let upstream = generator.exactMatrix(rows: rows, columns: columns)
            let answer = try addingRowPullback(upstream: upstream)
            let sums = (0..<columns).map { column in upstream.reduce(0) { $0 + $1[column] } }
            try expect(
              answer.x.flatMap(\.self), upstream.flatMap(\.self), for: "upstream \(upstream), x")
            try expect(answer.row, sums, for: "upstream \(upstream), the row")
          }
        },
        Check("the pullback of a softmax") {
          for count in [1, 2, 5] {
            var generator = inputGenerator(UInt64(28 + count))
            let exponentials = (0..<count).map { _ in Double(generator.uniform(in: 0.25..<4)) }
            let output = exponentials.map { $0 / exponentials.reduce(0, +) }
            let upstream = generator.exactNumbers(count).map { Double($0) }
            let mean = zip(output, upstream).reduce(0) { $0 + $1.0 * $1.1 }
            try expect(
              softmaxPullback(output: output, upstream: upstream),
              zip(output, upstream).map { $0 * ($1 - mean) },
              // A sum of at most five products of numbers up to 2.
              within: output.map { _ in 64 * Double.ulpOfOne },
              for: "output \(shown(output)), upstream \(shown(upstream))")
          }
        },
      ])
  }

  private static func checkPairs(_ check: (Double, Double, Double) throws -> Void) throws {
    var generator = inputGenerator(26)
    for _ in 0..<10 {
      try check(
        Double(generator.uniform(in: -2..<2)), Double(generator.uniform(in: 0.5..<2)),
        Double(generator.uniform(in: -2..<2)))
    }
  }

  private static func fewRoundings(_ expected: Double) -> Double {
    4 * Double.ulpOfOne * abs(expected)
  }
}
