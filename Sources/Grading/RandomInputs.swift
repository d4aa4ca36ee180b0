import KernelSupport

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
