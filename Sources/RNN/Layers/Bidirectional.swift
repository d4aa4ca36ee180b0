import Backprop
import KernelSupport

/// Two recurrent layers, one of which reads the sequence from its end.
///
/// Every step puts out what the one has read up to there and what the other has read from there on. The second
/// layer begins at each sequence's own end, not at the padding's.
///
/// Source: Schuster and Paliwal, "Bidirectional Recurrent Neural Networks", IEEE Transactions on Signal
/// Processing 45, 1997.
public struct Bidirectional: RecurrentLayer {
  /// The layer that reads from the beginning.
  public let forward: any RecurrentLayer
  /// The layer that reads from the end.
  public let backward: any RecurrentLayer

  /// Creates a pair of layers.
  public init(forward: any RecurrentLayer, backward: any RecurrentLayer) {
    self.forward = forward
    self.backward = backward
  }

  /// The outputs of both layers, side by side.
  public var outputWidth: Int { forward.outputWidth + backward.outputWidth }

  /// One of the layers begins at the end.
  public var readsAhead: Bool { true }

  /// Reads sequences; the states are the forward layer's and the backward layer's, each after all steps.
  ///
  /// At steps beyond a sequence's end the backward part of the output is what that layer put out first.
  public func callAsFunction(
    _ input: Variable, from state: [RecurrentState], lengths: [Int]?
  ) -> (output: Variable, state: [RecurrentState]) {
    precondition(
      state.isEmpty || state.count == 2, "Bidirectional: \(state.count) states for two layers")
    let (ahead, last) = forward(input, from: Array(state.prefix(1)), lengths: lengths)
    let (behind, first) = backward(
      input.reversedInTime(lengths), from: Array(state.dropFirst()), lengths: lengths)
    return (.concatenated([ahead, behind.reversedInTime(lengths)], axis: -1), last + first)
  }
}

extension Variable {
  /// The steps of each sequence in reverse order, its padding left where it is.
  ///
  /// - Parameter lengths: the length of each sequence; nil where none is padded.
  /// - Returns: [batch, time, width], as this variable.
  public func reversedInTime(_ lengths: [Int]? = nil) -> Variable {
    precondition(
      value.shape.count == 3, "reversedInTime: a variable of shape \(value.shape)")
    let (batch, time, width) = (value.shape[0], value.shape[1], value.columns)
    let order = (0..<batch).flatMap { sequence in
      let length = lengths?[sequence] ?? time
      return (0..<time).map { sequence * time + ($0 < length ? length - 1 - $0 : $0) }
    }
    return reshaped([batch * time, width]).rows(at: order).reshaped(value.shape)
  }
}
