import KernelSupport
import Testing

/// A generator that gives the same bits again and again, for the ends of every range.
private struct ConstantGenerator: RandomNumberGenerator {
  let bits: UInt64
  mutating func next() -> UInt64 { bits }
}

@Suite struct SeededGeneratorTests {
  /// Published outputs of SplitMix64 for this seed (Vigna, splitmix64.c; as used at rosettacode.org).
  @Test func `the sequence is SplitMix64's`() {
    var generator = SeededGenerator(seed: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
    ]
    #expect(expected.map { _ in generator.next() } == expected)
  }

  @Test func `a state continues a sequence`() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<10 { _ = generator.next() }
    var restored = SeededGenerator(seed: generator.state)
    #expect(restored == generator && restored.next() == generator.next())
  }

  @Test func `a split stream is another one`() {
    var generator = SeededGenerator(seed: 1)
    var split = generator.split()
    let numbers = (0..<1000).map { _ in generator.next() }
    #expect(Set(numbers).isDisjoint(with: (0..<1000).map { _ in split.next() }))
  }

  @Test func `the ends of every range`() {
    var (lowest, highest) = (ConstantGenerator(bits: 0), ConstantGenerator(bits: .max))
    #expect(lowest.uniform() == 0 && highest.uniform() == 1 - 0x1p-24)
    #expect(lowest.uniform(in: -2..<2) == -2 && highest.uniform(in: -2..<2) < 2)
    #expect(highest.uniform(in: 0.8..<1.8) < 1.8 && lowest.uniform(in: 0.8..<1.8) == 0.8)
    #expect(highest.uniform(in: 1..<1 + 2 * .ulpOfOne) < 1 + 2 * .ulpOfOne)
    #expect(highest.uniform(in: 3..<3) == 3)
    #expect(lowest.integer(below: 10) == 0 && highest.integer(below: 10) == 9)
    #expect(lowest.integer(below: 1) == 0 && highest.integer(below: .max) == .max - 1)
    #expect(lowest.normal() == 0 && highest.normal().isFinite)
  }

  static let drawCount = 100_000

  /// Whether counts of equally likely outcomes differ no more than by chance.
  ///
  /// Pearson's χ² of k outcomes has mean k − 1 and variance 2 (k − 1). Seven standard deviations above the
  /// mean happen by chance less than once in 10⁵ even for its long upper tail, and the seed is fixed.
  static func areEven(_ counts: [Int]) -> Bool {
    let expected = Double(counts.reduce(0, +)) / Double(counts.count)
    let statistic = counts.reduce(0) { sum, count in
      sum + (Double(count) - expected) * (Double(count) - expected) / expected
    }
    let freedom = Double(counts.count - 1)
    return statistic <= freedom + 7 * (2 * freedom).squareRoot()
  }

  static func counts(_ outcomes: Int, _ draw: (inout SeededGenerator) -> Int) -> [Int] {
    var generator = SeededGenerator(seed: 5)
    var counts = [Int](repeating: 0, count: outcomes)
    for _ in 0..<drawCount { counts[draw(&generator)] += 1 }
    return counts
  }

  @Test func `uniform numbers are even`() {
    #expect(Self.areEven(Self.counts(64) { Int($0.uniform() * 64) }))
  }

  @Test(arguments: [2, 3, 7, 10, 100])
  func `integers are even`(bound: Int) {
    #expect(Self.areEven(Self.counts(bound) { $0.integer(below: bound) }))
  }

  @Test func `all orders of four are equally likely`() {
    let counts = Self.counts(256) { generator in
      generator.permutation(count: 4).reduce(0) { 4 * $0 + $1 }
    }
    // Of 256 ways to write four numbers below 4, 24 are permutations.
    #expect(counts.count { $0 > 0 } == 24 && Self.areEven(counts.filter { $0 > 0 }))
  }

  @Test func `an uneven count is rejected`() {
    #expect(!Self.areEven(Self.counts(10) { $0.integer(below: 11) % 10 }))
    // The shuffle that swaps every place with any other: 4⁴ ways, which 24 does not divide.
    let naive = Self.counts(256) { generator in
      var order = [0, 1, 2, 3]
      for i in 0..<4 { order.swapAt(i, generator.integer(below: 4)) }
      return order.reduce(0) { 4 * $0 + $1 }
    }
    #expect(!Self.areEven(naive.filter { $0 > 0 }))
  }

  @Test(arguments: [0, 1, 2, 1000])
  func `a permutation has every number once`(count: Int) {
    var generator = SeededGenerator(seed: 6)
    let order = generator.permutation(count: count)
    #expect(order.sorted() == Array(0..<count))
    #expect(count < 1000 || order != Array(0..<count))
  }

  /// Moments of n draws lie within five of their standard deviations, √(variance of the power / n): the
  /// variances of x, x², x³ and x⁴ are 1, 2, 15 and 96.
  @Test func `normal numbers have the moments of the normal distribution`() {
    var generator = SeededGenerator(seed: 7)
    let numbers = (0..<Self.drawCount).map { _ in Double(generator.normal()) }
    func moment(_ power: (Double) -> Double) -> Double {
      numbers.reduce(0) { $0 + power($1) } / Double(Self.drawCount)
    }
    func bound(_ variance: Double) -> Double {
      5 * (variance / Double(Self.drawCount)).squareRoot()
    }
    #expect(abs(moment { $0 }) <= bound(1))
    #expect(abs(moment { $0 * $0 } - 1) <= bound(2))
    #expect(abs(moment { $0 * $0 * $0 }) <= bound(15))
    #expect(abs(moment { $0 * $0 * $0 * $0 } - 3) <= bound(96))
  }

  /// Pinned, since every figure of the book depends on them. In single precision they come from the
  /// book's own logarithm and cosine, so these bits hold on every machine.
  @Test func `the first numbers of a seed`() {
    var generator = SeededGenerator(seed: 42)
    #expect((0..<3).map { _ in generator.uniform() } == [0xBDD732p-24, 0x28EFE3p-24, 0x475267p-24])
    #expect((0..<5).map { _ in generator.integer(below: 1000) } == [344, 38, 868, 218, 800])
    #expect(generator.permutation(count: 8) == [0, 3, 5, 6, 7, 1, 4, 2])
    #if !Float64
      #expect((0..<3).map { _ in generator.normal() } == [0.536608, 0.9739455, 1.4736509])
    #endif
  }
}
