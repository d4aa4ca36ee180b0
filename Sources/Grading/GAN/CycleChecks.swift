extension GANExercises {
  static var cycleExercise: Exercise {
    Exercise(
      "cycleLoss",
      hint:
        "the sign of F(G(x)) − x flows through F to its own numbers, and through its slope to G's.",
      [
        Check("the loss is the mean distance after the way there and back") {
          for x in inputs {
            try check(x) { loss, _, expected in (loss, expected.loss) }
          }
        },
        Check("F's numbers get the mean sign, times G(x) and times 1") {
          for x in inputs {
            for index in [2, 3] {
              try check(x) { _, gradient, expected in (gradient[index], expected.gradient[index]) }
            }
          }
        },
        Check("G's numbers get it through F's slope") {
          for x in inputs {
            for index in [0, 1] {
              try check(x) { _, gradient, expected in (gradient[index], expected.gradient[index]) }
            }
          }
        },
        Check("where nothing is lost the slope is 0") {
          let answer = try cycleLoss(
            [1, -2, 4], forth: Line(slope: 2, offset: 1), back: Line(slope: 0.5, offset: -0.5))
          try expect(
            [answer.loss] + answer.gradient, [0, 0, 0, 0, 0],
            for: "G(x) = 2 x + 1, F(y) = y / 2 − 1 / 2")
        },
      ])
  }

  private static var inputs: [[Double]] { [[0.5], [1, -2, 3], [-0.25, 4, 0.75, -3]] }

  private static func check(
    _ x: [Double],
    _ pick: (Double, [Double], (loss: Double, gradient: [Double])) -> (Double, Double)
  ) throws {
    for (forth, back) in [
      (Line(slope: 1.5, offset: 0.25), Line(slope: -0.5, offset: 2)),
      (Line(slope: -0.75, offset: 1), Line(slope: 2, offset: -0.125)),
    ] {
      let answer = try cycleLoss(x, forth: forth, back: back)
      let input = "x \(shown(x)), G \(forth), F \(back)"
      try expect(Double(answer.gradient.count), 4, for: "numbers in the gradient, \(input),")
      let (actual, expected) = pick(answer.loss, answer.gradient, reference(x, forth, back))
      // Sums of four products of numbers below 10.
      try expect(actual, expected, within: 64 * Double.ulpOfOne * max(1, abs(expected)), for: input)
    }
  }

  private static func reference(
    _ x: [Double], _ forth: Line, _ back: Line
  ) -> (loss: Double, gradient: [Double]) {
    var (loss, gradient) = (0.0, [0.0, 0, 0, 0])
    let share = 1 / Double(x.count)
    for x in x {
      let y = forth.slope * x + forth.offset
      let rest = back.slope * y + back.offset - x
      let slope = rest > 0 ? share : rest < 0 ? -share : 0
      loss += share * abs(rest)
      for (index, factor) in [back.slope * x, back.slope, y, 1].enumerated() {
        gradient[index] += slope * factor
      }
    }
    return (loss, gradient)
  }
}
