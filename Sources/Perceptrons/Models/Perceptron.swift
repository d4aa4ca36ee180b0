import KernelSupport

/// A neuron that learns from its mistakes.
///
///     y = sign(w·x + b);   on a mistake:  w += t x,  b += t
///
/// Source: Rosenblatt, "The Perceptron: A Probabilistic Model for Information Storage and Organization in
/// the Brain", Psychological Review 65, 1958.
public struct Perceptron: Sendable, Equatable {
  /// w and b.
  public private(set) var sum: WeightedSum

  /// How often it has been wrong, and corrected, so far.
  public private(set) var mistakeCount = 0

  /// Creates a perceptron that knows nothing: all weights are zero.
  ///
  /// - Parameter inputCount: the number of inputs.
  public init(inputCount: Int) { sum = WeightedSum(inputCount: inputCount) }

  /// The class of an example: 1 where the sum is positive, otherwise −1, also where it is exactly zero.
  ///
  /// - Parameter x: as many inputs as the perceptron has.
  public func callAsFunction(_ x: [Scalar]) -> Scalar { sum(x) > 0 ? 1 : -1 }

  /// Looks at one example, and corrects the weights if it would have been wrong.
  ///
  /// A sum of exactly zero counts as a mistake, or else nothing would ever be learned from zero weights.
  ///
  /// - Parameters:
  ///   - x: as many inputs as the perceptron has.
  ///   - label: t, the right class: 1 or −1.
  /// - Returns: whether it was a mistake.
  @discardableResult
  public mutating func learn(_ x: [Scalar], label: Scalar) -> Bool {
    guard label * sum(x) <= 0 else { return false }
    sum.add(x, by: label)
    mistakeCount += 1
    return true
  }

  /// Goes through the examples again and again until one pass is free of mistakes.
  ///
  /// - Parameters:
  ///   - inputs: the examples, one a row, row-major.
  ///   - labels: the class of each, 1 or −1.
  ///   - maxEpochs: after how many passes to give up: without a separating line it would go on for ever.
  /// - Returns: the number of mistakes in each pass; the last is 0 if the perceptron succeeded.
  public mutating func train(
    inputs: [Scalar], labels: [Scalar], maxEpochs: Int
  ) -> [Int] {
    let columns = sum.weights.count
    precondition(
      inputs.count == labels.count * columns,
      "Perceptron.train: \(inputs.count) inputs for \(labels.count) labels, \(columns) a row")
    var mistakes: [Int] = []
    while mistakes.count < maxEpochs, mistakes.last != 0 {
      let before = mistakeCount
      for (row, label) in labels.enumerated() {
        learn(Array(inputs[row * columns..<(row + 1) * columns]), label: label)
      }
      mistakes.append(mistakeCount - before)
    }
    return mistakes
  }
}
