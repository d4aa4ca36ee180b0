import KernelSupport

/// What all neurons of this chapter begin with: a weighted sum of the inputs, plus a bias.
///
///     z = Σᵢ wᵢ xᵢ + b
///
/// The bias is the weight of one more input that is always 1, and all that follows treats it so.
public struct WeightedSum: Sendable, Equatable {
  /// w, one weight an input.
  public var weights: [Scalar]

  /// b.
  public var bias: Scalar

  /// Creates a sum with the given weights, at least one.
  public init(weights: [Scalar], bias: Scalar) {
    precondition(!weights.isEmpty, "WeightedSum: no weights")
    self.weights = weights
    self.bias = bias
  }

  /// Creates a sum whose weights and bias are zero.
  ///
  /// - Parameter inputCount: the number of inputs, at least 1.
  public init(inputCount: Int) {
    self.init(weights: [Scalar](repeating: 0, count: inputCount), bias: 0)
  }

  /// The sum for one example.
  ///
  /// - Parameter x: as many inputs as there are weights.
  public func callAsFunction(_ x: [Scalar]) -> Scalar {
    Backend.current.vector.dot(weights.span, x.span) + bias
  }

  /// The sums for many examples: X w + b.
  ///
  /// - Parameter inputs: X, rows of as many inputs as there are weights, row-major.
  /// - Returns: a sum for each row.
  public func sums(of inputs: [Scalar]) -> [Scalar] {
    var sums = [Scalar](repeating: bias, count: inputs.count / weights.count)
    var result = sums.mutableSpan
    Backend.current.vector.matrixVector(
      inputs.span, columns: weights.count, transposed: false, weights.span, into: &result,
      accumulating: true)
    return sums
  }

  /// Moves the weights towards an example or away from it: w += factor · x, b += factor.
  ///
  /// - Parameters:
  ///   - x: as many inputs as there are weights.
  ///   - factor: how far; negative to move away.
  public mutating func add(_ x: [Scalar], by factor: Scalar) {
    var result = weights.mutableSpan
    Backend.current.vector.addScaled(x.span, by: factor, to: &result)
    bias += factor
  }

  /// Moves the weights by all examples at once: w += Xᵀ f, b += Σᵣ fᵣ.
  ///
  /// - Parameters:
  ///   - inputs: X, rows of as many inputs as there are weights, row-major.
  ///   - factors: f, one a row.
  public mutating func add(rowsOf inputs: [Scalar], by factors: [Scalar]) {
    let columns = weights.count
    var result = weights.mutableSpan
    Backend.current.vector.matrixVector(
      inputs.span, columns: columns, transposed: true, factors.span, into: &result,
      accumulating: true)
    bias += factors.reduce(0, +)
  }

  /// Adds a multiple of other weights: w += factor · w′, b += factor · b′.
  ///
  /// - Parameters:
  ///   - other: w′ and b′, of the same number of inputs.
  ///   - factor: how much of them.
  public mutating func add(_ other: WeightedSum, by factor: Scalar) {
    var result = weights.mutableSpan
    Backend.current.vector.addScaled(other.weights.span, by: factor, to: &result)
    bias += factor * other.bias
  }

  /// ‖w‖² + b²: the square of its length, the bias counted as a weight.
  public var squaredLength: Scalar {
    Backend.current.vector.dot(weights.span, weights.span) + bias * bias
  }
}
