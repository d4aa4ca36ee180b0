import Grading
import Testing

@Suite struct AttentionAnswerTests {
  private func grades(of answers: any Coursework.Type) -> [Grade] {
    answers.exercises.map { $0.grade(in: answers.chapter) }
  }

  @Test func `right answers get all points and no message`() {
    for grade in grades(of: RightAttentionAnswers.self) {
      #expect(grade.isComplete && grade.points > 0, "\(grade.message)")
      #expect(grade.message.isEmpty)
    }
  }

  @Test func `unanswered exercises get none, and say why`() {
    for grade in grades(of: UnansweredAttention.self) {
      #expect(grade.points == 0)
      #expect(grade.message == "not answered yet")
    }
  }

  @Test(arguments: [
    GradedAnswers(answers: UnscaledAttention.self, exercise: "attention", points: 0),
    GradedAnswers(answers: DiagonalSoftmax.self, exercise: "attention", points: 2),
    GradedAnswers(answers: ScaleForgottenBackwards.self, exercise: "attention", points: 2),
    GradedAnswers(answers: MinusAMillion.self, exercise: "maskedSoftmax", points: 3),
    GradedAnswers(answers: MaskedByZero.self, exercise: "maskedSoftmax", points: 2),
    GradedAnswers(answers: SumsAdded.self, exercise: "merged", points: 1),
    GradedAnswers(answers: EmptyPartForgotten.self, exercise: "merged", points: 2),
    GradedAnswers(answers: HalvesTakenForNeighbours.self, exercise: "rotated", points: 2),
    GradedAnswers(answers: ExponentByColumn.self, exercise: "rotated", points: 1),
    GradedAnswers(answers: InterleavedHeads.self, exercise: "multiHead", points: 1),
  ])
  func `a wrong answer loses the points of what it gets wrong, and no others`(
    graded: GradedAnswers
  ) throws {
    let grade = try #require(
      grades(of: graded.answers).first { $0.exercise == graded.exercise })
    #expect(grade.points == graded.points, "\(grade.message)")
    #expect(!grade.message.isEmpty)
  }
}
