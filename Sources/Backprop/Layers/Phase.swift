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
