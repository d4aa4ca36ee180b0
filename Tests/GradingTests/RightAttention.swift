import Foundation
import Grading

/// Right answers to chapter 6; a wrong one replaces a single function.
protocol RightAttention: AttentionExercises {}

extension RightAttention {
  static func attention(
    query: [[Double]], key: [[Double]], value: [[Double]], upstream: [[Double]]
  ) throws -> AttentionResults {
    attentionResults(query, key, value, upstream)
  }

  static func maskedSoftmax(_ scores: [Double], allowed: [Bool]) throws -> [Double] {
    let largest = zip(scores, allowed).filter(\.1).map(\.0).max() ?? 0
    let exponentials = zip(scores, allowed).map { $1 ? exp($0 - largest) : 0 }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { sum == 0 ? 0 : $0 / sum }
  }

  static func merged(_ first: OnlinePart, _ second: OnlinePart) throws -> OnlinePart {
    let largest = max(first.largest, second.largest)
    guard largest > -.infinity else { return first }
    let (a, b) = (exp(first.largest - largest), exp(second.largest - largest))
    return (
      largest, first.sum * a + second.sum * b,
      zip(first.output, second.output).map { $0 * a + $1 * b }
    )
  }

  static func rotated(_ x: [Double], position: Int, halves: Bool) throws -> [Double] {
    turned(x, position, halves: halves) { pair in -2 * Double(pair) / Double(x.count) }
  }

  static func multiHead(_ rows: [[Double]], heads: Int) throws -> [[Double]] {
    let width = rows[0].count / 3 / heads
    return headResults(rows, heads) { third, head in
      let start = (third * heads + head) * width
      return rows.map { Array($0[start..<start + width]) }
    }
  }
}

typealias AttentionResults = (
  output: [[Double]], queryGradient: [[Double]], keyGradient: [[Double]],
  valueGradient: [[Double]]
)
typealias OnlinePart = (largest: Double, sum: Double, output: [Double])

enum RightAttentionAnswers: RightAttention {}

/// Attention and its gradients; the arguments are what wrong answers do otherwise.
private func attentionResults(
  _ q: [[Double]], _ k: [[Double]], _ v: [[Double]], _ upstream: [[Double]],
  scale: Double? = nil, gradientScale: Double? = nil, subtractsMean: Bool = true
) -> AttentionResults {
  let scale = scale ?? 1 / Double(q[0].count).squareRoot()
  let gradientScale = gradientScale ?? scale
  func product(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }
  func add(_ factor: Double, _ x: [Double], to sum: inout [Double]) {
    for c in x.indices { sum[c] += factor * x[c] }
  }
  var results: AttentionResults = (
    q.map { $0.map { _ in 0 } }, q.map { $0.map { _ in 0 } }, k.map { $0.map { _ in 0 } },
    v.map { $0.map { _ in 0 } }
  )
  for i in q.indices {
    let exponentials = k.map { exp(scale * product(q[i], $0)) }
    let p = exponentials.map { $0 / exponentials.reduce(0, +) }
    let slopes = v.map { product(upstream[i], $0) }
    let mean = subtractsMean ? product(p, slopes) : 0
    for j in k.indices {
      add(p[j], v[j], to: &results.output[i])
      add(p[j], upstream[i], to: &results.valueGradient[j])
      let slope = gradientScale * p[j] * (slopes[j] - mean)
      add(slope, k[j], to: &results.queryGradient[i])
      add(slope, q[i], to: &results.keyGradient[j])
    }
  }
  return results
}

private func turned(
  _ x: [Double], _ position: Int, halves: Bool, exponent: (_ pair: Int) -> Double
) -> [Double] {
  var y = x
  for pair in 0..<x.count / 2 {
    let (a, b) = halves ? (pair, pair + x.count / 2) : (2 * pair, 2 * pair + 1)
    let angle = Double(position) * pow(10_000, exponent(pair))
    y[a] = x[a] * cos(angle) - x[b] * sin(angle)
    y[b] = x[a] * sin(angle) + x[b] * cos(angle)
  }
  return y
}

private func headResults(
  _ rows: [[Double]], _ heads: Int, _ part: (_ third: Int, _ head: Int) -> [[Double]]
) -> [[Double]] {
  let results = (0..<heads).map { head in
    let (q, k, v) = (part(0, head), part(1, head), part(2, head))
    return attentionResults(q, k, v, q).output
  }
  return rows.indices.map { row in results.flatMap { $0[row] } }
}

enum UnscaledAttention: RightAttention {
  static func attention(
    query: [[Double]], key: [[Double]], value: [[Double]], upstream: [[Double]]
  ) throws -> AttentionResults {
    attentionResults(query, key, value, upstream, scale: 1)
  }
}

/// Keeps the diagonal of the softmax's derivative only.
enum DiagonalSoftmax: RightAttention {
  static func attention(
    query: [[Double]], key: [[Double]], value: [[Double]], upstream: [[Double]]
  ) throws -> AttentionResults {
    attentionResults(query, key, value, upstream, subtractsMean: false)
  }
}

enum ScaleForgottenBackwards: RightAttention {
  static func attention(
    query: [[Double]], key: [[Double]], value: [[Double]], upstream: [[Double]]
  ) throws -> AttentionResults {
    attentionResults(query, key, value, upstream, gradientScale: 1)
  }
}

/// Fills masked scores with a large negative number.
enum MinusAMillion: RightAttention {
  static func maskedSoftmax(_ scores: [Double], allowed: [Bool]) throws -> [Double] {
    let filled = zip(scores, allowed).map { $1 ? $0 : -1e6 }
    let largest = filled.max() ?? 0
    let exponentials = filled.map { exp($0 - largest) }
    return exponentials.map { $0 / exponentials.reduce(0, +) }
  }
}

/// Multiplies by 0 what is not allowed.
enum MaskedByZero: RightAttention {
  static func maskedSoftmax(_ scores: [Double], allowed: [Bool]) throws -> [Double] {
    let largest = zip(scores, allowed).filter(\.1).map(\.0).max() ?? 0
    let exponentials = zip(scores, allowed).map { exp($0 - largest) * ($1 ? 1 : 0) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { sum == 0 ? 0 : $0 / sum }
  }
}

enum SumsAdded: RightAttention {
  static func merged(_ first: OnlinePart, _ second: OnlinePart) throws -> OnlinePart {
    (
      max(first.largest, second.largest), first.sum + second.sum,
      zip(first.output, second.output).map { $0 + $1 }
    )
  }
}

/// −∞ − −∞ is NaN.
enum EmptyPartForgotten: RightAttention {
  static func merged(_ first: OnlinePart, _ second: OnlinePart) throws -> OnlinePart {
    let largest = max(first.largest, second.largest)
    let (a, b) = (exp(first.largest - largest), exp(second.largest - largest))
    return (
      largest, first.sum * a + second.sum * b,
      zip(first.output, second.output).map { $0 * a + $1 * b }
    )
  }
}

enum HalvesTakenForNeighbours: RightAttention {
  static func rotated(_ x: [Double], position: Int, halves: Bool) throws -> [Double] {
    turned(x, position, halves: false) { pair in -2 * Double(pair) / Double(x.count) }
  }
}

/// The exponent goes up with the column instead of with the pair.
enum ExponentByColumn: RightAttention {
  static func rotated(_ x: [Double], position: Int, halves: Bool) throws -> [Double] {
    turned(x, position, halves: halves) { pair in -4 * Double(pair) / Double(x.count) }
  }
}

/// Takes every third column apart from its neighbours: a view without a transpose.
enum InterleavedHeads: RightAttention {
  static func multiHead(_ rows: [[Double]], heads: Int) throws -> [[Double]] {
    let width = rows[0].count / 3 / heads
    return headResults(rows, heads) { third, head in
      rows.map { row in (0..<width).map { row[third * heads * width + $0 * heads + head] } }
    }
  }
}

enum UnansweredAttention: AttentionExercises {
  static func attention(
    query: [[Double]], key: [[Double]], value: [[Double]], upstream: [[Double]]
  ) throws -> AttentionResults { throw Unanswered() }
  static func maskedSoftmax(_ scores: [Double], allowed: [Bool]) throws -> [Double] {
    throw Unanswered()
  }
  static func merged(_ first: OnlinePart, _ second: OnlinePart) throws -> OnlinePart {
    throw Unanswered()
  }
  static func rotated(_ x: [Double], position: Int, halves: Bool) throws -> [Double] {
    throw Unanswered()
  }
  static func multiHead(_ rows: [[Double]], heads: Int) throws -> [[Double]] {
    throw Unanswered()
  }
}
