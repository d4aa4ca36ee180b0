import KernelSupport

/// A round pen with a soft edge, which draws strokes as greyscale pixels.
struct Pen {
  /// Half the width of the line, in pixels.
  var radius: Scalar
  /// The width of the edge over which ink fades into paper, in pixels.
  var softness: Scalar

  /// The image of strokes, row-major `[side, side]`, 0 for paper and 255 for ink.
  ///
  ///     pixel = 255 · clamp(½ + (radius − distance to the nearest stroke) / softness, 0, 1)
  ///
  /// A pixel's place is its centre, (x + ½, y + ½). What leaves the image is cut off.
  ///
  /// - Parameters:
  ///   - strokes: the ends of straight pieces, in pixels.
  ///   - side: the height and width of the image.
  func draw(_ strokes: [Stroke], imageSide side: Int) -> [UInt8] {
    let lanes = Vector.scalarCount
    let vectorsPerRow = (side + lanes - 1) / lanes
    let reach = radius + softness / 2
    // Squared distances to the nearest stroke; beyond the pen's reach nothing needs to be known.
    var nearest = [Vector](repeating: Vector(repeating: reach * reach), count: side * vectorsPerRow)
    var distances = nearest.mutableSpan
    for stroke in strokes {
      for (start, end) in zip(stroke, stroke.dropFirst()) {
        let step = end - start
        let lengthSquared = step.x * step.x + step.y * step.y
        guard lengthSquared > 0 else { continue }
        let perLengthSquared = 1 / lengthSquared
        let top = max(0, Int(min(start.y, end.y) - reach - 0.5))
        let bottom = min(side - 1, Int(max(start.y, end.y) + reach + 0.5))
        for row in stride(from: top, through: bottom, by: 1) {
          let y = Scalar(row) + 0.5 - start.y
          for column in 0..<vectorsPerRow {
            let x = Self.laneCentres + (Scalar(column * lanes) - start.x)
            let along = (x * step.x + y * step.y) * perLengthSquared
            let onPiece = clampedToUnit(along)
            let dx = x - onPiece * step.x
            let dy = y - onPiece * step.y
            let distance = dx * dx + dy * dy
            let index = row * vectorsPerRow + column
            let known = distances[index]
            distances[index] = known.replacing(with: distance, where: distance .< known)
          }
        }
      }
    }
    return ink(distances.span, imageSide: side, vectorsPerRow: vectorsPerRow)
  }

  private func ink(
    _ squaredDistances: Span<Vector>, imageSide side: Int, vectorsPerRow: Int
  ) -> [UInt8] {
    let lanes = Vector.scalarCount
    var pixels: [UInt8] = []
    pixels.reserveCapacity(side * side)
    for row in 0..<side {
      for column in 0..<vectorsPerRow {
        let distance = squaredDistances[row * vectorsPerRow + column].squareRoot()
        let shade = 255 * clampedToUnit(0.5 + (radius - distance) / softness)
        for lane in 0..<min(lanes, side - column * lanes) {
          pixels.append(UInt8(shade[lane] + 0.5))
        }
      }
    }
    return pixels
  }

  private static let laneCentres = Vector(0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5)
}

@inline(__always)
private func clampedToUnit(_ x: Vector) -> Vector {
  x.replacing(with: 0, where: x .< 0).replacing(with: 1, where: x .> 1)
}
