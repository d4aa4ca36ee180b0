import KernelSupport

/// One perceptron for each class: the one with the largest sum decides.
///
///     y = argmaxₖ (wₖ·x + bₖ);   on a mistake:  wₜ += x,  bₜ += 1,  w_y −= x,  b_y −= 1
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

  /// Σ r Δ over all corrections Δ of a class, where r examples came before; the bias is last.
  ///
  /// In double precision: after ten million examples the dates r alone fill single precision's digits.
  private var datedCorrections: [[Double]]

  /// Creates a perceptron whose weights are all zero.
  ///
  /// - Parameters:
  ///   - inputCount: the number of inputs.
  ///   - classCount: the number of classes, at least 1.
  public init(inputCount: Int, classCount: Int) {
    precondition(classCount >= 1, "MulticlassPerceptron: \(classCount) classes")
    classes = [WeightedSum](repeating: WeightedSum(inputCount: inputCount), count: classCount)
    datedCorrections = [[Double]](
      repeating: [Double](repeating: 0, count: inputCount + 1), count: classCount)
  }

  /// The class with the largest sum; the first of them in a tie, as at the beginning, where all are zero.
  ///
  /// - Parameter x: as many inputs as the perceptron has.
  public func callAsFunction(_ x: [Scalar]) -> Int { classes.winner(of: x) }

  /// The classes of many examples.
  ///
  /// - Parameter inputs: examples, one a row, row-major.
  /// - Returns: a class for each row.
  public func classify(_ inputs: [Scalar]) -> [Int] { classes.winners(of: inputs) }

  /// Looks at one example, and corrects the weights of two classes if it would have been wrong.
  ///
  /// - Parameters:
  ///   - x: as many inputs as the perceptron has.
  ///   - label: t, the right class, in `0..<classCount`.
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
    let date = Double(exampleCount) * Double(factor)
    for (index, x) in x.enumerated() { datedCorrections[label][index] += date * Double(x) }
    datedCorrections[label][x.count] += date
  }

  /// The perceptron whose weights are the mean of this one's weights after every example so far.
  ///
  /// A correction Δ made after r of n examples is part of n − r of the n weights to be averaged:
  ///
  ///     mean = Σ Δ (n − r) / n = w − Σ r Δ / n
  ///
  /// so one more sum gives the mean, with no work between mistakes.
  ///
  /// Source: Daumé, "Practical Structured Learning Techniques for Natural Language Processing", 2006,
  /// section 2.1.
  public var averaged: MulticlassPerceptron {
    var averaged = self
    let count = Double(max(1, exampleCount))
    for (label, dated) in datedCorrections.enumerated() {
      let last = classes[label].weights + [classes[label].bias]
      let mean = zip(last, dated).map { Scalar(Double($0) - $1 / count) }
      averaged.classes[label] = WeightedSum(
        weights: Array(mean.dropLast()), bias: mean[mean.count - 1])
    }
    return averaged
  }
}
