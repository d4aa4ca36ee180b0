/// The book's random number generator: the same seed gives the same numbers on every machine.
///
/// A counter goes up by the golden ratio's fraction of 2⁶⁴, and two rounds of shift, exclusive or and
/// multiplication scramble it. Its whole state is one word, which a checkpoint can hold.
///
/// Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014
/// (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator, Sendable, Equatable {
  /// The counter: everything that decides which numbers follow.
  public var state: UInt64

  /// Creates a generator; equal seeds give equal sequences.
  public init(seed: UInt64) { state = seed }

  /// The next 64 random bits.
  @inlinable
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// Leaves numbers out, any count at once: block n of a long array starts in the middle of its numbers.
  public mutating func skip(_ count: Int) {
    state &+= UInt64(count) &* 0x9E37_79B9_7F4A_7C15
  }

  /// A generator for another stream of numbers, independent of what this one gives later.
  public mutating func split() -> SeededGenerator { SeededGenerator(seed: next()) }
}

extension RandomNumberGenerator {
  /// A number uniform in [0, 1): a multiple of 2⁻²⁴, so that it is exact in both precisions.
  @inlinable
  public mutating func uniform() -> Scalar {
    Scalar(next() >> 40) * 0x1p-24
  }

  /// A number uniform in [`range.lowerBound`, `range.upperBound`), or the bound itself where the range is empty.
  ///
  /// What rounding would move up to the upper bound becomes the largest number below it.
  @inlinable
  public mutating func uniform(in range: Range<Scalar>) -> Scalar {
    let number = range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
    return max(range.lowerBound, min(number, range.upperBound.nextDown))
  }

  /// An integer uniform in `0..<bound`.
  ///
  /// The high word of a 64 × 64 bit product; the bias is below `bound` / 2⁶⁴.
  ///
  /// - Precondition: `bound` ≥ 1.
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound >= 1, "integer(below:): no integers below \(bound)")
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A number from the normal distribution with mean 0 and standard deviation 1.
  ///
  ///     √(−2 ln u) · cos(2πv),  u uniform in (0, 1], v in [0, 1)
  ///
  /// Source: Box and Muller, "A Note on the Generation of Random Normal Deviates", 1958.
  public mutating func normal() -> Scalar {
    let u = 1 - uniform()
    let v = uniform()
    return (-2 * Scalar.log(u)).squareRoot() * Scalar.cos(2 * .pi * v)
  }

  /// The numbers `0..<count` in random order, every order equally likely.
  ///
  /// Source: Fisher and Yates, 1938; Durstenfeld, Algorithm 235, 1964.
  public mutating func permutation(count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, integer(below: last + 1))
    }
    return order
  }
}
