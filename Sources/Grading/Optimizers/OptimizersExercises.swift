/// The programming exercises of chapter 3.
public protocol OptimizersExercises: Coursework {
  /// Exercise 1: the rate below which gradient descent with momentum converges on a bowl.
  static func largestRate(curvatures: [Double], momentum: Double) throws -> Double

  /// Exercise 2: the weights after a step of AdamW for each row of gradients.
  static func adam(
    _ weights: [Double], gradients: [[Double]], rate: Double, decay: Double
  ) throws -> [Double]

  /// Exercise 3: all gradients scaled by one factor, so that their joint length is at most `limit`.
  static func clipped(_ gradients: [[Double]], toNorm limit: Double) throws -> [[Double]]

  /// Exercise 4: a rate that rises along a line and falls along half a cosine.
  static func learningRate(step: Int, warmUp: Int, total: Int, peak: Double) throws -> Double

  /// Exercise 5: the epoch after which early stopping ends, and the one that it restores.
  static func stoppingEpoch(losses: [Double], patience: Int) throws -> (stop: Int, best: Int)

  /// Exercise 6: by what a step of a rule between plain descent, momentum and Nesterov's shrinks a direction.
  static func pace(product: Double, momentum: Double, share: Double) throws -> Double

  /// Exercise 7: the rate from which gradient descent diverges, found from gradients alone.
  static func divergingRate(
    gradient: (_ w: [Double]) -> [Double], at place: [Double]
  ) throws -> Double

  /// Exercise 8: the rule and the rate that win, and their test losses.
  static func fairContest(
    ruleCount: Int, rates: [Double], seeds: [UInt64],
    validationLoss: (_ rule: Int, _ rate: Double, _ seed: UInt64) -> Double,
    testLoss: (_ rule: Int, _ rate: Double, _ seed: UInt64) -> Double
  ) throws -> (rule: Int, rate: Double, testLosses: [Double])
}

extension OptimizersExercises {
  /// `optimizers`.
  package static var chapter: String { "optimizers" }

  /// The eight of chapter 3.
  package static var exercises: [Exercise] {
    [
      rateExercise, adamExercise, clippingExercise, scheduleExercise, stoppingExercise,
      paceExercise,
      curvatureExercise, contestExercise,
    ]
  }
}
