import Foundation
import Grading
import KernelSupport
import Synchronization

/// Answers that want points for something else than being right.
enum DishonestAnswers: BackpropExercises {
  /// Writes a full grade where the grader expects one, under everything that it could find.
  static func lossAndGradients(
    of network: TwoLayers, input: [[Double]], target: [[Double]]
  ) throws -> (loss: Double, gradients: TwoLayers) {
    let words = CommandLine.arguments
    let rest = String(decoding: try FileHandle.standardInput.readToEnd() ?? Data(), as: UTF8.self)
    let grade = #"{"chapter":"backprop","exercise":"lossAndGradients","points":4,"of":4,"#
    let record = #"{"seal":"\#(rest)","grade":\#(grade)"message":"","hint":""}}"#
    if let option = words.firstIndex(of: "--record") {
      try record.write(toFile: words[option + 1], atomically: true, encoding: .utf8)
    }
    exit(0)
  }

  /// Says that all is well, and leaves.
  static func softmaxCrossEntropy(
    _ logits: [[Double]], labels: [Int]
  ) throws -> (loss: Double, gradient: [[Double]]) {
    print(
      #"{"chapter":"backprop","exercise":"softmaxCrossEntropy","points":4,"of":4,"message":""}"#)
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

  /// Waits for the grader's record and improves it.
  static func productPullback(
    x: Double, y: Double, upstream: Double
  ) throws -> (x: Double, y: Double) {
    atexit {
      let words = CommandLine.arguments
      guard let option = words.firstIndex(of: "--record"),
        let record = try? String(contentsOfFile: words[option + 1], encoding: .utf8)
      else { return }
      try? record.replacing("\"points\":0", with: "\"points\":5")
        .write(toFile: words[option + 1], atomically: true, encoding: .utf8)
    }
    throw Unanswered()
  }

  static func quotientPullback(
    x: Double, y: Double, upstream: Double
  ) throws -> (x: Double, y: Double) { throw Unanswered() }

  static func meanPullback(count: Int, upstream: Double) throws -> [Double] { throw Unanswered() }

  static func addingRowPullback(
    upstream: [[Double]]
  ) throws -> (x: [[Double]], row: [Double]) { throw Unanswered() }

  static func softmaxPullback(output: [Double], upstream: [Double]) throws -> [Double] {
    throw Unanswered()
  }

  /// Is right once.
  static func slope(of f: (Double) -> Double, at x: Double, step h: Double) throws -> Double {
    guard count() == 1 else { return 0 }
    func change(_ distance: Double) -> Double { f(x + distance) - f(x - distance) }
    return (45 * change(h) - 9 * change(2 * h) + change(3 * h)) / (60 * h)
  }

  /// Is right as often as one round asks.
  static func leakyVariance(inputs: Int, slope: Double) throws -> Double {
    count() <= 28 ? 2 / ((1 + slope * slope) * Double(inputs)) : 0
  }

  /// Ends whoever runs with it.
  static func fastProduct(
    _ a: [Scalar], _ b: [Scalar], rows: Int, columns: Int, inner: Int
  ) throws -> [Scalar] {
    kill(0, SIGKILL)
    return []
  }
}
