import Backprop
import KernelSupport

/// An example that a network gets wrong, or right without conviction.
public struct Misjudgement: Equatable, Sendable {
  /// The number of the example.
  public let index: Int
  /// The right class.
  public let label: Int
  /// The network's answer.
  public let prediction: Int
  /// −ln of the probability that the network gave the right class.
  public let loss: Scalar

  /// The examples that cost most, the costliest first; among equals the earlier one.
  ///
  /// - Parameters:
  ///   - count: how many at most.
  ///   - logits: the network's scores, [example, class], without a softmax.
  ///   - labels: the right classes, one an example.
  public static func worst(_ count: Int, logits: Tensor, labels: [Int]) -> [Misjudgement] {
    precondition(count >= 0, "Misjudgement.worst: \(count) examples")
    precondition(
      logits.rows == labels.count,
      "Misjudgement.worst: logits of shape \(logits.shape) for \(labels.count) labels")
    let predictions = logits.largestColumns()
    let all = labels.indices.map { index in
      var scores = Array(logits.row(index))
      var row = scores.mutableSpan
      let loss = Backend.current.loss.softmaxCrossEntropy(
        &row, columns: logits.columns, labels: [labels[index]].span)
      return Misjudgement(
        index: index, label: labels[index], prediction: predictions[index], loss: loss)
    }
    return Array(all.sorted { ($1.loss, $0.index) < ($0.loss, $1.index) }.prefix(count))
  }
}
