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

  init(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    network = Sequential(
      NormalizedConv2D(1, 3, kernel: 3, using: &generator), Dropout(0.5), Flatten(),
      Dense(48, 2, using: &generator))
    trainer = Trainer(
      network, Adam(), exampleCount: 5, batchSize: 2, generator: generator)
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

  @Test func `a checkpoint without the running statistics is refused`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("checkpoint")
    var training = SmallTraining(seed: 1)
    try training.trainer.save(to: file)
    var contents = try SafeTensors(contentsOf: file)
    #expect(contents.tensors.removeValue(forKey: "0.normalization.running.mean") != nil)
    try contents.write(to: file)
    #expect(throws: CheckpointError.self) { try training.trainer.resume(from: file) }
  }
}
