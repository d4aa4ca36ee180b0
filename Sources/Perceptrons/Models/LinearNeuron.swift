import KernelSupport

/// A neuron without a threshold that learns from the size of its error: ADALINE, the delta rule.
///
///     y = w·x + b,   L = 1/2n Σᵣ (tᵣ − yᵣ)²,   −∂L/∂w = 1/n Σᵣ (tᵣ − yᵣ) xᵣ
///
/// Source: Widrow and Hoff, "Adaptive Switching Circuits", IRE WESCON Convention Record, 1960.
public struct LinearNeuron: Sendable, Equatable {
  /// w and b.
  public private(set) var sum: WeightedSum

  /// Creates a neuron whose weights are all zero.
  ///
  /// - Parameter inputCount: the number of inputs.
  public init(inputCount: Int) { sum = WeightedSum(inputCount: inputCount) }

  /// y for one example.
  ///
  /// - Parameter x: as many inputs as the neuron has.
  public func callAsFunction(_ x: [Scalar]) -> Scalar { sum(x) }

  /// The delta rule for one example: w += η (t − y) x, b += η (t − y).
  ///
  /// The example's own error becomes 1 − η (‖x‖² + 1) times what it was: it shrinks for η below
  /// 2 / (‖x‖² + 1).
  ///
  /// - Parameters:
  ///   - x: as many inputs as the neuron has.
  ///   - target: t, what the output should be.
  ///   - rate: η, positive.
  public mutating func learn(_ x: [Scalar], target: Scalar, rate: Scalar) {
    sum.add(x, by: rate * (target - sum(x)))
  }

  /// One step of gradient descent on all examples.
  ///
  /// It converges for rates below 2/λ, where λ is the largest curvature of L, and diverges above.
  ///
  /// - Parameters:
  ///   - inputs: at least one example, one a row, row-major.
  ///   - targets: t, one a row.
  ///   - rate: η, positive.
  public mutating func descend(inputs: [Scalar], targets: [Scalar], rate: Scalar) {
    checkCount("LinearNeuron.descend", targets.count, of: inputs, sum)
    let factor = rate / Scalar(targets.count)
    let factors = zip(targets, sum.sums(of: inputs)).map { factor * ($0 - $1) }
    sum.add(rowsOf: inputs, by: factors)
  }

  /// L: half of the mean squared error.
  ///
  /// - Parameters:
  ///   - inputs: at least one example, one a row, row-major.
  ///   - targets: t, one a row.
  public func loss(inputs: [Scalar], targets: [Scalar]) -> Scalar {
    checkCount("LinearNeuron.loss", targets.count, of: inputs, sum)
    let errors = zip(targets, sum.sums(of: inputs)).map { $0 - $1 }
    return Backend.current.vector.dot(errors.span, errors.span) / Scalar(2 * errors.count)
  }
}
