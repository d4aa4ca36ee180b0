import Grading
import KernelSupport
import Testing

/// Answers with the exercise that is graded and the points that it gets.
struct GradedAnswers: Sendable, CustomTestStringConvertible {
  let answers: any Coursework.Type
  let exercise: String
  let points: Int

  var testDescription: String { "\(answers)" }
}

private func grades(of answers: any Coursework.Type) -> [Grade] {
  answers.exercises.map { $0.grade(in: answers.chapter) }
}

@Test(arguments: [
  RightPerceptronsAnswers.self as any Coursework.Type,
  RightBackpropAnswers.self,
  RightOptimizersAnswers.self,
  RightCNNAnswers.self,
  RightRNNAnswers.self,
  RightAutoencodersAnswers.self,
])
func `right answers get all points and no message`(answers: any Coursework.Type) {
  for grade in grades(of: answers) {
    #expect(grade.isComplete && grade.points > 0, "\(grade.message)")
    #expect(grade.message.isEmpty)
  }
}

/// Hard-coded answers fail on inputs that they have not seen; right ones do not.
@Test(arguments: 2..<20 as Range<UInt64>)
func `right answers are right for other inputs too`(round: UInt64) {
  let right: [any Coursework.Type] = [
    RightPerceptronsAnswers.self, RightBackpropAnswers.self, RightOptimizersAnswers.self,
    RightCNNAnswers.self, RightRNNAnswers.self, RightAttentionAnswers.self,
    RightTransformersAnswers.self, RightGANAnswers.self, RightAutoencodersAnswers.self,
  ]
  for answers in right {
    for exercise in answers.exercises {
      for failure in exercise.failures(inRound: round) {
        #expect(failure == nil, "\(answers), \(exercise.name)")
      }
    }
  }
}

@Test(arguments: [
  UnansweredPerceptrons.self as any Coursework.Type,
  UnansweredBackprop.self,
  UnansweredOptimizers.self,
  UnansweredCNN.self,
  UnansweredRNN.self,
  UnansweredAutoencoders.self,
])
func `unanswered exercises get none, and say why`(answers: any Coursework.Type) {
  for grade in grades(of: answers) {
    #expect(grade.points == 0)
    #expect(grade.message == "not answered yet")
  }
}

@Test(arguments: [
  GradedAnswers(answers: SingleSumDot.self, exercise: "dot", points: 1),
  GradedAnswers(answers: RemainderLeftOut.self, exercise: "dot", points: 0),
  GradedAnswers(answers: MarginLeftOut.self, exercise: "marginUpdate", points: 2),
  GradedAnswers(answers: StrictMargin.self, exercise: "marginUpdate", points: 1),
  GradedAnswers(answers: AlwaysCorrecting.self, exercise: "marginUpdate", points: 1),
  GradedAnswers(answers: ExclusiveOrOfTwo.self, exercise: "parityNetwork", points: 1),
  GradedAnswers(answers: ExponentialParity.self, exercise: "parityNetwork", points: 2),
  GradedAnswers(answers: NoOutput.self, exercise: "parityNetwork", points: 0),
  GradedAnswers(answers: OverflowingSwish.self, exercise: "swish", points: 2),
  GradedAnswers(answers: SigmoidInsteadOfSwish.self, exercise: "swish", points: 1),
  GradedAnswers(answers: HalfAProductRule.self, exercise: "swish", points: 2),
  GradedAnswers(answers: DiagonalIncluded.self, exercise: "energyChange", points: 2),
  GradedAnswers(answers: WrongSign.self, exercise: "energyChange", points: 0),
  GradedAnswers(answers: TwoWholeEnergies.self, exercise: "energyChange", points: 2),
  GradedAnswers(answers: SumOverTheBatch.self, exercise: "lossAndGradients", points: 0),
  GradedAnswers(answers: BiasOfTheFirstExample.self, exercise: "lossAndGradients", points: 3),
  GradedAnswers(answers: OutputForgotten.self, exercise: "lossAndGradients", points: 3),
  GradedAnswers(answers: FormulaAsItStands.self, exercise: "softmaxCrossEntropy", points: 2),
  GradedAnswers(answers: LogarithmOfZero.self, exercise: "softmaxCrossEntropy", points: 3),
  GradedAnswers(answers: GradientOfTheSum.self, exercise: "softmaxCrossEntropy", points: 2),
  GradedAnswers(answers: FiveMistakes.self, exercise: "pullbacks", points: 0),
  GradedAnswers(answers: DiagonalOnly.self, exercise: "pullbacks", points: 4),
  GradedAnswers(answers: DefinitionAsItStands.self, exercise: "fastProduct", points: 2),
  GradedAnswers(answers: SquaresOnly.self, exercise: "fastProduct", points: 3),
  GradedAnswers(answers: Overwriting.self, exercise: "gradients", points: 1),
  GradedAnswers(answers: OnlyTheExample.self, exercise: "gradients", points: 1),
  GradedAnswers(answers: SigmoidWithoutSlope.self, exercise: "gradients", points: 2),
  GradedAnswers(answers: FourPoints.self, exercise: "slope", points: 1),
  GradedAnswers(answers: AlwaysHe.self, exercise: "leakyVariance", points: 1),
  GradedAnswers(answers: StraightLine.self, exercise: "leakyVariance", points: 2),
  GradedAnswers(answers: MomentumForgotten.self, exercise: "largestRate", points: 2),
  GradedAnswers(answers: MeanCurvature.self, exercise: "largestRate", points: 1),
  GradedAnswers(answers: UncorrectedAdam.self, exercise: "adam", points: 1),
  GradedAnswers(answers: EpsilonUnderTheRoot.self, exercise: "adam", points: 4),
  GradedAnswers(answers: SignOnly.self, exercise: "adam", points: 3),
  GradedAnswers(answers: EachListByItself.self, exercise: "clipped", points: 2),
  GradedAnswers(answers: OverflowingNorm.self, exercise: "clipped", points: 3),
  GradedAnswers(answers: AlwaysScaling.self, exercise: "clipped", points: 3),
  GradedAnswers(answers: RisingAgain.self, exercise: "learningRate", points: 3),
  GradedAnswers(answers: CosineFromTheStart.self, exercise: "learningRate", points: 3),
  GradedAnswers(answers: OneEpochTooPatient.self, exercise: "stoppingEpoch", points: 1),
  GradedAnswers(answers: StuckOnNaN.self, exercise: "stoppingEpoch", points: 3),
  GradedAnswers(answers: DecayInTheGradient.self, exercise: "adam", points: 4),
  GradedAnswers(answers: ShareForgotten.self, exercise: "pace", points: 2),
  GradedAnswers(answers: AlwaysComplex.self, exercise: "pace", points: 0),
  GradedAnswers(answers: FirstAxisOnly.self, exercise: "divergingRate", points: 2),
  GradedAnswers(answers: OneGradient.self, exercise: "divergingRate", points: 2),
  GradedAnswers(answers: DiagonalOfBowl.self, exercise: "divergingRate", points: 2),
  GradedAnswers(answers: BestRunWins.self, exercise: "fairContest", points: 1),
  GradedAnswers(answers: FailuresLeftOut.self, exercise: "fairContest", points: 3),
  GradedAnswers(answers: ChosenByTheTest.self, exercise: "fairContest", points: 0),
  GradedAnswers(answers: LuckyTest.self, exercise: "fairContest", points: 3),
  GradedAnswers(answers: DilationForgotten.self, exercise: "fieldOfView", points: 1),
  GradedAnswers(answers: PaddingOnOneSide.self, exercise: "fieldOfView", points: 0),
  GradedAnswers(answers: StridesForgotten.self, exercise: "fieldOfView", points: 3),
  GradedAnswers(answers: LastShareOnly.self, exercise: "averagePoolingBackward", points: 1),
  GradedAnswers(answers: GradientUndivided.self, exercise: "averagePoolingBackward", points: 0),
  GradedAnswers(answers: PaddingAlwaysCounted.self, exercise: "averagePoolingBackward", points: 3),
  GradedAnswers(answers: PaddingNeverCounted.self, exercise: "averagePoolingBackward", points: 3),
  GradedAnswers(answers: CornerAsPivot.self, exercise: "factors", points: 2),
  GradedAnswers(answers: AlwaysSeparable.self, exercise: "factors", points: 2),
  GradedAnswers(answers: SumsAsFactors.self, exercise: "factors", points: 1),
  GradedAnswers(answers: EpsilonOutsideTheRoot.self, exercise: "folded", points: 0),
  GradedAnswers(answers: ChannelsFirst.self, exercise: "folded", points: 2),
  GradedAnswers(answers: UnscaledMean.self, exercise: "folded", points: 0),
  GradedAnswers(answers: SixProducts.self, exercise: "tapGradient", points: 3),
  GradedAnswers(answers: ProductsOfTheirOwn.self, exercise: "tapGradient", points: 3),
  GradedAnswers(answers: HalfForgotten.self, exercise: "tapGradient", points: 0),
  GradedAnswers(answers: PairsOnly.self, exercise: "tapGradient", points: 1),
  GradedAnswers(answers: PoolingsCounted.self, exercise: "cost", points: 1),
  GradedAnswers(answers: BiasesForgotten.self, exercise: "cost", points: 0),
  GradedAnswers(answers: VGGByHeart.self, exercise: "cost", points: 1),
  GradedAnswers(answers: TapsShared.self, exercise: "separable", points: 1),
  GradedAnswers(answers: TapsNotTurned.self, exercise: "separable", points: 3),
  GradedAnswers(answers: ForwardOnly.self, exercise: "separable", points: 1),
  GradedAnswers(answers: SquashedCell.self, exercise: "lstmStep", points: 1),
  GradedAnswers(answers: UnsquashedState.self, exercise: "lstmStep", points: 1),
  GradedAnswers(answers: OverflowingGate.self, exercise: "lstmStep", points: 2),
  GradedAnswers(answers: CellGradientForgotten.self, exercise: "lstmStepBackward", points: 0),
  GradedAnswers(answers: GateForgotten.self, exercise: "lstmStepBackward", points: 1),
  GradedAnswers(answers: LastStepOnly.self, exercise: "recurrentGradient", points: 2),
  GradedAnswers(answers: PaddingFirst.self, exercise: "reversed", points: 1),
  GradedAnswers(answers: EveryStateOnce.self, exercise: "entropy", points: 3),
  GradedAnswers(answers: VarianceAsDeviation.self, exercise: "negativeBound", points: 1),
  GradedAnswers(answers: DrawAsConstant.self, exercise: "negativeBound", points: 3),
  GradedAnswers(answers: ReversedDivergence.self, exercise: "divergence", points: 1),
  GradedAnswers(answers: MeanDivergence.self, exercise: "divergence", points: 2),
  GradedAnswers(answers: OverflowingPartition.self, exercise: "logPartition", points: 3),
  GradedAnswers(answers: VisibleAlwaysOn.self, exercise: "logPartition", points: 1),
  GradedAnswers(answers: AscentDirection.self, exercise: "contrastiveGradient", points: 1),
  GradedAnswers(answers: SumOverBatch.self, exercise: "contrastiveGradient", points: 3),
  GradedAnswers(answers: MeanOfLogarithms.self, exercise: "importanceEstimate", points: 1),
  GradedAnswers(answers: VanishingWeights.self, exercise: "importanceEstimate", points: 3),
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

@Test func `a message names the claim, the input, what was expected and what came`() throws {
  let exercise = try #require(DiagonalIncluded.exercises.last)
  #expect(
    exercise.grade(in: "perceptrons").message
      == "the diagonal plays no part: for N = 1, weights [3.0], state [-1.0], flipping 0 "
      + "expected 0.0, got 6.0")
}
