import Backprop
import KernelSupport

/// A long short-term memory: a cell that gates write to, forget from, and read.
///
///     (i, f, g, o) = (σ, σ, tanh, σ)(x[t] W + h[t − 1] U + b)
///     c[t] = f ⊙ c[t − 1] + i ⊙ g,   h[t] = o ⊙ tanh c[t]
///
/// Source: Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 9, 1997; Gers,
/// Schmidhuber and Cummins, "Learning to Forget", Neural Computation 12, 2000.
public struct LSTM: RecurrentLayer {
  /// W, [in, 4 · units]: the gates i, f, g, o one after the other, as PyTorch orders them.
  public let inputWeight: Variable
  /// U, [units, 4 · units].
  public let recurrentWeight: Variable
  /// b, [4 · units].
  public let bias: Variable

  /// Creates a layer with random weights: Xavier's for the inputs, orthogonal matrices for the states.
  ///
  /// - Parameters:
  ///   - inputs: the length of an input vector, at least 1.
  ///   - units: the length of the state, at least 1.
  ///   - forgetBias: where the biases of the forget gates begin. With 1 a new cell keeps three quarters of what
  ///     it holds in a step, with 0 half.
  ///   - generator: where the random numbers come from.
  ///
  /// Source of the forget bias: Jozefowicz, Zaremba and Sutskever, "An Empirical Exploration of Recurrent
  /// Network Architectures", ICML 2015.
  public init(
    _ inputs: Int, _ units: Int, forgetBias: Scalar = 1,
    using generator: inout some RandomNumberGenerator
  ) {
    let weights = RecurrentWeights(
      "LSTM", inputs: inputs, units: units, gates: 4, using: &generator)
    inputWeight = weights.input
    recurrentWeight = weights.recurrent
    bias = weights.bias
    let biases = (0..<4 * units).map { $0 / units == 1 ? forgetBias : 0 }
    bias.setValue(Tensor(biases, shape: [4 * units]))
  }

  /// The units.
  public var outputWidth: Int { recurrentWeight.value.rows }

  /// Reads sequences.
  public func callAsFunction(
    _ input: Variable, from state: [RecurrentState], lengths: [Int]?
  ) -> (output: Variable, state: [RecurrentState]) {
    let weights = RecurrentWeights(input: inputWeight, recurrent: recurrentWeight, bias: bias)
    let (hidden, cell) = input.lstm(
      weights, from: state.first?.hidden ?? weights.zeros(input),
      cell: state.first?.cell ?? weights.zeros(input), lengths: lengths)
    return (hidden, [RecurrentState(hidden: hidden.lastStep(), cell: cell)])
  }
}
