import Backprop
import KernelSupport

/// Stops training when the validation loss no longer falls, and keeps the parameters of its best moment.
///
///     var stopping = EarlyStopping(patience: 3)
///     for epoch in 0..<epochCount {
///       trainOneEpoch()
///       if stopping.shouldStop(loss: validationLoss(), parameters) { break }
///     }
///     stopping.restoreBest(parameters)
///
/// Source: Prechelt, "Early Stopping – But When?", 1998.
public struct EarlyStopping: Sendable {
  /// How many losses in a row may bring nothing new before training stops.
  public let patience: Int
  /// By how much a loss must be lower than the best one to count as better.
  public let minimumImprovement: Double

  /// The lowest loss so far; ∞ before the first.
  public private(set) var bestLoss = Double.infinity
  /// Which loss that was, counted from 0; nil before the first.
  public private(set) var bestIndex: Int?

  private var lossCount = 0

  /// The parameters' values at the best loss, in their order; none before the first.
  private(set) var bestValues: [Tensor] = []

  /// Creates a value that has seen no loss yet.
  ///
  /// - Parameters:
  ///   - patience: how many losses in a row may bring nothing new, at least 1.
  ///   - minimumImprovement: by how much a loss must be lower to count as better, at least 0.
  public init(patience: Int, minimumImprovement: Double = 0) {
    precondition(
      patience >= 1 && minimumImprovement >= 0,
      "EarlyStopping: a patience of \(patience), an improvement of \(minimumImprovement)")
    self.patience = patience
    self.minimumImprovement = minimumImprovement
  }

  /// Looks at a validation loss, and remembers the parameters where it is the best one.
  ///
  /// - Parameters:
  ///   - loss: the validation loss, such as one an epoch; NaN is never better.
  ///   - parameters: the parameters that it was measured with.
  /// - Returns: whether `patience` losses in a row were no better than the best.
  public mutating func shouldStop(loss: Double, _ parameters: [NamedParameter]) -> Bool {
    let index = lossCount
    lossCount += 1
    if bestIndex == nil || loss < bestLoss - minimumImprovement {
      // With NaN as the best one, no later loss would be better.
      bestLoss = loss.isNaN ? .infinity : loss
      bestIndex = index
      bestValues = parameters.map(\.variable.value)
    }
    return isOver
  }

  /// Whether `patience` losses in a row were no better than the best.
  public var isOver: Bool { lossCount - 1 - (bestIndex ?? lossCount) >= patience }

  /// Returns to the moment after the losses that a checkpoint held.
  mutating func restore(losses: [Double], bestValues: [Tensor]) {
    self = EarlyStopping(patience: patience, minimumImprovement: minimumImprovement)
    for loss in losses { _ = shouldStop(loss: loss, []) }
    self.bestValues = bestValues
  }

  /// Gives the parameters the values that they had at the best loss.
  ///
  /// - Parameter parameters: the ones of before, in the same order.
  /// - Precondition: there was a loss.
  public func restoreBest(_ parameters: [NamedParameter]) {
    precondition(
      bestIndex != nil && parameters.count == bestValues.count,
      "EarlyStopping.restoreBest: \(parameters.count) parameters, \(bestValues.count) remembered")
    for (parameter, value) in zip(parameters, bestValues) { parameter.variable.setValue(value) }
  }
}
