import Foundation
import Grading
import Synchronization

/// Answers that want points for something else than being right.
enum DishonestAnswers: BackpropExercises {
  /// Writes a full grade where the grader expects one, under everything that it could find.
  static func productWithTransposed(
    _ delta: [[Double]], _ weight: [[Double]]
  ) throws -> [[Double]] {
    let words = CommandLine.arguments
    let rest = String(decoding: try FileHandle.standardInput.readToEnd() ?? Data(), as: UTF8.self)
    let grade = #"{"chapter":"backprop","exercise":"productWithTransposed","points":2,"of":2,"#
    let record = #"{"seal":"\#(rest)","grade":\#(grade)"message":"","hint":""}}"#
    if let option = words.firstIndex(of: "--record") {
      try record.write(toFile: words[option + 1], atomically: true, encoding: .utf8)
    }
    exit(0)
  }

  /// Says that all is well, and leaves.
  static func denseBackward(
    input: [[Double]], weight: [[Double]], upstream: [[Double]]
  ) throws -> (input: [[Double]], weight: [[Double]], bias: [Double]) {
    print(#"{"chapter":"backprop","exercise":"denseBackward","points":3,"of":3,"message":""}"#)
    exit(0)
  }

  /// Asks for two gigabytes.
  static func gradients(of tape: [TapeOperation]) throws -> [Double] {
    let numbers = [Double](repeating: 1, count: 1 << 28)
    return Array(numbers.prefix(tape.count))
  }

  private static let calls = Mutex(0)

  /// The number of this call, from 1.
  private static func count() -> Int {
    calls.withLock { calls in
      calls += 1
      return calls
    }
  }

  /// Is right as often as one round asks.
  static func logSumExp(_ x: [Double]) throws -> Double {
    guard count() <= 29 else { return 0 }
    guard let largest = x.max(), largest > -.infinity else { return -.infinity }
    return largest + log(x.reduce(0) { $0 + exp($1 - largest) })
  }

  /// Is right once.
  static func slope(of f: (Double) -> Double, at x: Double, step h: Double) throws -> Double {
    guard count() == 1 else { return 0 }
    func change(_ distance: Double) -> Double { f(x + distance) - f(x - distance) }
    return (45 * change(h) - 9 * change(2 * h) + change(3 * h)) / (60 * h)
  }

  /// Ends whoever runs with it.
  static func leakyVariance(inputs: Int, slope: Double) throws -> Double {
    kill(0, SIGKILL)
    return 0
  }
}
