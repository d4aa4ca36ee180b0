import Dispatch
import Foundation
import Synchronization

/// Threads that wait for blocks of work, first awake and then asleep.
///
/// A kernel of a small network takes 20 µs, and to wake a sleeping thread takes as long. So a worker that
/// has nothing left to do looks for the next job for a while before it goes to sleep, and the caller
/// starts on the blocks at once instead of waiting for anyone: workers join when they arrive, and if none
/// does, the caller does all the work. `DispatchQueue.concurrentPerform`, which sleeps at once and waits
/// for everyone, ran a 128 × 128 × 128 product on two threads no faster than on one.
///
/// Every thread has its own part of the blocks, the same from job to job, and takes others' only when that is
/// done. Blocks are mostly numbered along the images or rows that they belong to, so a thread finds in its
/// own cache what it left there in the job before.
final class WorkerPool: Sendable {
  /// The workers of the process.
  static let shared = WorkerPool()

  /// How long a worker without work stays awake.
  private static let patience = Duration.microseconds(200)

  /// Protects `job` and `workerCount`: a lock that the thread sanitizer knows, unlike `Mutex`.
  private let lock = NSLock()
  nonisolated(unsafe) private var job: BlockJob?
  nonisolated(unsafe) private var workerCount = 0
  private let asleep = DispatchSemaphore(value: 0)
  private let isTaken = Atomic(false)
  private let jobNumber = Atomic(0)
  private let workingCount = Atomic(0)
  private let sleeperCount = Atomic(0)

  /// Runs `body` for every block in `0..<blockCount` on the calling thread and up to `helpers` others.
  ///
  /// While one caller has the workers, another one, or a block that itself asks for help, works alone.
  func perform(blockCount: Int, helpers: Int, _ body: @Sendable (Int) -> Void) {
    guard !isTaken.exchange(true, ordering: .acquiring) else {
      for block in 0..<blockCount { body(block) }
      return
    }
    ensureWorkers(helpers)
    withoutActuallyEscaping(body) { body in
      let current = BlockJob(blockCount: blockCount, seats: helpers + 1, body)
      lock.withLock { unsafe job = current }
      jobNumber.add(1, ordering: .sequentiallyConsistent)
      for _ in 0..<sleeperCount.load(ordering: .sequentiallyConsistent) { asleep.signal() }
      current.takeBlocks(seat: 0)
      lock.withLock { unsafe job = nil }
      var spins = 0
      while workingCount.load(ordering: .acquiring) > 0 {
        spins += 1
        if spins.isMultiple(of: 1000) { Thread.sleep(forTimeInterval: 0) }
      }
    }
    isTaken.store(false, ordering: .releasing)
  }

  private func ensureWorkers(_ count: Int) {
    lock.withLock {
      while unsafe workerCount < count {
        unsafe workerCount += 1
        let seat = unsafe workerCount
        let thread = Thread { self.work(seat: seat) }
        thread.name = "kernel worker"
        thread.qualityOfService = .userInitiated
        thread.start()
      }
    }
  }

  /// A worker's life.
  private func work(seat: Int) {
    var lastJob = 0
    while true {
      lastJob = waitForJob(after: lastJob)
      // The job must be let go before the caller, who waits for the count, can return.
      if joinJob(seat) { workingCount.subtract(1, ordering: .releasing) }
    }
  }

  /// Takes blocks of the current job if it is still open and has this seat; tells whether it had.
  private func joinJob(_ seat: Int) -> Bool {
    let current = lock.withLock { () -> BlockJob? in
      guard let open = unsafe job, seat < open.seats else { return nil }
      workingCount.add(1, ordering: .relaxed)
      return open
    }
    guard let current else { return false }
    current.takeBlocks(seat: seat)
    return true
  }

  /// Waits, at first awake, until there is a job with another number than `last`; returns its number.
  private func waitForJob(after last: Int) -> Int {
    let clock = ContinuousClock()
    let bedtime = clock.now + Self.patience
    repeat {
      for _ in 0..<100 {
        let number = jobNumber.load(ordering: .acquiring)
        if number != last { return number }
      }
    } while clock.now < bedtime
    sleeperCount.add(1, ordering: .sequentiallyConsistent)
    defer { sleeperCount.subtract(1, ordering: .relaxed) }
    while true {
      let number = jobNumber.load(ordering: .sequentiallyConsistent)
      if number != last { return number }
      asleep.wait()
    }
  }
}
