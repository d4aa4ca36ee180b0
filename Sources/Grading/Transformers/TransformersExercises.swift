/// The programming exercises of chapter 7.
public protocol TransformersExercises: Coursework {
  /// Exercise 1: the gradients of a layer norm of one row.
  static func normBackward(
    x: [Double], gradient: [Double], scale: [Double], epsilon: Double
  ) throws -> (x: [Double], scale: [Double], shift: [Double])

  /// Exercise 2: how many numbers a GPT learns.
  static func parameterCount(
    vocabulary: Int, context: Int, width: Int, layers: Int, isTied: Bool
  ) throws -> Int

  /// Exercise 3: the most probable tokens whose sum reaches p, with a sum of 1.
  static func nucleus(_ probabilities: [Double], p: Double) throws -> [Double]

  /// Exercise 4: the tokens of a word by merges in the order of their ranks.
  static func encode(_ word: [Int], merges: [(left: Int, right: Int)]) throws -> [Int]

  /// Exercise 5: the output of one head for a new query.
  static func attendNext(
    query: [Double], keys: [[Double]], values: [[Double]]
  ) throws -> [Double]
}

extension TransformersExercises {
  /// `transformers`.
  package static var chapter: String { "transformers" }

  /// The five of chapter 7.
  package static var exercises: [Exercise] {
    [normExercise, countExercise, nucleusExercise, encodeExercise, attendExercise]
  }
}
