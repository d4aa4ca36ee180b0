import enum AttentionCoursework.AttentionAnswers
import enum AutoencodersCoursework.AutoencodersAnswers
import enum BackpropCoursework.BackpropAnswers
import enum CNNCoursework.CNNAnswers
import Foundation
import enum GANCoursework.GANAnswers
import Grading
import Notebook
import enum OptimizersCoursework.OptimizersAnswers
import enum PerceptronsCoursework.PerceptronsAnswers
import enum RNNCoursework.RNNAnswers
import enum TransformersCoursework.TransformersAnswers

/// The package, from the place of this file in it.
let root = URL(fileURLWithPath: #filePath).appending(path: "../../..").standardizedFileURL

let status = reportingErrors(of: "grade") {
  try GradeCommand(
    courseworks: [
      PerceptronsAnswers.self, BackpropAnswers.self, OptimizersAnswers.self, CNNAnswers.self,
      RNNAnswers.self, AttentionAnswers.self, TransformersAnswers.self, GANAnswers.self,
      AutoencodersAnswers.self,
    ], root: root
  ).run(Array(CommandLine.arguments.dropFirst()))
}
exit(status)
