import Backprop
import KernelSupport

/// The best translation that looks at one pixel at a time and knows no more than a line: y = a x + b.
///
/// A baseline. What it cannot do is see a neighbour; what a translator does better, it does by looking around.
public struct AffineIntensity: Sendable, Equatable {
  /// a.
  public let slope: Scalar
  /// b.
  public let offset: Scalar

  /// Finds the line with the least absolute deviations.
  ///
  ///     minimise Σᵢ |yᵢ − a xᵢ − b|
  ///
  /// For a given a, the best b is the median of y − a x. What is left is a convex function of a, and thirds of
  /// an interval are cut away until it is narrower than 10⁻⁴.
  ///
  /// - Parameters:
  ///   - source: x, at least one number.
  ///   - target: y, as many.
  ///   - slopes: where a is looked for.
  public init(
    from source: [Scalar], to target: [Scalar], slopes: ClosedRange<Scalar> = -4...4
  ) {
    precondition(
      source.count == target.count && !source.isEmpty,
      "AffineIntensity: \(source.count) and \(target.count) pixels")
    func fit(_ slope: Scalar) -> (offset: Scalar, loss: Double) {
      let rests = zip(source, target).map { $1 - slope * $0 }.sorted()
      let median = rests[rests.count / 2]
      return (median, rests.reduce(0) { $0 + Double(abs($1 - median)) })
    }
    var (low, high) = (slopes.lowerBound, slopes.upperBound)
    while high - low > 1e-4 {
      let third = (high - low) / 3
      if fit(low + third).loss <= fit(high - third).loss { high -= third } else { low += third }
    }
    slope = (low + high) / 2
    offset = fit(slope).offset
  }

  /// The line's values.
  public func callAsFunction(_ image: [Scalar]) -> [Scalar] {
    image.map { slope * $0 + offset }
  }
}
