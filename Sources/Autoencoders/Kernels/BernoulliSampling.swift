import KernelSupport

extension Naive {
  /// Turns probabilities into zeros and ones.
  ///
  ///     xᵢ ← 1  with probability xᵢ,  otherwise 0
  ///
  /// The numbers of `SeededGenerator(seed:)` decide, each for two elements: the upper 24 of its lower 32
  /// bits make the u of the even one, the upper 24 of its upper 32 bits that of the odd one after it, and
  /// the element becomes 1 where u · 2⁻²⁴ < xᵢ. So 0 stays 0 and 1 stays 1, always.
  ///
  /// - Parameters:
  ///   - probabilities: x in [0, 1] on entry, 0 or 1 on return; any count.
  ///   - seed: decides which become 1.
  public static func sampleBernoulli(_ probabilities: inout MutableSpan<Scalar>, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var bits: UInt64 = 0
    for i in probabilities.indices {
      bits = i.isMultiple(of: 2) ? generator.next() : bits >> 32
      let u = Scalar(UInt32(truncatingIfNeeded: bits) >> 8) * 0x1p-24
      probabilities[i] = u < probabilities[i] ? 1 : 0
    }
  }

  /// Half a step of Gibbs sampling in a Boltzmann machine, after its matrix product.
  ///
  ///     pᵢⱼ = σ(scale · (sumᵢⱼ + biasⱼ)),    stateᵢⱼ = 1 with probability pᵢⱼ, otherwise 0
  ///
  /// The random numbers are those of `sampleBernoulli`.
  ///
  /// - Parameters:
  ///   - sums: what each unit gets from the other layer, rows × columns; p on return.
  ///   - bias: a row of columns.
  ///   - scale: an inverse temperature; 1 in the machine itself.
  ///   - states: 0 or 1 on return, rows × columns.
  ///   - seed: decides which become 1.
  public static func sampleUnits(
    _ sums: inout MutableSpan<Scalar>, bias: Span<Scalar>, scale: Scalar,
    states: inout MutableSpan<Scalar>, seed: UInt64
  ) {
    checkUnits("sampleUnits", sums.count, bias.count, states.count)
    for i in sums.indices {
      sums[i] = 1 / (1 + Scalar.exp(-scale * (sums[i] + bias[i % bias.count])))
      states[i] = sums[i]
    }
    sampleBernoulli(&states, seed: seed)
  }
}

/// Stops the program unless sums and states are as many, in rows as long as the bias.
private func checkUnits(_ operation: String, _ sums: Int, _ bias: Int, _ states: Int) {
  precondition(
    sums == states && (bias > 0 ? sums.isMultiple(of: bias) : sums == 0),
    "\(operation): \(sums) sums and \(states) states for a bias of \(bias)")
}

/// The generator's state is a counter, so eight of its numbers are eight independent computations, and the
/// random bits of sixteen elements come in the order of the elements. Probability, comparison and both
/// results are one pass over the memory.
extension Fast {
  /// Turns probabilities into zeros and ones; contract: `Naive.sampleBernoulli`.
  public static func sampleBernoulli(_ probabilities: inout MutableSpan<Scalar>, seed: UInt64) {
    probabilities.forEachBlock(of: ElementwiseBlock.heavy) { start, block in
      sample(&block, start: start, seed: seed)
    }
  }

  /// Half a step of Gibbs sampling; contract: `Naive.sampleUnits`.
  public static func sampleUnits(
    _ sums: inout MutableSpan<Scalar>, bias: Span<Scalar>, scale: Scalar,
    states: inout MutableSpan<Scalar>, seed: UInt64
  ) {
    checkUnits("sampleUnits", sums.count, bias.count, states.count)
    let columns = bias.count
    guard columns > 0 else { return }
    // An even number of elements: every block begins with a random number of its own.
    let rows = 2 * max(1, rowsPerBlock(columns: columns) / 2)
    sums.forEachBlock(of: rows * columns, with: &states) { start, sums, states in
      var first = 0
      while first < sums.count {
        var row = sums._mutatingExtracting(first..<first &+ columns)
        row.combineVectors(with: bias) { sum, bias in
          1 / (1 + Vector.exp(-scale * (sum + bias)))
        }
        first &+= columns
      }
      for i in sums.indices { states[i] = sums[i] }
      sample(&states, start: start, seed: seed)
    }
  }

  /// Samples the elements of a block that begins with the even element `start`.
  @inline(__always)
  private static func sample(_ block: inout MutableSpan<Scalar>, start: Int, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    generator.skip(start / 2)
    var i = 0
    while i &+ 16 <= block.count {
      let bits = unsafe unsafeBitCast(generator.nextEight(), to: SIMD16<UInt32>.self)
      for half in 0..<2 {
        let part = (half == 0 ? bits.lowHalf : bits.highHalf) &>> 8
        let u = Vector(truncating: part) * 0x1p-24
        let p = block.vector(at: i &+ 8 &* half)
        block.store(Vector.zero.replacing(with: 1, where: u .< p), at: i &+ 8 &* half)
      }
      i &+= 16
    }
    var bits: UInt64 = 0
    while i < block.count {
      bits = i.isMultiple(of: 2) ? generator.next() : bits >> 32
      let u = Scalar(UInt32(truncatingIfNeeded: bits) >> 8) * 0x1p-24
      block[i] = u < block[i] ? 1 : 0
      i &+= 1
    }
  }
}

extension Vector {
  /// Integers below 2²⁴ as scalars.
  @inline(__always)
  init(truncating integers: SIMD8<UInt32>) {
    self.init(SIMD8<Int32>(truncatingIfNeeded: integers))
  }
}

extension SeededGenerator {
  /// The next eight numbers, by the formula of `next`.
  @inline(__always)
  mutating func nextEight() -> SIMD8<UInt64> {
    let states = SIMD8<UInt64>(1, 2, 3, 4, 5, 6, 7, 8) &* 0x9E37_79B9_7F4A_7C15 &+ state
    skip(8)
    var bits = (states ^ (states &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits &>> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits &>> 31)
  }
}
