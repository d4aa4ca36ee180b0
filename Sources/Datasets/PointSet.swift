import KernelSupport

/// Labelled points in the plane: toy problems that can be drawn, decision regions and all.
///
/// In every problem point `i` belongs to class `i mod classCount`, so the classes are equally frequent
/// up to one point. `noise` is the standard deviation of the normal distribution that displaces each
/// coordinate, in the units of the plane.
public struct PointSet: Sendable, Equatable {
  /// The points' coordinates, row-major `[count, 2]`: x, then y.
  public let points: [Scalar]

  /// The class of each point, `[count]`, in `0..<classCount`.
  public let labels: [Int]

  /// The number of classes.
  public let classCount: Int

  /// The number of points.
  public var count: Int { labels.count }

  /// Round clusters, their centres evenly spaced on the unit circle.
  ///
  ///     (cos 2πk/K, sin 2πk/K) + noise,  k the class, K their number
  ///
  /// - Parameters:
  ///   - count: the number of points, at least 0.
  ///   - classCount: the number of clusters, at least 1.
  ///   - noise: at least 0; the clusters are the larger the larger it is.
  ///   - generator: draws the points.
  public static func blobs(
    count: Int, classCount: Int = 3, noise: Scalar = 0.2,
    using generator: inout some RandomNumberGenerator
  ) -> PointSet {
    PointSet(count: count, classCount: classCount, noise: noise, using: &generator) { label, _ in
      polar(1, 2 * .pi * Scalar(label) / Scalar(classCount))
    }
  }

  /// Two half circles, each reaching into the other.
  ///
  ///     (cos πt, sin πt)  and  (1 − cos πt, ½ − sin πt),  t uniform in [0, 1)
  ///
  /// - Parameters:
  ///   - count: the number of points, at least 0.
  ///   - noise: at least 0; the moons touch from about 0.2 on.
  ///   - generator: draws the points.
  public static func moons(
    count: Int, noise: Scalar = 0.1, using generator: inout some RandomNumberGenerator
  ) -> PointSet {
    PointSet(count: count, classCount: 2, noise: noise, using: &generator) { label, generator in
      let point = polar(1, .pi * generator.uniform())
      return label == 0 ? point : SIMD2(1, 0.5) - point
    }
  }

  /// Two rings around the origin: class 0 has the radius 1, class 1 the radius ½.
  ///
  ///     r (cos 2πt, sin 2πt),  t uniform in [0, 1)
  ///
  /// - Parameters:
  ///   - count: the number of points, at least 0.
  ///   - noise: at least 0; the rings touch from about 0.15 on.
  ///   - generator: draws the points.
  public static func circles(
    count: Int, noise: Scalar = 0.05, using generator: inout some RandomNumberGenerator
  ) -> PointSet {
    PointSet(count: count, classCount: 2, noise: noise, using: &generator) { label, generator in
      polar(label == 0 ? 1 : 0.5, 2 * .pi * generator.uniform())
    }
  }

  /// Spiral arms that wind around each other.
  ///
  ///     t (cos φ, sin φ),  φ = 2π (turns · t + k/K),  t uniform in [0, 1)
  ///
  /// - Parameters:
  ///   - count: the number of points, at least 0.
  ///   - classCount: the number of arms, at least 1.
  ///   - turns: how many times an arm goes round.
  ///   - noise: at least 0.
  ///   - generator: draws the points.
  public static func spirals(
    count: Int, classCount: Int = 2, turns: Scalar = 1, noise: Scalar = 0.02,
    using generator: inout some RandomNumberGenerator
  ) -> PointSet {
    PointSet(count: count, classCount: classCount, noise: noise, using: &generator) {
      label, generator in
      let t = generator.uniform()
      return polar(t, 2 * .pi * (turns * t + Scalar(label) / Scalar(classCount)))
    }
  }

  /// The exclusive or, spread over the square: the class says whether the signs of x and y differ.
  ///
  ///     |x|, |y| uniform in (0, 1];   label = 1 where x · y < 0, otherwise 0
  ///
  /// Noise is added afterwards, so a point may end up on the wrong side of an axis.
  ///
  /// - Parameters:
  ///   - count: the number of points, at least 0.
  ///   - noise: at least 0.
  ///   - generator: draws the points.
  public static func xor(
    count: Int, noise: Scalar = 0, using generator: inout some RandomNumberGenerator
  ) -> PointSet {
    PointSet(count: count, classCount: 2, noise: noise, using: &generator) { label, generator in
      let x = 1 - generator.uniform()
      let y = 1 - generator.uniform()
      let side: Scalar = generator.integer(below: 2) == 0 ? 1 : -1
      return [side * x, label == 0 ? side * y : -side * y]
    }
  }

  private init<Generator: RandomNumberGenerator>(
    count: Int, classCount: Int, noise: Scalar, using generator: inout Generator,
    place: (_ label: Int, _ generator: inout Generator) -> SIMD2<Scalar>
  ) {
    precondition(
      count >= 0 && classCount >= 1 && noise >= 0,
      "PointSet: \(count) points in \(classCount) classes with noise \(noise)")
    labels = (0..<count).map { $0 % classCount }
    self.classCount = classCount
    var points: [Scalar] = []
    points.reserveCapacity(2 * count)
    for label in labels {
      let point = place(label, &generator)
      points.append(point.x + noise * generator.normal())
      points.append(point.y + noise * generator.normal())
    }
    self.points = points
  }
}

private func polar(_ radius: Scalar, _ angle: Scalar) -> SIMD2<Scalar> {
  [radius * Scalar.cos(angle), radius * Scalar.sin(angle)]
}
