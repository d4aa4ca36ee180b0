import Dispatch
import KernelSupport
import Synchronization
import TestSupport
import Testing

@Suite struct ThreadsTests {
  /// Adds 1 to every counter, each in a block of its own, and tells how many blocks ran.
  ///
  /// Two threads that ran the same block at the same time might both read the same count and lose one of
  /// the two additions; the number of blocks, counted atomically, shows that.
  @discardableResult
  static func countBlocks(_ counters: inout [Scalar]) -> Int {
    let ran = Atomic(0)
    var span = counters.mutableSpan
    span.forEachBlock(of: 1) { _, block in
      block[0] += 1
      ran.add(1, ordering: .relaxed)
    }
    return ran.load(ordering: .relaxed)
  }

  @Test(arguments: 1...5)
  func `every block of many tiny jobs runs exactly once`(threadCount: Int) {
    Threads.$count.withValue(threadCount) {
      for blockCount in [0, 1, 2, 3, 7, 64] {
        var counters = [Scalar](repeating: 0, count: blockCount)
        for _ in 0..<4000 { Self.countBlocks(&counters) }
        #expect(counters.allSatisfy { $0 == 4000 }, "\(blockCount) blocks")
      }
    }
  }

  @Test func `a hundred thousand jobs lose no block`() {
    Threads.$count.withValue(2) {
      var counters = [Scalar](repeating: 0, count: 3)
      for _ in 0..<100_000 { Self.countBlocks(&counters) }
      #expect(counters == [100_000, 100_000, 100_000])
    }
  }

  /// Long enough for workers to join, short enough blocks for them to reach for the same one.
  @Test(arguments: 2...5)
  func `every block of a job with many tiny blocks runs exactly once`(threadCount: Int) {
    Threads.$count.withValue(threadCount) {
      var counters = [Scalar](repeating: 0, count: 50_000)
      for _ in 0..<4 { #expect(Self.countBlocks(&counters) == 50_000) }
      #expect(counters.allSatisfy { $0 == 4 })
    }
  }

  /// One caller gets the workers; the others must not see its blocks, nor it theirs.
  @Test func `several threads at once each get their own blocks done`() {
    let wrong = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 4) { caller in
      Threads.$count.withValue(3) {
        var counters = [Scalar](repeating: 0, count: 2 + caller)
        for _ in 0..<5000 { Self.countBlocks(&counters) }
        wrong.add(counters.count { $0 != 5000 }, ordering: .relaxed)
      }
    }
    #expect(wrong.load(ordering: .relaxed) == 0)
  }

  @Test func `a block may itself ask for threads`() {
    let sum = Atomic(0)
    Threads.$count.withValue(3) {
      for _ in 0..<500 {
        Threads.perform(blockCount: 4) { outer in
          Threads.perform(blockCount: 3) { inner in
            sum.add(1 << (3 * outer + inner), ordering: .relaxed)
          }
        }
      }
    }
    #expect(sum.load(ordering: .relaxed) == 500 * (1 << 12 - 1))
  }

  /// Workers fall asleep after 200 µs without work: every job here has to wake them.
  @Test func `sleeping workers do not hold up a job`() async throws {
    for _ in 0..<20 {
      try await Task.sleep(for: .milliseconds(2))
      Threads.$count.withValue(3) {
        var counters = [Scalar](repeating: 0, count: 5)
        Self.countBlocks(&counters)
        #expect(counters == [1, 1, 1, 1, 1])
      }
    }
  }

  @Test func `a caller sees what all blocks wrote`() {
    Threads.$count.withValue(2) {
      for round in 0..<2000 {
        let squares = changed([Scalar](repeating: 0, count: 100)) {
          $0.forEachBlock(of: 10) { start, block in
            for i in block.indices { block[i] = Scalar(start + i + round) }
          }
        }
        #expect(squares.last == Scalar(99 + round) && squares.first == Scalar(round))
      }
    }
  }

  @Test(arguments: [(0, 4), (1, 4), (4, 4), (5, 4), (12, 4), (13, 4), (7, 1), (7, 100)])
  func `blocks are consecutive and cover everything`(shape: (count: Int, blockLength: Int)) {
    let (count, blockLength) = shape
    let unmarked = [Scalar](repeating: -1, count: count)
    let indices = changed(unmarked) {
      $0.forEachBlock(of: blockLength) { start, block in
        for i in block.indices { block[i] = Scalar(start + i) }
      }
    }
    let lengths = changed(unmarked) {
      $0.forEachBlock(of: blockLength) { _, block in
        for i in block.indices { block[i] = Scalar(block.count) }
      }
    }
    #expect(indices == (0..<count).map { Scalar($0) })
    let expected = (0..<count).map { min(blockLength, count - $0 / blockLength * blockLength) }
    #expect(lengths == expected.map { Scalar($0) })
  }

  @Test func `a block without elements stops the program`() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = changed([1, 2, 3]) { $0.forEachBlock(of: 0) { _, _ in } }
    }
    let output = try #require(result).standardErrorContent
    #expect(
      String(decoding: output, as: UTF8.self).contains("forEachBlock: a block of 0 elements"))
  }
}
