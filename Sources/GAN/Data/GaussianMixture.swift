import Backprop
import KernelSupport

/// Equally frequent round Gaussians in the plane: a distribution whose modes can be counted.
///
/// Source: the two of Srivastava et al., "VEEGAN: Reducing Mode Collapse in GANs using Implicit Variational
/// Learning", NIPS 2017, and Metz et al., "Unrolled Generative Adversarial Networks", ICLR 2017.
public struct GaussianMixture: Sendable {
  /// Where the modes are.
  public let centers: [SIMD2<Scalar>]
  /// The standard deviation of each mode along both axes, above 0.
  public let deviation: Scalar

  /// Creates a mixture.
  ///
  /// - Parameters:
  ///   - centers: at least one.
  ///   - deviation: above 0.
  public init(centers: [SIMD2<Scalar>], deviation: Scalar) {
    precondition(
      !centers.isEmpty && deviation > 0,
      "GaussianMixture: \(centers.count) modes with a deviation of \(deviation)")
    self.centers = centers
    self.deviation = deviation
  }

  /// Modes evenly spaced on a circle: 8 on radius 1 with σ = 0.01, as the papers have it.
  public static func ring(
    modes: Int = 8, radius: Scalar = 1, deviation: Scalar = 0.01
  ) -> GaussianMixture {
    GaussianMixture(
      centers: (0..<modes).map {
        let angle = 2 * Scalar.pi * Scalar($0) / Scalar(modes)
        return radius * SIMD2(Scalar.cos(angle), Scalar.sin(angle))
      }, deviation: deviation)
  }

  /// Modes on a square grid around the origin: 5 × 5 with a spacing of 2 and σ = 0.05, as the papers have it.
  public static func grid(
    side: Int = 5, spacing: Scalar = 2, deviation: Scalar = 0.05
  ) -> GaussianMixture {
    let middle = Scalar(side - 1) / 2
    return GaussianMixture(
      centers: (0..<side * side).map {
        spacing * SIMD2(Scalar($0 % side) - middle, Scalar($0 / side) - middle)
      }, deviation: deviation)
  }

  /// Random points.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - generator: draws them.
  /// - Returns: [count, 2].
  public func samples(
    _ count: Int, using generator: inout some RandomNumberGenerator
  ) -> Tensor {
    var elements: [Scalar] = []
    elements.reserveCapacity(2 * count)
    for _ in 0..<count {
      let center = centers[generator.integer(below: centers.count)]
      elements.append(center.x + deviation * generator.normal())
      elements.append(center.y + deviation * generator.normal())
    }
    return Tensor(elements, shape: [count, 2])
  }

  /// How well points cover the modes, by the papers' protocol.
  ///
  /// A point is *good* if it lies within three standard deviations of its nearest centre; a mode is *found* if
  /// it has a good point.
  ///
  /// - Parameter points: [count, 2], at least one.
  public func coverage(of points: Tensor) -> ModeCoverage {
    precondition(
      points.shape.count == 2 && points.columns == 2 && points.rows >= 1,
      "coverage: points of shape \(points.shape), expected [count, 2]")
    var counts = [Int](repeating: 0, count: centers.count)
    let limit = 9 * deviation * deviation
    for row in 0..<points.rows {
      let point = SIMD2(points.elements[2 * row], points.elements[2 * row + 1])
      let distances = centers.map { center in
        let d = point - center
        return d.x * d.x + d.y * d.y
      }
      // A NaN is near nothing.
      let nearest = distances.indices.reduce(0) { distances[$1] < distances[$0] ? $1 : $0 }
      if distances[nearest] <= limit { counts[nearest] += 1 }
    }
    return ModeCoverage(goodCounts: counts, total: points.rows)
  }
}

/// How points are spread over the modes of a mixture.
public struct ModeCoverage: Sendable, Equatable {
  /// The good points of each mode.
  public let goodCounts: [Int]
  /// All points, good or not.
  public let total: Int

  /// The modes with at least one good point.
  public var found: Int { goodCounts.count { $0 > 0 } }

  /// The modes with at least a share of all points: stricter than one lucky point.
  public func found(withShare share: Double) -> Int {
    goodCounts.count { Double($0) >= share * Double(total) }
  }

  /// The share of good points.
  public var goodShare: Double { Double(goodCounts.reduce(0, +)) / Double(total) }
}
