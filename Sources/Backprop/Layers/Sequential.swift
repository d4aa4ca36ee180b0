import KernelSupport

/// Layers one after the other.
///
///     let network = Sequential(
///       Dense(784, 64, activation: .relu, using: &generator),
///       Dense(64, 10, using: &generator))
public struct Sequential: Layer, CustomReflectable {
  /// The layers from input to output.
  public let layers: [any Layer]

  /// Creates a network of layers, from input to output.
  public init(_ layers: any Layer...) { self.init(layers) }

  /// Creates a network of a list of layers, from input to output.
  public init(_ layers: [any Layer]) { self.layers = layers }

  /// The output of the last layer.
  ///
  /// - Parameters:
  ///   - input: of the shape that the first layer takes.
  ///   - phase: what the network is run for; every layer gets a part of its own.
  public func callAsFunction(_ input: Variable, _ phase: Phase) -> Variable {
    input.passed(through: layers) { layer, x, index in layer(x, phase.part(index)) }
  }

  /// The output of the last layer of a network that does the same in every phase.
  ///
  /// - Parameter input: of the shape that the first layer takes.
  /// - Precondition: no layer needs a phase. Which layers a list holds is known when the program runs; so that
  ///   none is left in the wrong phase, the program stops and names it.
  public func callAsFunction(_ input: Variable) -> Variable {
    input.passed(through: layers) { layer, x, _ in
      switch layer {
      case let phaseless as any PhaselessLayer: return phaseless(x)
      case let nested as Sequential: return nested(x)
      default:
        preconditionFailure(
          "Sequential: a \(type(of: layer)) is called without a phase: pass .training(seed:) or "
            + ".evaluation")
      }
    }
  }

  /// The layers by number, so that a parameter is called `0.weight`.
  public var customMirror: Mirror { Mirror(self, unlabeledChildren: layers) }
}

extension Variable {
  /// What comes out of a list of parts, each applied to what the one before it gave.
  ///
  /// A mistake inside names the part: "in layer encoder.1".
  ///
  /// - Parameters:
  ///   - parts: from input to output.
  ///   - name: the property that holds the list, or `nil` where parameters are called by the number alone.
  ///   - call: applies a part, given its number.
  public func passed<Part>(
    through parts: [Part], of name: String? = nil,
    _ call: (_ part: Part, _ input: Variable, _ index: Int) -> Variable
  ) -> Variable {
    parts.enumerated().reduce(self) { x, part in
      LayerPath.entering(name.map { "\($0).\(part.offset)" } ?? "\(part.offset)") {
        call(part.element, x, part.offset)
      }
    }
  }
}
