import Attention
import KernelSupport
import TestSupport
import Testing

@Suite struct AttentionKernelTests {
  /// Scores are sums of at most 64 products, and a rounding error of a score is one of its probability,
  /// relatively: 64 roundings of numbers up to 8 are 64 · 8 ulp at the very worst, and a random walk of them √64 · 8 = 64.
  /// Sums over up to 513 queries add √513 = 23 of their own: 256 is four standard deviations.
  static let tolerance = 256 * Scalar.ulpOfOne

  @Test(arguments: AttentionCase.awkward)
  func `fast agrees with the definition`(attention: AttentionCase) {
    expectSame(attention.results(.fast), attention.results(.naive))
  }

  private func expectSame(
    _ fast: AttentionCase.Results, _ naive: AttentionCase.Results,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let finite = { (x: Scalar) in x == -.infinity ? -1000 : x }
    for (name, a, b) in [
      ("output", fast.output, naive.output),
      ("log-sum-exp", fast.logSumExp.map(finite), naive.logSumExp.map(finite)),
      ("query", fast.queryGradient, naive.queryGradient),
      ("key", fast.keyGradient, naive.keyGradient),
      ("value", fast.valueGradient, naive.valueGradient),
    ] {
      expectClose(a, b, within: Self.tolerance, name, sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: AttentionCase.awkward)
  func `every number of threads gives the same bits`(attention: AttentionCase) {
    let checksums = [1, 2, 3, 7, 16].map { count in
      checksum(Threads.$count.withValue(count) { attention.results(.fast).all })
    }
    #expect(Set(checksums).count == 1)
  }

  /// What a cache of keys relies on: a row does not know which others are computed with it.
  @Test(arguments: [
    AttentionCase(2, 3, 70, 300, 20), AttentionCase(1, 2, 70, 70, 32, .causal),
    AttentionCase(1, 1, 300, 300, 16, .causal),
    AttentionCase(2, 1, 30, 140, 64, .lengths([140, 50])),
  ])
  func `a row alone has the bits that it has among others`(attention: AttentionCase) {
    let shape = attention.shape
    let operands = attention.operands()
    let whole = attention.results(.fast, operands).output
    for row in 0..<shape.queries {
      // Bottom right aligned, the last query of so many keys is the row.
      let keys = attention.mask.isCausal ? row + 1 : shape.keys
      let alone = AttentionCase(shape.batch, shape.heads, 1, keys, shape.width, attention.mask)
      func part(_ elements: [Scalar], _ time: Int, _ rows: Range<Int>) -> [Scalar] {
        (0..<shape.batch).flatMap { b in
          Array(
            elements[
              (b * time + rows.lowerBound) * shape.rowWidth..<(b * time + rows.upperBound)
                * shape.rowWidth])
        }
      }
      let output = alone.results(
        .fast,
        AttentionCase.Operands(
          query: part(operands.query, shape.queries, row..<row + 1),
          key: part(operands.key, shape.keys, 0..<keys),
          value: part(operands.value, shape.keys, 0..<keys),
          upstream: part(operands.upstream, shape.queries, row..<row + 1))
      ).output
      #expect(output == part(whole, shape.queries, row..<row + 1), "row \(row)")
    }
  }

  @Test(arguments: Backend.allCases)
  func `a query that may look at nothing gets zeros and gives no gradient`(backend: Backend) {
    let attention = AttentionCase(
      2, 2, 9, 5, 4, .causal.and(.lengths([5, 0])), "four queries before the first key")
    let results = attention.results(backend)
    for row in 0..<9 {
      for c in 0..<8 {
        if row < 4 { #expect(results.output[row * 8 + c] == 0) }
        if row < 4 { #expect(results.queryGradient[row * 8 + c] == 0) }
        #expect(results.output[(9 + row) * 8 + c] == 0)
        #expect(results.queryGradient[(9 + row) * 8 + c] == 0)
      }
    }
    #expect(results.logSumExp[0..<4].allSatisfy { $0 == -.infinity })
    #expect(results.keyGradient[5 * 8..<10 * 8].allSatisfy { $0 == 0 })
    #expect(results.valueGradient[5 * 8..<10 * 8].allSatisfy { $0 == 0 })
    #expect(results.all.allSatisfy { !$0.isNaN })
  }

  /// A pattern that allows nothing at all.
  @Test(arguments: Backend.allCases)
  func `an empty pattern gives zeros everywhere`(backend: Backend) {
    let nothing = AttentionPattern(queries: 30, keys: 140) { _, _ in false }
    let results = AttentionCase(2, 2, 30, 140, 5, .allowing(nothing)).results(backend)
    #expect(results.output.allSatisfy { $0 == 0 })
    #expect(
      (results.queryGradient + results.keyGradient + results.valueGradient).allSatisfy { $0 == 0 })
  }

  static let leaks: [(attention: AttentionCase, key: Int, isSeen: @Sendable (Int) -> Bool)] = [
    (AttentionCase(1, 2, 40, 40, 9, .causal, "causal"), 20, { $0 >= 20 }),
    (AttentionCase(1, 1, 30, 40, 9, .lengths([33]), "lengths"), 33, { _ in false }),
    (
      AttentionCase(
        1, 2, 9, 40, 9,
        .allowing(AttentionPattern(queries: 9, keys: 40) { i, j in j != 7 || i == 3 }), "pattern"),
      7, { $0 == 3 }
    ),
  ]

  /// 0 × NaN is NaN: what is masked must be skipped, forward and backward.
  @Test(arguments: leaks.indices, [Scalar.nan, .infinity])
  func `what stands in a masked key changes nothing`(index: Int, poison: Scalar) {
    let (attention, key, isSeen) = Self.leaks[index]
    let width = attention.shape.rowWidth
    for backend in Backend.allCases {
      let clean = attention.operands()
      var poisoned = clean
      for c in 0..<width {
        poisoned.key[key * width + c] = poison
        poisoned.value[key * width + c] = poison
      }
      let before = attention.results(backend, clean)
      let after = attention.results(backend, poisoned)
      for row in 0..<attention.shape.queries where !isSeen(row) {
        let columns = row * width..<(row + 1) * width
        #expect(after.output[columns] == before.output[columns], "\(backend), output \(row)")
        expectClose(
          Array(after.queryGradient[columns]), Array(before.queryGradient[columns]),
          within: Self.tolerance, "\(backend), gradient of query \(row)")
      }
    }
  }

  /// Padding of another length and with other contents.
  @Test(arguments: Backend.allCases)
  func `results do not depend on the padding`(backend: Backend) {
    let short = AttentionCase(2, 2, 5, 40, 6, .lengths([40, 13]))
    let long = AttentionCase(2, 2, 5, 150, 6, .lengths([40, 13]))
    let operands = short.operands()
    func padded(_ elements: [Scalar], with number: Scalar) -> [Scalar] {
      let padding = [Scalar](repeating: number, count: 110 * 12)
      return Array(elements[..<480]) + padding + Array(elements[480...]) + padding
    }
    let expected = short.results(backend, operands)
    for number in [0, 100, Scalar.nan] {
      var other = operands
      other.key = padded(operands.key, with: number)
      other.value = padded(operands.value, with: number)
      let results = long.results(backend, other)
      #expect(results.output == expected.output)
      #expect(results.queryGradient == expected.queryGradient)
    }
  }

  @Test(arguments: Backend.allCases)
  func `dropout keeps the mean, and evaluation drops nothing`(backend: Backend) {
    // Equal keys: every probability is 1/64, and values of 1 make the output the share that is kept.
    let shape = AttentionShape(batch: 1, heads: 4, queries: 64, keys: 64, width: 1)
    let (zeros, ones) = (
      [Scalar](repeating: 0, count: 256), [Scalar](repeating: 1, count: 256)
    )
    var output = zeros
    var sums = zeros
    var outputSpan = output.mutableSpan
    var sumsSpan = sums.mutableSpan
    backend.attention.attention(
      query: zeros.span, key: zeros.span, value: ones.span, into: &outputSpan,
      logSumExp: &sumsSpan, shape, .none, dropout: AttentionDropout(rate: 0.25, seed: 3))
    let mean = output.reduce(0, +) / 256
    // The standard deviation of the mean of 16,384 factors of variance 1/3 is 0.0045: four of them.
    #expect(abs(mean - 1) < 0.018)
    #expect(output.contains { $0 != 1 })
  }
}
