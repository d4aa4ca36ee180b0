import Backprop
import KernelSupport
import RNN

/// The kinds of layers, by the names they have in the fixtures.
enum LayerKind: String, CaseIterable, Sendable {
  case tanh, relu, lstm, gru

  /// How many sums a unit has.
  var gates: Int { [.tanh: 1, .relu: 1, .lstm: 4, .gru: 3][self]! }

  /// A layer with random weights and biases.
  func layer(_ inputs: Int, _ units: Int, seed: UInt64) -> any SteppedLayer {
    var generator = SeededGenerator(seed: seed)
    let layer: any SteppedLayer =
      switch self {
      case .tanh: SimpleRNN(inputs, units, using: &generator)
      case .relu: SimpleRNN(inputs, units, activation: .relu, using: &generator)
      case .lstm: LSTM(inputs, units, using: &generator)
      case .gru: GRU(inputs, units, using: &generator)
      }
    for parameter in parameters(of: layer) where parameter.name.hasSuffix("ias") {
      let shape = parameter.variable.value.shape
      let initializer = Initializer.gaussian(standardDeviation: 0.5)
      parameter.variable.setValue(initializer.tensor(shape: shape, using: &generator))
    }
    return layer
  }

  /// A state to begin from.
  func state(batch: Int, units: Int, seed: UInt64, needsGradient: Bool = false) -> RecurrentState {
    var generator = SeededGenerator(seed: seed)
    func draw() -> Variable {
      let initializer = Initializer.gaussian(standardDeviation: 0.5)
      return Variable(
        initializer.tensor(shape: [batch, units], using: &generator), needsGradient: needsGradient)
    }
    return RecurrentState(hidden: draw(), cell: self == .lstm ? draw() : nil)
  }
}

/// Everything that a recurrent layer puts out in one row: the outputs and the last states.
func joined(_ result: (output: Variable, state: [RecurrentState])) -> Variable {
  let parts = [result.output] + result.state.flatMap { [$0.hidden, $0.cell].compactMap(\.self) }
  return .concatenated(parts.map { $0.reshaped([$0.value.count]) }, axis: 0)
}
