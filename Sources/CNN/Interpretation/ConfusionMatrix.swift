import KernelSupport

/// How often each class was taken for each other one.
public struct ConfusionMatrix: Equatable, Sendable {
  /// A pair of classes of which one is taken for the other.
  public struct Confusion: Equatable, Sendable {
    /// The right class.
    public let label: Int
    /// What it is taken for.
    public let prediction: Int
    /// How often.
    public let count: Int
  }

  /// The number of examples by class and prediction, [class][prediction].
  public private(set) var counts: [[Int]]

  /// Counts.
  ///
  /// - Parameters:
  ///   - labels: the right classes, in 0..<classCount.
  ///   - predictions: as many answers, in 0..<classCount.
  ///   - classCount: the number of classes.
  public init(labels: [Int], predictions: [Int], classCount: Int) {
    precondition(
      labels.count == predictions.count,
      "ConfusionMatrix: \(predictions.count) predictions for \(labels.count) labels")
    counts = Array(repeating: Array(repeating: 0, count: classCount), count: classCount)
    for (label, prediction) in zip(labels, predictions) {
      precondition(
        min(label, prediction) >= 0 && max(label, prediction) < classCount,
        "ConfusionMatrix: label \(label), prediction \(prediction) of \(classCount) classes")
      counts[label][prediction] += 1
    }
  }

  /// The number of classes.
  public var classCount: Int { counts.count }

  /// The share of right answers; NaN without examples.
  public var accuracy: Double {
    let right = counts.indices.reduce(0) { $0 + counts[$1][$1] }
    return Double(right) / Double(counts.joined().reduce(0, +))
  }

  /// The share of a class's examples that are found; NaN for a class without examples.
  public func recall(of label: Int) -> Double {
    Double(counts[label][label]) / Double(counts[label].reduce(0, +))
  }

  /// The share of right ones among the answers that name a class; NaN for one that was never named.
  public func precision(of label: Int) -> Double {
    Double(counts[label][label]) / Double(counts.reduce(0) { $0 + $1[label] })
  }

  /// The confusions that happened, the most frequent first; among equals the lower label, then the lower
  /// prediction.
  public var confusions: [Confusion] {
    let pairs = counts.indices.flatMap { label in
      counts.indices.filter { $0 != label }.map {
        Confusion(label: label, prediction: $0, count: counts[label][$0])
      }
    }
    return pairs.filter { $0.count > 0 }.sorted {
      ($1.count, $0.label, $0.prediction) < ($0.count, $1.label, $1.prediction)
    }
  }
}
