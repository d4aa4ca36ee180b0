import Backprop
import Optimizers

/// Within a network, the phase tells dropout whether to drop anything, and its seed what.
extension Dropout: PhasedLayer {
  /// The input with a random share set to 0 while the network learns, or as it is.
  public func callAsFunction(_ input: Variable, _ phase: Phase) -> Variable {
    guard case .training(let seed) = phase else { return input }
    return input.dropout(rate: rate, seed: seed)
  }
}
