import Backprop
import Foundation
import KernelSupport
import Optimizers
import RNN
import TestSupport
import Testing

/// A model that carries its state through a text, and what a checkpoint of its training holds.
@Suite struct CharacterReaderTests {
  private struct PowerCut: Error {}

  /// Two streams of a text of three tokens that a memory helps with.
  private let streams = TextStreams(
    (0..<121).map { $0 * $0 / 3 % 3 }, streamCount: 2, windowLength: 6)

  private func reader(tokenCount: Int = 3, seed: UInt64 = 1) -> CharacterReader {
    var generator = SeededGenerator(seed: seed)
    let layers: [any RecurrentLayer] = [
      LSTM(4, 6, using: &generator), GRU(6, 5, using: &generator),
    ]
    let model = CharacterModel(
      tokenCount: tokenCount, embeddingWidth: 4, layers: layers, using: &generator)
    return CharacterReader(model, streamCount: 2)
  }

  private func trainer(_ reader: CharacterReader, vocabulary: String = "abc") -> Trainer<Adam> {
    var trainer = Trainer(
      reader, Adam(learningRate: 0.01), exampleCount: streams.windowCount, batchSize: 1,
      generator: SeededGenerator(seed: 2))
    trainer.shuffles = false
    trainer.context = ["vocabulary": vocabulary]
    return trainer
  }

  private func train(
    _ trainer: inout Trainer<Adam>, _ reader: CharacterReader, epochs: Int = 3,
    afterStep: @escaping (Trainer<Adam>) throws -> Void = { _ in }
  ) throws {
    try trainer.run(epochs: epochs) { batch, _ in
      if batch.first == 0 { reader.forget() }
      let window = streams.window(batch[batch.startIndex])
      return reader.loss(window.tokens, targets: window.targets)
    } afterStep: { trainer, _ in
      try afterStep(trainer)
    }
  }

  @Test func `windows one after the other are the whole`() {
    let (reader, whole) = (reader(), reader())
    let losses = (0..<streams.windowCount).map { index in
      let window = streams.window(index)
      return reader.loss(window.tokens, targets: window.targets).value.number
    }
    let long = TextStreams(
      (0..<121).map { $0 * $0 / 3 % 3 }, streamCount: 2, windowLength: 6 * streams.windowCount)
    let (tokens, targets) = long.window(0)
    let expected = whole.loss(tokens, targets: targets).value.number
    let mean = losses.reduce(0, +) / Scalar(losses.count)
    // Means of the same 120 losses in another order.
    expectClose([mean], [expected], within: 64 * .ulpOfOne)
    for (kept, last) in zip(reader.carried, whole.carried) {
      #expect(kept.hidden.value == last.hidden.value && kept.cell?.value == last.cell?.value)
    }
    reader.forget()
    #expect(buffers(of: reader).allSatisfy { $0.variable.value.elements.allSatisfy { $0 == 0 } })
  }

  @Test func `no gradient crosses from one window into the last`() {
    let (reader, fresh) = (reader(), reader())
    let (first, second) = (streams.window(0), streams.window(1))
    _ = reader.loss(first.tokens, targets: first.targets)
    reader.loss(second.tokens, targets: second.targets).backward()
    let states = reader.model(first.tokens, batch: 2).state.map { $0.detached() }
    fresh.model(second.tokens, batch: 2, from: states).logits
      .softmaxCrossEntropy(second.targets).backward()
    for (own, other) in zip(parameters(of: reader), parameters(of: fresh)) {
      #expect(own.variable.gradient == other.variable.gradient, "\(own.name)")
    }
  }

  @Test func `windows are met in the order of the text, epoch after epoch`() {
    let reader = reader()
    var trainer = trainer(reader)
    var met: [Int] = []
    trainer.run(epochs: 2) { batch, _ in
      met += batch
      let window = streams.window(batch[batch.startIndex])
      return reader.loss(window.tokens, targets: window.targets)
    }
    #expect(met == Array(0..<streams.windowCount) + Array(0..<streams.windowCount))
  }

  @Test func `the carried state is part of what a checkpoint holds`() {
    let names = buffers(of: reader()).map(\.name)
    #expect(names == ["carried.0.hidden", "carried.0.cell", "carried.1.hidden"])
  }

  /// After every step in turn: the last one of an epoch, the first of the next, the middle of a text.
  @Test func `a run cut off after any step resumes to the same bits`() throws {
    let folder = try TemporaryFolder()
    let whole = reader()
    var wholeTrainer = trainer(whole)
    try train(&wholeTrainer, whole)
    for cut in 1..<3 * streams.windowCount {
      let file = folder.path("\(cut)")
      let killed = reader()
      var killedTrainer = trainer(killed)
      #expect(throws: PowerCut.self) {
        try train(&killedTrainer, killed) { trainer in
          try trainer.save(to: file)
          if trainer.progress.stepCount == cut { throw PowerCut() }
        }
      }
      let resumed = reader(seed: 9)
      var resumedTrainer = trainer(resumed)
      try resumedTrainer.resume(from: file)
      try train(&resumedTrainer, resumed)
      #expect(resumedTrainer.checkpoint == wholeTrainer.checkpoint, "cut off after step \(cut)")
    }
  }

  @Test(arguments: [
    (
      "abd",
      "expected the vocabulary of this training, found another, which has 'c' where this one has 'd'"
    ),
    (
      "ab",
      "expected the vocabulary of this training, found another, which has 'c' where this one has its end"
    ),
    (
      "abc\n",
      "expected the vocabulary of this training, found another, which has its end where this one has '\\n'"
    ),
  ])
  func `a checkpoint with another vocabulary is one clear line, and changes nothing`(
    vocabulary: String, line: String
  ) throws {
    let file = try TemporaryFolder().path("model")
    let first = reader()
    var saved = trainer(first)
    try train(&saved, first, epochs: 1)
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try saved.save(to: file)
    #expect(try Checkpoint(contentsOf: file).context["vocabulary"] == "abc")
    var other = trainer(reader(seed: 3), vocabulary: vocabulary)
    let before = other.checkpoint
    do {
      try other.resume(from: file)
      Issue.record("resumed from another vocabulary")
    } catch let error as CheckpointError {
      #expect(error.description == "\(file): \(line)")
      #expect(error.exitStatus == .badData)
    }
    #expect(other.checkpoint == before)
  }

  @Test func `a checkpoint without a vocabulary is refused too`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("model")
    let first = reader()
    var saved = trainer(first)
    saved.context = [:]
    try saved.save(to: file)
    var other = trainer(first)
    let error = #expect(throws: CheckpointError.self) { try other.resume(from: file) }
    #expect(
      error?.description == "\(file): expected the vocabulary of this training, found none")
  }

  @Test func `a text of one character is learned at once, and its loss is 0`() {
    let reader = reader(tokenCount: 1)
    let loss = reader.loss([Int](repeating: 0, count: 12), targets: [Int](repeating: 0, count: 12))
    loss.backward()
    #expect(loss.value.number == 0)
    #expect(
      parameters(of: reader).allSatisfy { $0.variable.gradient!.elements.allSatisfy { $0 == 0 } })
  }
}
