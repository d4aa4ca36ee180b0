/// The four weighted sums of an LSTM's unit in one step, before their activations.
public struct LSTMSums: Equatable, Sendable {
  /// The input gate's.
  public var input: Double
  /// The forget gate's.
  public var forget: Double
  /// The candidate's.
  public var candidate: Double
  /// The output gate's.
  public var output: Double

  /// Creates four sums.
  public init(input: Double, forget: Double, candidate: Double, output: Double) {
    self.input = input
    self.forget = forget
    self.candidate = candidate
    self.output = output
  }

  /// The four in a row.
  var numbers: [Double] { [input, forget, candidate, output] }
}

/// The programming exercises of chapter 5.
public protocol RNNExercises: Coursework {
  /// Exercise 1: a step of an LSTM with one unit: h and c after it.
  static func lstmStep(sums: LSTMSums, cell: Double) throws -> (hidden: Double, cell: Double)

  /// Exercise 2: the way back through that step.
  static func lstmStepBackward(
    sums: LSTMSums, cell: Double, hiddenGradient: Double, cellGradient: Double
  ) throws -> (sums: LSTMSums, cell: Double)

  /// Exercise 3: the gradient of the last state of a linear recurrence with respect to its weight.
  static func recurrentGradient(weight: Double, inputs: [Double]) throws -> Double

  /// Exercise 4: the steps of a padded sequence in reverse order.
  static func reversed(_ steps: [Double], length: Int) throws -> [Double]

  /// Exercise 5: the entropy in nats of a sentence.
  static func entropy(of states: [[(probability: Double, next: Int?)]]) throws -> Double
}

extension RNNExercises {
  /// `rnn`.
  package static var chapter: String { "rnn" }

  /// The five of chapter 5.
  package static var exercises: [Exercise] {
    [
      stepExercise, backwardExercise, recurrentGradientExercise, reversalExercise, entropyExercise,
    ]
  }
}
