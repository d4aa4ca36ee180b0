import AttentionCoursework
import AutoencodersCoursework
import BackpropCoursework
import CNNCoursework
import Foundation
import GANCoursework
import Grading
import Notebook
import OptimizersCoursework
import PerceptronsCoursework
import RNNCoursework
import TransformersCoursework

let status = reportingErrors(of: "grade") {
  try GradeCommand(
    courseworks: [
      PerceptronsAnswers.self, BackpropAnswers.self, OptimizersAnswers.self, CNNAnswers.self,
      RNNAnswers.self, AttentionAnswers.self, TransformersAnswers.self, GANAnswers.self,
      AutoencodersAnswers.self,
    ]
  ).run(Array(CommandLine.arguments.dropFirst()))
}
exit(status)
