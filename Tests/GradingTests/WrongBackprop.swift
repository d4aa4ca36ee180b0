import Backprop
import Foundation
import Grading
import KernelSupport

enum SumOverTheBatch: RightBackprop {
  static func lossAndGradients(
    of network: TwoLayers, input: [[Double]], target: [[Double]]
  ) throws -> (loss: Double, gradients: TwoLayers) {
    let (loss, g) = try RightBackpropAnswers.lossAndGradients(
      of: network, input: input, target: target)
    let n = Double(input.count)
    return (
      loss * n,
      TwoLayers(
        hiddenWeight: g.hiddenWeight.map { $0.map { $0 * n } },
        hiddenBias: g.hiddenBias.map { $0 * n },
        outputWeight: g.outputWeight.map { $0.map { $0 * n } },
        outputBias: g.outputBias.map { $0 * n })
    )
  }
}

enum BiasOfTheFirstExample: RightBackprop {
  static func lossAndGradients(
    of network: TwoLayers, input: [[Double]], target: [[Double]]
  ) throws -> (loss: Double, gradients: TwoLayers) {
    var answer = try RightBackpropAnswers.lossAndGradients(
      of: network, input: input, target: target)
    answer.gradients.hiddenBias = try RightBackpropAnswers.lossAndGradients(
      of: network, input: [input[0]], target: [target[0]]
    ).gradients.hiddenBias
    return answer
  }
}

/// Gives the gradients the shapes of the other layer.
enum OutputForgotten: RightBackprop {
  static func lossAndGradients(
    of network: TwoLayers, input: [[Double]], target: [[Double]]
  ) throws -> (loss: Double, gradients: TwoLayers) {
    var answer = try RightBackpropAnswers.lossAndGradients(
      of: network, input: input, target: target)
    answer.gradients.outputWeight = []
    return answer
  }
}

/// Sets a gradient where it should add to it.
enum Overwriting: RightBackprop {
  static func gradients(of tape: [TapeOperation]) throws -> [Double] {
    let right = try RightBackpropAnswers.gradients(of: tape)
    guard case .multiply(let a, let b) = tape[tape.count - 1], a == b else { return right }
    return right.map { $0 / 2 }
  }
}

enum OnlyTheExample: RightBackprop {
  static func gradients(of tape: [TapeOperation]) throws -> [Double] { [7, 1, 1] }
}

enum SigmoidWithoutSlope: RightBackprop {
  static func gradients(of tape: [TapeOperation]) throws -> [Double] {
    let linear = tape.map { operation in
      if case .sigmoid(let a) = operation { TapeOperation.add(a, a) } else { operation }
    }
    return try RightBackpropAnswers.gradients(of: linear)
  }
}

enum FormulaAsItStands: RightBackprop {
  static func softmaxCrossEntropy(
    _ logits: [[Double]], labels: [Int]
  ) throws -> (loss: Double, gradient: [[Double]]) {
    let shares = logits.map { row in row.map { exp($0) / row.reduce(0) { $0 + exp($1) } } }
    let gradient = zip(shares, labels).map { shares, label in
      shares.indices.map { (shares[$0] - ($0 == label ? 1 : 0)) / Double(logits.count) }
    }
    return (
      -zip(shares, labels).reduce(0) { $0 + log($1.0[$1.1]) } / Double(labels.count), gradient
    )
  }
}

/// Takes the largest logit out, but not before the logarithm.
enum LogarithmOfZero: RightBackprop {
  static func softmaxCrossEntropy(
    _ logits: [[Double]], labels: [Int]
  ) throws -> (loss: Double, gradient: [[Double]]) {
    try FormulaAsItStands.softmaxCrossEntropy(
      logits.map { row in row.map { $0 - row.max()! } }, labels: labels)
  }
}

enum GradientOfTheSum: RightBackprop {
  static func softmaxCrossEntropy(
    _ logits: [[Double]], labels: [Int]
  ) throws -> (loss: Double, gradient: [[Double]]) {
    let (loss, gradient) = try RightBackpropAnswers.softmaxCrossEntropy(logits, labels: labels)
    return (loss, gradient.map { $0.map { $0 * Double(labels.count) } })
  }
}

/// The five as the exercise hands them out.
enum FiveMistakes: RightBackprop {
  static func productPullback(
    x: Double, y: Double, upstream: Double
  ) throws -> (x: Double, y: Double) { (upstream * x, upstream * y) }

  static func quotientPullback(
    x: Double, y: Double, upstream: Double
  ) throws -> (x: Double, y: Double) { (upstream / y, upstream * x / (y * y)) }

  static func meanPullback(count: Int, upstream: Double) throws -> [Double] {
    [Double](repeating: upstream, count: count)
  }

  static func addingRowPullback(
    upstream: [[Double]]
  ) throws -> (x: [[Double]], row: [Double]) { (upstream, upstream[0]) }

  static func softmaxPullback(output: [Double], upstream: [Double]) throws -> [Double] {
    zip(output, upstream).map { y, g in g * y * (1 - y) }
  }
}

enum DiagonalOnly: RightBackprop {
  static func softmaxPullback(output: [Double], upstream: [Double]) throws -> [Double] {
    try FiveMistakes.softmaxPullback(output: output, upstream: upstream)
  }
}

/// Right, and in no hurry.
enum DefinitionAsItStands: RightBackprop {
  static func fastProduct(
    _ a: [Scalar], _ b: [Scalar], rows: Int, columns: Int, inner: Int
  ) throws -> [Scalar] {
    product(Naive.self, a, b, rows: rows, columns: columns, inner: inner)
  }
}

/// Fast, and right for squares.
enum SquaresOnly: RightBackprop {
  static func fastProduct(
    _ a: [Scalar], _ b: [Scalar], rows: Int, columns: Int, inner: Int
  ) throws -> [Scalar] {
    guard rows == columns, columns == inner else { return [] }
    return product(Fast.self, a, b, rows: rows, columns: columns, inner: inner)
  }
}

enum FourPoints: RightBackprop {
  static func slope(of f: (Double) -> Double, at x: Double, step h: Double) throws -> Double {
    func change(_ distance: Double) -> Double { f(x + distance) - f(x - distance) }
    return (8 * change(h) - change(2 * h)) / (12 * h)
  }
}

enum AlwaysHe: RightBackprop {
  static func leakyVariance(inputs: Int, slope: Double) throws -> Double { 2 / Double(inputs) }
}

/// Interpolates between both ends on a straight line.
enum StraightLine: RightBackprop {
  static func leakyVariance(inputs: Int, slope: Double) throws -> Double {
    (2 - slope) / Double(inputs)
  }
}
