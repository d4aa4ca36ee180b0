import BackpropCoursework
import Foundation
import Grading
import Notebook
import PerceptronsCoursework

let status = reportingErrors(of: "grade") {
  try GradeCommand(courseworks: [PerceptronsAnswers.self, BackpropAnswers.self])
    .run(Array(CommandLine.arguments.dropFirst()))
}
exit(status)
