import KernelSupport

/// What the pen draws between being put down and being lifted: the points that it passes.
///
/// In a digit's model the pen runs smoothly through the points, and a point named twice in succession
/// is a corner. `curve` turns such a stroke into one of many short straight pieces.
typealias Stroke = [SIMD2<Scalar>]

extension Stroke {
  /// The smooth curve through the points, as the ends of short straight pieces.
  ///
  ///     c(t) = p₁ + ½ t ((p₂ − p₀) + t ((2p₀ − 5p₁ + 4p₂ − p₃) + t (3p₁ − p₀ − 3p₂ + p₃))),  0 ≤ t ≤ 1
  ///
  /// runs from p₁ to p₂, and where it meets the next piece both go in the direction p₃ − p₁. Beyond the
  /// ends of the stroke stand copies of the end points.
  ///
  /// Source: Catmull and Rom, "A Class of Local Interpolating Splines", 1974.
  var curve: Stroke {
    var result: Stroke = [self[0]]
    for index in 0..<count - 1 where self[index] != self[index + 1] {
      let p1 = self[index]
      let p2 = self[index + 1]
      let p0 = index > 0 ? self[index - 1] : p1
      let p3 = index + 2 < count ? self[index + 2] : p2
      let slope = p2 - p0
      let bend = 2 * p0 - 5 * p1 + 4 * p2 - p3
      let twist = 3 * p1 - p0 - 3 * p2 + p3
      for step in 1...Self.piecesPerPoint {
        let t = Scalar(step) / Scalar(Self.piecesPerPoint)
        result.append(p1 + t * 0.5 * (slope + t * (bend + t * twist)))
      }
    }
    return result
  }

  /// Five pieces stay within a tenth of a pixel of the curve at the sizes that digits are drawn in.
  private static var piecesPerPoint: Int { 5 }
}
