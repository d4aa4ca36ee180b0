import KernelSupport

/// A random distortion of pictures that one affine map describes.
public protocol AffineDistortion: Sendable {
  /// Draws a map, whose origin is the middle of the picture, from the result to the original.
  func map(using generator: inout SeededGenerator) -> AffineMap
}

/// Moves a picture by a random distance, uniform in ±`pixels` along each axis.
public struct RandomShift: AffineDistortion {
  /// The largest distance along each axis.
  public let pixels: Scalar

  /// Creates a distortion; `pixels` is at least 0.
  public init(pixels: Scalar) {
    self.pixels = checked("RandomShift", pixels, "pixels")
  }

  /// Draws a shift.
  public func map(using generator: inout SeededGenerator) -> AffineMap {
    .shift(rows: pixels * generator.signed(), columns: pixels * generator.signed())
  }
}

/// Turns a picture about its middle by a random angle, uniform in ±`degrees`.
public struct RandomRotation: AffineDistortion {
  /// The largest angle.
  public let degrees: Scalar

  /// Creates a distortion; `degrees` is at least 0.
  public init(degrees: Scalar) {
    self.degrees = checked("RandomRotation", degrees, "degrees")
  }

  /// Draws a rotation.
  public func map(using generator: inout SeededGenerator) -> AffineMap {
    .rotation(degrees: degrees * generator.signed())
  }
}

/// Enlarges or shrinks a picture by a random factor, uniform in 1 ± `share`, of its own along each axis.
public struct RandomZoom: AffineDistortion {
  /// By how much the factors differ from 1 at most, below 1.
  public let share: Scalar

  /// Creates a distortion; `share` is in [0, 1).
  public init(share: Scalar) {
    precondition(
      (0..<1).contains(share), "RandomZoom: a share of \(share), expected one in [0, 1)")
    self.share = share
  }

  /// Draws a scale; the picture grows by a factor where places in the original move closer by it.
  public func map(using generator: inout SeededGenerator) -> AffineMap {
    .scale(
      rows: 1 / (1 + share * generator.signed()), columns: 1 / (1 + share * generator.signed()))
  }
}

/// Slants a picture by a random angle: upright lines lean by one uniform in ±`degrees`.
public struct RandomShear: AffineDistortion {
  /// The largest angle from upright, below 90.
  public let degrees: Scalar

  /// Creates a distortion; `degrees` is in [0, 90).
  public init(degrees: Scalar) {
    precondition(
      (0..<90).contains(degrees), "RandomShear: \(degrees) degrees, expected [0, 90)")
    self.degrees = degrees
  }

  /// Draws a shear.
  public func map(using generator: inout SeededGenerator) -> AffineMap {
    let angle = degrees * generator.signed() * .pi / 180
    return .shear(Scalar.sin(angle) / Scalar.cos(angle))
  }
}

/// Exchanges left and right in a random share of the pictures: for photographs, not for digits.
public struct RandomFlip: AffineDistortion {
  /// How many of all pictures are flipped, in 0...1.
  public let probability: Scalar

  /// Creates a distortion; `probability` is in 0...1.
  public init(probability: Scalar = 0.5) {
    precondition(
      (0...1).contains(probability),
      "RandomFlip: a probability of \(probability), expected one in 0...1")
    self.probability = probability
  }

  /// Draws the flip, or none.
  public func map(using generator: inout SeededGenerator) -> AffineMap {
    generator.uniform() < probability ? .flip : .identity
  }
}

extension SeededGenerator {
  /// A number uniform in [−1, 1).
  mutating func signed() -> Scalar { uniform(in: -1..<1) }
}

/// A limit of a distortion, which is not negative.
private func checked(_ distortion: String, _ limit: Scalar, _ unit: String) -> Scalar {
  precondition(limit >= 0, "\(distortion): \(limit) \(unit), expected at least 0")
  return limit
}
