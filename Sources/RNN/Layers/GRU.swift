import Backprop
import KernelSupport

/// A gated recurrent unit: one gate decides how much of the state is replaced, another how much of it the
/// replacement may see.
///
///     r = σ(x W_r + h U_r + b_r),   z = σ(x W_z + h U_z + b_z)
///     n = tanh(x W_n + b_n + r ⊙ (h U_n + recurrentBias))
///     h ← (1 − z) ⊙ n + z ⊙ h
///
/// Source: Cho et al., "Learning Phrase Representations using RNN Encoder–Decoder", EMNLP 2014; the reset gate
/// after the product, as in cuDNN and PyTorch.
public struct GRU: RecurrentLayer {
  /// W, [in, 3 · units]: the gates r, z, n one after the other, as PyTorch orders them.
  public let inputWeight: Variable
  /// U, [units, 3 · units].
  public let recurrentWeight: Variable
  /// b, [3 · units].
  public let bias: Variable
  /// The candidate's bias within the reset gate's reach, [units].
  public let recurrentBias: Variable

  /// Creates a layer with random weights: Xavier's for the inputs, orthogonal matrices for the states.
  ///
  /// - Parameters:
  ///   - inputs: the length of an input vector, at least 1.
  ///   - units: the length of the state, at least 1.
  ///   - generator: where the random numbers come from.
  public init(_ inputs: Int, _ units: Int, using generator: inout some RandomNumberGenerator) {
    let weights = RecurrentWeights(
      "GRU", inputs: inputs, units: units, gates: 3, using: &generator)
    inputWeight = weights.input
    recurrentWeight = weights.recurrent
    bias = weights.bias
    recurrentBias = Variable(Tensor(shape: [units]), needsGradient: true)
  }

  /// The units.
  public var outputWidth: Int { recurrentWeight.value.rows }

  /// Reads sequences.
  public func callAsFunction(
    _ input: Variable, from state: [RecurrentState], lengths: [Int]?
  ) -> (output: Variable, state: [RecurrentState]) {
    let weights = RecurrentWeights(input: inputWeight, recurrent: recurrentWeight, bias: bias)
    let hidden = input.gru(
      weights, recurrentBias: recurrentBias,
      from: state.first?.hidden ?? weights.zeros(input), lengths: lengths)
    return (hidden, [RecurrentState(hidden: hidden.lastStep())])
  }
}
