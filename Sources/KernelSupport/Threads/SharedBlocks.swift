extension MutableSpan where Element == Scalar {
  /// Calls `body` for consecutive blocks of these elements and of `second`'s, several at a time on
  /// different threads, for kernels with two results.
  ///
  /// - Parameters:
  ///   - blockLength: the number of elements in a block, at least 1; the last block may be shorter.
  ///   - second: as many elements.
  ///   - body: gets the index of the blocks' first element and the blocks.
  public mutating func forEachBlock(
    of blockLength: Int, with second: inout MutableSpan<Scalar>,
    _ body:
      @Sendable (
        _ start: Int, _ block: inout MutableSpan<Scalar>, _ second: inout MutableSpan<Scalar>
      ) -> Void
  ) {
    precondition(second.count == count, "forEachBlock: \(count) and \(second.count) elements")
    unsafe second.withUnsafeMutableBufferPointer { second in
      nonisolated(unsafe) let second = unsafe second
      forEachBlock(of: blockLength) { start, block in
        var secondBlock = unsafe MutableSpan(
          _unsafeElements: UnsafeMutableBufferPointer(
            rebasing: second[start..<start + block.count]))
        body(start, &block, &secondBlock)
      }
    }
  }

  /// Calls `body` for consecutive blocks of these elements, of `second`'s and of `third`'s, several at a
  /// time on different threads, for kernels with three results.
  ///
  /// - Parameters:
  ///   - blockLength: the number of elements in a block, at least 1; the last block may be shorter.
  ///   - second: as many elements.
  ///   - third: as many elements.
  ///   - body: gets the index of the blocks' first element and the blocks.
  public mutating func forEachBlock(
    of blockLength: Int, with second: inout MutableSpan<Scalar>,
    _ third: inout MutableSpan<Scalar>,
    _ body:
      @Sendable (
        _ start: Int, _ block: inout MutableSpan<Scalar>, _ second: inout MutableSpan<Scalar>,
        _ third: inout MutableSpan<Scalar>
      ) -> Void
  ) {
    precondition(third.count == count, "forEachBlock: \(count) and \(third.count) elements")
    unsafe third.withUnsafeMutableBufferPointer { third in
      nonisolated(unsafe) let third = unsafe third
      forEachBlock(of: blockLength, with: &second) { start, block, secondBlock in
        var thirdBlock = unsafe MutableSpan(
          _unsafeElements: UnsafeMutableBufferPointer(
            rebasing: third[start..<start + block.count]))
        body(start, &block, &secondBlock, &thirdBlock)
      }
    }
  }
}
