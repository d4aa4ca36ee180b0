/// The programming exercises of chapter 8.
public protocol GANExercises: Coursework {
  /// Exercise 1: what the generator pays for one logit, and the slope, with both losses of the first game.
  static func generatorLosses(
    logit: Double
  ) throws -> (saturating: LossAndSlope, nonSaturating: LossAndSlope)

  /// Exercise 2: a transposed convolution of a row.
  static func transposedConvolution(
    _ x: [Double], weight: [Double], stride: Int, padding: Int, outputPadding: Int
  ) throws -> [Double]

  /// Exercise 3: the modes that points on a line have found, and the share of good points.
  static func coverage(
    of points: [Double], centers: [Double], deviation: Double
  ) throws -> (modes: Int, goodShare: Double)

  /// Exercise 4: the squared Fréchet distance of two lists of numbers, each seen as a Gaussian.
  static func squaredFrechetDistance(_ a: [Double], _ b: [Double]) throws -> Double

  /// Exercise 5: the gradient penalty of the critic v · tanh(W x), and its gradient with respect to v.
  static func gradientPenalty(
    at x: [Double], weight: [[Double]], output v: [Double]
  ) throws -> (penalty: Double, gradient: [Double])

  /// Exercise 6: what a pool of images shows, with its coins and places given.
  static func pooled(
    _ images: [Int], capacity: Int, swaps: [Bool], places: [Int]
  ) throws -> [Int]

  /// Exercise 7: what two lines lose on the way there and back, and the gradient.
  static func cycleLoss(
    _ x: [Double], forth: Line, back: Line
  ) throws -> (loss: Double, gradient: [Double])
}

/// A translation of numbers: slope · x + offset.
public struct Line: Sendable, CustomStringConvertible {
  /// What a number is multiplied by.
  public let slope: Double
  /// What is added.
  public let offset: Double

  /// Creates a line.
  public init(slope: Double, offset: Double) {
    self.slope = slope
    self.offset = offset
  }

  /// `1.5 x + 0.25`.
  public var description: String { "\(slope) x + \(offset)" }
}

/// A loss and its slope at one place.
public struct LossAndSlope: Sendable {
  /// The loss.
  public let loss: Double
  /// Its derivative.
  public let slope: Double

  /// Creates a pair.
  public init(loss: Double, slope: Double) {
    self.loss = loss
    self.slope = slope
  }
}

extension GANExercises {
  /// `gan`.
  package static var chapter: String { "gan" }

  /// The seven of chapter 8.
  package static var exercises: [Exercise] {
    [
      lossExercise, transposedExercise, coverageExercise, frechetExercise, penaltyExercise,
      poolExercise,
      cycleExercise,
    ]
  }
}
