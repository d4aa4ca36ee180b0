import KernelSupport

/// A neuron whose output is a probability, learned by gradient descent on the cross-entropy.
///
///     p = σ(w·x + b),   L = −1/n Σᵣ (tᵣ ln pᵣ + (1 − tᵣ) ln(1 − pᵣ)),   −∂L/∂w = 1/n Σᵣ (tᵣ − pᵣ) xᵣ
///
/// Source: Cox, "The Regression Analysis of Binary Sequences", Journal of the Royal Statistical Society B
/// 20, 1958.
public struct LogisticNeuron: Sendable, Equatable {
  /// w and b.
  public private(set) var sum: WeightedSum

  /// Creates a neuron whose weights are all zero, so that every probability is ½.
  ///
  /// - Parameter inputCount: the number of inputs.
  public init(inputCount: Int) { sum = WeightedSum(inputCount: inputCount) }

  /// The probabilities of class 1, one an example.
  ///
  /// - Parameter inputs: examples, one a row, row-major.
  public func probabilities(of inputs: [Scalar]) -> [Scalar] {
    var probabilities = sum.sums(of: inputs)
    var span = probabilities.mutableSpan
    Backend.current.activation.sigmoid(&span)
    return probabilities
  }

  /// One step of gradient descent on all examples.
  ///
  /// - Parameters:
  ///   - inputs: at least one example, one a row, row-major.
  ///   - targets: t, one a row: 1 or 0, or the probability of 1.
  ///   - rate: η, positive.
  public mutating func descend(inputs: [Scalar], targets: [Scalar], rate: Scalar) {
    checkCount("LogisticNeuron.descend", targets.count, of: inputs, sum)
    let factor = rate / Scalar(targets.count)
    let factors = zip(targets, probabilities(of: inputs)).map { factor * ($0 - $1) }
    sum.add(rowsOf: inputs, by: factors)
  }

  /// L: the mean cross-entropy, in nats.
  ///
  /// Computed from the sums z, not from p, which would round to 0 or 1 and have no logarithm:
  ///
  ///     −t ln p − (1 − t) ln(1 − p) = max(z, 0) − t z + ln(1 + e^−|z|)
  ///
  /// - Parameters:
  ///   - inputs: at least one example, one a row, row-major.
  ///   - targets: t, one a row.
  public func loss(inputs: [Scalar], targets: [Scalar]) -> Scalar {
    checkCount("LogisticNeuron.loss", targets.count, of: inputs, sum)
    let losses = zip(targets, sum.sums(of: inputs)).map { t, z in
      max(z, 0) - t * z + Scalar.logOnePlus(Scalar.exp(-abs(z)))
    }
    return mean(losses)
  }
}
