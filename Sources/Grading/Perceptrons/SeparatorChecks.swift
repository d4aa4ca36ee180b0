import KernelSupport
import Perceptrons

extension PerceptronsExercises {
  static var separatorExercise: Exercise {
    Exercise(
      "separator",
      hint:
        "the threshold lies between the sums that must fire and those that must not; two functions leave no room.",
      [
        Check("its neuron gives the answers") {
          for answers in fourAnswers {
            guard let neuron = try separator(of: answers) else { continue }
            guard neuron.weights.count == 2 else {
              throw Mismatch(
                "for the answers \(shown(answers)) expected 2 weights, got \(neuron.weights.count)")
            }
            let given = twoBits.map {
              ThresholdNeuron(weights: neuron.weights, threshold: neuron.threshold)($0) == 1
            }
            guard given == answers else {
              throw Mismatch(
                "for the answers \(shown(answers)) expected a neuron that gives them, got \(shown(given))"
              )
            }
          }
          try checkExistence { $0 }
        },
        Check("there is none for two functions") { try checkExistence { !$0 } },
      ])
  }

  /// The inputs in the order of the answers.
  private static var twoBits: [[Scalar]] { [[0, 0], [0, 1], [1, 0], [1, 1]] }

  private static var fourAnswers: [[Bool]] {
    (0..<16).map { code in (0..<4).map { code >> $0 & 1 == 1 } }
  }

  /// Checks whether there is a neuron for the functions of interest: all but those that answer alike on
  /// either diagonal and differently on the two.
  private static func checkExistence(where isOfInterest: (_ exists: Bool) -> Bool) throws {
    for answers in fourAnswers {
      let exists =
        !(answers[0] == answers[3] && answers[1] == answers[2] && answers[0] != answers[1])
      guard isOfInterest(exists) else { continue }
      let isFound = try separator(of: answers) != nil
      guard isFound == exists else {
        throw Mismatch(
          "for the answers \(shown(answers)) expected \(exists ? "a neuron" : "nil"), got "
            + (isFound ? "a neuron" : "nil"))
      }
    }
  }

  private static func shown(_ answers: [Bool]) -> String { "\(answers.map { $0 ? 1 : 0 })" }
}
