import Synchronization

/// Blocks of work, each to be done once, by as many threads as there are seats.
///
///     seat s begins with the blocks  blockCount · s / seats  ..<  blockCount · (s + 1) / seats
///
/// A thread that is done with its own part goes on with what is left of the others', so nobody waits while a
/// block is free, whether its owner is slow or never comes.
final class BlockJob: Sendable {
  /// How many threads can take part.
  let seats: Int

  private let parts: [Part]
  private let body: @Sendable (Int) -> Void

  /// The blocks of one seat.
  private final class Part: Sendable {
    let next: Atomic<Int>
    let end: Int

    init(_ blocks: Range<Int>) {
      next = Atomic(blocks.lowerBound)
      end = blocks.upperBound
    }
  }

  /// A job of which nothing is done.
  init(blockCount: Int, seats: Int, _ body: @escaping @Sendable (Int) -> Void) {
    self.seats = seats
    self.body = body
    parts = (0..<seats).map {
      Part(blockCount * $0 / seats..<blockCount * ($0 + 1) / seats)
    }
  }

  /// Does blocks until none is free.
  func takeBlocks(seat: Int) {
    for offset in 0..<seats {
      let part = parts[(seat + offset) % seats]
      while true {
        let block = part.next.add(1, ordering: .relaxed).oldValue
        guard block < part.end else { break }
        body(block)
      }
    }
  }
}
