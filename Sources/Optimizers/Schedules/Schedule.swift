import KernelSupport

/// How large the steps of an optimizer are as training goes on: a value, asked before each step.
///
///     optimizer.learningRate = schedule.learningRate(at: optimizer.state.stepCount)
///
/// It depends on nothing but the number of the step, so a run that resumes needs no memory of it.
public protocol Schedule: Sendable {
  /// η for a step.
  ///
  /// - Parameter step: how many steps came before: 0 for the first.
  func learningRate(at step: Int) -> Scalar
}

extension Schedule {
  /// This schedule for its first steps, and then another one, which begins with its own step 0.
  ///
  ///     LinearRamp(from: 0, to: 0.1, steps: 100).followed(by: CosineDecay(from: 0.1, steps: 900), after: 100)
  ///
  /// - Parameters:
  ///   - next: the schedule that follows.
  ///   - steps: how many steps this one lasts, at least 0.
  public func followed(by next: some Schedule, after steps: Int) -> some Schedule {
    ScheduleSequence(first: self, second: next, switchingStep: steps)
  }
}

/// One schedule and then another.
struct ScheduleSequence<First: Schedule, Second: Schedule>: Schedule {
  private let first: First
  private let second: Second
  private let switchingStep: Int

  init(first: First, second: Second, switchingStep: Int) {
    precondition(switchingStep >= 0, "Schedule.followed: after \(switchingStep) steps")
    self.first = first
    self.second = second
    self.switchingStep = switchingStep
  }

  func learningRate(at step: Int) -> Scalar {
    step < switchingStep
      ? first.learningRate(at: step) : second.learningRate(at: step - switchingStep)
  }
}
