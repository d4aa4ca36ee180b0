import Synchronization

/// Runs independent experiments side by side, each on one thread, and returns their results in order.
///
/// Networks of a few thousand weights are too small to share between threads; experiments are not. An experiment
/// that draws from a generator of its own gives the same bits as if it ran alone.
///
///     let accuracies = inParallel(Array(0..<3)) { seed in train(seed: seed).accuracy }
///
/// - Parameters:
///   - inputs: what tells the experiments apart, as their seeds.
///   - body: runs one, on one thread and the backend of the caller; what it returns is nobody else's.
/// - Returns: what `body` returned, in the order of the inputs.
/// - Throws: the first error in that order, after all experiments have ended.
public func inParallel<Input: Sendable, Result, Failure: Error>(
  _ inputs: [Input], _ body: @Sendable (Input) throws(Failure) -> sending Result
) throws(Failure) -> [Result] {
  let outcomes = Mutex([Outcome<Result, Failure>?](repeating: nil, count: inputs.count))
  let backend = Backend.current
  Threads.perform(blockCount: inputs.count) { index in
    let outcome = Threads.$count.withValue(1) {
      Backend.$current.withValue(backend) {
        Outcome { () throws(Failure) in try body(inputs[index]) }
      }
    }
    outcomes.withLock { $0[index] = outcome }
  }
  return try outcomes.withLock { $0 }.map { (outcome) throws(Failure) in
    guard let outcome else { preconditionFailure("inParallel: an experiment gave no result") }
    return try outcome.result.get()
  }
}

/// Runs every choice with every seed, many at a time, and returns for every choice an array of its runs.
///
/// - Parameters:
///   - choices: what is compared.
///   - runs: what tells a choice's runs apart, as their seeds.
///   - body: runs one, as in the function above.
/// - Returns: what `body` returned, in the order of the choices and, within each, of the runs.
/// - Throws: the first error in that order, after all experiments have ended.
public func inParallel<Choice: Sendable, Run: Sendable, Result, Failure: Error>(
  _ choices: [Choice], _ runs: [Run],
  _ body: @Sendable (Choice, Run) throws(Failure) -> sending Result
) throws(Failure) -> [[Result]] {
  let pairs = choices.flatMap { choice in runs.map { (choice, $0) } }
  let results = try inParallel(pairs) { (pair) throws(Failure) in try body(pair.0, pair.1) }
  return choices.indices.map { i in Array(results[i * runs.count..<(i + 1) * runs.count]) }
}

/// What an experiment has come to, on its way from the thread that ran it, which keeps nothing of it.
private struct Outcome<Success, Failure: Error>: @unchecked Sendable {
  let result: Result<Success, Failure>

  init(of experiment: () throws(Failure) -> Success) {
    result = Result(catching: experiment)
  }
}
