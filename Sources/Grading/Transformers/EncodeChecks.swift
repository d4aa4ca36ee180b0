extension TransformersExercises {
  static var encodeExercise: Exercise {
    Exercise(
      "encode",
      hint: "in every round look for the pair with the lowest merge number in the whole word.",
      [
        Check("a word without pairs stays as it is") {
          try checkEncode([], [(1, 2)], [])
          try checkEncode([7], [(7, 7)], [7])
          try checkEncode([3, 1, 2], [(2, 1)], [3, 1, 2])
        },
        Check("a pair is merged wherever it occurs") {
          try checkEncode([1, 2, 5, 1, 2], [(1, 2)], [256, 5, 256])
        },
        Check("merged from left to right, each token once") {
          try checkEncode([1, 1, 1], [(1, 1)], [256, 1])
          try checkEncode([1, 1, 1, 1, 1], [(1, 1)], [256, 256, 1])
        },
        Check("the lowest rank goes first, wherever it stands") {
          try checkEncode([1, 2, 3], [(2, 3), (1, 2)], [1, 256])
          try checkEncode([1, 2, 3, 1, 2], [(2, 3), (1, 2)], [1, 256, 257])
        },
        Check("merged tokens merge again") {
          try checkEncode([1, 2, 3, 4], [(1, 2), (3, 4), (256, 257)], [258])
          // A pair of an early rank that only a late merge makes is still merged.
          try checkEncode([1, 2, 3], [(256, 3), (9, 9), (1, 2)], [258, 3])
          try checkEncode([1, 2, 3], [(258, 3), (9, 9), (1, 2)], [256])
        },
      ])
  }

  private static func checkEncode(
    _ word: [Int], _ merges: [(left: Int, right: Int)], _ expected: [Int]
  ) throws {
    let actual = try encode(word, merges: merges)
    guard actual == expected else {
      throw Mismatch(
        "for \(word) and the merges \(merges.map { "(\($0.left), \($0.right))" }.joined(separator: " ")) "
          + "expected \(expected), got \(actual)")
    }
  }
}
