/// A programming exercise: a name and the checks that an answer has to pass, a point each.
public struct Exercise {
  /// The name, by which it is graded alone: that of the function to write.
  package let name: String
  private let checks: [Check]

  init(_ name: String, _ checks: [Check]) {
    self.name = name
    self.checks = checks
  }

  /// What a right answer gets.
  package var points: Int { checks.count }

  /// Runs the answer against every check.
  ///
  /// - Parameter chapter: the product of the chapter, for the report.
  package func grade(in chapter: String) -> Grade {
    var grade = Grade(chapter: chapter, exercise: name, points: 0, of: points, message: "")
    for check in checks {
      do {
        try check.run()
        grade.points += 1
      } catch {
        let reason = error is Unanswered ? "\(error)" : "\(check.claim): \(error)"
        if grade.message.isEmpty { grade.message = reason }
      }
    }
    return grade
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
  package var points: Int
  /// The points of a right answer.
  package let of: Int
  /// The first thing that is wrong; empty if nothing is.
  package var message: String

  /// Whether all points were reached.
  package var isComplete: Bool { points == of }
}
