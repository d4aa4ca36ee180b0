import Foundation

/// Work shared among threads without changing a single bit of the result.
///
/// Work is cut into blocks of the *output*, and the blocks are fixed by the shape of the problem, never
/// by the number of threads: which thread computes a block changes nothing in it.
public enum Threads {
  /// The processor cores that this process may use.
  public static var available: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// How many threads a kernel may use: `LaunchSettings.threadCount` unless a caller binds another.
  @TaskLocal public static var count = LaunchSettings.current.threadCount

  /// Runs `body` once for every block number in `0..<blockCount`, on up to `count` threads.
  ///
  /// Threads take the next block as they finish one, so uneven blocks balance out. The call returns
  /// when all blocks are done. With one thread, or one block, everything runs on the calling thread.
  ///
  /// - Parameters:
  ///   - blockCount: the number of blocks; nothing happens for 0.
  ///   - body: computes one block; blocks must not write to the same memory.
  public static func perform(blockCount: Int, _ body: @Sendable (_ block: Int) -> Void) {
    let workers = min(count, blockCount)
    guard workers > 1 else {
      for block in 0..<blockCount { body(block) }
      return
    }
    WorkerPool.shared.perform(blockCount: blockCount, helpers: workers - 1, body)
  }
}

extension MutableSpan where Element == Scalar {
  /// Calls `body` for consecutive blocks of the elements, several at a time on different threads.
  ///
  ///     for start in stride(from: 0, to: count, by: blockLength):
  ///         body(start, self[start ..< min(start + blockLength, count)])
  ///
  /// - Parameters:
  ///   - blockLength: the number of elements in a block, at least 1; the last block may be shorter.
  ///     A hand-over between threads costs some 10 µs: a block should be worth more than that.
  ///   - body: gets the index of the block's first element and the block.
  public mutating func forEachBlock(
    of blockLength: Int,
    _ body: @Sendable (_ start: Int, _ block: inout MutableSpan<Scalar>) -> Void
  ) {
    precondition(blockLength > 0, "forEachBlock: a block of \(blockLength) elements")
    let blockCount = (count + blockLength - 1) / blockLength
    guard blockCount > 1 else {
      if !isEmpty { body(0, &self) }
      return
    }
    unsafe withUnsafeMutableBufferPointer { elements in
      nonisolated(unsafe) let elements = unsafe elements
      Threads.perform(blockCount: blockCount) { index in
        let start = index * blockLength
        let end = unsafe min(start + blockLength, elements.count)
        var block = unsafe MutableSpan(
          _unsafeElements: UnsafeMutableBufferPointer(rebasing: elements[start..<end]))
        body(start, &block)
      }
    }
  }
}
