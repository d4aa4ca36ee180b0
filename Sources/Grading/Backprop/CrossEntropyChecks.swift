import Foundation
import KernelSupport

extension BackpropExercises {
  static var crossEntropyExercise: Exercise {
    Exercise(
      "softmaxCrossEntropy",
      hint:
        "take the largest logit from all of a row first; the gradient is (softmax − target) / n.",
      [
        Check("the loss is the mean of −ln softmax at the labels") {
          try checkCrossEntropy(shifts: [0]) { try expectLoss($0, $1) }
        },
        Check("the gradient is its slope") {
          try checkCrossEntropy(shifts: [0]) { try expectGradient($0, $1) }
        },
        Check("both survive logits of any size") {
          try checkCrossEntropy(shifts: [1000, -1000, 1e6, -1e6]) {
            try expectLoss($0, $1)
            try expectGradient($0, $1)
          }
        },
        Check("a hopeless answer costs what it should") {
          // Far from its label a row pays the difference of two logits, and the gradient is −1 and 1.
          let answer = try softmaxCrossEntropy([[0, 2000]], labels: [0])
          try expect(answer.loss, 2000, for: "logits [0, 2000] and label 0, the loss")
          try expect(
            answer.gradient.flatMap(\.self), [-1, 1],
            for: "logits [0, 2000] and label 0, the gradient")
        },
      ])
  }

  private typealias Answer = (loss: Double, gradient: [[Double]])

  /// Adding a number to all logits of a row changes nothing.
  private static func checkCrossEntropy(
    shifts: [Double], _ check: (CrossEntropyExample, Answer) throws -> Void
  ) throws {
    for shift in shifts {
      for (rows, columns) in [(1, 1), (1, 2), (2, 3), (5, 4), (3, 10)] {
        let example = CrossEntropyExample(rows: rows, columns: columns, shift: shift)
        try check(example, softmaxCrossEntropy(example.logits, labels: example.labels))
      }
    }
  }

  private static func expectLoss(_ example: CrossEntropyExample, _ answer: Answer) throws {
    try expect(
      answer.loss, example.loss, within: example.tolerance, for: "\(example), the loss")
  }

  private static func expectGradient(_ example: CrossEntropyExample, _ answer: Answer) throws {
    guard answer.gradient.map(\.count) == example.logits.map(\.count) else {
      throw Mismatch("for \(example) expected a gradient of the logits' shape, got another")
    }
    for (row, gradient) in answer.gradient.enumerated() {
      try expect(
        gradient, example.gradient[row], within: gradient.map { _ in example.tolerance },
        for: "\(example), the gradient in row \(row)")
    }
  }
}

/// Logits with their labels, and what the formulas as they stand give for logits near 0.
private struct CrossEntropyExample: CustomStringConvertible {
  let logits: [[Double]]
  let labels: [Int]
  let loss: Double
  let gradient: [[Double]]
  /// A logit with its shift is rounded once, and some twenty operations follow.
  let tolerance: Double

  init(rows: Int, columns: Int, shift: Double) {
    var generator = inputGenerator(UInt64(24 + columns))
    let small = (0..<rows).map { _ in
      (0..<columns).map { _ in Double(generator.uniform(in: -3..<3)) }
    }
    let labels = (0..<rows).map { _ in generator.integer(below: columns) }
    let shares = small.map { row in
      let exponentials = row.map { Foundation.exp($0) }
      return exponentials.map { $0 / exponentials.reduce(0, +) }
    }
    loss = -zip(shares, labels).reduce(0) { $0 + Foundation.log($1.0[$1.1]) } / Double(rows)
    gradient = zip(shares, labels).map { shares, label in
      shares.indices.map { (shares[$0] - ($0 == label ? 1 : 0)) / Double(rows) }
    }
    logits = small.map { $0.map { $0 + shift } }
    self.labels = labels
    tolerance = Double.ulpOfOne * (2 * abs(shift) + 100)
  }

  var description: String {
    "logits \(logits.count == 1 ? shown(logits[0]) : "[\(shown(logits[0])), …]"), labels \(labels)"
  }
}
