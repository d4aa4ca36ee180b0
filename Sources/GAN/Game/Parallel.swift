import KernelSupport
import Synchronization

/// Runs independent experiments side by side, each on one thread, and returns their results in order.
///
/// Networks of a few thousand weights are too small to share; experiments are not. An experiment that draws from
/// a generator of its own gives the same bits as if it ran alone.
///
/// - Parameters:
///   - inputs: what tells the experiments apart, as their seeds.
///   - body: runs one; networks that it makes stay within it.
/// - Returns: what `body` returned, in the order of the inputs.
/// - Throws: the first error in that order.
public func inParallel<Input: Sendable, Result: Sendable>(
  _ inputs: [Input], _ body: @Sendable (Input) throws -> Result
) throws -> [Result] {
  let results = Mutex([Swift.Result<Result, any Error>?](repeating: nil, count: inputs.count))
  let backend = Backend.current
  Threads.perform(blockCount: inputs.count) { index in
    let result = Swift.Result {
      try Threads.$count.withValue(1) {
        try Backend.$current.withValue(backend) { try body(inputs[index]) }
      }
    }
    results.withLock { $0[index] = result }
  }
  return try results.withLock { $0 }.map { result in
    guard let result else { fatalError("inParallel: an experiment gave no result") }
    return try result.get()
  }
}
