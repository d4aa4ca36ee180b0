/// A programming exercise: a name and the checks that an answer has to pass, a point each.
package struct Exercise {
  /// The name, by which it is graded alone: that of the function to write.
  package let name: String
  /// A word of help for an answer that is not right.
  private let hint: String
  private let checks: [Check]

  init(_ name: String, hint: String, _ checks: [Check]) {
    self.name = name
    self.hint = hint
    self.checks = checks
  }

  /// What a right answer gets.
  package var points: Int { checks.count }

  /// Runs the answer against every check, twice: the second time on other random inputs and in reverse
  /// order, so that an answer is right only if it is so at every call.
  ///
  /// - Parameters:
  ///   - chapter: the product of the chapter, for the report.
  ///   - seed: decides the random inputs of the second round; at least 1.
  package func grade(in chapter: String, seed: UInt64 = 1) -> Grade {
    let failures = zip(failures(inRound: 0), failures(inRound: seed)).map { first, second in
      first ?? second.map { "the second time, \($0)" }
    }
    let first = failures.compactMap(\.self).first
    return Grade(
      chapter: chapter, exercise: name, points: failures.count { $0 == nil }, of: points,
      message: first ?? "", hint: first == nil || first == "\(Unanswered())" ? "" : hint)
  }

  /// What is wrong with an answer in a round by each check, or nil; every round but the first goes from the
  /// last check to the first.
  package func failures(inRound round: UInt64) -> [String?] {
    InputRound.$current.withValue(round) {
      round == 0
        ? checks.map(failure) : checks.reversed().map(failure).reversed()
    }
  }

  /// What is wrong with an answer by one check, or nil.
  private func failure(of check: Check) -> String? {
    do {
      try check.run()
      return nil
    } catch {
      return error is Unanswered ? "\(error)" : "\(check.claim): \(error)"
    }
  }
}

/// One thing that must be true of an answer.
struct Check {
  /// What must be true, in a few words.
  let claim: String
  /// Throws a `Mismatch` where it is not, or what the answer throws.
  let run: () throws -> Void

  init(_ claim: String, _ run: @escaping () throws -> Void) {
    self.claim = claim
    self.run = run
  }
}

/// What an answer got.
package struct Grade: Codable, Equatable {
  /// The product of the chapter.
  package let chapter: String
  /// The exercise's name.
  package let exercise: String
  /// The points reached.
  package let points: Int
  /// The points of a right answer.
  package let of: Int
  /// The first thing that is wrong: for which input, what was expected and what came; empty if nothing is.
  package let message: String
  /// A word of help; empty if nothing is wrong, or nothing was answered.
  package let hint: String

  /// Whether all points were reached.
  package var isComplete: Bool { points == of }

  /// The grade of an answer that no check has seen the end of.
  static func none(for exercise: Exercise, in chapter: String, because reason: String) -> Grade {
    Grade(
      chapter: chapter, exercise: exercise.name, points: 0, of: exercise.points, message: reason,
      hint: "")
  }
}
