import Foundation
import KernelSupport
import TestSupport
import Testing
import Transformers

@Suite struct SamplingTests {
  static let logits: [Scalar] = [1, 3, 2, 2, -1, 0.5]

  static let rules = [
    Sampling(), Sampling(temperature: 0.5), Sampling(temperature: 3), Sampling(topK: 3),
    Sampling(topP: 0.7), Sampling(temperature: 2, topK: 5, topP: 0.8),
  ]

  /// The definition, written apart: softmax in double precision, then what is dropped.
  private static func expected(_ rule: Sampling) -> [Double] {
    let weights = logits.map { Foundation.exp(Double($0) / Double(rule.temperature)) }
    let order = logits.indices.sorted { (weights[$1], $0) < (weights[$0], $1) }
      .prefix(rule.topK ?? .max)
    let total = order.reduce(0) { $0 + weights[$1] }
    var kept: [Int] = []
    var sum = 0.0
    for token in order where sum < Double(rule.topP ?? 1) * total {
      kept.append(token)
      sum += weights[token]
    }
    return logits.indices.map { kept.contains($0) ? weights[$0] / sum : 0 }
  }

  @Test(arguments: rules)
  func `probabilities are the definition's`(rule: Sampling) {
    // The exponential is taken in single precision.
    for (a, b) in zip(rule.probabilities(Self.logits), Self.expected(rule)) {
      #expect(abs(a - b) < 1e-6)
    }
  }

  @Test(arguments: rules)
  func `draws are distributed as the probabilities say`(rule: Sampling) {
    let expected = Self.expected(rule)
    let draws = 20_000
    var generator = SeededGenerator(seed: 5)
    var counts = [Int](repeating: 0, count: expected.count)
    for _ in 0..<draws { counts[rule.sample(Self.logits, using: &generator)] += 1 }
    let chi2 = zip(counts, expected).reduce(0.0) { sum, pair in
      guard pair.1 > 0 else {
        #expect(pair.0 == 0)
        return sum
      }
      let mean = pair.1 * Double(draws)
      return sum + (Double(pair.0) - mean) * (Double(pair.0) - mean) / mean
    }
    // At most five degrees of freedom: the χ² exceeds 20.5 once in a thousand seeds.
    #expect(chi2 < 20.5)
  }

  @Test func `the χ² test rejects the wrong temperature`() {
    let expected = Self.expected(Sampling(temperature: 1.1))
    var generator = SeededGenerator(seed: 5)
    var counts = [Double](repeating: 0, count: expected.count)
    for _ in 0..<20_000 { counts[Sampling().sample(Self.logits, using: &generator)] += 1 }
    let chi2 = zip(counts, expected).reduce(0) {
      $0 + ($1.0 - 20_000 * $1.1) * ($1.0 - 20_000 * $1.1) / (20_000 * $1.1)
    }
    #expect(chi2 > 20.5)
  }

  @Test func `temperature 0 takes the largest, the first of equals, and no random number`() {
    var generator = SeededGenerator(seed: 1)
    #expect(Sampling.greedy.sample([1, 3, 3, 2], using: &generator) == 1)
    #expect(generator == SeededGenerator(seed: 1))
    #expect(Sampling.greedy.probabilities([1, 3, 3, 2]) == [0, 1, 0, 0])
  }

  @Test func `of equal logits exactly k are kept, the first ones`() {
    let found = Sampling(topK: 2).probabilities([Scalar](repeating: 1, count: 5))
    #expect(found == [0.5, 0.5, 0, 0, 0])
    #expect(Sampling(topK: 9).probabilities([0, 0]) == [0.5, 0.5])
  }

  @Test func `the token that crosses p is kept, and at least one always`() {
    // Probabilities ½, ¼, ¼: a half is reached by the first alone, and anything above it needs the second.
    let logits: [Scalar] = [Scalar.log(2), 0, 0]
    #expect(Sampling(topP: 0.49).probabilities(logits) == [1, 0, 0])
    let two = Sampling(topP: 0.6).probabilities(logits)
    #expect(abs(two[0] - 2 / 3) < 1e-6 && abs(two[1] - 1 / 3) < 1e-6 && two[2] == 0)
    #expect(Sampling(topP: 1e-9).probabilities(logits) == [1, 0, 0])
  }

  @Test func `temperature comes before top-p`() {
    // At temperature 1 the first token has 0.88 and fills p = 0.8 alone; at 10 all three are nearly equal.
    let logits: [Scalar] = [3, 0.5, 0.5]
    #expect(Sampling(topP: 0.8).probabilities(logits).filter { $0 > 0 }.count == 1)
    #expect(
      Sampling(temperature: 10, topP: 0.8).probabilities(logits).filter { $0 > 0 }.count == 3)
  }
}
