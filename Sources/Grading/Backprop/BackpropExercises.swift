import KernelSupport

/// The programming exercises of chapter 2.
public protocol BackpropExercises: Coursework {
  /// Exercise 1: the loss of a network of two layers for a batch, and its gradients with respect to all of
  /// the network's numbers.
  static func lossAndGradients(
    of network: TwoLayers, input: [[Double]], target: [[Double]]
  ) throws -> (loss: Double, gradients: TwoLayers)

  /// Exercise 2: the mean cross-entropy of the softmax of every row, and its gradient with respect to the
  /// logits.
  static func softmaxCrossEntropy(
    _ logits: [[Double]], labels: [Int]
  ) throws -> (loss: Double, gradient: [[Double]])

  /// Exercise 3: the derivative of the last entry of a tape with respect to every entry.
  static func gradients(of tape: [TapeOperation]) throws -> [Double]

  /// Exercise 4: the pullback of x y.
  static func productPullback(
    x: Double, y: Double, upstream: Double
  ) throws -> (x: Double, y: Double)

  /// Exercise 4: the pullback of x / y.
  static func quotientPullback(
    x: Double, y: Double, upstream: Double
  ) throws -> (x: Double, y: Double)

  /// Exercise 4: the pullback of the mean of `count` numbers.
  static func meanPullback(count: Int, upstream: Double) throws -> [Double]

  /// Exercise 4: the pullback of adding a row to every row of x.
  static func addingRowPullback(upstream: [[Double]]) throws -> (x: [[Double]], row: [Double])

  /// Exercise 4: the pullback of the softmax of one row, whose result was `output`.
  static func softmaxPullback(output: [Double], upstream: [Double]) throws -> [Double]

  /// Exercise 5: the slope of a function from six of its values, exact for polynomials of degree six.
  static func slope(of f: (Double) -> Double, at x: Double, step h: Double) throws -> Double

  /// Exercise 6: the variance of weights that keeps the mean square of a signal through leaky ReLU.
  static func leakyVariance(inputs: Int, slope: Double) throws -> Double

  /// Exercise 7: A B for A with `rows` rows and B with `columns` columns, both row-major; in a hurry.
  static func fastProduct(
    _ a: [Scalar], _ b: [Scalar], rows: Int, columns: Int, inner: Int
  ) throws -> [Scalar]
}

extension BackpropExercises {
  /// `backprop`.
  package static var chapter: String { "backprop" }

  /// The seven of chapter 2.
  package static var exercises: [Exercise] {
    [
      twoLayersExercise, crossEntropyExercise, tapeExercise, pullbacksExercise, slopeExercise,
      varianceExercise, fastProductExercise,
    ]
  }
}

/// A network of two layers, y = tanh(x W + b) V + c, or the gradients of a loss with respect to its numbers.
public struct TwoLayers: Equatable, Sendable {
  /// W, a row an input and a column a hidden unit.
  public var hiddenWeight: [[Double]]
  /// b, a number a hidden unit.
  public var hiddenBias: [Double]
  /// V, a row a hidden unit and a column an output.
  public var outputWeight: [[Double]]
  /// c, a number an output.
  public var outputBias: [Double]

  /// Creates a network of its numbers.
  public init(
    hiddenWeight: [[Double]], hiddenBias: [Double], outputWeight: [[Double]], outputBias: [Double]
  ) {
    self.hiddenWeight = hiddenWeight
    self.hiddenBias = hiddenBias
    self.outputWeight = outputWeight
    self.outputBias = outputBias
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
