import Backprop
import Foundation
import KernelSupport
import Optimizers
import TestSupport
import Testing

/// A small network in training: 3-4-2, noise on the inputs, five examples in batches of two.
private struct SmallTraining<Rule: Optimizer> {
  let network: Sequential
  var trainer: Trainer<Rule>

  init(_ optimizer: Rule = Adam(), seed: UInt64 = 1) {
    var generator = SeededGenerator(seed: seed)
    network = Sequential(
      Dense(3, 4, activation: .tanh, using: &generator), Dense(4, 2, using: &generator))
    trainer = Trainer(
      network, optimizer, exampleCount: 5, batchSize: 2, generator: generator)
  }

  mutating func run(
    epochs: Int, afterStep: ((_ trainer: Trainer<Rule>, _ loss: Scalar) throws -> Void)? = nil
  ) rethrows {
    let network = network
    try trainer.run(epochs: epochs) { batch, generator in
      let noise = batch.flatMap { i in (0..<3).map { _ in Scalar(i) + generator.normal() } }
      return network(Variable(Tensor(noise, shape: [batch.count, 3])))
        .softmaxCrossEntropy(batch.map { $0 % 2 })
    } afterStep: { trainer, loss in
      try afterStep?(trainer, loss)
    } evaluate: {
      // Anything that rises and falls: the parameters of any epoch may be the best.
      Evaluation(
        loss: Double(network(Variable(Tensor([1, 2, 3], shape: [1, 3]))).value.elements[1]))
    }
  }
}

@Suite struct CheckpointTests {
  private static let optimizers: [any Optimizer] = [
    SGD(learningRate: 0.1), SGD(learningRate: 0.1, momentum: 0.9), AdaGrad(), RMSProp(), Adam(),
    AdamW(), Lion(),
  ]

  @Test(arguments: optimizers) func `training that resumes after any step ends with the same bits`(
    optimizer: any Optimizer
  ) throws {
    try checkResuming(optimizer, earlyStopping: nil)
  }

  @Test func `training that resumes ends early with the same bits`() throws {
    let stepCount = try checkResuming(
      Adam(learningRate: 0.1), earlyStopping: EarlyStopping(patience: 2))
    #expect(stepCount < 60, "it never ended early")
    #expect(stepCount > 9, "it ended as early as it could")
  }

  /// Resumes a training of up to 20 epochs after each of its steps; returns how many there were.
  @discardableResult
  private func checkResuming(
    _ optimizer: some Optimizer, earlyStopping: EarlyStopping?
  ) throws -> Int {
    let folder = try TemporaryFolder()
    var straight = SmallTraining(optimizer)
    straight.trainer.earlyStopping = earlyStopping
    let epochs = earlyStopping == nil ? 3 : 20
    try straight.run(epochs: epochs) { trainer, _ in
      try trainer.save(to: folder.path("\(trainer.progress.stepCount)"))
    }
    let stepCount = straight.trainer.progress.stepCount
    try straight.trainer.save(to: folder.path("end"))
    for name in (1...stepCount).map(String.init) + ["end"] {
      var resumed = SmallTraining(optimizer, seed: 2)
      resumed.trainer.earlyStopping = earlyStopping
      try resumed.trainer.resume(from: folder.path(name))
      resumed.run(epochs: epochs)
      #expect(resumed.trainer.checkpoint == straight.trainer.checkpoint, "after step \(name)")
    }
    return stepCount
  }

  @Test func `a checkpoint is written after every so many steps`() throws {
    let folder = try TemporaryFolder()
    var training = SmallTraining()
    try training.run(epochs: 3) { trainer, _ in
      try trainer.save(to: folder.path("\(trainer.progress.stepCount)"), everySteps: 4)
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(files.sorted() == ["4", "8"])
  }

  @Test func `an interval of no steps is refused with a word about it`() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      try SmallTraining().trainer.save(to: "/nowhere", everySteps: 0)
    }
    let said = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(said.contains("Fatal error: Trainer.save: an interval of 0 steps"))
  }

  @Test func `the file has parameters, slots and progress under their names`() throws {
    let folder = try TemporaryFolder()
    var training = SmallTraining()
    training.run(epochs: 1)
    let file = folder.path("checkpoint")
    try training.trainer.save(to: file)
    let contents = try SafeTensors(contentsOf: file)
    #expect(contents.tensors["0.weight"] == training.trainer.parameters[0].variable.value)
    #expect(contents.tensors["optimizer/0.weight.firstMoment"]?.shape == [3, 4])
    #expect(contents.tensors["optimizer/1.bias.secondMoment"]?.shape == [2])
    #expect(contents.tensors.count == 4 * 3)
    #expect(Array(contents.metadata.keys) == ["training"])
    #expect(try Checkpoint(contentsOf: file) == training.trainer.checkpoint)
  }

  @Test func `random state beyond 2⁵³ and losses that are no numbers survive`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("checkpoint")
    var generator = SeededGenerator(seed: 3)
    for loss in [Scalar.infinity, -.infinity, .nan, 0.1, .leastNonzeroMagnitude, -0.0] {
      let weight = Variable(Tensor([loss], shape: [1]), needsGradient: true)
      var trainer = Trainer(
        ["w": weight], SGD(learningRate: 0), exampleCount: 1, batchSize: 1,
        generator: generator.split())
      trainer.run(epochs: 2) { _, _ in weight.sum() }
      try trainer.save(to: file)
      // As texts, in which NaN equals NaN, but for the sign that arithmetic may give it.
      let texts = [try Checkpoint(contentsOf: file).progress, trainer.progress].map {
        "\($0)".replacing("-nan", with: "nan")
      }
      #expect(texts[0] == texts[1])
    }
  }

  @Test func `parameters alone can be restored`() throws {
    let (trained, other) = (SmallTraining(), SmallTraining(seed: 2))
    try trained.trainer.checkpoint.restore(other.trainer.parameters, file: "f")
    #expect(other.trainer.checkpoint.parameters == trained.trainer.checkpoint.parameters)
  }
}

/// Checkpoints that do not fit, and the errors that must follow.
@Suite struct CheckpointErrorTests {
  /// What is left of a training after it could not resume from a changed checkpoint.
  private func expectRefusal(
    _ error: (_ file: String) -> CheckpointError, sourceLocation: SourceLocation = #_sourceLocation,
    change: (inout SafeTensors) -> Void
  ) throws {
    let folder = try TemporaryFolder()
    let file = folder.path("checkpoint")
    var saved = SmallTraining()
    saved.trainer.earlyStopping = EarlyStopping(patience: 2)
    saved.run(epochs: 1)
    try saved.trainer.save(to: file)
    var contents = try SafeTensors(contentsOf: file)
    change(&contents)
    try contents.write(to: file)
    var training = SmallTraining(seed: 2)
    training.trainer.earlyStopping = EarlyStopping(patience: 2)
    let before = training.trainer.checkpoint
    #expect(throws: error(file), sourceLocation: sourceLocation) {
      try training.trainer.resume(from: file)
    }
    #expect(training.trainer.checkpoint == before, sourceLocation: sourceLocation)
    #expect(error(file).description.hasPrefix("\(file): "), sourceLocation: sourceLocation)
    #expect(error(file).exitStatus == .badData, sourceLocation: sourceLocation)
  }

  @Test func `a parameter that is missing is reported`() throws {
    try expectRefusal({ .missing(file: $0, parameter: "1.bias", shape: [2]) }) {
      $0.tensors["1.bias"] = nil
    }
  }

  @Test func `a tensor that is no parameter is reported`() throws {
    try expectRefusal({ .unexpected(file: $0, tensor: "2.weight") }) {
      $0.tensors["2.weight"] = Tensor(1)
      $0.tensors["3.weight"] = Tensor(1)
    }
  }

  @Test func `a parameter of another shape is reported`() throws {
    try expectRefusal({
      .otherShape(file: $0, parameter: "0.weight", found: [4, 3], expected: [3, 4])
    }) {
      $0.tensors["0.weight"] = Tensor(shape: [4, 3])
    }
  }

  @Test(arguments: [false, true])
  func `best parameters that are missing or of another shape are reported`(isThere: Bool) throws {
    try expectRefusal({
      isThere
        ? .otherShape(file: $0, parameter: "best/0.bias", found: [5], expected: [4])
        : .missing(file: $0, parameter: "best/0.bias", shape: [4])
    }) {
      $0.tensors["best/0.bias"] = isThere ? Tensor(shape: [5]) : nil
    }
  }

  @Test(arguments: [
    (OptimizerStateError.missing("0.bias.firstMoment"), [Int]?.none),
    (.shape("0.bias.firstMoment", found: [2, 2], expected: [4]), [2, 2]),
  ])
  func `a slot that does not fit is reported`(reason: OptimizerStateError, shape: [Int]?) throws {
    try expectRefusal({ .otherOptimizer(file: $0, reason: reason) }) {
      $0.tensors["optimizer/0.bias.firstMoment"] = shape.map { Tensor(shape: $0) }
    }
  }

  @Test func `the state of another optimizer is reported`() throws {
    let reason = OptimizerStateError.unknown("0.bias.velocity")
    try expectRefusal({ .otherOptimizer(file: $0, reason: reason) }) {
      $0.tensors["optimizer/0.bias.velocity"] = Tensor(shape: [4])
    }
  }

  @Test(arguments: [
    ("", ""), ("{", "["), (#""batch":0"#, #""batch":4"#), (#""batch":0"#, #""batch":-1"#),
    (#""batch":0"#, #""batch":0.5"#), (#""batchSize":2"#, #""batchSize":0"#),
    (#""exampleCount":5"#, #""exampleCount":-9223372036854775808"#),
    (#""stepCount":3"#, #""stepCount":9223372036854775807"#),
    (#""stepCount":3"#, #""stepCount":-1"#), (#""stepCount":3"#, #""stepCount":1e400"#),
    (#""randomState":"#, #""randomState":-"#), (#""lossSum":0"#, #""lossSum":null"#),
    (#""history""#, #""historia""#),
  ])
  func `progress that cannot be is reported`(part: String, replacement: String) throws {
    try expectRefusal({ .noProgress(file: $0) }) {
      if part.isEmpty { $0.metadata["training"] = nil }
      if let text = $0.metadata["training"] {
        #expect(text.contains(part))
        $0.metadata["training"] = text.replacing(part, with: replacement, maxReplacements: 1)
      }
    }
  }

  @Test(arguments: [(#""exampleCount":5"#, "6", [6, 2]), (#""batchSize":2"#, "3", [5, 3])])
  func `other batches are reported`(part: String, number: String, found: [Int]) throws {
    try expectRefusal({ .otherBatches(file: $0, found: found, expected: [5, 2]) }) {
      let text = $0.metadata["training"] ?? ""
      $0.metadata["training"] = text.replacing(part, with: part.dropLast() + number)
    }
  }

  @Test func `a file that is no safetensors file is reported`() throws {
    var training = SmallTraining()
    #expect(throws: SafeTensorsError.missing(file: "/no/such/file")) {
      try training.trainer.resume(from: "/no/such/file")
    }
  }
}
