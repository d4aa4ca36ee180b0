/// A part of a network: a value that is called like a function, and told what it is run for.
///
/// The phase is an argument, not a mode that lives somewhere else. What consists of layers passes it on: a
/// part that needs one cannot be called without, so a composite that forgets does not compile.
public protocol Layer {
  /// The layer's output for an input.
  ///
  /// - Parameters:
  ///   - input: of the shape that the layer takes.
  ///   - phase: what the network is run for.
  func callAsFunction(_ input: Variable, _ phase: Phase) -> Variable
}

/// A layer that does the same in every phase, as most do: it may be called without one.
public protocol PhaselessLayer: Layer {
  /// The layer's output for an input.
  func callAsFunction(_ input: Variable) -> Variable
}

extension PhaselessLayer {
  /// The layer's output, which no phase changes.
  public func callAsFunction(_ input: Variable, _ phase: Phase) -> Variable { self(input) }
}
