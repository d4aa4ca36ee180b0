import Backprop
import KernelSupport

/// A network that reads a sequence of vectors and answers once, at its end.
///
///     x[0], …, x[T − 1] → recurrent layers → the last state → dense → answer
public struct SequenceModel {
  /// What reads.
  public let layers: Stacked
  /// What answers.
  public let output: Dense

  /// Creates a model.
  ///
  /// - Parameters:
  ///   - layers: the recurrent layers, from the input up.
  ///   - outputs: how many numbers the answer has, at least 1.
  ///   - generator: where the random numbers come from.
  public init(
    _ layers: [any RecurrentLayer], outputs: Int, using generator: inout some RandomNumberGenerator
  ) {
    self.layers = Stacked(layers)
    output = Dense(self.layers.outputWidth, outputs, using: &generator)
  }

  /// The answers.
  ///
  /// - Parameters:
  ///   - input: x, [batch, time, in].
  ///   - lengths: the length of each sequence; nil where none is padded.
  /// - Returns: [batch, outputs].
  public func callAsFunction(_ input: Variable, lengths: [Int]? = nil) -> Variable {
    output(layers(input, lengths: lengths).lastStep())
  }
}
