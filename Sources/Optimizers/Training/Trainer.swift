import Backprop
import KernelSupport

/// Trains a model by mini-batches: the loop that every chapter from here on uses.
///
///     var trainer = Trainer(
///       network, Adam(), exampleCount: 5000, batchSize: 32, generator: generator.split())
///     trainer.run(epochs: 5) { batch, _ in
///       network(images(batch)).softmaxCrossEntropy(labels(batch))
///     } afterStep: { _, loss in
///       bar.advance(loss: loss)
///     } evaluate: {
///       Evaluation(loss: …, accuracy: …)
///     }
///
/// Everything that decides how training goes on is in this value and in the parameters, and all of it
/// fits into a checkpoint: a run that was killed and resumes ends with the same bits.
///
/// Source: Robbins and Monro, "A Stochastic Approximation Method", 1951; Bottou, "Large-Scale Machine
/// Learning with Stochastic Gradient Descent", COMPSTAT 2010.
public struct Trainer<Rule: Optimizer> {
  /// What is trained; each takes part in the loss.
  public let parameters: [NamedParameter]

  /// What the model changes itself while it is trained, as the statistics of batch normalisation.
  public let buffers: [NamedParameter]

  /// The rule that moves the parameters, and its memory.
  public internal(set) var optimizer: Rule

  /// How far training is.
  public internal(set) var progress: TrainingProgress

  /// The learning rate of every step; nil leaves it to the optimizer.
  public var schedule: (any Schedule)?

  /// Changes the gradients before every step, as clipping does.
  public var adjustGradients: (_ parameters: [NamedParameter]) -> Void = { _ in }

  /// Whether the examples of an epoch come in random order; else in their own, as the windows of a text do that a
  /// state is carried through.
  public var shuffles = true

  /// What the numbers mean beyond the model's shapes, by name, as the vocabulary that tokens are numbered by: a
  /// checkpoint holds it, and `resume` refuses one that says otherwise.
  public var context: ByName<String> = [:]

  /// Looks at the loss of every evaluation; when it ends the training, the parameters are the best ones.
  public var earlyStopping: EarlyStopping?

  /// All that makes the model what it is.
  var state: [NamedParameter] { parameters + buffers }

  /// Creates a trainer that has taken no step.
  ///
  /// - Parameters:
  ///   - model: a layer, or anything that holds layers, as `parameters(of:)` takes it: several networks in a
  ///     dictionary by their names, for example. Its parameters are trained; with its buffers they are what a
  ///     checkpoint holds.
  ///   - optimizer: the rule that moves the parameters; it has taken no step yet.
  ///   - exampleCount: how many training examples there are, at least 1.
  ///   - batchSize: how many a step looks at, at least 1; the last batch of an epoch may be smaller.
  ///   - generator: shuffles the examples, and is what `loss` may draw from.
  public init(
    _ model: Any, _ optimizer: Rule, exampleCount: Int, batchSize: Int, generator: SeededGenerator
  ) {
    precondition(
      exampleCount >= 1 && batchSize >= 1,
      "Trainer: \(exampleCount) examples in batches of \(batchSize)")
    precondition(
      optimizer.state.stepCount == 0,
      "Trainer: an optimizer that has taken \(optimizer.state.stepCount) steps, expected a new one")
    parameters = Backprop.parameters(of: model)
    buffers = Backprop.buffers(of: model)
    precondition(
      !parameters.isEmpty, "Trainer: a \(type(of: model)) without parameters that need a gradient")
    var generator = generator
    self.optimizer = optimizer
    progress = TrainingProgress(
      exampleCount: exampleCount, batchSize: batchSize, shuffleSeed: generator.next(),
      randomState: generator.state)
  }

  /// Trains until `epochs` epochs are complete, those before a checkpoint counted, or `earlyStopping` ends it.
  ///
  ///     for epoch in 1...epochs {
  ///       for batch in shuffled(examples) by batchSize {   // or in their own order
  ///         gradients ← 0;   L = loss(batch);   backward;   optimizer.step
  ///       }
  ///       evaluate
  ///     }
  ///
  /// - Parameters:
  ///   - epochs: how many passes over the examples in all, at least 0.
  ///   - loss: the mean loss of a batch, which it gets as numbers of examples; what it draws, for a dropout
  ///     mask, comes from the generator that it gets, so that a checkpoint holds its state.
  ///   - afterStep: gets the trainer and the loss of every batch: the place for a progress bar, and to
  ///     `save`.
  ///   - evaluate: what a finished epoch is recorded with; runs without gradients. Early stopping needs it.
  /// - Throws: what `afterStep` throws; a later `run` goes on after that step.
  public mutating func run(
    epochs: Int,
    loss: (_ batch: ArraySlice<Int>, _ generator: inout SeededGenerator) -> Variable,
    afterStep: ((_ trainer: Self, _ loss: Scalar) throws -> Void)? = nil,
    evaluate: () -> Evaluation? = { nil }
  ) rethrows {
    while progress.history.count < epochs && earlyStopping?.isOver != true {
      var shuffler = SeededGenerator(seed: progress.shuffleSeed)
      let count = progress.exampleCount
      let order = shuffles ? shuffler.permutation(count: count) : Array(0..<count)
      while progress.batch < progress.batchCount {
        let start = progress.batch * progress.batchSize
        let end = min(start + progress.batchSize, progress.exampleCount)
        let batchLoss = step(order[start..<end], loss)
        try afterStep?(self, batchLoss)
      }
      finishEpoch(Variable.withoutGradients(evaluate))
    }
  }

  /// One step: forward, backward, and down.
  private mutating func step(
    _ batch: ArraySlice<Int>,
    _ loss: (_ batch: ArraySlice<Int>, _ generator: inout SeededGenerator) -> Variable
  ) -> Scalar {
    var generator = SeededGenerator(seed: progress.randomState)
    parameters.clearGradients()
    let batchLoss = loss(batch, &generator)
    batchLoss.backward()
    adjustGradients(parameters)
    if let schedule {
      optimizer.learningRate = schedule.learningRate(at: progress.stepCount)
    }
    optimizer.step(parameters)
    progress.randomState = generator.state
    progress.lossSum += Double(batchLoss.value.number) * Double(batch.count)
    progress.batch += 1
    progress.stepCount += 1
    return batchLoss.value.number
  }

  /// Records the epoch whose batches are done, and draws the order of the next one.
  private mutating func finishEpoch(_ evaluation: Evaluation?) {
    progress.history.append(
      EpochRecord(
        trainingLoss: progress.lossSum / Double(progress.exampleCount), evaluation: evaluation))
    var generator = SeededGenerator(seed: progress.randomState)
    progress.shuffleSeed = generator.next()
    progress.randomState = generator.state
    progress.batch = 0
    progress.lossSum = 0
    if var stopping = earlyStopping {
      precondition(evaluation != nil, "Trainer.run: early stopping without an evaluation")
      let isOver = stopping.shouldStop(loss: evaluation?.loss ?? .nan, state)
      if isOver { stopping.restoreBest(state) }
      earlyStopping = stopping
    }
  }
}
