import KernelSupport

/// Which of its rounds an exercise is in: the first has the same inputs every time, so that a reader meets
/// them again; later ones have others.
package enum InputRound {
  /// The round, from 0.
  @TaskLocal package static var current: UInt64 = 0
}

/// The generator of a check's random inputs in this round.
///
/// - Parameter number: the check's own.
func inputGenerator(_ number: UInt64) -> SeededGenerator {
  guard InputRound.current > 0 else { return SeededGenerator(seed: number) }
  // Scrambled, so that no round meets the inputs of another check.
  var scrambler = SeededGenerator(seed: InputRound.current)
  return SeededGenerator(seed: scrambler.next() ^ number)
}

extension RandomNumberGenerator {
  /// Numbers whose products and sums are exact: multiples of ¼ in [−2, 2].
  ///
  /// A product is a multiple of 1/16 of at most 4, so 2¹⁸ of them sum to less than 2²⁰, within the 24
  /// bits of single precision: every right answer has the same bits, whatever its order of summation.
  mutating func exactNumbers(_ count: Int) -> [Scalar] {
    (0..<count).map { _ in Scalar(integer(below: 17) - 8) / 4 }
  }

  /// Numbers that are −1 or 1.
  mutating func signs(_ count: Int) -> [Scalar] {
    (0..<count).map { _ in integer(below: 2) == 0 ? -1 : 1 }
  }

  /// A matrix of exact numbers, a row an array.
  mutating func exactMatrix(rows: Int, columns: Int) -> [[Double]] {
    (0..<rows).map { _ in exactNumbers(columns).map { Double($0) } }
  }
}
