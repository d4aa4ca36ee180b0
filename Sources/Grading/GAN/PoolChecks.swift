extension GANExercises {
  static var poolExercise: Exercise {
    Exercise(
      "pooled",
      hint: "a coin is thrown for a full pool only, and a place is drawn for a swap only.",
      [
        Check("with room, images are kept and shown as they come") {
          try checkPool([3, 1, 2], 3, [], [], shown: [3, 1, 2])
          try checkPool([5], 4, [], [], shown: [5])
        },
        Check("a full pool without a swap shows the new image and forgets it") {
          try checkPool([1, 2, 3, 4], 2, [false, false], [], shown: [1, 2, 3, 4])
          try checkPool([1, 2, 3, 4], 2, [false, true], [0], shown: [1, 2, 3, 1])
        },
        Check("a swap shows the old image and keeps the new one in its place") {
          try checkPool(
            [1, 2, 3, 4, 5], 2, [true, true, true], [1, 1, 0], shown: [1, 2, 2, 3, 1])
          try checkPool([7, 8, 9], 1, [true, true], [0, 0], shown: [7, 7, 8])
        },
        Check("a pool of no capacity shows what comes") {
          try checkPool([4, 5, 6], 0, [], [], shown: [4, 5, 6])
        },
      ])
  }

  private static func checkPool(
    _ images: [Int], _ capacity: Int, _ swaps: [Bool], _ places: [Int], shown expected: [Int]
  ) throws {
    let answer = try pooled(images, capacity: capacity, swaps: swaps, places: places)
    try expect(
      answer.map(Double.init), expected.map(Double.init),
      for: "images \(images), capacity \(capacity), swaps \(swaps), places \(places)")
  }
}
