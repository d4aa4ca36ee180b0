import Foundation
import Grading

/// Right answers to chapter 2; a wrong one replaces a single function.
protocol RightBackprop: BackpropExercises {}

extension RightBackprop {
  static func productWithTransposed(
    _ delta: [[Double]], _ weight: [[Double]]
  ) throws -> [[Double]] {
    delta.map { row in weight.map { zip(row, $0).reduce(0) { $0 + $1.0 * $1.1 } } }
  }

  static func denseBackward(
    input: [[Double]], weight: [[Double]], upstream: [[Double]]
  ) throws -> (input: [[Double]], weight: [[Double]], bias: [Double]) {
    let inputGradient = try RightBackpropAnswers.productWithTransposed(upstream, weight)
    var weightGradient = weight.map { $0.map { _ in 0.0 } }
    var bias = upstream[0].map { _ in 0.0 }
    for (x, gradient) in zip(input, upstream) {
      for j in bias.indices {
        bias[j] += gradient[j]
        for i in x.indices { weightGradient[i][j] += x[i] * gradient[j] }
      }
    }
    return (inputGradient, weightGradient, bias)
  }

  static func gradients(of tape: [TapeOperation]) throws -> [Double] {
    var values: [Double] = []
    for operation in tape {
      switch operation {
      case .leaf(let value): values.append(value)
      case .add(let a, let b): values.append(values[a] + values[b])
      case .multiply(let a, let b): values.append(values[a] * values[b])
      case .sigmoid(let a): values.append(1 / (1 + exp(-values[a])))
      }
    }
    var gradients = tape.map { _ in 0.0 }
    gradients[tape.count - 1] = 1
    for (position, operation) in tape.enumerated().reversed() {
      let gradient = gradients[position]
      switch operation {
      case .leaf: break
      case .add(let a, let b):
        gradients[a] += gradient
        gradients[b] += gradient
      case .multiply(let a, let b):
        gradients[a] += gradient * values[b]
        gradients[b] += gradient * values[a]
      case .sigmoid(let a):
        gradients[a] += gradient * values[position] * (1 - values[position])
      }
    }
    return gradients
  }

  static func logSumExp(_ x: [Double]) throws -> Double {
    guard let largest = x.max(), largest > -.infinity else { return -.infinity }
    return largest + log(x.reduce(0) { $0 + exp($1 - largest) })
  }

  static func slope(of f: (Double) -> Double, at x: Double, step h: Double) throws -> Double {
    func change(_ distance: Double) -> Double { f(x + distance) - f(x - distance) }
    return (45 * change(h) - 9 * change(2 * h) + change(3 * h)) / (60 * h)
  }

  static func leakyVariance(inputs: Int, slope: Double) throws -> Double {
    2 / ((1 + slope * slope) * Double(inputs))
  }
}

enum RightBackpropAnswers: RightBackprop {}

enum TransposedResult: RightBackprop {
  static func productWithTransposed(
    _ delta: [[Double]], _ weight: [[Double]]
  ) throws -> [[Double]] {
    try RightBackpropAnswers.productWithTransposed(weight, delta)
  }
}

enum BiasOfTheFirstExample: RightBackprop {
  static func denseBackward(
    input: [[Double]], weight: [[Double]], upstream: [[Double]]
  ) throws -> (input: [[Double]], weight: [[Double]], bias: [Double]) {
    var gradients = try RightBackpropAnswers.denseBackward(
      input: input, weight: weight, upstream: upstream)
    gradients.bias = upstream[0]
    return gradients
  }
}

enum MeanOverTheBatch: RightBackprop {
  static func denseBackward(
    input: [[Double]], weight: [[Double]], upstream: [[Double]]
  ) throws -> (input: [[Double]], weight: [[Double]], bias: [Double]) {
    let scaled = upstream.map { $0.map { $0 / Double(upstream.count) } }
    return try RightBackpropAnswers.denseBackward(input: input, weight: weight, upstream: scaled)
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
  static func logSumExp(_ x: [Double]) throws -> Double { log(x.reduce(0) { $0 + exp($1) }) }
}

enum InfinityForgotten: RightBackprop {
  static func logSumExp(_ x: [Double]) throws -> Double {
    let largest = x.max() ?? 0
    return largest + log(x.reduce(0) { $0 + exp($1 - largest) })
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
