import Backprop

/// Lays the numbers of every example out in another shape, as images for a transposed convolution.
public struct Reshape: PhaselessLayer {
  /// The shape of an example.
  public let shape: [Int]

  /// Creates a layer.
  ///
  /// - Parameter shape: the shape of an example, without the batch.
  public init(_ shape: [Int]) { self.shape = shape }

  /// The same numbers.
  ///
  /// - Parameter input: [batch, …], with as many numbers an example as `shape` has.
  /// - Returns: [batch] and `shape`.
  public func callAsFunction(_ input: Variable) -> Variable {
    input.reshaped([input.value.shape[0]] + shape)
  }
}
