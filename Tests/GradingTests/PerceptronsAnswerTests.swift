import Grading
import Testing

@Test(arguments: [
  GradedAnswers(answers: AlwaysALine.self, exercise: "separator", points: 0),
  GradedAnswers(answers: ExcitingOnly.self, exercise: "separator", points: 1),
  GradedAnswers(answers: ThresholdOnTheCorner.self, exercise: "separator", points: 1),
  GradedAnswers(answers: SummedSoftmax.self, exercise: "softmaxGradients", points: 0),
  GradedAnswers(answers: DescendingSoftmax.self, exercise: "softmaxGradients", points: 0),
  GradedAnswers(answers: OverflowingSoftmax.self, exercise: "softmaxGradients", points: 2),
])
func `a wrong line or a wrong slope loses points in its exercise, and only there`(
  case wrong: GradedAnswers
) throws {
  for exercise in wrong.answers.exercises {
    let grade = exercise.grade(in: wrong.answers.chapter)
    guard exercise.name == wrong.exercise else {
      #expect(grade.isComplete, "\(grade.message)")
      continue
    }
    #expect(grade.points == wrong.points && !grade.isComplete, "\(grade.message)")
    #expect(grade.message.contains("expected") && grade.message.contains("got"))
  }
}
