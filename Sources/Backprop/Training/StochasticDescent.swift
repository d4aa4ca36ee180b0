import KernelSupport

/// One pass over the training examples in random order: for each batch forward, backward, and a step.
///
///     for batch in shuffled(0..<exampleCount) by batchSize {
///       gradients ← 0;   L = loss(batch);   w ← w − η ∂L/∂w
///     }
///
/// - Parameters:
///   - parameters: what is trained; each takes part in the loss.
///   - exampleCount: how many examples there are, at least 1.
///   - batchSize: how many a step looks at, at least 1; the last batch may be smaller.
///   - learningRate: η, above 0.
///   - generator: shuffles the examples.
///   - loss: the mean loss of a batch, which it gets as numbers of examples.
///   - afterStep: gets the loss of every batch, for a progress bar.
/// - Returns: the mean of the losses of all examples, each taken before the step that learned from it.
///
/// Source: Robbins and Monro, "A Stochastic Approximation Method", 1951.
public func descendOneEpoch(
  _ parameters: [NamedParameter], exampleCount: Int, batchSize: Int, learningRate: Scalar,
  using generator: inout some RandomNumberGenerator, loss: (_ batch: ArraySlice<Int>) -> Variable,
  afterStep: (_ loss: Scalar) -> Void = { _ in }
) -> Double {
  precondition(
    exampleCount >= 1 && batchSize >= 1,
    "descendOneEpoch: \(exampleCount) examples in batches of \(batchSize)")
  let order = generator.permutation(count: exampleCount)
  var sum = 0.0
  for start in stride(from: 0, to: exampleCount, by: batchSize) {
    let batch = order[start..<min(start + batchSize, exampleCount)]
    parameters.clearGradients()
    let batchLoss = loss(batch)
    batchLoss.backward()
    parameters.descend(learningRate: learningRate)
    sum += Double(batchLoss.value.number) * Double(batch.count)
    afterStep(batchLoss.value.number)
  }
  return sum / Double(exampleCount)
}
