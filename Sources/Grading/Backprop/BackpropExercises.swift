/// The programming exercises of chapter 2.
public protocol BackpropExercises: Coursework {
  /// Exercise 1: Δ Wᵀ for `delta` with e rows and m columns and `weight` with n rows and m columns.
  static func productWithTransposed(_ delta: [[Double]], _ weight: [[Double]]) throws -> [[Double]]

  /// Exercise 2: the gradients of Z = XW + b by all three, where `upstream` is ∂L/∂Z.
  static func denseBackward(
    input: [[Double]], weight: [[Double]], upstream: [[Double]]
  ) throws -> (input: [[Double]], weight: [[Double]], bias: [Double])

  /// Exercise 3: the derivative of the last entry of a tape by every entry.
  static func gradients(of tape: [TapeOperation]) throws -> [Double]

  /// Exercise 4: ln Σⱼ exp(xⱼ) without overflow.
  static func logSumExp(_ x: [Double]) throws -> Double

  /// Exercise 5: the slope of a function from six of its values, exact for polynomials of degree six.
  static func slope(of f: (Double) -> Double, at x: Double, step h: Double) throws -> Double

  /// Exercise 6: the variance of weights that keeps the mean square of a signal through leaky ReLU.
  static func leakyVariance(inputs: Int, slope: Double) throws -> Double
}

extension BackpropExercises {
  /// `backprop`.
  package static var chapter: String { "backprop" }

  /// The six of chapter 2.
  package static var exercises: [Exercise] {
    [
      productExercise, denseExercise, tapeExercise, logSumExpExercise, slopeExercise,
      varianceExercise,
    ]
  }
}

/// An entry of a tape; the integers are positions of earlier entries.
public enum TapeOperation: Sendable {
  /// A number that is given.
  case leaf(Double)
  /// The sum of two entries.
  case add(Int, Int)
  /// The product of two entries.
  case multiply(Int, Int)
  /// 1 / (1 + e⁻ˣ) of an entry.
  case sigmoid(Int)
}
