import KernelSupport

extension Naive {
  /// The sum of the magnitudes.
  ///
  ///     ‖x‖₁ = Σᵢ |xᵢ|
  ///
  /// - Parameter x: n elements.
  /// - Returns: the sum; 0 for none.
  public static func sumOfMagnitudes(_ x: Span<Scalar>) -> Scalar {
    var sum: Scalar = 0
    for i in x.indices { sum += abs(x[i]) }
    return sum
  }

  /// The pullback of `sumOfMagnitudes`.
  ///
  ///     gᵢ += upstream · sign(xᵢ),   sign(0) = 0
  ///
  /// - Parameters:
  ///   - x: n elements.
  ///   - upstream: the gradient of the final loss by the sum.
  ///   - gradient: what the gradient by x is added to; n elements.
  public static func sumOfMagnitudesBackward(
    _ x: Span<Scalar>, upstream: Scalar, gradient: inout MutableSpan<Scalar>
  ) {
    checkUpdate("sumOfMagnitudesBackward", x.count, gradient.count)
    for i in x.indices {
      if x[i] > 0 { gradient[i] += upstream }
      if x[i] < 0 { gradient[i] -= upstream }
    }
  }
}

/// Adds up in the order of chapter 1's dot product: four vectors a block, and blocks on several threads.
extension Fast {
  /// The sum of the magnitudes; contract: `Naive.sumOfMagnitudes`.
  public static func sumOfMagnitudes(_ x: Span<Scalar>) -> Scalar {
    let blockLength = ElementwiseBlock.light
    var partial = [Scalar](repeating: 0, count: (x.count + blockLength - 1) / blockLength)
    var sums = partial.mutableSpan
    sums.forEachBlock(of: 1) { index, sum in
      let start = index * blockLength
      sum[0] = sumOfBlock(x.extracting(start..<min(start + blockLength, x.count)))
    }
    return partial.reduce(0, +)
  }

  /// The pullback of `sumOfMagnitudes`; contract: `Naive.sumOfMagnitudesBackward`.
  public static func sumOfMagnitudesBackward(
    _ x: Span<Scalar>, upstream: Scalar, gradient: inout MutableSpan<Scalar>
  ) {
    checkUpdate("sumOfMagnitudesBackward", x.count, gradient.count)
    gradient.forEachBlock(of: ElementwiseBlock.light) { start, block in
      let x = x.extracting(start..<start &+ block.count)
      for i in block.indices { block[i] += x[i] > 0 ? upstream : x[i] < 0 ? -upstream : 0 }
    }
  }

  /// One block's magnitudes in four vectors of partial sums.
  @inline(__always)
  private static func sumOfBlock(_ x: Span<Scalar>) -> Scalar {
    let width = Vector.scalarCount
    var (a, b, c, d) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    var i = 0
    while i &+ 4 &* width <= x.count {
      a += magnitude(x.vector(at: i))
      b += magnitude(x.vector(at: i &+ width))
      c += magnitude(x.vector(at: i &+ 2 &* width))
      d += magnitude(x.vector(at: i &+ 3 &* width))
      i &+= 4 &* width
    }
    while i &+ width <= x.count {
      a += magnitude(x.vector(at: i))
      i &+= width
    }
    if i < x.count { b += magnitude(x.remainder(x.count &- i)) }
    return ((a + b) + (c + d)).sum()
  }

  /// |x| in every lane.
  @inline(__always)
  private static func magnitude(_ x: Vector) -> Vector { x.replacing(with: -x, where: x .< 0) }
}
