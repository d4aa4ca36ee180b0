import Foundation

/// A step of one unit, by the formulas.
private func step(_ sums: LSTMSums, _ cell: Double) -> (hidden: Double, cell: Double) {
  func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
  let after = sigmoid(sums.forget) * cell + sigmoid(sums.input) * tanh(sums.candidate)
  return (sigmoid(sums.output) * tanh(after), after)
}

/// Sums and cells that tell all gates apart.
private let steps: [(sums: LSTMSums, cell: Double)] = [
  (LSTMSums(input: 0.5, forget: -1, candidate: 2, output: 0.25), 0.75),
  (LSTMSums(input: -2, forget: 1.5, candidate: -0.5, output: -1), -1.25),
  (LSTMSums(input: 0, forget: 0, candidate: 0, output: 0), 0),
  (LSTMSums(input: 3, forget: 0.1, candidate: 0.2, output: 2), 1.5),
]

extension RNNExercises {
  static var stepExercise: Exercise {
    Exercise(
      "lstmStep",
      hint: "gates pass through σ, the candidate and the new cell through tanh.",
      [
        Check("the cell keeps what the forget gate lets, and adds what the input gate lets") {
          for (sums, cell) in steps {
            // A few functions and products of numbers up to 2.
            try expect(
              lstmStep(sums: sums, cell: cell).cell, step(sums, cell).cell, within: 1e-14,
              for: "the cell, sums \(sums.numbers) and \(cell) before")
          }
        },
        Check("the state is the squashed cell, as far as the output gate opens") {
          for (sums, cell) in steps {
            try expect(
              lstmStep(sums: sums, cell: cell).hidden, step(sums, cell).hidden, within: 1e-14,
              for: "the state, sums \(sums.numbers) and \(cell) before")
          }
        },
        Check("a gate that is wide open, or shut, gives no NaN") {
          let sums = LSTMSums(input: -1000, forget: 1000, candidate: 5, output: 1000)
          let (hidden, cell) = try lstmStep(sums: sums, cell: 0.5)
          try expect(cell, 0.5, within: 1e-14, for: "the cell, sums \(sums.numbers)")
          try expect(hidden, tanh(0.5), within: 1e-14, for: "the state, sums \(sums.numbers)")
        },
      ])
  }

  static var backwardExercise: Exercise {
    Exercise(
      "lstmStepBackward",
      hint: "the cell's gradient comes by two ways: from c itself, and through h.",
      [
        Check("the slopes with respect to the sums") {
          try checkSlopes { measured, answer, input in
            for (gate, pair) in zip(measured.sums, answer.sums.numbers).enumerated() {
              try expect(pair.1, pair.0, within: 1e-8, for: "sum \(gate), \(input)")
            }
          }
        },
        Check("the slope with respect to the cell before") {
          try checkSlopes { measured, answer, input in
            try expect(answer.cell, measured.cell, within: 1e-8, for: "the cell, \(input)")
          }
        },
        Check("both gradients from later steps count") {
          let (sums, cell) = steps[0]
          let (a, b) = (
            try lstmStepBackward(sums: sums, cell: cell, hiddenGradient: 1, cellGradient: 0),
            try lstmStepBackward(sums: sums, cell: cell, hiddenGradient: 0, cellGradient: 1)
          )
          try expect(
            b.cell, 1 / (1 + exp(-sums.forget)), within: 1e-12,
            for: "a gradient of 1 with respect to the cell alone, sums \(sums.numbers)")
          let both = try lstmStepBackward(
            sums: sums, cell: cell, hiddenGradient: 1, cellGradient: 1)
          try expect(both.cell, a.cell + b.cell, within: 1e-12, for: "the sum of two gradients")
          try expect(
            both.sums.forget, a.sums.forget + b.sums.forget, within: 1e-12,
            for: "the sum of two gradients")
        },
      ])
  }

  /// Compares an answer with slopes measured over a distance of 2⁻¹⁴: they err by some 1e-9.
  private static func checkSlopes(
    _ compare: (
      _ measured: (sums: [Double], cell: Double), _ answer: (sums: LSTMSums, cell: Double), String
    ) throws -> Void
  ) throws {
    let h = 0x1p-14
    for (sums, cell) in steps {
      for (hiddenGradient, cellGradient) in [(1.0, 0.0), (-0.5, 2.0)] {
        func loss(_ numbers: [Double], _ cell: Double) -> Double {
          let after = step(
            LSTMSums(
              input: numbers[0], forget: numbers[1], candidate: numbers[2], output: numbers[3]),
            cell)
          return hiddenGradient * after.hidden + cellGradient * after.cell
        }
        func slope(_ change: (Double) -> Double) -> Double {
          (8 * (change(h) - change(-h)) - (change(2 * h) - change(-2 * h))) / (12 * h)
        }
        let slopes = (0..<4).map { gate in
          slope { offset in
            var numbers = sums.numbers
            numbers[gate] += offset
            return loss(numbers, cell)
          }
        }
        let ofCell = slope { loss(sums.numbers, cell + $0) }
        let answer = try lstmStepBackward(
          sums: sums, cell: cell, hiddenGradient: hiddenGradient, cellGradient: cellGradient)
        try compare(
          (slopes, ofCell), answer,
          "sums \(sums.numbers), cell \(cell), gradients \(hiddenGradient) and \(cellGradient)")
      }
    }
  }
}
