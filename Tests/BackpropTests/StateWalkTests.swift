import Backprop
import Foundation
import KernelSupport
import TestSupport
import Testing

/// What other people's models look like, and which variables are found in them.
@Suite struct StateWalkTests {
  private static func parameter(_ number: Scalar = 0) -> Variable {
    Variable(Tensor(number), needsGradient: true)
  }

  private class Base {
    let first = StateWalkTests.parameter(1)
  }

  private class Derived: Base {
    let second = StateWalkTests.parameter(2)
  }

  private final class Last: Derived {
    let third = StateWalkTests.parameter(3)
  }

  @Test func `inherited parameters come first`() {
    #expect(parameters(of: Last()).map(\.name) == ["first", "second", "third"])
  }

  @Test func `a dictionary is walked in the order of its keys, whatever the process's hash seed`() {
    let names = (0..<40).map { "layer\($0)" }
    let model = Dictionary(uniqueKeysWithValues: names.map { ($0, Self.parameter()) })
    #expect(parameters(of: model).map(\.name) == names.sorted())
    #expect(parameters(of: ["b": ["x": Self.parameter()], "a": [:]]).map(\.name) == ["b.x"])
  }

  private enum Part {
    case plain(Variable)
    case pair(left: Variable, right: Variable)
  }

  @Test func `payloads of enumerations and members of tuples are found`() {
    let model = (
      Part.plain(Self.parameter()), Part.pair(left: Self.parameter(), right: Self.parameter())
    )
    #expect(parameters(of: model).count == 3)
  }

  private final class Node {
    let weight = StateWalkTests.parameter()
    var other: Node?
  }

  @Test func `an object that two parts share is no cycle`() {
    let shared = Node()
    #expect(parameters(of: [shared, shared]).map(\.name) == ["0.weight"])
  }

  /// Millions of numbers that are no variables are not looked at one by one.
  @Test func `constants cost nothing`() {
    let model = (
      Tensor(shape: [4_000_000]), [Scalar](repeating: 0, count: 4_000_000),
      [Int](repeating: 0, count: 4_000_000), Self.parameter()
    )
    let start = Self.processorSeconds
    #expect(parameters(of: model).count == 1)
    // A mirror of twelve million numbers takes longer than a minute in this build, this a millisecond.
    #expect(Self.processorSeconds - start < 10)
  }

  /// What this thread has had of a processor: other programs' work does not count.
  private static var processorSeconds: Double {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  static let refused: [(message: String, make: @Sendable () -> Any)] = [
    (
      "parameters(of:): 'other.other' leads back to the Node that holds it",
      {
        let (a, b) = (Node(), Node())
        (a.other, b.other) = (b, a)
        return a
      }
    ),
    (
      "parameters(of:): a variable in 'table', which has no order",
      { (table: [1: parameter(), 2: parameter()], 0) }
    ),
    (
      "parameters(of:): two variables are called 'a.b'",
      { ["a.b": parameter() as Any, "a": ["b": parameter()] as Any] }
    ),
  ]

  @Test(arguments: refused.indices)
  func `what has no order, no end or no name of its own is refused`(index: Int) async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [index] in
      _ = parameters(of: StateWalkTests.refused[index].make())
    }
    let output = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(output.contains(Self.refused[index].message), "\(output)")
  }
}
