extension TransformersExercises {
  static var countExercise: Exercise {
    Exercise(
      "parameterCount",
      hint: "count biases and both numbers of every norm; a tied head adds nothing.",
      [
        Check("without blocks there are two tables and a norm") {
          try checkCount(10, 4, 3, 0, true, 10 * 3 + 4 * 3 + 6)
        },
        Check("a block has weights, biases and two norms") {
          // 3·2² + 3·2, 2² + 2, 2·8 + 8, 8·2 + 2, 2·4: 18 + 6 + 24 + 18 + 8.
          try checkCount(1, 1, 2, 1, true, 2 + 2 + 74 + 4)
          try checkCount(1, 1, 2, 3, true, 2 + 2 + 3 * 74 + 4)
        },
        Check("an untied head is a table more") {
          try checkCount(7, 5, 4, 2, false, 2 * 7 * 4 + 5 * 4 + 2 * 244 + 8)
        },
        Check("GPT-2 small") { try checkCount(50_257, 1024, 768, 12, true, 124_439_808) },
      ])
  }

  private static func checkCount(
    _ vocabulary: Int, _ context: Int, _ width: Int, _ layers: Int, _ isTied: Bool,
    _ expected: Int
  ) throws {
    let actual = try parameterCount(
      vocabulary: vocabulary, context: context, width: width, layers: layers, isTied: isTied)
    guard actual == expected else {
      throw Mismatch(
        "for a vocabulary of \(vocabulary), a context of \(context), a width of \(width), \(layers) "
          + "layers, \(isTied ? "tied" : "untied") expected \(expected), got \(actual)")
    }
  }
}
