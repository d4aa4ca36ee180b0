/// How good a model is on examples that it was not trained on.
public struct Evaluation: Codable, Equatable, Sendable {
  /// The mean loss.
  public var loss: Double
  /// The share of right answers, in 0...1; nil where the model does not classify.
  public var accuracy: Double?

  /// Creates an evaluation.
  ///
  /// - Parameters:
  ///   - loss: the mean loss.
  ///   - accuracy: the share of right answers, in 0...1; nil where the model does not classify.
  public init(loss: Double, accuracy: Double? = nil) {
    self.loss = loss
    self.accuracy = accuracy
  }
}

/// What one epoch brought.
public struct EpochRecord: Codable, Equatable, Sendable {
  /// The mean of the losses of all training examples, each taken before the step that learned from it.
  public var trainingLoss: Double
  /// The evaluation after the epoch, if there was one.
  public var evaluation: Evaluation?
}

/// How far training is: with the parameters and the optimizer's state, all that decides how it goes on.
public struct TrainingProgress: Codable, Equatable, Sendable {
  /// How many examples there are, at least 1.
  public let exampleCount: Int
  /// How many examples a step looks at, at least 1; the last batch of an epoch may have fewer.
  public let batchSize: Int
  /// The epochs that are complete.
  public internal(set) var history: [EpochRecord] = []
  /// How many batches of the epoch under way are done, 0...`batchCount`.
  public internal(set) var batch = 0
  /// How many steps the optimizer has taken.
  public internal(set) var stepCount = 0

  /// The sum of the losses of the examples that the epoch under way has met.
  var lossSum = 0.0
  /// What the order of the examples in the epoch under way is drawn from.
  var shuffleSeed: UInt64
  /// The state of the generator that the steps draw from.
  var randomState: UInt64

  /// The number of batches in an epoch.
  public var batchCount: Int { 1 + (exampleCount - 1) / batchSize }

  /// Whether the numbers are in their ranges, as those from a file need not be.
  var isPossible: Bool {
    // The largest step count is far beyond any training, and far below the largest integer.
    exampleCount >= 1 && batchSize >= 1 && (0...batchCount).contains(batch)
      && (0...1 << 53).contains(stepCount)
  }
}
