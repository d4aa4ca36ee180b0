import KernelSupport
import Optimizers
import Testing

/// Every condition of every schedule, violated by itself.
@Suite struct SchedulePreconditionTests {
  static let mistakes: [(message: String, make: @Sendable () -> Void)] = [
    ("StepDecay: from -1.0 by 0.5", { _ = StepDecay(from: -1, factor: 0.5, every: 2) }),
    ("StepDecay: from 1.0 by 0.0", { _ = StepDecay(from: 1, factor: 0, every: 2) }),
    ("StepDecay: from 1.0 by 0.5 every 0", { _ = StepDecay(from: 1, factor: 0.5, every: 0) }),
    ("CosineDecay: from -1.0", { _ = CosineDecay(from: -1, to: 0, steps: 2) }),
    ("CosineDecay: from 1.0 to -1.0", { _ = CosineDecay(from: 1, to: -1, steps: 2) }),
    ("CosineDecay: from 1.0 to 0.0 in 0", { _ = CosineDecay(from: 1, to: 0, steps: 0) }),
    ("LinearRamp: from -1.0", { _ = LinearRamp(from: -1, to: 0, steps: 2) }),
    ("LinearRamp: from 1.0 to -1.0", { _ = LinearRamp(from: 1, to: -1, steps: 2) }),
    ("LinearRamp: from 1.0 to 0.0 in 0", { _ = LinearRamp(from: 1, to: 0, steps: 0) }),
  ]

  @Test(arguments: mistakes.indices)
  func `a mistake stops the program with a message`(index: Int) async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [index] in
      SchedulePreconditionTests.mistakes[index].make()
    }
    let output = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(output.contains(Self.mistakes[index].message), "\(output)")
  }
}
