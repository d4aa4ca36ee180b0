import Backprop
import KernelSupport
import Optimizers
import TestSupport
import Testing
import Transformers

private func smallPair(
  seed: UInt64 = 1, placement: NormPlacement = .after,
  activation: FeedForwardActivation = .relu
) -> Transformer {
  var generator = SeededGenerator(seed: seed)
  return Transformer(
    vocabulary: 4, width: 8, layers: 1, heads: 2, inner: 12, placement: placement,
    activation: activation, using: &generator)
}

@Suite struct SequenceTests {
  @Test(arguments: Backend.allCases)
  func `an encoder-decoder's gradients are the measured slopes`(backend: Backend) {
    let model = smallPair(placement: .before, activation: .tanhGELU)
    Backend.$current.withValue(backend) {
      expectGradients(parameters(of: model), within: 8 * GradientCheck.tolerance) {
        let memory = model.memory([0, 3, 1, 2, 2, 1], time: 3, lengths: [3, 2])
        return model.logits([0, 1, 3, 2], time: 2, memory: memory, lengths: [3, 2])
      }
    }
  }

  @Test(arguments: Backend.allCases)
  func `a classifier's gradients are the measured slopes`(backend: Backend) {
    var generator = SeededGenerator(seed: 2)
    let model = EncoderClassifier(
      vocabulary: 5, context: 4, width: 6, layers: 1, heads: 2, inner: 7, classes: 3,
      activation: .tanhGELU, using: &generator)
    Backend.$current.withValue(backend) {
      expectGradients(parameters(of: model), within: 8 * GradientCheck.tolerance) {
        model([0, 1, 4, 3, 2, 2], time: 3, lengths: [3, 1])
      }
    }
  }

  @Test func `padding's length and value change nothing`() {
    var generator = SeededGenerator(seed: 2)
    let classifier = EncoderClassifier(
      vocabulary: 5, context: 9, width: 8, layers: 2, heads: 2, inner: 12, classes: 3,
      using: &generator)
    let alone = classifier([1, 2, 3], time: 3).value
    for padding in [[0], [4], [4, 0, 2], [0, 0, 0, 0, 0, 1]] {
      let padded = classifier([1, 2, 3] + padding, time: 3 + padding.count, lengths: [3]).value
      // The mean over positions is a sum with zeros behind it; the sums of attention are the same bits.
      expectClose(padded.elements, alone.elements, within: 8 * .ulpOfOne)
    }
    let pair = smallPair()
    let short = pair.memory([1, 2, 3], time: 3)
    let long = pair.memory([1, 2, 3, 0, 1], time: 5, lengths: [3])
    #expect(
      pair.logits([0, 2], time: 2, memory: short).value
        == pair.logits([0, 2], time: 2, memory: long, lengths: [3]).value)
  }

  @Test func `a beam of one is greedy, and one of all answers finds the best`() {
    for seed in 1...4 as ClosedRange<UInt64> {
      let model = smallPair(seed: seed)
      let source = [1, 2, 3, 1]
      let greedy = model.greedy(source, time: 4, start: 0, end: 3, limit: 3)[0]
      let one = model.beamSearch(source, width: 1, start: 0, end: 3, limit: 3)[0]
      #expect(one.tokens.prefix { $0 != 3 } == greedy[...])
      // All answers of up to three tokens of four, token 3 ending them.
      var all: [Transformer.Hypothesis] = []
      func extend(_ tokens: [Int]) {
        if tokens.last == 3 || tokens.count == 3 {
          let memory = model.memory(source, time: 4)
          let logits = model.logits(
            [0] + tokens.dropLast(), time: tokens.count, memory: memory
          ).softmax().value
          let logarithm = tokens.enumerated().reduce(0.0) { sum, token in
            let row = logits.row(token.offset)
            return sum + Double(Scalar.log(row[row.startIndex + token.element]))
          }
          all.append(.init(tokens: tokens, logProbability: logarithm))
          return
        }
        for token in 0..<4 { extend(tokens + [token]) }
      }
      extend([])
      let best = all.max { $0.logProbability < $1.logProbability }!
      let found = model.beamSearch(source, width: 64, start: 0, end: 3, limit: 3)
      #expect(found[0].tokens == best.tokens)
      #expect(abs(found[0].logProbability - best.logProbability) < 1e-4)
      #expect(found.count == all.count)
      #expect(
        abs(found.reduce(0) { $0 + Double(Scalar.exp(Scalar($1.logProbability))) } - 1) < 1e-4)
    }
  }

  @Test func `a mistake inside a block names the block`() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var generator = SeededGenerator(seed: 1)
      let model = Transformer(
        vocabulary: 5, width: 4, layers: 2, heads: 2, inner: 8, using: &generator)
      // One length for two sequences.
      _ = model.memory([1, 2, 3, 4], time: 2, lengths: [2])
    }
    let output = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(output.contains("a mask of lengths [2] for 2 sequences"), "\(output)")
    #expect(output.contains("(in layer encoder.0)"), "\(output)")
  }

  @Test func `the warm-up begins at step 1 and both branches meet`() {
    let schedule = NoamSchedule(width: 512, warmUp: 4000)
    // Vaswani et al.: 512^−½ · 4000^−1.5 = 1.7469e-7 for the first step, 512^−½ · 4000^−½ = 6.9877e-4 at the peak.
    #expect(abs(schedule.learningRate(at: 0) - 1.746_928e-7) < 1e-12)
    #expect(abs(schedule.learningRate(at: 3999) - 6.987_712e-4) < 1e-9)
    #expect(schedule.learningRate(at: 3998) < schedule.learningRate(at: 3999))
    #expect(schedule.learningRate(at: 4000) < schedule.learningRate(at: 3999))
  }
}
