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
  ///   - upstream: the gradient of the final loss with respect to the sum.
  ///   - gradient: what the gradient with respect to x is added to; n elements.
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

/// Four running vectors of sums and blocks on several threads, as chapter 1's dot product has them. The
/// magnitude is taken lane by lane, of which the compiler makes one operation that clears the signs: 2.6 µs
/// for 32768 elements, where a comparison with 0 and a choice for all lanes took 12 µs and the definition
/// takes 25. The pullback has no branch, so that the compiler makes vectors of it.
extension Fast {
  /// The sum of the magnitudes; contract: `Naive.sumOfMagnitudes`.
  public static func sumOfMagnitudes(_ x: Span<Scalar>) -> Scalar {
    Threads.sum(count: x.count, blockLength: ElementwiseBlock.light) { elements in
      let block = x.extracting(elements)
      return sumOfTerms(block, block) { x, _ in
        var magnitudes = x
        for lane in 0..<Vector.scalarCount { magnitudes[lane] = abs(x[lane]) }
        return magnitudes
      }
    }
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
}
