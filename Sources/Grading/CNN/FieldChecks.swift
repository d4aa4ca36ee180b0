import CNN
import KernelSupport

extension CNNExercises {
  static var fieldExercise: Exercise {
    Exercise(
      "fieldOfView",
      hint: "walk from the last window back: n outputs see (n − 1) · stride + the window's extent.",
      [
        Check("one window counts its places, padding and stride included") {
          for (size, window) in [(1, 1), (2, 2), (7, 2), (28, 5), (32, 3)] {
            for (stride, padding) in [(1, 0), (2, 0), (3, 0), (1, 2), (2, 1), (4, 3)] {
              try checkField([(window, stride, 1, padding)], on: size)
            }
          }
        },
        Check("dilation spreads a window") {
          for (size, dilation) in [(2, 3), (3, 2), (5, 4), (1, 7)] {
            try checkField([(size, 1, dilation, 0)], on: 17)
            try checkField([(size, 2, dilation, 1)], on: 22)
          }
        },
        Check("windows of stride 1 add up") {
          for count in 0...4 { try checkRandomFields(count, largestStride: 1) }
        },
        Check("a stride spreads what the windows after it see") {
          try checkField([(5, 1, 1, 0), (2, 2, 1, 0), (3, 1, 2, 0), (3, 2, 1, 1)], on: 32)
          for count in 2...4 { try checkRandomFields(count, largestStride: 2) }
        },
      ])
  }

  /// Windows that reach over 7 pixels at most: 150 are enough for four of stride 2.
  private static func checkRandomFields(_ count: Int, largestStride: Int) throws {
    var generator = inputGenerator(41)
    for _ in 0..<10 {
      let windows = (0..<count).map { _ -> RowWindow in
        (
          size: 1 + generator.integer(below: 4),
          stride: 1 + generator.integer(below: largestStride),
          dilation: 1 + generator.integer(below: 2), padding: generator.integer(below: 3)
        )
      }
      try checkField(windows, on: 150 + generator.integer(below: 50))
    }
  }

  /// The book's windows tell how many outputs there are, and where the taps of each lie.
  private static func checkField(_ windows: [RowWindow], on size: Int) throws {
    var outputs = size
    let geometries = windows.map { window in
      let geometry = WindowGeometry(.row(of: outputs), Window(window))
      outputs = geometry.outputWidth
      return geometry
    }
    // From one output back through all windows to whatever has a part in it, padding included.
    var places: Set = [0]
    for geometry in geometries.reversed() {
      let taps = 0..<geometry.window.size.width
      places = Set(places.flatMap { place in taps.map { geometry.inputColumn(place, tap: $0) } })
    }
    let (first, last) = (places.reduce(.max, min), places.reduce(.min, max))
    let answer = try fieldOfView(of: windows, on: size)
    let input = "size \(size) and windows \(windows)"
    try expect(Double(answer.outputs), Double(outputs), for: "\(input), outputs,")
    try expect(Double(answer.pixels), Double(last - first + 1), for: "\(input), pixels,")
  }
}
