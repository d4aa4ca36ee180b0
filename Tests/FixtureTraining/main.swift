import Backprop
import Foundation
import KernelSupport
import Optimizers

// The training that the tests run as a process, kill, and run again: it saves a checkpoint in FILE after
// every step, and goes on from the one that it finds there.
//
//     FixtureTraining FILE

let file = CommandLine.arguments[1]
var generator = SeededGenerator(seed: 5)
let images = Initializer.gaussian(standardDeviation: 1).tensor(
  shape: [43, 64], using: &generator)
let labels = (0..<43).map { _ in generator.integer(below: 10) }
let network = Sequential(
  Dense(64, 256, activation: .relu, using: &generator), Dense(256, 10, using: &generator))

@MainActor func loss(_ batch: some Collection<Int>, noise: (Int) -> Scalar) -> Variable {
  let rows = batch.flatMap { Array(images.row($0)) }
  let inputs = Tensor(rows.indices.map { rows[$0] + noise($0) }, shape: [batch.count, 64])
  return network(Variable(inputs)).softmaxCrossEntropy(batch.map { labels[$0] })
}

var trainer = Trainer(
  network, Adam(), exampleCount: 40, batchSize: 7, generator: generator)
trainer.schedule = CosineDecay(from: 0.01, steps: 30)
if FileManager.default.fileExists(atPath: file) { try trainer.resume(from: file) }
try trainer.run(epochs: 5) { batch, generator in
  loss(batch) { _ in generator.normal() / 10 }
} afterStep: { trainer, _ in
  try trainer.save(to: file)
} evaluate: {
  Evaluation(loss: Double(loss(40..<43) { _ in 0 }.value.number))
}
try trainer.save(to: file)
