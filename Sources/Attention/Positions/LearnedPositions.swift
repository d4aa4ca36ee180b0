import Backprop
import KernelSupport

/// Learned positions: a vector for every position, which is added to what stands there.
///
/// There are as many as the table has rows; a longer sequence has no vectors to add.
///
/// Source: Gehring, Auli, Grangier, Yarats and Dauphin, "Convolutional Sequence to Sequence Learning", ICML 2017,
/// section 3.1; GPT and BERT have them.
public struct LearnedPositions: PhaselessLayer {
  /// The vectors, [longest, width].
  public let table: Variable

  /// Creates random vectors.
  ///
  /// - Parameters:
  ///   - longest: how many positions there are, at least 1.
  ///   - width: the length of a vector, at least 1.
  ///   - generator: where the random numbers come from.
  public init(longest: Int, width: Int, using generator: inout some RandomNumberGenerator) {
    precondition(
      longest >= 1 && width >= 1,
      "LearnedPositions: \(longest) positions of width \(width), expected at least 1")
    table = Variable(
      Initializer.gaussian(standardDeviation: 0.02).tensor(
        shape: [longest, width], using: &generator),
      needsGradient: true)
  }

  /// The input with its positions added, the first of each sequence at position 0.
  public func callAsFunction(_ input: Variable) -> Variable { self(input, from: 0) }

  /// The input with its positions added.
  ///
  /// - Parameters:
  ///   - input: x, [batch, time, width].
  ///   - start: the position of the first of each sequence.
  /// - Returns: y, of the input's shape.
  /// - Precondition: `start` + time is at most the number of positions.
  public func callAsFunction(_ input: Variable, from start: Int) -> Variable {
    let shape = input.value.shape
    let longest = table.value.shape[0]
    precondition(
      shape.count == 3 && shape[2] == table.value.columns && start >= 0
        && start + shape[1] <= longest,
      "LearnedPositions: an input of shape \(shape) from position \(start) on, expected at most "
        + "\(longest) positions of width \(table.value.columns)")
    return input
      + table.sliced(start..<start + shape[1], axis: 0).broadcast(to: shape)
  }
}
