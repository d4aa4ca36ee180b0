import Backprop
import KernelSupport

/// A character model that reads streams of a text window by window, and remembers where it is.
///
///     state[w + 1] = (the state after window w), without its past
///
/// The state that it carries is kept in variables which need no gradient. So memory crosses from one window to the
/// next, and back-propagation through time ends where a window begins; and `buffers(of:)` finds the state, so that a
/// checkpoint holds it, and training that was killed goes on in the middle of a text.
///
/// Source: truncated back-propagation through time: Williams and Peng, Neural Computation 2, 1990.
public struct CharacterReader {
  /// What reads, and learns.
  public let model: CharacterModel
  /// What every layer remembers of the windows before, each [streams, units].
  public let carried: [RecurrentState]

  /// Creates a reader that remembers nothing.
  ///
  /// - Parameters:
  ///   - model: what reads.
  ///   - streamCount: how many streams it reads side by side, at least 1.
  public init(_ model: CharacterModel, streamCount: Int) {
    precondition(streamCount >= 1, "CharacterReader: \(streamCount) streams")
    self.model = model
    // How long the layers' states are shows when they have read something.
    let tokens = [Int](repeating: 0, count: streamCount)
    carried = Variable.withoutGradients { model(tokens, batch: streamCount).state }
      .map { $0.detached() }
    forget()
  }

  private var variables: [Variable] { Self.variables(of: carried) }

  private static func variables(of states: [RecurrentState]) -> [Variable] {
    states.flatMap { [$0.hidden, $0.cell].compactMap(\.self) }
  }

  /// Sets what is remembered to zeros, as at the beginning of a text.
  public func forget() {
    for kept in variables { kept.setValue(Tensor(shape: kept.value.shape)) }
  }

  /// The mean loss of a window, in nats a token; what is remembered goes on to the window's end.
  ///
  /// - Parameters:
  ///   - tokens: [streams, length], row-major, each stream from where its last window ended.
  ///   - targets: the token that follows each.
  public func loss(_ tokens: [Int], targets: [Int]) -> Variable {
    let (logits, last) = model(tokens, batch: carried[0].hidden.value.rows, from: carried)
    for (kept, new) in zip(variables, Self.variables(of: last)) { kept.setValue(new.value) }
    return logits.softmaxCrossEntropy(targets)
  }
}
