import Backprop
import KernelSupport

/// What a network is run for. Some layers do one thing while it learns and another one when it is used.
public enum Phase: Hashable, Sendable {
  /// The network learns; what is random in it follows from the seed.
  case training(seed: UInt64)
  /// The network is used: nothing is random, and nothing in it changes.
  case evaluation

  /// The phase of a part of a network: the parts of one that learns get seeds of their own.
  ///
  /// The seed is scrambled, the number added, and the sum scrambled again: part 1 of a seed and part 0 of the next
  /// seed would else be the same, and two layers share a mask one step apart.
  ///
  /// - Parameter index: the number of the part.
  public func part(_ index: Int) -> Phase {
    guard case .training(let seed) = self else { return self }
    var generator = SeededGenerator(seed: seed)
    generator = SeededGenerator(seed: generator.next() &+ UInt64(truncatingIfNeeded: index))
    return .training(seed: generator.next())
  }
}

/// A layer that is told what it is run for: an argument, not a mode that lives somewhere else.
///
/// Called without a phase, as any layer may be, it evaluates.
public protocol PhasedLayer: Layer {
  /// The layer's output for an input.
  func callAsFunction(_ input: Variable, _ phase: Phase) -> Variable
}

extension PhasedLayer {
  /// The layer's output when it is used.
  public func callAsFunction(_ input: Variable) -> Variable { self(input, .evaluation) }
}

extension Layer {
  /// The output of any layer: of one without phases it is the same in both.
  public func output(_ input: Variable, _ phase: Phase) -> Variable {
    guard let phased = self as? any PhasedLayer else { return self(input) }
    return phased(input, phase)
  }
}

extension Sequential: PhasedLayer {
  /// The output of the last layer.
  public func callAsFunction(_ input: Variable, _ phase: Phase) -> Variable {
    layers.enumerated().reduce(input) { $1.element.output($0, phase.part($1.offset)) }
  }
}
