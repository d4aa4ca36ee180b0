import KernelSupport
import Optimizers
import TestSupport
import Testing

@Suite struct ScheduleTests {
  /// PyTorch multiplies its way from rate to rate, some 40 roundings; all rates are at most 0.2, where
  /// `expectClose` takes the tolerance as absolute.
  static let tolerance: Scalar = 40 * .ulpOfOne

  /// The fixture's name of a schedule, and the schedule.
  static let schedules: [(name: String, schedule: any Schedule)] = [
    ("step", StepDecay(from: 0.2, factor: 0.3, every: 7)),
    ("cosine", CosineDecay(from: 0.2, to: 0.01, steps: 30)),
    ("linear", LinearRamp(from: 0.05, to: 0.2, steps: 10)),
    (
      "sequence",
      LinearRamp(from: 0.05, to: 0.2, steps: 10)
        .followed(by: CosineDecay(from: 0.2, to: 0.01, steps: 20), after: 10)
    ),
  ]

  @Test(arguments: schedules.indices)
  func `rates are PyTorch's`(index: Int) throws {
    let (name, schedule) = Self.schedules[index]
    let reference = try Fixture("optimizers")["schedule \(name)", "rates"]
    let rates = reference.indices.map { schedule.learningRate(at: $0) }
    expectClose(rates, reference, within: Self.tolerance, name)
  }

  @Test(arguments: schedules.indices)
  func `rates of one step later are rejected`(index: Int) throws {
    let (name, schedule) = Self.schedules[index]
    let reference = try Fixture("optimizers")["schedule \(name)", "rates"]
    let late = reference.indices.map { schedule.learningRate(at: $0 + 1) }
    #expect(firstDisagreement(late, reference, within: Self.tolerance) != nil)
  }

  @Test func `a constant rate stays, and the others end where they should`() {
    #expect([0, 1, 1000].allSatisfy { ConstantRate(0.3).learningRate(at: $0) == 0.3 })
    #expect(CosineDecay(from: 1, to: 0.1, steps: 4).learningRate(at: 4) == 0.1)
    #expect(CosineDecay(from: 1, to: 0.1, steps: 4).learningRate(at: 5) == 0.1)
    #expect(LinearRamp(to: 0.5, steps: 4).learningRate(at: 0) == 0)
    #expect(LinearRamp(to: 0.5, steps: 4).learningRate(at: 9) == 0.5)
  }
}
