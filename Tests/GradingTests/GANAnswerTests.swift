import Grading
import KernelSupport
import Testing

@Suite struct GANAnswerTests {
  private func grades(of answers: any Coursework.Type) -> [Grade] {
    answers.exercises.map { $0.grade(in: answers.chapter) }
  }

  @Test func `right answers get all points and no message`() {
    for grade in grades(of: RightGANAnswers.self) {
      #expect(grade.isComplete && grade.points > 0, "\(grade.message)")
      #expect(grade.message.isEmpty)
    }
  }

  @Test func `unanswered exercises get none, and say why`() {
    for grade in grades(of: UnansweredGAN.self) {
      #expect(grade.points == 0)
      #expect(grade.message == "not answered yet")
    }
  }

  @Test(arguments: [
    GradedAnswers(answers: OverflowingLosses.self, exercise: "generatorLosses", points: 3),
    GradedAnswers(answers: SlopeByProbability.self, exercise: "generatorLosses", points: 2),
    GradedAnswers(
      answers: OutputPaddingAtTheStart.self, exercise: "transposedConvolution", points: 3),
    GradedAnswers(answers: WindowTurnedOver.self, exercise: "transposedConvolution", points: 0),
    GradedAnswers(answers: EveryNearMode.self, exercise: "coverage", points: 3),
    GradedAnswers(answers: StrictlyWithin.self, exercise: "coverage", points: 3),
    GradedAnswers(answers: BiasedVariances.self, exercise: "squaredFrechetDistance", points: 2),
    GradedAnswers(
      answers: DifferenceOfVariances.self, exercise: "squaredFrechetDistance", points: 2),
    GradedAnswers(answers: SlopeOfTheSum.self, exercise: "gradientPenalty", points: 1),
    GradedAnswers(answers: NormForgotten.self, exercise: "gradientPenalty", points: 1),
    GradedAnswers(answers: PoolThatNeverChanges.self, exercise: "pooled", points: 3),
    GradedAnswers(answers: CoinsFromTheStart.self, exercise: "pooled", points: 2),
    GradedAnswers(answers: WayBackForgotten.self, exercise: "cycleLoss", points: 3),
    GradedAnswers(answers: SquaresForDistances.self, exercise: "cycleLoss", points: 2),
  ])
  func `a typical wrong answer loses points in its exercise, and only there`(
    case wrong: GradedAnswers
  ) throws {
    for grade in grades(of: wrong.answers) where grade.exercise != wrong.exercise {
      #expect(grade.isComplete, "\(grade.message)")
    }
    let grade = try #require(grades(of: wrong.answers).first { $0.exercise == wrong.exercise })
    #expect(grade.points == wrong.points, "\(grade.message)")
    #expect(!grade.isComplete)
    #expect(grade.message.contains("expected") && grade.message.contains("got"))
  }
}
