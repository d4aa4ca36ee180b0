import Foundation
import KernelSupport
import RNN
import Testing

/// A model of three tokens, the last of which ends a sequence: its probabilities follow from the tokens so far.
private func logProbabilities(_ tokens: [Int]) -> [Double] {
  var generator = SeededGenerator(seed: UInt64(tokens.reduce(1) { $0 * 4 + $1 + 1 }))
  let powers = (0..<3).map { _ in exp(2 * Double(generator.uniform())) }
  return powers.map { log($0 / powers.reduce(0, +)) }
}

private func search(_ beam: BeamSearch) -> [BeamSearch.Hypothesis] {
  beam.search(from: [Int](), end: 2) { tokens, last in
    let all = tokens + (last.map { [$0] } ?? [])
    return (logProbabilities(all), all)
  }
}

@Suite struct BeamSearchTests {
  /// Every sequence of at most so many tokens that ends, or ran out of length.
  private func all(_ length: Int, _ tokens: [Int] = [], _ sum: Double = 0) -> [([Int], Double)] {
    if tokens.last == 2 || tokens.count == length { return [(tokens, sum)] }
    return logProbabilities(tokens).enumerated().flatMap {
      all(length, tokens + [$0.offset], sum + $0.element)
    }
  }

  @Test(arguments: [0, 0.7, 1.0])
  func `a beam as wide as all beginnings is an exhaustive search`(power: Double) {
    let best = all(4).map { ($0.0, $0.1 / pow(Double($0.0.count), power)) }.max { $0.1 < $1.1 }!
    let found = search(BeamSearch(width: 81, lengthPower: power, maximumLength: 4))
    #expect(found[0].tokens == best.0)
    // Powers of small lengths by the book's own logarithm: a few ulp in single precision.
    #expect(abs(found[0].score - best.1) < 1e-5)
    #expect(found.count == min(81, all(4).count))
    #expect(Set(found.map(\.tokens)).count == found.count, "a finished beginning counts once")
  }

  @Test func `a beam of one is greedy`() {
    var (tokens, sum) = ([Int](), 0.0)
    while tokens.count < 6 && tokens.last != 2 {
      let scores = logProbabilities(tokens)
      let best = scores.indices.max { scores[$0] < scores[$1] }!
      tokens.append(best)
      sum += scores[best]
    }
    let found = search(BeamSearch(width: 1, maximumLength: 6))
    #expect(found.count == 1 && found[0].tokens == tokens)
    #expect(abs(found[0].logProbability - sum) < 1e-12)
  }

  @Test func `the length power changes who wins`() {
    // To end at once has probability 0.5; to go on and then be sure of three more tokens 0.45.
    func find(_ power: Double) -> [Int] {
      BeamSearch(width: 4, lengthPower: power, maximumLength: 8).search(from: 0, end: 2) {
        step, _ in
        let shares: [Double] = step == 0 ? [0.45, 0.05, 0.5] : step < 3 ? [1, 0, 0] : [0, 0, 1]
        return (shares.map { $0 > 0 ? log($0) : -.infinity }, step + 1)
      }[0].tokens
    }
    #expect(find(0) == [2])
    #expect(find(1) == [0, 0, 0, 2])
  }

  /// To end after one token or two scores ln ½ = −0.69 and ln 0.3 / 2 = −0.60; what goes on has only ln 0.2 = −1.61 by
  /// then, which eight tokens share in the end.
  @Test func `a search goes on while length can still make up for probability`() {
    let found = BeamSearch(width: 2, lengthPower: 1, maximumLength: 8).search(from: 0, end: 1) {
      step, _ in
      let first = [[0.5, 0.5], [0.4, 0.6]]
      let shares = step < 2 ? first[step] : step < 7 ? [1, 0] : [0, 1]
      return (shares.map { $0 > 0 ? log($0) : -.infinity }, step + 1)
    }
    #expect(found.map(\.tokens) == [[0, 0, 0, 0, 0, 0, 0, 1], [0, 1]])
    #expect(abs(found[0].score - log(0.2) / 8) < 1e-12)
  }

  @Test func `what runs out of length is returned without an end`() {
    let found = BeamSearch(width: 2, maximumLength: 3).search(from: 0, end: 2) { _, _ in
      ([log(0.6), log(0.4), -.infinity], 0)
    }
    #expect(found.map(\.tokens.count) == [3, 3] && found[0].tokens == [0, 0, 0])
  }
}
