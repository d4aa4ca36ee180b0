/// A part of a network: a value that is called like a function.
public protocol Layer {
  /// The layer's output for an input.
  func callAsFunction(_ input: Variable) -> Variable
}

/// Layers one after the other.
///
///     let network = Sequential(
///       Dense(784, 64, activation: .relu, using: &generator),
///       Dense(64, 10, using: &generator))
public struct Sequential: Layer, CustomReflectable {
  /// The layers from input to output.
  public let layers: [any Layer]

  /// Creates a network of layers, from input to output.
  public init(_ layers: any Layer...) { self.layers = layers }

  /// Creates a network of a list of layers, from input to output.
  public init(_ layers: [any Layer]) { self.layers = layers }

  /// The output of the last layer.
  public func callAsFunction(_ input: Variable) -> Variable {
    layers.reduce(input) { $1($0) }
  }

  /// The layers by number, so that a parameter is called `0.weight`.
  public var customMirror: Mirror { Mirror(self, unlabeledChildren: layers) }
}
