import Backprop
import KernelSupport

extension Trainer {
  /// Everything that decides how training goes on.
  public var checkpoint: Checkpoint {
    Checkpoint(
      parameters: named(state.map(\.variable.value)),
      bestParameters: named(earlyStopping?.bestValues ?? []),
      optimizerState: optimizer.state.tensors, progress: progress, context: context)
  }

  /// Values of parameters and buffers, or of none of them, by their names.
  private func named(_ values: [Tensor]) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: zip(state.map(\.name), values))
  }

  /// Writes a checkpoint, whole or not at all: a process that is killed meanwhile leaves the old one.
  ///
  /// - Parameters:
  ///   - file: its path.
  ///   - interval: only after steps whose number is a multiple of this, at least 1.
  /// - Throws: `SafeTensorsError.unwritable`.
  public func save(to file: String, everySteps interval: Int = 1) throws(SafeTensorsError) {
    precondition(interval >= 1, "Trainer.save: an interval of \(interval) steps")
    if progress.stepCount % interval == 0 { try checkpoint.write(to: file) }
  }

  /// Goes on from a checkpoint as if training had never stopped.
  ///
  /// - Parameter file: the path of what `save` wrote for the same model, kind of optimizer, number of
  ///   examples, size of batches and context.
  /// - Throws: `SafeTensorsError` or `CheckpointError`; nothing is changed then.
  public mutating func resume(from file: String) throws {
    let checkpoint = try Checkpoint(contentsOf: file)
    let (found, expected) = (checkpoint.progress, progress)
    guard found.exampleCount == expected.exampleCount && found.batchSize == expected.batchSize
    else {
      throw CheckpointError.otherBatches(
        file: file, found: [found.exampleCount, found.batchSize],
        expected: [expected.exampleCount, expected.batchSize])
    }
    try checkpoint.check(context, file: file)
    try checkpoint.check(state, file: file)
    let losses = found.history.compactMap(\.evaluation?.loss)
    let stops = earlyStopping != nil && !losses.isEmpty
    let best = stops ? try checkpoint.bestValues(of: state, file: file) : []
    do {
      try optimizer.restore(
        stepCount: found.stepCount, tensors: checkpoint.optimizerState, for: parameters)
    } catch {
      throw CheckpointError.otherOptimizer(file: file, reason: error)
    }
    try checkpoint.restore(state, file: file)
    earlyStopping?.restore(losses: losses, bestValues: best)
    progress = found
  }
}
