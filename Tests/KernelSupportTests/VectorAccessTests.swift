import KernelSupport
import TestSupport
import Testing

@Suite struct VectorAccessTests {
  let numbers: [Scalar] = (0..<11).map { Scalar($0) }

  @Test func `eight elements are read where they begin`() {
    #expect(numbers.span.vector(at: 0) == Vector(0, 1, 2, 3, 4, 5, 6, 7))
    #expect(numbers.span.vector(at: 3) == Vector(3, 4, 5, 6, 7, 8, 9, 10))
    var copy = numbers
    #expect(copy.mutableSpan.vector(at: 3) == Vector(3, 4, 5, 6, 7, 8, 9, 10))
  }

  @Test func `the last elements are padded`() {
    #expect(numbers.span.lastVector(at: 8) == Vector(8, 9, 10, 0, 0, 0, 0, 0))
    #expect(numbers.span.lastVector(at: 10, padding: -1) == Vector(10, -1, -1, -1, -1, -1, -1, -1))
    #expect(numbers.span.lastVector(at: 11, padding: 7) == Vector(repeating: 7))
  }

  @Test func `eight elements are written and no others`() {
    let written = changed(numbers) { $0.store(Vector(repeating: -1), at: 2) }
    #expect(written == [0, 1, -1, -1, -1, -1, -1, -1, -1, -1, 10])
  }

  @Test func `the last elements are written and no others`() {
    let vector = Vector(-1, -2, -3, -4, -5, -6, -7, -8)
    let written = changed(numbers) { $0.storeLast(vector, at: 8) }
    #expect(written == [0, 1, 2, 3, 4, 5, 6, 7, -1, -2, -3])
    #expect(changed(numbers) { $0.storeLast(vector, at: 11) } == numbers)
  }

  @Test func `reading and writing beyond either end stops the program`() async {
    await #expect(processExitsWith: .failure) {
      _ = [Scalar](repeating: 0, count: 11).span.vector(at: 4)
    }
    await #expect(processExitsWith: .failure) {
      _ = [Scalar](repeating: 0, count: 11).span.vector(at: -1)
    }
    await #expect(processExitsWith: .failure) {
      _ = changed([Scalar](repeating: 0, count: 11)) { $0.store(.zero, at: 4) }
    }
    await #expect(processExitsWith: .failure) {
      _ = changed([Scalar](repeating: 0, count: 11)) { $0.store(.zero, at: -1) }
    }
  }

  @Test(arguments: awkwardCounts)
  func `loops over vectors reach every element once`(count: Int) {
    let (x, y) = (exactNumbers(count: count, seed: 1), exactNumbers(count: count, seed: 2))
    #expect(changed(x) { $0.mapVectors { 2 * $0 + 1 } } == x.map { 2 * $0 + 1 })
    let combined = changed(x) { $0.combineVectors(with: y.span) { $0 - 2 * $1 } }
    #expect(combined == zip(x, y).map { $0 - 2 * $1 })
  }

  @Test(arguments: 1...30)
  func `a remainder holds the last elements, each once`(count: Int) {
    let numbers = (1...count).map { Scalar($0) }
    for remaining in 1..<8 where remaining == count || remaining < count && count >= 8 {
      let lanes = numbers.span.remainder(remaining, padding: -1)
      let padded = numbers.suffix(remaining) + [Scalar](repeating: -1, count: 8 - remaining)
      #expect((0..<8).map { lanes[$0] }.sorted() == padded.sorted())
    }
  }
}
