import Backprop
import KernelSupport

/// The gated recurrent unit as it was published: the reset gate before the product.
///
///     r = σ(x W_r + h U_r + b_r),   z = σ(x W_z + h U_z + b_z)
///     n = tanh(x W_n + b_n + (r ⊙ h) U_n)
///     h ← (1 − z) ⊙ n + z ⊙ h
///
/// The candidate's product needs r, which needs a product: two a step, one after the other. That is why cuDNN
/// moved the gate, and why `GRU`, not this layer, is the one with a kernel. Keras calls the two forms
/// `reset_after=False` and `True`.
///
/// Source: Cho et al., "Learning Phrase Representations using RNN Encoder–Decoder", EMNLP 2014, equations 5–8.
public struct ResetBeforeGRU: SteppedLayer {
  /// W, [in, 3 · units]: the gates r, z, n one after the other.
  public let inputWeight: Variable
  /// U, [units, 3 · units].
  public let recurrentWeight: Variable
  /// b, [3 · units].
  public let bias: Variable

  /// Creates a layer with random weights, drawn as `GRU` draws them.
  ///
  /// - Parameters:
  ///   - inputs: the length of an input vector, at least 1.
  ///   - units: the length of the state, at least 1.
  ///   - generator: where the random numbers come from.
  public init(_ inputs: Int, _ units: Int, using generator: inout some RandomNumberGenerator) {
    let weights = RecurrentWeights(
      "ResetBeforeGRU", inputs: inputs, units: units, gates: 3, using: &generator)
    inputWeight = weights.input
    recurrentWeight = weights.recurrent
    bias = weights.bias
  }

  /// The length of an input vector.
  public var inputWidth: Int { inputWeight.value.rows }

  /// The units.
  public var outputWidth: Int { recurrentWeight.value.rows }

  /// A state of zeros.
  public func initialState(batch: Int) -> RecurrentState {
    RecurrentState(hidden: Variable(Tensor(shape: [batch, outputWidth])))
  }

  /// Two products, the second of which waits for the first.
  public func step(_ input: Variable, from state: RecurrentState) -> RecurrentState {
    let inputs = input.matrixProduct(inputWeight).addingRow(bias)
    func gate(_ sums: Variable, _ index: Int) -> Variable {
      sums.sliced(index * outputWidth..<(index + 1) * outputWidth, axis: 1)
    }
    let h = state.hidden
    let states = h.matrixProduct(recurrentWeight.sliced(0..<2 * outputWidth, axis: 1))
    let reset = (gate(inputs, 0) + gate(states, 0)).sigmoid()
    let update = (gate(inputs, 1) + gate(states, 1)).sigmoid()
    let candidate = (gate(inputs, 2) + (reset * h).matrixProduct(gate(recurrentWeight, 2))).tanh()
    return RecurrentState(hidden: candidate + update * (h - candidate))
  }

  /// Reads sequences, cell by cell.
  ///
  /// - Precondition: no sequence is padded: `lengths` is nil.
  public func callAsFunction(
    _ input: Variable, from state: [RecurrentState], lengths: [Int]?
  ) -> (output: Variable, state: [RecurrentState]) {
    precondition(lengths == nil, "ResetBeforeGRU: lengths for a layer that reads cell by cell")
    let (output, last) = cellByCell(input, from: state.first)
    return (output, [last])
  }
}
