import KernelSupport

extension Naive {
  /// The logistic function: squeezes any number into a probability.
  ///
  ///     y = σ(x) = 1 / (1 + e⁻ˣ)
  ///
  /// 0 at −∞, ½ at 0, 1 at ∞, NaN for NaN.
  ///
  /// - Parameter x: inputs on entry, outputs in [0, 1] on return; any count.
  public static func sigmoid(_ x: inout MutableSpan<Scalar>) {
    for i in x.indices { x[i] = 1 / (1 + Scalar.exp(-x[i])) }
  }

  /// The pullback of `sigmoid`: ∂L/∂xᵢ = ∂L/∂yᵢ · yᵢ (1 − yᵢ).
  ///
  /// - Parameters:
  ///   - output: y, what `sigmoid` returned.
  ///   - gradient: ∂L/∂y on entry, ∂L/∂x on return; as many elements.
  public static func sigmoidBackward(output: Span<Scalar>, gradient: inout MutableSpan<Scalar>) {
    checkCounts("sigmoidBackward", output.count, gradient.count)
    for i in output.indices { gradient[i] *= output[i] * (1 - output[i]) }
  }
}

/// From the definition to the fast kernel, one thread, 131,072 elements:
///
/// 1. The definition: one exponential at a time.       493 µs
/// 2. Eight exponentials at a time.                     78 µs
/// 3. Blocks on several threads.                        40 µs on two
///
/// The backward pass has no exponential, and the compiler makes vectors of its definition by itself:
/// 12 µs, bounded by memory traffic. Threads are all that is left to gain there.
extension Fast {
  /// The logistic function; contract: `Naive.sigmoid`.
  public static func sigmoid(_ x: inout MutableSpan<Scalar>) {
    x.forEachBlock(of: ElementwiseBlock.heavy) { _, block in
      block.mapVectors(sigmoid(lanes:))
    }
  }

  @inline(__always)
  private static func sigmoid(lanes x: Vector) -> Vector { 1 / (1 + Vector.exp(-x)) }

  /// The pullback of `sigmoid`; contract: `Naive.sigmoidBackward`.
  public static func sigmoidBackward(output: Span<Scalar>, gradient: inout MutableSpan<Scalar>) {
    checkCounts("sigmoidBackward", output.count, gradient.count)
    gradient.forEachBlock(of: ElementwiseBlock.light) { start, block in
      let y = output.extracting(start..<start &+ block.count)
      for i in block.indices { block[i] *= y[i] * (1 - y[i]) }
    }
  }
}
