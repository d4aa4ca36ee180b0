import Foundation
import KernelSupport

extension BackpropExercises {
  static var tapeExercise: Exercise {
    Exercise(
      "gradients",
      hint: "walk from the last entry to the first, and add to what an input already has.",
      [
        Check("it is right for the example") {
          try checkTape([.leaf(3), .multiply(0, 0), .add(1, 0)])
        },
        Check("it is right for sums and products") {
          for length in [1, 2, 3, 5, 8, 13] {
            try checkTape(randomTape(length, operationCount: 2))
          }
        },
        Check("it is right with sigmoids") {
          for length in [2, 3, 5, 8, 13, 40] {
            try checkTape(randomTape(length, operationCount: 3))
          }
        },
      ])
  }

  /// Three leaves at most, then operations on random earlier entries; most use their predecessor, so
  /// that few are without effect.
  private static func randomTape(_ length: Int, operationCount: Int) -> [TapeOperation] {
    var generator = inputGenerator(UInt64(length))
    return (0..<length).map { position in
      guard position >= min(3, length - 1), position > 0 else {
        return .leaf(Double(generator.uniform(in: -1..<1)))
      }
      let (a, b) = (position - 1, generator.integer(below: position))
      return switch generator.integer(below: operationCount) {
      case 0: .add(b, a)
      case 1: .multiply(a, b)
      default: .sigmoid(b)
      }
    }
  }

  private static func checkTape(_ tape: [TapeOperation]) throws {
    let forward = tape.indices.map { slope(of: tape, by: $0) }
    // Each of at most 2n roundings on every path, and a few in each sigmoid.
    let unit = 8 * Double(tape.count) * Double.ulpOfOne
    try expect(
      gradients(of: tape), forward.map(\.value), within: forward.map { unit * $0.magnitude },
      for: "\(tape)".replacing("Grading.TapeOperation", with: ""))
  }

  /// The derivative of the last entry by one entry, carried along from there to the end.
  ///
  /// - Returns: the derivative, and the sum of the sizes of all that was added up for it.
  private static func slope(
    of tape: [TapeOperation], by entry: Int
  ) -> (value: Double, magnitude: Double) {
    var values: [Double] = []
    var slopes: [(value: Double, magnitude: Double)] = []
    for (position, operation) in tape.enumerated() {
      var slope = (value: 0.0, magnitude: 0.0)
      func add(_ input: Int, times factor: Double) {
        slope.value += factor * slopes[input].value
        slope.magnitude += abs(factor) * slopes[input].magnitude
      }
      switch operation {
      case .leaf(let value):
        values.append(value)
      case .add(let a, let b):
        values.append(values[a] + values[b])
        add(a, times: 1)
        add(b, times: 1)
      case .multiply(let a, let b):
        values.append(values[a] * values[b])
        add(a, times: values[b])
        add(b, times: values[a])
      case .sigmoid(let a):
        let y = 1 / (1 + Foundation.exp(-values[a]))
        values.append(y)
        add(a, times: y * (1 - y))
      }
      slopes.append(position == entry ? (1, 1) : slope)
    }
    return slopes[slopes.count - 1]
  }
}
