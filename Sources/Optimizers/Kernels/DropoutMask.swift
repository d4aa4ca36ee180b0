import KernelSupport

extension Naive {
  /// Sets a random share of the elements to 0, and scales the others up so that the mean stays.
  ///
  ///     xᵢ ← xᵢ / (1 − rate)  with probability 1 − rate,  otherwise 0
  ///
  /// The numbers of `SeededGenerator(seed:)` decide, each for two elements: the lower 32 bits for the even
  /// one, the upper 32 for the odd one after it. The element is kept where they reach rate · 2³². So a
  /// mask need not be remembered: with the same seed, the same function is its own pullback.
  ///
  /// - Parameters:
  ///   - x: any count.
  ///   - rate: the share that becomes 0, in [0, 1).
  ///   - seed: decides which ones.
  ///
  /// Source: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: A Simple Way to Prevent
  /// Neural Networks from Overfitting", JMLR 15, 2014, scaled in training instead of evaluation.
  public static func dropout(_ x: inout MutableSpan<Scalar>, rate: Scalar, seed: UInt64) {
    let threshold = dropoutThreshold(rate)
    let scale = 1 / (1 - rate)
    var generator = SeededGenerator(seed: seed)
    var bits: UInt64 = 0
    for i in x.indices {
      bits = i.isMultiple(of: 2) ? generator.next() : bits >> 32
      let isKept = UInt32(truncatingIfNeeded: bits) >= threshold
      x[i] = isKept ? scale * x[i] : 0
    }
  }
}

/// Below this a number of 32 random bits drops its element.
private func dropoutThreshold(_ rate: Scalar) -> UInt32 {
  precondition((0..<1).contains(rate), "dropout: a rate of \(rate), expected one in [0, 1)")
  return UInt32(Double(rate) * 0x1p32)
}

/// Sixteen elements at a time: the generator's state is a counter, so eight of its numbers are eight
/// independent computations, one in each lane of a vector of 64-bit words. Seen as sixteen 32-bit words
/// they stand in the order of the elements. A block begins in the middle of the numbers, for threads.
///
/// 32768 elements on one thread: the definition 207 µs, this 8.6 µs, two of three of them for the numbers.
/// With the checks of each index left in, nothing but the numbers is in vectors: 178 µs.
extension Fast {
  /// Sets a random share of the elements to 0; contract: `Naive.dropout`.
  public static func dropout(_ x: inout MutableSpan<Scalar>, rate: Scalar, seed: UInt64) {
    let threshold = dropoutThreshold(rate)
    let scale = 1 / (1 - rate)
    x.forEachBlock(of: ElementwiseBlock.heavy) { start, block in
      var generator = SeededGenerator(seed: seed)
      generator.skip(start / 2)
      var i = 0
      while i &+ 16 <= block.count {
        let bits = unsafe unsafeBitCast(generator.nextEight(), to: SIMD16<UInt32>.self)
        for lane in 0..<16 {
          let scaled = unsafe scale * block[unchecked: i &+ lane]
          unsafe block[unchecked: i &+ lane] = bits[lane] >= threshold ? scaled : 0
        }
        i &+= 16
      }
      var bits: UInt64 = 0
      while i < block.count {
        bits = i.isMultiple(of: 2) ? generator.next() : bits >> 32
        block[i] = UInt32(truncatingIfNeeded: bits) >= threshold ? scale * block[i] : 0
        i &+= 1
      }
    }
  }
}

extension SeededGenerator {
  /// The next eight numbers, by the formula of `next`.
  @inline(__always)
  fileprivate mutating func nextEight() -> SIMD8<UInt64> {
    let states = SIMD8<UInt64>(1, 2, 3, 4, 5, 6, 7, 8) &* 0x9E37_79B9_7F4A_7C15 &+ state
    skip(8)
    var bits = (states ^ (states &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits &>> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits &>> 31)
  }
}
