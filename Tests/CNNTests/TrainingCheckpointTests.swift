import Backprop
import CNN
import KernelSupport
import Optimizers
import TestSupport
import Testing

/// A convolution with batch normalisation in training: five images of 4×4 pixels in batches of two.
private struct SmallTraining {
  let network: Sequential
  var trainer: Trainer<Adam>

  init(seed: UInt64, withBuffers: Bool = true) {
    var generator = SeededGenerator(seed: seed)
    network = Sequential(
      NormalizedConv2D(1, 3, kernel: 3, using: &generator), Dropout(0.5), Flatten(),
      Dense(48, 2, using: &generator))
    trainer = Trainer(
      parameters(of: network), buffers: withBuffers ? buffers(of: network) : [], Adam(),
      exampleCount: 5, batchSize: 2, generator: generator)
  }

  mutating func run(epochs: Int, save: ((Trainer<Adam>) throws -> Void)? = nil) rethrows {
    let network = network
    try trainer.run(epochs: epochs) { batch, generator in
      let pixels = batch.flatMap { i in (0..<16).map { _ in Scalar(i) + generator.normal() } }
      return network(
        Variable(Tensor(pixels, shape: [batch.count, 4, 4, 1])),
        .training(seed: generator.next())
      ).softmaxCrossEntropy(batch.map { $0 % 2 })
    } afterStep: { trainer, _ in
      try save?(trainer)
    }
  }

  /// What the network says when it is used: with its running statistics.
  var answer: [Scalar] {
    let image = Tensor((0..<16).map { Scalar($0) / 8 }, shape: [1, 4, 4, 1])
    return network(Variable(image), .evaluation).value.elements
  }
}

@Suite struct TrainingCheckpointTests {
  @Test func `training with running statistics resumes to the same bits`() throws {
    let folder = try TemporaryFolder()
    var straight = SmallTraining(seed: 1)
    try straight.run(epochs: 3) { try $0.save(to: folder.path("\($0.progress.stepCount)")) }
    for step in 1...9 {
      var resumed = SmallTraining(seed: 2)
      #expect(resumed.answer != straight.answer)
      try resumed.trainer.resume(from: folder.path("\(step)"))
      resumed.run(epochs: 3)
      #expect(resumed.answer == straight.answer, "after step \(step)")
    }
  }

  /// The checkpoint of the whole model does not fit half of it, nor the reverse.
  @Test(arguments: [false, true])
  func `a checkpoint and a trainer must agree about running statistics`(saved: Bool) throws {
    let folder = try TemporaryFolder()
    let file = folder.path("checkpoint")
    try SmallTraining(seed: 1, withBuffers: saved).trainer.save(to: file)
    var other = SmallTraining(seed: 1, withBuffers: !saved)
    #expect(throws: CheckpointError.self) { try other.trainer.resume(from: file) }
  }
}
