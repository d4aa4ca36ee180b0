import Autoencoders
import Backprop
import KernelSupport
import Optimizers
import TestSupport
import Testing

/// A model whose pixels and latent numbers are drawn anew for every batch, as the chapter's are: all that is
/// random comes from the trainer's generator, so a checkpoint must be able to bring it back.
private struct SmallTraining {
  let model: VariationalAutoencoder
  var trainer: Trainer<Adam>

  init(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    model = VariationalAutoencoder(9, hidden: [6], latent: 2, using: &generator)
    trainer = Trainer(
      model, Adam(learningRate: 0.01), exampleCount: 7, batchSize: 3,
      generator: generator)
    trainer.schedule = CosineDecay(from: 0.01, steps: 9)
  }

  mutating func run(epochs: Int, save: ((Trainer<Adam>) throws -> Void)? = nil) rethrows {
    let model = model
    try trainer.run(epochs: epochs) { batch, generator in
      let grey = Tensor(
        batch.flatMap { example in (0..<9).map { Scalar(($0 * 5 + example * 3) % 10) / 10 } },
        shape: [batch.count, 9])
      return model.loss(grey.sampledBernoulli(seed: generator.next()), seed: generator.next())
    } afterStep: { trainer, _ in
      try save?(trainer)
    }
  }

  var bits: UInt64 { checksum(parameters(of: model).flatMap { $0.variable.value.elements }) }
}

@Suite struct ResumptionTests {
  @Test func `training that draws pixels and noise resumes after any step to the same bits`() throws
  {
    let folder = try TemporaryFolder()
    var straight = SmallTraining(seed: 1)
    try straight.run(epochs: 3) { try $0.save(to: folder.path("\($0.progress.stepCount)")) }
    for step in 1...9 {
      var resumed = SmallTraining(seed: 2)
      #expect(resumed.bits != straight.bits)
      try resumed.trainer.resume(from: folder.path("\(step)"))
      resumed.run(epochs: 3)
      #expect(resumed.bits == straight.bits, "after step \(step)")
    }
  }

  @Test func `a checkpoint of another width is refused, and nothing changes`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("checkpoint")
    try SmallTraining(seed: 1).trainer.save(to: file)
    var generator = SeededGenerator(seed: 3)
    let wider = VariationalAutoencoder(9, hidden: [7], latent: 2, using: &generator)
    var trainer = Trainer(
      wider, Adam(), exampleCount: 7, batchSize: 3, generator: generator)
    let before = parameters(of: wider).map { $0.variable.value }
    #expect(throws: CheckpointError.self) { try trainer.resume(from: file) }
    #expect(parameters(of: wider).map { $0.variable.value } == before)
  }
}
