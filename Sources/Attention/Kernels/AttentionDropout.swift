import KernelSupport

/// Which probabilities an attention drops while a network learns.
///
/// Every number of `SeededGenerator(seed:)` decides over two keys of a query, as in chapter 3's dropout: pair number n
/// of row r of all heads takes number r · ⌈keys / 2⌉ + n. So nothing is remembered, and the backward pass draws
/// the same numbers again.
public struct AttentionDropout: Hashable, Sendable {
  /// The share that becomes 0, in [0, 1).
  public let rate: Scalar
  /// Decides which ones.
  public let seed: UInt64

  /// Creates a dropout.
  ///
  /// - Parameters:
  ///   - rate: the share that becomes 0, in [0, 1).
  ///   - seed: decides which ones.
  public init(rate: Scalar, seed: UInt64) {
    precondition(
      (0..<1).contains(rate), "AttentionDropout: a rate of \(rate), expected one in [0, 1)")
    self.rate = rate
    self.seed = seed
  }

  /// What a probability is multiplied by: 0 or 1 / (1 − rate).
  ///
  /// - Parameters:
  ///   - row: (batch · heads + head) · queries + query.
  ///   - key: the number of the key.
  ///   - keys: how many keys there are.
  func factor(row: Int, key: Int, keys: Int) -> Scalar {
    var generator = SeededGenerator(seed: seed)
    generator.skip(row * ((keys + 1) / 2) + key / 2)
    let bits = generator.next()
    let half = UInt32(truncatingIfNeeded: key.isMultiple(of: 2) ? bits : bits >> 32)
    return half >= UInt32(Double(rate) * 0x1p32) ? 1 / (1 - rate) : 0
  }
}
