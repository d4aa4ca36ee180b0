import Backprop
import KernelSupport
import RNN
import TestSupport
import Testing

/// Every parameter, every input and both initial states, with an uneven gradient at every step's output and at the
/// last states.
@Suite struct RecurrentGradientTests {
  @Test(arguments: LayerKind.allCases, Backend.allCases)
  func `a layer's gradients are the measured slopes`(kind: LayerKind, backend: Backend) {
    for lengths in [nil, [4, 1, 0]] {
      let layer = kind.layer(3, 5, seed: 1)
      let inputs = variables([[3, 4, 3]])
      let state = kind.state(batch: 3, units: 5, seed: 2, needsGradient: true)
      let states = [("h", state.hidden)] + (state.cell.map { [("c", $0)] } ?? [])
      Backend.$current.withValue(backend) {
        let output = { joined(layer(inputs[0].variable, from: [state], lengths: lengths)) }
        // ReLU's sums keep their distance from the kink here: none lies within the check's reach of 0.
        guard kind != .relu || smallest(layer, inputs[0].variable, state) > 0.15 else { return }
        expectGradients(
          inputs + states.map { NamedParameter($0.0, $0.1) } + parameters(of: layer), output)
      }
    }
  }

  /// The cells' gradient has to reach the weights where no output has one.
  @Test(arguments: Backend.allCases)
  func `a loss of an LSTM's last cells alone has the measured slopes`(backend: Backend) throws {
    let layer = LayerKind.lstm.layer(3, 5, seed: 1)
    let inputs = variables([[3, 4, 3]])
    let state = LayerKind.lstm.state(batch: 3, units: 5, seed: 2, needsGradient: true)
    let cell = try #require(state.cell)
    Backend.$current.withValue(backend) {
      expectGradients(
        inputs + [NamedParameter("h", state.hidden), NamedParameter("c", cell)]
          + parameters(of: layer)
      ) {
        layer(inputs[0].variable, from: [state], lengths: [4, 1, 0]).state[0].cell ?? cell
      }
    }
  }

  /// The smallest distance of a step's sums from 0.
  private func smallest(
    _ layer: any SteppedLayer, _ input: Variable, _ state: RecurrentState
  ) -> Scalar {
    guard let layer = layer as? SimpleRNN else { return 0 }
    let hidden = layer.cellByCell(input, from: state).output.value.elements
    return hidden.reduce(1) { min($0, $1 == 0 ? 1 : $1) }
  }

  @Test(arguments: LayerKind.allCases.filter { $0 != .relu }, Backend.allCases)
  func `a bidirectional pair's and a stack's gradients are the measured slopes`(
    kind: LayerKind, backend: Backend
  ) {
    let pair = Bidirectional(
      forward: kind.layer(2, 3, seed: 3), backward: kind.layer(2, 3, seed: 4))
    let stack = Stacked([kind.layer(2, 4, seed: 5), kind.layer(4, 3, seed: 6)])
    for layer in [pair as any RecurrentLayer, stack] {
      let inputs = variables([[3, 4, 2]])
      Backend.$current.withValue(backend) {
        expectGradients(inputs + parameters(of: layer)) {
          joined(layer(inputs[0].variable, from: [], lengths: [3, 4, 1]))
        }
      }
    }
  }

  @Test(arguments: Backend.allCases)
  func `an embedding's gradient adds up over the places of a token`(backend: Backend) {
    var generator = SeededGenerator(seed: 7)
    let embedding = Embedding(5, 3, using: &generator)
    Backend.$current.withValue(backend) {
      expectGradients(parameters(of: embedding)) {
        let y = embedding([1, 4, 1, 1, 0, 4], shape: [2, 3])
        return y * y
      }
    }
  }

  @Test func `the form with the reset gate first has right gradients`() {
    var generator = SeededGenerator(seed: 8)
    let layer = ResetBeforeGRU(3, 4, using: &generator)
    let inputs = variables([[2, 3, 3]])
    expectGradients(inputs + parameters(of: layer)) {
      joined(layer(inputs[0].variable, from: [], lengths: nil))
    }
  }
}
