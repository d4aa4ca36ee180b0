import Grading

enum UnansweredGAN: GANExercises {
  static func generatorLosses(
    logit: Double
  ) throws -> (saturating: LossAndSlope, nonSaturating: LossAndSlope) {
    throw Unanswered()
  }

  static func transposedConvolution(
    _ x: [Double], weight: [Double], stride: Int, padding: Int, outputPadding: Int
  ) throws -> [Double] {
    throw Unanswered()
  }

  static func coverage(
    of points: [Double], centers: [Double], deviation: Double
  ) throws -> (modes: Int, goodShare: Double) {
    throw Unanswered()
  }

  static func squaredFrechetDistance(_ a: [Double], _ b: [Double]) throws -> Double {
    throw Unanswered()
  }

  static func gradientPenalty(
    at x: [Double], weight: [[Double]], output v: [Double]
  ) throws -> (penalty: Double, gradient: [Double]) {
    throw Unanswered()
  }

  static func pooled(
    _ images: [Int], capacity: Int, swaps: [Bool], places: [Int]
  ) throws -> [Int] {
    throw Unanswered()
  }

  static func cycleLoss(
    _ x: [Double], forth: Line, back: Line
  ) throws -> (loss: Double, gradient: [Double]) {
    throw Unanswered()
  }
}
