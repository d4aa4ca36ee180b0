import Foundation
import Grading

/// Right answers to chapter 8; a wrong one replaces a single function.
protocol RightGAN: GANExercises {}

extension RightGAN {
  static func generatorLosses(
    logit s: Double
  ) throws -> (saturating: LossAndSlope, nonSaturating: LossAndSlope) {
    func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
    func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    return (
      LossAndSlope(loss: -softplus(s), slope: -sigmoid(s)),
      LossAndSlope(loss: softplus(-s), slope: -sigmoid(-s))
    )
  }

  static func transposedConvolution(
    _ x: [Double], weight: [Double], stride: Int, padding: Int, outputPadding: Int
  ) throws -> [Double] {
    paint(x, weight, stride, before: padding, after: padding - outputPadding)
  }

  static func coverage(
    of points: [Double], centers: [Double], deviation: Double
  ) throws -> (modes: Int, goodShare: Double) {
    let found = points.compactMap { point in
      let nearest = centers.indices.min { abs(point - centers[$0]) < abs(point - centers[$1]) }!
      return abs(point - centers[nearest]) <= 3 * deviation ? nearest : nil
    }
    return (Set(found).count, Double(found.count) / Double(points.count))
  }

  static func squaredFrechetDistance(_ a: [Double], _ b: [Double]) throws -> Double {
    frechet(a, b, lost: 1)
  }

  static func gradientPenalty(
    at x: [Double], weight: [[Double]], output v: [Double]
  ) throws -> (penalty: Double, gradient: [Double]) {
    penaltyAndGradient(x, weight, v) { 1 - $0 * $0 }
  }

  static func pooled(
    _ images: [Int], capacity: Int, swaps: [Bool], places: [Int]
  ) throws -> [Int] {
    exchanged(images, capacity, swaps, places) { _ in }
  }

  static func cycleLoss(
    _ x: [Double], forth: Line, back: Line
  ) throws -> (loss: Double, gradient: [Double]) {
    thereAndBack(x, forth, back)
  }
}

enum RightGANAnswers: RightGAN {}

/// Paints windows and crops both ends; a negative crop leaves zeros.
private func paint(
  _ x: [Double], _ weight: [Double], _ stride: Int, before: Int, after: Int
) -> [Double] {
  var row = [Double](repeating: 0, count: (x.count - 1) * stride + weight.count + max(0, -after))
  for (index, number) in x.enumerated() {
    for (tap, factor) in weight.enumerated() { row[index * stride + tap] += number * factor }
  }
  return Array(row.dropFirst(before).dropLast(max(0, after)))
}

private func frechet(_ a: [Double], _ b: [Double], lost: Int) -> Double {
  func moments(_ x: [Double]) -> (mean: Double, deviation: Double) {
    let mean = x.reduce(0, +) / Double(x.count)
    let squares = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / Double(x.count - lost)).squareRoot())
  }
  let (p, q) = (moments(a), moments(b))
  return (p.mean - q.mean) * (p.mean - q.mean)
    + (p.deviation - q.deviation) * (p.deviation - q.deviation)
}

private func penaltyAndGradient(
  _ x: [Double], _ weight: [[Double]], _ v: [Double], slope: (Double) -> Double
) -> (penalty: Double, gradient: [Double]) {
  let slopes = weight.map { row in slope(tanh(zip(row, x).reduce(0) { $0 + $1.0 * $1.1 })) }
  let g = x.indices.map { j in
    weight.indices.reduce(0) { $0 + v[$1] * slopes[$1] * weight[$1][j] }
  }
  let norm = g.reduce(0) { $0 + $1 * $1 }.squareRoot()
  let gradient = weight.indices.map { i in
    2 * (norm - 1) * slopes[i] * zip(weight[i], g).reduce(0) { $0 + $1.0 * $1.1 } / norm
  }
  return ((norm - 1) * (norm - 1), gradient)
}

enum OverflowingLosses: RightGAN {
  static func generatorLosses(
    logit s: Double
  ) throws -> (saturating: LossAndSlope, nonSaturating: LossAndSlope) {
    let d = 1 / (1 + exp(-s))
    return (
      LossAndSlope(loss: log(1 - d), slope: -d), LossAndSlope(loss: -log(d), slope: d - 1)
    )
  }
}

/// Takes the slope of the probability's logarithm by the probability.
enum SlopeByProbability: RightGAN {
  static func generatorLosses(
    logit s: Double
  ) throws -> (saturating: LossAndSlope, nonSaturating: LossAndSlope) {
    let right = try RightGANAnswers.generatorLosses(logit: s)
    let d = 1 / (1 + exp(-s))
    return (
      LossAndSlope(loss: right.saturating.loss, slope: -1 / (1 - d)),
      LossAndSlope(loss: right.nonSaturating.loss, slope: -1 / d)
    )
  }
}

enum OutputPaddingAtTheStart: RightGAN {
  static func transposedConvolution(
    _ x: [Double], weight: [Double], stride: Int, padding: Int, outputPadding: Int
  ) throws -> [Double] {
    let row = paint(x, weight, stride, before: padding, after: padding)
    return [Double](repeating: 0, count: outputPadding) + row
  }
}

enum WindowTurnedOver: RightGAN {
  static func transposedConvolution(
    _ x: [Double], weight: [Double], stride: Int, padding: Int, outputPadding: Int
  ) throws -> [Double] {
    paint(x, weight.reversed(), stride, before: padding, after: padding - outputPadding)
  }
}

enum EveryNearMode: RightGAN {
  static func coverage(
    of points: [Double], centers: [Double], deviation: Double
  ) throws -> (modes: Int, goodShare: Double) {
    let modes = centers.filter { c in points.contains { abs($0 - c) <= 3 * deviation } }
    return (
      modes.count,
      try RightGANAnswers.coverage(
        of: points, centers: centers, deviation: deviation
      ).goodShare
    )
  }
}

enum StrictlyWithin: RightGAN {
  static func coverage(
    of points: [Double], centers: [Double], deviation: Double
  ) throws -> (modes: Int, goodShare: Double) {
    try RightGANAnswers.coverage(
      of: points, centers: centers, deviation: deviation.nextDown)
  }
}

enum BiasedVariances: RightGAN {
  static func squaredFrechetDistance(_ a: [Double], _ b: [Double]) throws -> Double {
    frechet(a, b, lost: 0)
  }
}

enum DifferenceOfVariances: RightGAN {
  static func squaredFrechetDistance(_ a: [Double], _ b: [Double]) throws -> Double {
    let squares = [a, b].map { x in frechet(x, [0, 0], lost: 1) - frechet(x, x, lost: 1) }
    let means = [a, b].map { $0.reduce(0, +) / Double($0.count) }
    let variances = zip(squares, means).map { $0 - $1 * $1 }
    return (means[0] - means[1]) * (means[0] - means[1]) + abs(variances[0] - variances[1])
  }
}

enum SlopeOfTheSum: RightGAN {
  static func gradientPenalty(
    at x: [Double], weight: [[Double]], output v: [Double]
  ) throws -> (penalty: Double, gradient: [Double]) {
    penaltyAndGradient(x, weight, v) { _ in 1 }
  }
}

/// Holds the norm constant and differentiates its square.
enum NormForgotten: RightGAN {
  static func gradientPenalty(
    at x: [Double], weight: [[Double]], output v: [Double]
  ) throws -> (penalty: Double, gradient: [Double]) {
    let right = try RightGANAnswers.gradientPenalty(at: x, weight: weight, output: v)
    let norm = 1 + right.penalty.squareRoot()
    return (right.penalty, right.gradient.map { $0 * norm })
  }
}
