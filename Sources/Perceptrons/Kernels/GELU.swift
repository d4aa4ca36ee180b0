import KernelSupport

extension Naive {
  /// The Gaussian error linear unit in the tanh form, the one in GPT-2.
  ///
  ///     y = ½ x (1 + tanh u),   u = √(2/π) (x + 0.044715 x³)
  ///
  /// Close to x Φ(x), where Φ is the normal distribution function. NaN for NaN and for −∞.
  ///
  /// - Parameter x: inputs on entry, outputs on return; any count.
  ///
  /// Source: Hendrycks and Gimpel, "Gaussian Error Linear Units (GELUs)", arXiv:1606.08415, 2016.
  public static func gelu(_ x: inout MutableSpan<Scalar>) {
    for i in x.indices {
      let u = geluScale * (x[i] + geluCubic * x[i] * x[i] * x[i])
      x[i] = 0.5 * x[i] * (1 + Scalar.tanh(u))
    }
  }

  /// The pullback of `gelu`.
  ///
  ///     ∂L/∂xᵢ = ∂L/∂yᵢ · (½ (1 + t) + ½ xᵢ (1 − t²) √(2/π) (1 + 3 · 0.044715 xᵢ²)),   t = tanh u
  ///
  /// - Parameters:
  ///   - input: x, what `gelu` got; the output does not determine it.
  ///   - gradient: ∂L/∂y on entry, ∂L/∂x on return; as many elements.
  public static func geluBackward(input: Span<Scalar>, gradient: inout MutableSpan<Scalar>) {
    checkCounts("geluBackward", input.count, gradient.count)
    for i in input.indices {
      let x = input[i]
      let t = Scalar.tanh(geluScale * (x + geluCubic * x * x * x))
      let slopeOfU = geluScale * (1 + 3 * geluCubic * x * x)
      gradient[i] *= 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slopeOfU
    }
  }
}

/// From the definition to the fast kernel, one thread, 131,072 elements, forward and backward:
///
/// 1. The definition: one hyperbolic tangent at a time.    1,283 µs   1,567 µs
/// 2. Eight at a time.                                       156 µs     206 µs
/// 3. Blocks on several threads.                              80 µs     104 µs on two
extension Fast {
  /// The Gaussian error linear unit in the tanh form; contract: `Naive.gelu`.
  public static func gelu(_ x: inout MutableSpan<Scalar>) {
    x.forEachBlock(of: ElementwiseBlock.heavy) { _, block in
      block.mapVectors(gelu(lanes:))
    }
  }

  @inline(__always)
  private static func gelu(lanes x: Vector) -> Vector {
    let u = geluScale * x.addingProduct(geluCubic * x, x * x)
    return 0.5 * x * (1 + Vector.tanh(u))
  }

  /// The pullback of `gelu`; contract: `Naive.geluBackward`.
  public static func geluBackward(input: Span<Scalar>, gradient: inout MutableSpan<Scalar>) {
    checkCounts("geluBackward", input.count, gradient.count)
    gradient.forEachBlock(of: ElementwiseBlock.heavy) { start, block in
      let x = input.extracting(start..<start &+ block.count)
      block.combineVectors(with: x, geluBackward(lanes:input:))
    }
  }

  @inline(__always)
  private static func geluBackward(lanes gradient: Vector, input x: Vector) -> Vector {
    let square = x * x
    let t = Vector.tanh(geluScale * x.addingProduct(geluCubic * x, square))
    let slopeOfU = geluScale * (1 + (3 * geluCubic) * square)
    return gradient * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slopeOfU)
  }
}

/// √(2/π)
private let geluScale: Scalar = 0.797_884_560_802_865_4
private let geluCubic: Scalar = 0.044_715
