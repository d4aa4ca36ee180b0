import CNN
import KernelSupport

extension CNNExercises {
  static var poolingExercise: Exercise {
    Exercise(
      "averagePoolingBackward",
      hint:
        "every output gives each of its pixels the same share; shares of overlapping windows add up.",
      [
        Check("every pixel of a window gets the same share, and a pixel of no window none") {
          for (size, window, stride) in [(1, 1, 1), (6, 2, 2), (7, 2, 2), (5, 4, 4), (11, 2, 4)] {
            try checkPooling(size, (window, stride, 1, 0), countsPadding: [true, false])
          }
        },
        Check("where windows overlap, shares are added") {
          for (size, window, stride) in [(5, 3, 1), (9, 3, 2), (13, 5, 3), (8, 8, 1)] {
            try checkPooling(size, (window, stride, 1, 0), countsPadding: [true, false])
          }
        },
        Check("padding that counts takes its share") { try checkPadded(countsPadding: true) },
        Check("padding that does not count leaves its share to the pixels") {
          try checkPadded(countsPadding: false)
        },
      ])
  }

  private static func checkPadded(countsPadding: Bool) throws {
    for (size, window, stride, padding) in [
      (5, 3, 1, 1), (9, 3, 2, 1), (4, 5, 1, 2), (8, 3, 2, 2), (3, 5, 2, 2), (2, 5, 1, 3),
    ] {
      try checkPooling(size, (window, stride, 1, padding), countsPadding: [countsPadding])
    }
  }

  private static func checkPooling(
    _ size: Int, _ window: RowWindow, countsPadding choices: [Bool]
  ) throws {
    let shape = PoolingShape(.row(of: size), Window(window))
    var generator = inputGenerator(42)
    let gradient = (0..<shape.output.count).map { _ in generator.normal() }
    for countsPadding in choices {
      func pulledBack(_ gradient: [Scalar]) -> [Scalar] {
        var result = [Scalar](repeating: 0, count: size)
        var span = result.mutableSpan
        Naive.averagePoolingBackward(
          gradient.span, into: &span, shape, countsPadding: countsPadding, accumulating: false)
        return result
      }
      // A pixel lies in at most as many windows as one has pixels. Each share may be rounded twice, as a
      // product with a reciprocal, and the book's own once; then both sides round each sum: half a unit a
      // time.
      let unit = Scalar(window.size + 1) * Scalar.ulpOfOne
      try expect(
        averagePoolingBackward(
          gradient, size: size, window: window.size, stride: window.stride,
          padding: window.padding, countsPadding: countsPadding),
        pulledBack(gradient), within: pulledBack(gradient.map { abs($0) }).map { unit * $0 },
        for: "gradient \(shown(gradient)), size \(size), window \(window.size), "
          + "stride \(window.stride), padding \(window.padding), countsPadding \(countsPadding)")
    }
  }
}
