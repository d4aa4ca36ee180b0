import BackpropCoursework
import CNNCoursework
import Foundation
import Grading
import Notebook
import OptimizersCoursework
import PerceptronsCoursework
import RNNCoursework

let status = reportingErrors(of: "grade") {
  try GradeCommand(
    courseworks: [
      PerceptronsAnswers.self, BackpropAnswers.self, OptimizersAnswers.self, CNNAnswers.self,
      RNNAnswers.self,
    ]
  ).run(Array(CommandLine.arguments.dropFirst()))
}
exit(status)
