extension Threads {
  /// A sum over many elements, in blocks that threads share and that are added up in order.
  ///
  ///     Σ_blocks blockSum(start ..< min(start + blockLength, count))
  ///
  /// The blocks' sums are added in double precision: however many there are, the rounding error is that of one
  /// block, which `sumOfTerms` states.
  ///
  /// - Parameters:
  ///   - count: how many elements there are; their sum is 0 if there are none.
  ///   - blockLength: the number of elements in a block, at least 1: fixed, so that the order of the
  ///     additions is.
  ///   - blockSum: the sum over the elements of a range.
  public static func sum(
    count: Int, blockLength: Int, _ blockSum: @Sendable (_ elements: Range<Int>) -> Scalar
  ) -> Scalar {
    guard count > blockLength else { return blockSum(0..<count) }
    var partial = [Scalar](repeating: 0, count: (count + blockLength - 1) / blockLength)
    var sums = partial.mutableSpan
    sums.forEachBlock(of: 1) { index, sum in
      sum[0] = blockSum(index * blockLength..<min((index + 1) * blockLength, count))
    }
    return Scalar(partial.reduce(0.0) { $0 + Double($1) })
  }
}

/// Σᵢ term(xᵢ, yᵢ) in four vectors of partial sums, added in a fixed order at the end.
///
/// Four, since an addition takes as long as four of them: a single vector would wait for itself. After every 8192
/// terms they are added up and begin again, so that no sum is a long one: with terms of one sign the result is off
/// by at most (256 + count / 8192 + 5) · ½ ulp. Called within a block, where the compiler sees the term and puts it
/// into the loop.
///
/// - Parameters:
///   - x: the first operand.
///   - y: the second operand, of the same count.
///   - term: eight terms; those of lanes beyond the end are left out, whatever they are.
@inlinable @inline(__always)
public func sumOfTerms(
  _ x: Span<Scalar>, _ y: Span<Scalar>, _ term: (_ x: Vector, _ y: Vector) -> Vector
) -> Scalar {
  let width = Vector.scalarCount
  var (a, b, c, d) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
  var earlier = Vector.zero
  var i = 0
  while i &+ 4 &* width <= x.count {
    if i > 0 {
      earlier += (a + b) + (c + d)
      (a, b, c, d) = (.zero, .zero, .zero, .zero)
    }
    let end = min(x.count, i &+ 8192)
    while i &+ 4 &* width <= end {
      a += term(x.vector(at: i), y.vector(at: i))
      b += term(x.vector(at: i &+ width), y.vector(at: i &+ width))
      c += term(x.vector(at: i &+ 2 &* width), y.vector(at: i &+ 2 &* width))
      d += term(x.vector(at: i &+ 3 &* width), y.vector(at: i &+ 3 &* width))
      i &+= 4 &* width
    }
  }
  while i &+ width <= x.count {
    a += term(x.vector(at: i), y.vector(at: i))
    i &+= width
  }
  var sum = (((a + b) + (c + d)) + earlier).sum()
  guard i < x.count else { return sum }
  let last = term(x.lastVector(at: i), y.lastVector(at: i))
  for lane in 0..<x.count &- i { sum += last[lane] }
  return sum
}
