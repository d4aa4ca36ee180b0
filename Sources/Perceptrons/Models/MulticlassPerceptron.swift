import KernelSupport

/// One perceptron for each class: the one with the largest sum decides.
///
///     ŷ = argmaxₖ (wₖ·x + bₖ);   on a mistake:  w_y += x,  b_y += 1,  w_ŷ −= x,  b_ŷ −= 1
///
/// It also keeps what the average of all its weights over time needs, see `averaged`.
///
/// Source: Duda and Hart, "Pattern Classification and Scene Analysis", 1973, section 5.12 (Kesler's
/// construction); Freund and Schapire, "Large Margin Classification Using the Perceptron Algorithm",
/// Machine Learning 37, 1999 (averaging).
public struct MulticlassPerceptron: Sendable, Equatable {
  /// The weighted sum of each class.
  public private(set) var classes: [WeightedSum]

  /// How many examples it has looked at.
  public private(set) var exampleCount = 0

  /// How often it has been wrong, and corrected.
  public private(set) var mistakeCount = 0

  /// Σ t Δ over all corrections Δ, where t examples came before.
  private var weightedCorrections: [WeightedSum]

  /// Creates a perceptron whose weights are all zero.
  ///
  /// - Parameters:
  ///   - inputCount: the number of inputs.
  ///   - classCount: the number of classes, at least 1.
  public init(inputCount: Int, classCount: Int) {
    precondition(classCount >= 1, "MulticlassPerceptron: \(classCount) classes")
    classes = [WeightedSum](repeating: WeightedSum(inputCount: inputCount), count: classCount)
    weightedCorrections = classes
  }

  /// The class with the largest sum; the first of them in a tie.
  ///
  /// - Parameter x: as many inputs as the perceptron has.
  public func callAsFunction(_ x: [Scalar]) -> Int {
    Self.indexOfLargest(classes.map { $0(x) })
  }

  /// The classes of many examples.
  ///
  /// - Parameter inputs: examples, one a row, row-major.
  /// - Returns: a class for each row.
  public func classify(_ inputs: [Scalar]) -> [Int] {
    let sums = classes.map { $0.sums(of: inputs) }
    return sums[0].indices.map { row in Self.indexOfLargest(sums.map { $0[row] }) }
  }

  /// Looks at one example, and corrects the weights of two classes if it would have been wrong.
  ///
  /// - Parameters:
  ///   - x: as many inputs as the perceptron has.
  ///   - label: the right class, in `0..<classCount`.
  /// - Returns: whether it was a mistake.
  @discardableResult
  public mutating func learn(_ x: [Scalar], label: Int) -> Bool {
    precondition(
      classes.indices.contains(label),
      "MulticlassPerceptron: the label \(label) is not one of \(classes.count) classes")
    defer { exampleCount += 1 }
    let answer = self(x)
    guard answer != label else { return false }
    correct(label, with: x, by: 1)
    correct(answer, with: x, by: -1)
    mistakeCount += 1
    return true
  }

  private mutating func correct(_ label: Int, with x: [Scalar], by factor: Scalar) {
    classes[label].add(x, by: factor)
    weightedCorrections[label].add(x, by: factor * Scalar(exampleCount))
  }

  /// The perceptron whose weights are the mean of this one's weights after every example so far.
  ///
  /// A correction Δ made after t of T examples is part of T − t of the T weights to be averaged:
  ///
  ///     mean = Σ Δ (T − t) / T = W − Σ t Δ / T
  ///
  /// so one more sum gives the mean, with no work between mistakes.
  ///
  /// Source: Daumé, "Practical Structured Learning Techniques for Natural Language Processing", 2006,
  /// section 2.1.
  public var averaged: MulticlassPerceptron {
    var averaged = self
    for (index, correction) in weightedCorrections.enumerated() {
      averaged.classes[index].add(correction, by: -1 / Scalar(max(1, exampleCount)))
    }
    return averaged
  }

  private static func indexOfLargest(_ scores: [Scalar]) -> Int {
    scores.indices.reduce(0) { scores[$1] > scores[$0] ? $1 : $0 }
  }
}
