import KernelSupport
import Synchronization
import Testing

@Suite struct InParallelTests {
  /// Not `Sendable`, as a network is not.
  final class Notes {
    var numbers: [Int] = []
  }

  struct Failed: Error, Equatable {
    let input: Int
  }

  @Test(arguments: [1, 2, 3, 7])
  func `results come in the order of the inputs, however many threads`(threadCount: Int) {
    let notes = Threads.$count.withValue(threadCount) {
      inParallel(Array(0..<50)) { input in
        let notes = Notes()
        notes.numbers = Array(repeating: input, count: 50 - input)
        return notes
      }
    }
    #expect(notes.map(\.numbers) == (0..<50).map { Array(repeating: $0, count: 50 - $0) })
    #expect(inParallel([Int]()) { $0 }.isEmpty)
  }

  @Test func `every choice has all its runs, and no choice or no run gives nothing`() {
    let grid = inParallel(["a", "b"], [1, 2, 3]) { choice, run in "\(choice)\(run)" }
    #expect(grid == [["a1", "a2", "a3"], ["b1", "b2", "b3"]])
    #expect(inParallel([String](), [1]) { choice, _ in choice }.isEmpty)
    #expect(inParallel(["a", "b"], [Int]()) { choice, _ in choice } == [[], []])
  }

  @Test(arguments: [Backend.naive, .fast])
  func `an experiment has one thread and the backend of its caller`(backend: Backend) {
    let found = Backend.$current.withValue(backend) {
      Threads.$count.withValue(2) {
        inParallel(Array(0..<20)) { _ in (Threads.count, Backend.current) }
      }
    }
    #expect(found.allSatisfy { $0 == (1, backend) })
  }

  @Test func `the first error in the order of the inputs is thrown, and all have run`() {
    let ended = Atomic(0)
    #expect(throws: Failed(input: 3)) {
      try Threads.$count.withValue(2) {
        try inParallel(Array(0..<20)) { (input) throws(Failed) in
          ended.add(1, ordering: .relaxed)
          if input % 4 == 3 { throw Failed(input: input) }
          return input
        }
      }
    }
    #expect(ended.load(ordering: .relaxed) == 20)
  }
}
