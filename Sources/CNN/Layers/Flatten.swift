import Backprop

/// Lays the numbers of every example in a row, as a dense layer wants them.
public struct Flatten: PhaselessLayer {
  /// Creates a layer.
  public init() {}

  /// The same numbers.
  ///
  /// - Parameter input: [batch, …].
  /// - Returns: [batch, the product of the other sizes].
  public func callAsFunction(_ input: Variable) -> Variable {
    let sizes = input.value.shape
    return input.reshaped([sizes[0], sizes.dropFirst().reduce(1, *)])
  }
}
