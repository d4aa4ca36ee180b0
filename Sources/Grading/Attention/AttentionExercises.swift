/// The programming exercises of chapter 6.
public protocol AttentionExercises: Coursework {
  /// Exercise 1: scaled dot-product attention of one head, and its pullback.
  static func attention(
    query: [[Double]], key: [[Double]], value: [[Double]], upstream: [[Double]]
  ) throws -> (
    output: [[Double]], queryGradient: [[Double]], keyGradient: [[Double]],
    valueGradient: [[Double]]
  )

  /// Exercise 2: a softmax over what is allowed.
  static func maskedSoftmax(_ scores: [Double], allowed: [Bool]) throws -> [Double]

  /// Exercise 3: what two parts of the keys have left, put together.
  static func merged(
    _ first: (largest: Double, sum: Double, output: [Double]),
    _ second: (largest: Double, sum: Double, output: [Double])
  ) throws -> (largest: Double, sum: Double, output: [Double])

  /// Exercise 4: a vector turned by its position.
  static func rotated(_ x: [Double], position: Int, halves: Bool) throws -> [Double]

  /// Exercise 5: self-attention of several heads, from q, k and v side by side.
  static func multiHead(_ rows: [[Double]], heads: Int) throws -> [[Double]]
}

extension AttentionExercises {
  /// `attention`.
  package static var chapter: String { "attention" }

  /// The five of chapter 6.
  package static var exercises: [Exercise] {
    [attentionExercise, softmaxExercise, mergeExercise, rotaryExercise, headsExercise]
  }
}
