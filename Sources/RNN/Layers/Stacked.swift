import Backprop
import KernelSupport

/// Recurrent layers one above the other: each reads the outputs of the one below.
public struct Stacked: RecurrentLayer {
  /// The layers from the input up, at least one.
  public let layers: [any RecurrentLayer]

  /// Creates a stack.
  ///
  /// - Parameter layers: from the input up, at least one; each takes inputs as wide as the one below puts out.
  public init(_ layers: [any RecurrentLayer]) {
    precondition(!layers.isEmpty, "Stacked: no layers")
    self.layers = layers
  }

  /// The width of the uppermost layer.
  public var outputWidth: Int { layers[layers.count - 1].outputWidth }

  /// Whether any of the layers does.
  public var readsAhead: Bool { layers.contains { $0.readsAhead } }

  /// Reads sequences; the states are those of all layers, from the input up.
  public func callAsFunction(
    _ input: Variable, from state: [RecurrentState], lengths: [Int]?
  ) -> (output: Variable, state: [RecurrentState]) {
    precondition(
      state.isEmpty || state.count == layers.count,
      "Stacked: \(state.count) states for \(layers.count) layers")
    var (output, states) = (input, [RecurrentState]())
    for (index, layer) in layers.enumerated() {
      let before = state.isEmpty ? [] : [state[index]]
      let (next, after) = LayerPath.entering("layers.\(index)") {
        layer(output, from: before, lengths: lengths)
      }
      output = next
      states += after
    }
    return (output, states)
  }
}
