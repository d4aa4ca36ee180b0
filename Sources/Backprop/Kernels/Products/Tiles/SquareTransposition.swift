import KernelSupport

/// Eight steps of eight lanes, read where the steps of a lane are neighbours and turned over in registers.
///
/// Eight lanes become eight steps by three rounds of interleaving: 0 4, 2 6, 1 5, 3 7, and so on.
struct SquareTransposition {
  /// The lanes' elements of one step each.
  let steps: (Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector)

  /// Reads a square.
  ///
  /// - Parameters:
  ///   - source: lane 0, step 0.
  ///   - laneStride: the distance between lanes.
  ///   - lastLane: the last lane that exists, 0 to 7; those beyond repeat it.
  @inline(__always)
  init(_ source: UnsafePointer<Scalar>, laneStride: Int, lastLane: Int) {
    let lane = { (index: Int) in
      unsafe Vector(at: source + min(index, lastLane) &* laneStride)
    }
    let (a04, a15) = (interleave(lane(0), lane(4)), interleave(lane(1), lane(5)))
    let (a26, a37) = (interleave(lane(2), lane(6)), interleave(lane(3), lane(7)))
    let (low0246, low1357) = (interleave(a04.0, a26.0), interleave(a15.0, a37.0))
    let (high0246, high1357) = (interleave(a04.1, a26.1), interleave(a15.1, a37.1))
    let steps01 = interleave(low0246.0, low1357.0)
    let steps23 = interleave(low0246.1, low1357.1)
    let steps45 = interleave(high0246.0, high1357.0)
    let steps67 = interleave(high0246.1, high1357.1)
    steps = (
      steps01.0, steps01.1, steps23.0, steps23.1, steps45.0, steps45.1, steps67.0, steps67.1
    )
  }
}

/// a₀ b₀ a₁ b₁ …, as two vectors.
@inline(__always)
private func interleave(_ a: Vector, _ b: Vector) -> (Vector, Vector) {
  var both = SIMD16<Scalar>()
  both.evenHalf = a
  both.oddHalf = b
  return (both.lowHalf, both.highHalf)
}
