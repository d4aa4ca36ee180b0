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

extension Fast {
  /// Sets a random share of the elements to 0; contract: `Naive.dropout`.
  public static func dropout(_ x: inout MutableSpan<Scalar>, rate: Scalar, seed: UInt64) {
    let threshold = dropoutThreshold(rate)
    let scale = 1 / (1 - rate)
    x.forEachBlock(of: ElementwiseBlock.heavy) { start, block in
      var generator = SeededGenerator(seed: seed)
      generator.skip(start / 2)
      var i = 0
      while i &+ 2 <= block.count {
        let bits = generator.next()
        let (even, odd) = (scale * block[i], scale * block[i &+ 1])
        block[i] = UInt32(truncatingIfNeeded: bits) >= threshold ? even : 0
        block[i &+ 1] = UInt32(truncatingIfNeeded: bits >> 32) >= threshold ? odd : 0
        i &+= 2
      }
      if i < block.count {
        let isKept = UInt32(truncatingIfNeeded: generator.next()) >= threshold
        block[i] = isKept ? scale * block[i] : 0
      }
    }
  }
}
