import Foundation
import Grading
import Testing

/// Right answers to chapter 7; a wrong one replaces a single function.
protocol RightTransformers: TransformersExercises {}

extension RightTransformers {
  static func normBackward(
    x: [Double], gradient: [Double], scale: [Double], epsilon: Double
  ) throws -> (x: [Double], scale: [Double], shift: [Double]) {
    normGradients(x, gradient, scale, epsilon, isUnbiased: false, keepsMean: false)
  }

  static func parameterCount(
    vocabulary: Int, context: Int, width: Int, layers: Int, isTied: Bool
  ) throws -> Int {
    ((isTied ? 1 : 2) * vocabulary + context) * width + layers * (12 * width + 13) * width
      + 2 * width
  }

  static func nucleus(_ probabilities: [Double], p: Double) throws -> [Double] {
    kept(probabilities) { before, _ in before < p }
  }

  static func encode(_ word: [Int], merges: [(left: Int, right: Int)]) throws -> [Int] {
    var parts = word
    while let rank = merges.indices.first(where: { rank in
      zip(parts, parts.dropFirst()).contains { $0 == merges[rank].left && $1 == merges[rank].right }
    }) {
      parts = merged(parts, merges[rank], into: 256 + rank)
    }
    return parts
  }

  static func attendNext(
    query: [Double], keys: [[Double]], values: [[Double]]
  ) throws -> [Double] {
    attended(query, keys, values, scale: 1 / Double(query.count).squareRoot(), shifts: true)
  }
}

private func normGradients(
  _ x: [Double], _ gradient: [Double], _ scale: [Double], _ epsilon: Double, isUnbiased: Bool,
  keepsMean: Bool
) -> (x: [Double], scale: [Double], shift: [Double]) {
  let d = Double(x.count)
  let mean = x.reduce(0, +) / d
  let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (isUnbiased ? d - 1 : d)
  let r = 1 / (variance + epsilon).squareRoot()
  let normal = x.map { ($0 - mean) * r }
  let a = zip(scale, gradient).map { $0 * $1 }
  let first = keepsMean ? 0 : a.reduce(0, +) / d
  let second = zip(a, normal).reduce(0) { $0 + $1.0 * $1.1 } / d
  return (
    zip(a, normal).map { r * ($0 - first - $1 * second) },
    zip(gradient, normal).map { $0 * $1 }, gradient
  )
}

private func kept(
  _ probabilities: [Double], while isKept: (_ before: Double, _ after: Double) -> Bool
) -> [Double] {
  let order = probabilities.indices.sorted {
    (probabilities[$1], $0) < (probabilities[$0], $1)
  }
  var sum = 0.0
  var result = [Double](repeating: 0, count: probabilities.count)
  for token in order {
    guard sum == 0 || isKept(sum, sum + probabilities[token]) else { break }
    result[token] = probabilities[token]
    sum += probabilities[token]
  }
  return result.map { $0 / sum }
}

private func merged(_ parts: [Int], _ pair: (left: Int, right: Int), into token: Int) -> [Int] {
  var result: [Int] = []
  var i = 0
  while i < parts.count {
    if i + 1 < parts.count, parts[i] == pair.left, parts[i + 1] == pair.right {
      result.append(token)
      i += 2
    } else {
      result.append(parts[i])
      i += 1
    }
  }
  return result
}

private func attended(
  _ query: [Double], _ keys: [[Double]], _ values: [[Double]], scale: Double, shifts: Bool
) -> [Double] {
  let scores = keys.map { key in zip(query, key).reduce(0) { $0 + $1.0 * $1.1 } * scale }
  let weights = scores.map { exp($0 - (shifts ? scores.max()! : 0)) }
  let total = weights.reduce(0, +)
  return query.indices.map { c in
    zip(weights, values).reduce(0) { $0 + $1.0 / total * $1.1[c] }
  }
}

enum RightTransformersAnswers: RightTransformers {}

/// The variance divided by d − 1.
enum UnbiasedNorm: RightTransformers {
  static func normBackward(
    x: [Double], gradient: [Double], scale: [Double], epsilon: Double
  ) throws -> (x: [Double], scale: [Double], shift: [Double]) {
    normGradients(x, gradient, scale, epsilon, isUnbiased: true, keepsMean: false)
  }
}

/// How an element changes the mean is forgotten.
enum MeanForgotten: RightTransformers {
  static func normBackward(
    x: [Double], gradient: [Double], scale: [Double], epsilon: Double
  ) throws -> (x: [Double], scale: [Double], shift: [Double]) {
    normGradients(x, gradient, scale, epsilon, isUnbiased: false, keepsMean: true)
  }
}

/// γ multiplies the result instead of the gradient.
enum ScaleAtTheEnd: RightTransformers {
  static func normBackward(
    x: [Double], gradient: [Double], scale: [Double], epsilon: Double
  ) throws -> (x: [Double], scale: [Double], shift: [Double]) {
    let ones = scale.map { _ in 1.0 }
    var result = normGradients(x, gradient, ones, epsilon, isUnbiased: false, keepsMean: false)
    result.x = zip(result.x, scale).map { $0 * $1 }
    return result
  }
}

/// Biases and norms are forgotten.
enum WeightsOnly: RightTransformers {
  static func parameterCount(
    vocabulary: Int, context: Int, width: Int, layers: Int, isTied: Bool
  ) throws -> Int {
    ((isTied ? 1 : 2) * vocabulary + context) * width + layers * 12 * width * width
  }
}

/// The head is always counted.
enum NeverTied: RightTransformers {
  static func parameterCount(
    vocabulary: Int, context: Int, width: Int, layers: Int, isTied: Bool
  ) throws -> Int {
    (2 * vocabulary + context) * width + layers * (12 * width + 13) * width + 2 * width
  }
}

/// The token that crosses p is dropped.
enum CrossingDropped: RightTransformers {
  static func nucleus(_ probabilities: [Double], p: Double) throws -> [Double] {
    kept(probabilities) { _, after in after <= p }
  }
}

/// The rest is not scaled to a sum of 1.
enum SumBelowOne: RightTransformers {
  static func nucleus(_ probabilities: [Double], p: Double) throws -> [Double] {
    let right = kept(probabilities) { before, _ in before < p }
    return zip(right, probabilities).map { $0 > 0 ? $1 : 0 }
  }
}

/// Pairs are merged from left to right, whatever their rank.
enum LeftmostFirst: RightTransformers {
  static func encode(_ word: [Int], merges: [(left: Int, right: Int)]) throws -> [Int] {
    var parts = word
    while let place = parts.indices.dropLast().first(where: { i in
      merges.contains { $0.left == parts[i] && $0.right == parts[i + 1] }
    }) {
      let rank = merges.firstIndex { $0.left == parts[place] && $0.right == parts[place + 1] }!
      parts.replaceSubrange(place...place + 1, with: [256 + rank])
    }
    return parts
  }
}

/// One pass through the list of merges.
enum OnePass: RightTransformers {
  static func encode(_ word: [Int], merges: [(left: Int, right: Int)]) throws -> [Int] {
    merges.enumerated().reduce(word) { merged($0, $1.element, into: 256 + $1.offset) }
  }
}

/// Scores are not scaled.
enum Unscaled: RightTransformers {
  static func attendNext(
    query: [Double], keys: [[Double]], values: [[Double]]
  ) throws -> [Double] {
    attended(query, keys, values, scale: 1, shifts: true)
  }
}

/// Exponentials of raw scores.
enum OverflowingScores: RightTransformers {
  static func attendNext(
    query: [Double], keys: [[Double]], values: [[Double]]
  ) throws -> [Double] {
    attended(query, keys, values, scale: 1 / Double(query.count).squareRoot(), shifts: false)
  }
}

@Suite struct TransformersAnswerTests {
  @Test func `right answers get all points and no message`() {
    for exercise in RightTransformersAnswers.exercises {
      let grade = exercise.grade(in: "transformers")
      #expect(grade.isComplete && grade.points > 0 && grade.message.isEmpty, "\(grade.message)")
    }
  }

  @Test(
    arguments: [
      (UnbiasedNorm.self, "normBackward", 2), (MeanForgotten.self, "normBackward", 2),
      (ScaleAtTheEnd.self, "normBackward", 4), (WeightsOnly.self, "parameterCount", 0),
      (NeverTied.self, "parameterCount", 1), (CrossingDropped.self, "nucleus", 3),
      (SumBelowOne.self, "nucleus", 1), (LeftmostFirst.self, "encode", 4),
      (OnePass.self, "encode", 4), (Unscaled.self, "attendNext", 3),
      (OverflowingScores.self, "attendNext", 3),
    ] as [(any TransformersExercises.Type, String, Int)])
  func `a typical wrong answer loses points in its exercise, and only there`(
    answers: any TransformersExercises.Type, name: String, points: Int
  ) throws {
    for exercise in answers.exercises {
      let grade = exercise.grade(in: "transformers")
      guard grade.exercise == name else {
        #expect(grade.isComplete, "\(grade.message)")
        continue
      }
      #expect(grade.points == points && !grade.isComplete, "\(grade.points): \(grade.message)")
      #expect(grade.message.contains("expected") && grade.message.contains("got"))
    }
  }
}
