import Foundation
import Grading

/// Right answers to chapter 5; a wrong one replaces a single function.
protocol RightRNN: RNNExercises {}

private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

extension RightRNN {
  static func lstmStep(sums: LSTMSums, cell: Double) throws -> (hidden: Double, cell: Double) {
    let after = sigmoid(sums.forget) * cell + sigmoid(sums.input) * tanh(sums.candidate)
    return (sigmoid(sums.output) * tanh(after), after)
  }

  static func lstmStepBackward(
    sums: LSTMSums, cell: Double, hiddenGradient: Double, cellGradient: Double
  ) throws -> (sums: LSTMSums, cell: Double) {
    let (i, f, o) = (sigmoid(sums.input), sigmoid(sums.forget), sigmoid(sums.output))
    let g = tanh(sums.candidate)
    let squashed = tanh(f * cell + i * g)
    let dc = cellGradient + hiddenGradient * o * (1 - squashed * squashed)
    return (
      LSTMSums(
        input: dc * g * i * (1 - i), forget: dc * cell * f * (1 - f),
        candidate: dc * i * (1 - g * g), output: hiddenGradient * squashed * o * (1 - o)),
      dc * f
    )
  }

  static func recurrentGradient(weight: Double, inputs: [Double]) throws -> Double {
    var (state, slope) = (0.0, 0.0)
    for x in inputs { (state, slope) = (weight * state + x, weight * slope + state) }
    return slope
  }

  static func reversed(_ steps: [Double], length: Int) throws -> [Double] {
    steps.prefix(length).reversed() + steps.dropFirst(length)
  }

  static func entropy(of states: [[(probability: Double, next: Int?)]]) throws -> Double {
    var rest = [Double](repeating: 0, count: states.count)
    for (index, choices) in states.enumerated().reversed() {
      rest[index] = choices.reduce(0) {
        $0 + $1.probability * (($1.next.map { rest[$0] } ?? 0) - log($1.probability))
      }
    }
    return rest[0]
  }
}

enum RightRNNAnswers: RightRNN {}

/// Squashes the cell itself, not what is read of it.
enum SquashedCell: RightRNN {
  static func lstmStep(sums: LSTMSums, cell: Double) throws -> (hidden: Double, cell: Double) {
    let right = try RightRNNAnswers.lstmStep(sums: sums, cell: cell)
    return (right.hidden, tanh(right.cell))
  }
}

/// Reads the cell without squashing it.
enum UnsquashedState: RightRNN {
  static func lstmStep(sums: LSTMSums, cell: Double) throws -> (hidden: Double, cell: Double) {
    let right = try RightRNNAnswers.lstmStep(sums: sums, cell: cell)
    return (sigmoid(sums.output) * right.cell, right.cell)
  }
}

/// e^x / (1 + e^x), which is ∞ / ∞ for a gate that is wide open.
enum OverflowingGate: RightRNN {
  static func lstmStep(sums: LSTMSums, cell: Double) throws -> (hidden: Double, cell: Double) {
    func gate(_ x: Double) -> Double { exp(x) / (1 + exp(x)) }
    let after = gate(sums.forget) * cell + gate(sums.input) * tanh(sums.candidate)
    return (gate(sums.output) * tanh(after), after)
  }
}

/// Forgets what flows back through the cell from later steps.
enum CellGradientForgotten: RightRNN {
  static func lstmStepBackward(
    sums: LSTMSums, cell: Double, hiddenGradient: Double, cellGradient: Double
  ) throws -> (sums: LSTMSums, cell: Double) {
    try RightRNNAnswers.lstmStepBackward(
      sums: sums, cell: cell, hiddenGradient: hiddenGradient, cellGradient: 0)
  }
}

/// Hands the cell's gradient on without the forget gate.
enum GateForgotten: RightRNN {
  static func lstmStepBackward(
    sums: LSTMSums, cell: Double, hiddenGradient: Double, cellGradient: Double
  ) throws -> (sums: LSTMSums, cell: Double) {
    let right = try RightRNNAnswers.lstmStepBackward(
      sums: sums, cell: cell, hiddenGradient: hiddenGradient, cellGradient: cellGradient)
    return (right.sums, right.cell / sigmoid(sums.forget))
  }
}

/// `=` where `+=` is needed: what the last step alone says of the weight.
enum LastStepOnly: RightRNN {
  static func recurrentGradient(weight: Double, inputs: [Double]) throws -> Double {
    inputs.dropLast().reduce(0) { weight * $0 + $1 }
  }
}

/// Turns the padding to the front.
enum PaddingFirst: RightRNN {
  static func reversed(_ steps: [Double], length: Int) throws -> [Double] { steps.reversed() }
}

/// The sum of all states' entropies, visited or not.
enum EveryStateOnce: RightRNN {
  static func entropy(of states: [[(probability: Double, next: Int?)]]) throws -> Double {
    states.joined().reduce(0) { $0 - $1.probability * log($1.probability) }
  }
}
