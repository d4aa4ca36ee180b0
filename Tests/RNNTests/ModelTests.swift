import Backprop
import KernelSupport
import Optimizers
import RNN
import TestSupport
import Testing

@Suite struct ModelTests {
  private func model(seed: UInt64 = 1) -> CharacterModel {
    var generator = SeededGenerator(seed: seed)
    let layers: [any RecurrentLayer] = [
      LSTM(4, 6, using: &generator), GRU(6, 5, using: &generator),
    ]
    return CharacterModel(tokenCount: 3, embeddingWidth: 4, layers: layers, using: &generator)
  }

  @Test func `streams continue where their last window ended`() {
    let streams = TextStreams(Array(0..<23), streamCount: 2, windowLength: 3)
    #expect(streams.windowCount == 3)
    #expect(streams.window(0).tokens == [0, 1, 2, 11, 12, 13])
    #expect(streams.window(0).targets == [1, 2, 3, 12, 13, 14])
    #expect(streams.window(2).tokens == [6, 7, 8, 17, 18, 19])
  }

  /// Means of the same losses in another order: half an ulp for each of the 40.
  @Test func `the loss of a text does not depend on how much is read at a time`() {
    let model = model()
    let tokens = (0..<41).map { $0 * $0 % 3 }
    let losses = [1, 7, 40, 100].map { Scalar(model.loss(on: tokens, windowLength: $0)) }
    expectClose(losses, losses.map { _ in losses[3] }, within: 64 * .ulpOfOne)
  }

  @Test func `a model learns a text that repeats itself, and continues it`() {
    let model = model()
    let all = parameters(of: model)
    var rule = Adam(learningRate: 0.02)
    let text = (0..<121).map { [0, 0, 1, 2][$0 % 4] }
    for _ in 0..<60 {
      all.clearGradients()
      model(Array(text.dropLast()), batch: 3).logits.softmaxCrossEntropy(Array(text.dropFirst()))
        .backward()
      rule.step(all)
    }
    // Chance is ln 3 = 1.1; a model without memory reaches ½ ln 2, since 0 is followed by 0 or 1.
    #expect(model.loss(on: text) < 0.1)
    var generator = SeededGenerator(seed: 1)
    let written = model.continuation(of: [0, 0], count: 8, temperature: 0.1, using: &generator)
    #expect(written == [1, 2, 0, 0, 1, 2, 0, 0])
  }

  @Test(arguments: [0.5, 1, 2] as [Scalar])
  func `tokens are drawn as often as their probabilities say`(temperature: Scalar) {
    let logits: [Scalar] = [0, 1, -0.5, 2]
    let powers = logits.map { Scalar.exp($0 / temperature) }
    let expected = powers.map { Double($0 / powers.reduce(0, +)) }
    var generator = SeededGenerator(seed: 3)
    let count = 40_000
    var counts = [Double](repeating: 0, count: 4)
    for _ in 0..<count {
      counts[sampledToken(logits: logits, temperature: temperature, using: &generator)] += 1
    }
    // χ² with three degrees of freedom exceeds 21.1 once in ten thousand times; the seed is fixed.
    let chi = zip(counts, expected).reduce(0) {
      let mean = $1.1 * Double(count)
      return $0 + ($1.0 - mean) * ($1.0 - mean) / mean
    }
    #expect(chi < 21.1)
  }

  @Test(arguments: LayerKind.allCases)
  func `what comes later changes nothing before it`(kind: LayerKind) {
    var generator = SeededGenerator(seed: 4)
    let model = CharacterModel(
      tokenCount: 5, embeddingWidth: 3, layers: [kind.layer(3, 4, seed: 1)], using: &generator)
    let (a, b) = (
      model([0, 1, 2, 3, 4], batch: 1).logits, model([0, 1, 2, 0, 0], batch: 1).logits
    )
    #expect(a.value.elements.prefix(15) == b.value.elements.prefix(15))
    #expect(a.value.elements[15..<20] != b.value.elements[15..<20])
  }

  @Test func `a layer that reads ahead neither predicts nor writes`() async {
    await #expect(processExitsWith: .failure) {
      var generator = SeededGenerator(seed: 1)
      let pair = Bidirectional(
        forward: GRU(3, 4, using: &generator), backward: GRU(3, 4, using: &generator))
      _ = CharacterModel(
        tokenCount: 5, embeddingWidth: 3, layers: [Stacked([pair])], using: &generator)
    }
    await #expect(processExitsWith: .failure) {
      var generator = SeededGenerator(seed: 1)
      let pair = Bidirectional(
        forward: GRU(3, 2, using: &generator), backward: GRU(3, 2, using: &generator))
      _ = EncoderDecoder(
        tokenCount: 5, end: 4, embeddingWidth: 3, encoder: GRU(3, 4, using: &generator),
        decoder: pair, using: &generator)
    }
  }

  private func translator() -> EncoderDecoder {
    var generator = SeededGenerator(seed: 1)
    return EncoderDecoder(
      tokenCount: 5, end: 4, embeddingWidth: 3, encoder: LSTM(3, 8, using: &generator),
      decoder: LSTM(3, 8, using: &generator), using: &generator)
  }

  @Test(arguments: Backend.allCases)
  func `an encoder and decoder's gradients are the measured slopes`(backend: Backend) {
    let model = translator()
    // Six steps of gates one after the other have fifth derivatives some times those of one: in single precision,
    // with h = 1/32, the formula's own error h⁴ |L⁽⁵⁾| / 30 is what is seen. In double it is 10⁶ times smaller.
    let tolerance: Scalar = MemoryLayout<Scalar>.size == 8 ? GradientCheck.tolerance : 2e-2
    Backend.$current.withValue(backend) {
      expectGradients(parameters(of: model), within: tolerance) {
        model.write(
          [[4, 1, 0], [4, 3, 4]], from: model.read([[0, 1, 4], [2, 3, 1]], lengths: [2, 3])
        )
        .logits
      }
    }
  }

  @Test func `padding changes neither the loss nor an answer`() {
    let model = translator()
    let losses = [
      model.loss([[0, 1]], lengths: [2], [[1, 0, 4]]),
      model.loss([[0, 1, 4, 4]], lengths: [2], [[1, 0, 4, 4, 4]]),
      model.loss([[0, 1, 3]], lengths: [2], [[1, 0, 4, 2]]),
    ].map(\.value.number)
    #expect(losses[1] == losses[0] && losses[2] == losses[0])
    let answers = model.answers([[0, 1, 2, 4], [3, 0, 0, 0]], lengths: [3, 1], count: 6)
    #expect(model.answers([[3]], lengths: [1], count: 6)[0] == answers[1])
    for answer in answers {
      let end = answer.firstIndex(of: 4) ?? 6
      #expect(answer.count == 6 && answer[end...].allSatisfy { $0 == 4 })
    }
  }
}
