import Backprop
import KernelSupport

/// A recurrent layer that can take a single step, made of the operations of chapter 2.
///
/// It is the definition that the fused layers are measured against: the same numbers, some ten operations a step
/// instead of one for all of them.
public protocol SteppedLayer: RecurrentLayer {
  /// How many numbers a step reads.
  var inputWidth: Int { get }

  /// A state of zeros.
  func initialState(batch: Int) -> RecurrentState

  /// The state after one more step.
  ///
  /// - Parameters:
  ///   - input: x[t], [batch, in].
  ///   - state: what the layer remembers of the steps before.
  func step(_ input: Variable, from state: RecurrentState) -> RecurrentState
}

extension SteppedLayer {
  /// Reads sequences step by step: what the layer puts out, by the definition.
  ///
  /// - Parameters:
  ///   - input: x, [batch, time, in], without padding.
  ///   - state: what the layer remembers before the first step; zeros unless told otherwise.
  /// - Returns: the output of every step, [batch, time, units], and the state after the last one.
  public func cellByCell(
    _ input: Variable, from state: RecurrentState? = nil
  ) -> (output: Variable, state: RecurrentState) {
    let (batch, time) = (input.value.shape[0], input.value.shape[1])
    var state = state ?? initialState(batch: batch)
    let outputs = (0..<time).map { t in
      let x = input.sliced(t..<t + 1, axis: 1).reshaped([batch, inputWidth])
      state = step(x, from: state)
      return state.hidden
    }
    return (.stacked(outputs, axis: 1), state)
  }
}

extension SimpleRNN: SteppedLayer {
  /// The length of an input vector.
  public var inputWidth: Int { inputWeight.value.rows }

  /// A state of zeros.
  public func initialState(batch: Int) -> RecurrentState {
    RecurrentState(hidden: Variable(Tensor(shape: [batch, outputWidth])))
  }

  /// h ← f(x W + h U + b)
  public func step(_ input: Variable, from state: RecurrentState) -> RecurrentState {
    let sums = (input.matrixProduct(inputWeight) + state.hidden.matrixProduct(recurrentWeight))
      .addingRow(bias)
    return RecurrentState(hidden: activation == .tanh ? sums.tanh() : sums.relu())
  }
}

extension LSTM: SteppedLayer {
  /// The length of an input vector.
  public var inputWidth: Int { inputWeight.value.rows }

  /// A state and a cell of zeros.
  public func initialState(batch: Int) -> RecurrentState {
    let zeros = Tensor(shape: [batch, outputWidth])
    return RecurrentState(hidden: Variable(zeros), cell: Variable(zeros))
  }

  /// c ← f ⊙ c + i ⊙ g,  h ← o ⊙ tanh c
  public func step(_ input: Variable, from state: RecurrentState) -> RecurrentState {
    let sums = (input.matrixProduct(inputWeight) + state.hidden.matrixProduct(recurrentWeight))
      .addingRow(bias)
    func gate(_ index: Int) -> Variable {
      sums.sliced(index * outputWidth..<(index + 1) * outputWidth, axis: 1)
    }
    let before = state.cell ?? initialState(batch: input.value.shape[0]).hidden
    let cell = gate(1).sigmoid() * before + gate(0).sigmoid() * gate(2).tanh()
    return RecurrentState(hidden: gate(3).sigmoid() * cell.tanh(), cell: cell)
  }
}

extension GRU: SteppedLayer {
  /// The length of an input vector.
  public var inputWidth: Int { inputWeight.value.rows }

  /// A state of zeros.
  public func initialState(batch: Int) -> RecurrentState {
    RecurrentState(hidden: Variable(Tensor(shape: [batch, outputWidth])))
  }

  /// n = tanh(x W_n + b_n + r ⊙ (h U_n + recurrentBias)),  h ← (1 − z) ⊙ n + z ⊙ h
  public func step(_ input: Variable, from state: RecurrentState) -> RecurrentState {
    let inputs = input.matrixProduct(inputWeight).addingRow(bias)
    let states = state.hidden.matrixProduct(recurrentWeight)
    func gate(_ sums: Variable, _ index: Int) -> Variable {
      sums.sliced(index * outputWidth..<(index + 1) * outputWidth, axis: 1)
    }
    let reset = (gate(inputs, 0) + gate(states, 0)).sigmoid()
    let update = (gate(inputs, 1) + gate(states, 1)).sigmoid()
    let candidate =
      (gate(inputs, 2) + reset * gate(states, 2).addingRow(recurrentBias)).tanh()
    return RecurrentState(hidden: candidate + update * (state.hidden - candidate))
  }
}
