import KernelSupport

extension Naive {
  /// Fills with numbers from the normal distribution with mean 0 and standard deviation 1.
  ///
  ///     var generator = SeededGenerator(seed: seed)
  ///     for i in x.indices { x[i] = generator.normal() }
  ///
  /// - Parameters:
  ///   - x: any count.
  ///   - seed: decides which numbers.
  public static func standardNormal(_ x: inout MutableSpan<Scalar>, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for i in x.indices { x[i] = generator.normal() }
  }
}

/// Box and Muller's formula with its logarithm, root and cosine for eight numbers at a time, the same bits
/// as one by one. A number takes two random ones, so a block begins 2 · start numbers later.
extension Fast {
  /// Fills with numbers from the standard normal distribution; contract: `Naive.standardNormal`.
  public static func standardNormal(_ x: inout MutableSpan<Scalar>, seed: UInt64) {
    x.forEachBlock(of: ElementwiseBlock.heavy) { start, block in
      var generator = SeededGenerator(seed: seed)
      generator.skip(2 * start)
      var i = 0
      while i &+ 8 <= block.count {
        let first = generator.nextEight() &>> 40
        let second = generator.nextEight() &>> 40
        let low = Vector(truncating: SIMD8<UInt32>(truncatingIfNeeded: first)) * 0x1p-24
        let high = Vector(truncating: SIMD8<UInt32>(truncatingIfNeeded: second)) * 0x1p-24
        let u = 1 - Vector(lowHalf: low.evenHalf, highHalf: high.evenHalf)
        let v = Vector(lowHalf: low.oddHalf, highHalf: high.oddHalf)
        block.store((-2 * Vector.log(u)).squareRoot() * Vector.cos(2 * .pi * v), at: i)
        i &+= 8
      }
      while i < block.count {
        block[i] = generator.normal()
        i &+= 1
      }
    }
  }
}
