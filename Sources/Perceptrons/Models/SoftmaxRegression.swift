import KernelSupport

/// One weighted sum for each class, and a softmax that makes probabilities of them.
///
///     z_k = w_k·x + b_k,   p = softmax(z),   L = −1/n Σᵣ ln p_{r,t_r}
///     −∂L/∂w_k = 1/n Σᵣ ([t_r = k] − p_rk) xᵣ
///
/// With two classes it is the logistic neuron with the weights w₁ − w₂.
///
/// Source: Bishop, "Pattern Recognition and Machine Learning", 2006, section 4.3.4.
public struct SoftmaxRegression: Sendable, Equatable {
  /// The weighted sum of each class.
  public private(set) var classes: [WeightedSum]

  /// Creates a model whose weights are all zero, so that all classes are equally likely.
  ///
  /// - Parameters:
  ///   - inputCount: the number of inputs.
  ///   - classCount: K, the number of classes, at least 1.
  public init(inputCount: Int, classCount: Int) {
    precondition(classCount >= 1, "SoftmaxRegression: \(classCount) classes")
    classes = [WeightedSum](repeating: WeightedSum(inputCount: inputCount), count: classCount)
  }

  /// p, the probabilities of all classes for each example.
  ///
  /// - Parameter inputs: examples, one a row, row-major.
  /// - Returns: rows of K probabilities, row-major.
  public func probabilities(of inputs: [Scalar]) -> [Scalar] {
    var probabilities = sums(of: inputs)
    var span = probabilities.mutableSpan
    Backend.current.activation.softmax(&span, columns: classes.count)
    return probabilities
  }

  /// One step of gradient descent on all of the examples given.
  ///
  /// - Parameters:
  ///   - inputs: at least one example, one a row, row-major.
  ///   - labels: t, the class of each, in `0..<classCount`.
  ///   - rate: η, positive.
  public mutating func descend(inputs: [Scalar], labels: [Int], rate: Scalar) {
    checkCount("SoftmaxRegression.descend", labels.count, of: inputs, classes[0])
    let probabilities = probabilities(of: inputs)
    let factor = rate / Scalar(labels.count)
    for k in classes.indices {
      let factors = labels.enumerated().map { row, label in
        factor * ((label == k ? 1 : 0) - probabilities[row * classes.count + k])
      }
      classes[k].add(rowsOf: inputs, by: factors)
    }
  }

  /// L: the mean cross-entropy, in nats.
  ///
  /// Computed from the sums, since a probability may round to 0, which has no logarithm:
  ///
  ///     −ln p_t = ln Σₖ e^(z_k − m) + m − z_t,   m = maxₖ z_k
  ///
  /// - Parameters:
  ///   - inputs: at least one example, one a row, row-major.
  ///   - labels: t, the class of each, in `0..<classCount`.
  public func loss(inputs: [Scalar], labels: [Int]) -> Scalar {
    checkCount("SoftmaxRegression.loss", labels.count, of: inputs, classes[0])
    let sums = sums(of: inputs)
    let losses = labels.enumerated().map { row, label in
      let z = sums[row * classes.count..<(row + 1) * classes.count]
      let largest = z.reduce(-.infinity, max)
      let total = z.reduce(0) { $0 + Scalar.exp($1 - largest) }
      return Scalar.log(total) + largest - z[z.startIndex + label]
    }
    return mean(losses)
  }

  /// z, a row of K for each example.
  private func sums(of inputs: [Scalar]) -> [Scalar] {
    let sums = classes.map { $0.sums(of: inputs) }
    return sums[0].indices.flatMap { row in sums.map { $0[row] } }
  }
}
