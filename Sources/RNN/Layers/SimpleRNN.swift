import Backprop
import KernelSupport

/// A simple recurrent layer: its state is a dense layer's output, which goes back in.
///
///     h[t] = f(x[t] W + h[t − 1] U + b)
///
/// Source: Elman, "Finding Structure in Time", Cognitive Science 14, 1990.
public struct SimpleRNN: RecurrentLayer {
  /// W, [in, units].
  public let inputWeight: Variable
  /// U, [units, units].
  public let recurrentWeight: Variable
  /// b, [units].
  public let bias: Variable
  /// f.
  public let activation: RecurrentActivation

  /// Creates a layer with random weights: Xavier's for the inputs, an orthogonal matrix for the states.
  ///
  /// - Parameters:
  ///   - inputs: the length of an input vector, at least 1.
  ///   - units: the length of the state, at least 1.
  ///   - activation: f.
  ///   - generator: where the random numbers come from.
  public init(
    _ inputs: Int, _ units: Int, activation: RecurrentActivation = .tanh,
    using generator: inout some RandomNumberGenerator
  ) {
    let weights = RecurrentWeights(
      "SimpleRNN", inputs: inputs, units: units, gates: 1, using: &generator)
    inputWeight = weights.input
    recurrentWeight = weights.recurrent
    bias = weights.bias
    self.activation = activation
  }

  /// The units.
  public var outputWidth: Int { recurrentWeight.value.rows }

  /// Reads sequences.
  public func callAsFunction(
    _ input: Variable, from state: [RecurrentState], lengths: [Int]?
  ) -> (output: Variable, state: [RecurrentState]) {
    let weights = RecurrentWeights(input: inputWeight, recurrent: recurrentWeight, bias: bias)
    let before = state.first?.hidden ?? weights.zeros(input)
    let hidden = input.simpleRecurrence(
      weights, from: before, activation: activation, lengths: lengths)
    return (hidden, [RecurrentState(hidden: hidden.lastStep())])
  }
}
