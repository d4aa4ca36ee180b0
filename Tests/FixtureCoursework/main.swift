import Foundation
import Grading
import KernelSupport
import Notebook

/// Answers that are right, that crash, never end, leave, print, or are missing.
enum FixtureAnswers: PerceptronsExercises {
  static func dot(_ x: [Scalar], _ y: [Scalar]) throws -> Scalar { x[x.count] }

  static func marginUpdate(
    weights: [Scalar], bias: Scalar, x: [Scalar], label: Scalar, margin: Scalar
  ) throws -> (weights: [Scalar], bias: Scalar) {
    while true { sleep(1) }
  }

  static func parityNetwork(
    inputCount: Int
  ) throws -> [[(weights: [Scalar], threshold: Scalar)]] {
    exit(0)
  }

  static func swish(_ x: [Scalar]) throws -> [Scalar] {
    print("a word from the answer")
    return x.map { $0 / (1 + Scalar.exp(-$0)) }
  }

  static func swishBackward(_ x: [Scalar], gradient: [Scalar]) throws -> [Scalar] {
    throw Unanswered()
  }

  static func energyChange(
    weights: [Scalar], state: [Scalar], flipping neuron: Int
  ) throws -> Scalar {
    let row = neuron * state.count..<(neuron + 1) * state.count
    let field = zip(weights[row], state).reduce(0) { $0 + $1.0 * $1.1 }
    return 2 * state[neuron] * (field - weights[row][row.lowerBound + neuron] * state[neuron])
  }

  static func separator(of answers: [Bool]) throws -> (weights: [Scalar], threshold: Scalar)? {
    throw Unanswered()
  }

  static func softmaxGradients(
    weights: [[Scalar]], biases: [Scalar], inputs: [[Scalar]], labels: [Int]
  ) throws -> (weights: [[Scalar]], biases: [Scalar]) {
    throw Unanswered()
  }
}

let status = reportingErrors(of: "grade") {
  try GradeCommand(
    courseworks: [FixtureAnswers.self, DishonestAnswers.self],
    root: FileManager.default.temporaryDirectory
  ).run(Array(CommandLine.arguments.dropFirst()))
}
exit(status)
