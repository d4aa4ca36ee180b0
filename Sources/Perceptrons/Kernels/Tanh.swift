import KernelSupport

extension Naive {
  /// The hyperbolic tangent: the logistic function's shape, centred on zero.
  ///
  ///     y = tanh x = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ) = 2σ(2x) − 1
  ///
  /// ±1 at ±∞, NaN for NaN.
  ///
  /// - Parameter x: inputs on entry, outputs in [−1, 1] on return; any count.
  public static func tanh(_ x: inout MutableSpan<Scalar>) {
    for i in x.indices { x[i] = Scalar.tanh(x[i]) }
  }

  /// The pullback of `tanh`: ∂L/∂xᵢ = ∂L/∂yᵢ · (1 − yᵢ²).
  ///
  /// - Parameters:
  ///   - output: y, what `tanh` returned.
  ///   - gradient: ∂L/∂y on entry, ∂L/∂x on return; as many elements.
  public static func tanhBackward(output: Span<Scalar>, gradient: inout MutableSpan<Scalar>) {
    checkCounts("tanhBackward", output.count, gradient.count)
    for i in output.indices { gradient[i] *= 1 - output[i] * output[i] }
  }
}

/// From the definition to the fast kernel, one thread, 131,072 elements:
///
/// 1. The definition: one hyperbolic tangent at a time.    1,141 µs
/// 2. Eight at a time.                                       128 µs
/// 3. Blocks on several threads.                              65 µs on two
///
/// The backward pass is bounded by memory traffic, definition or not: 12 µs.
extension Fast {
  /// The hyperbolic tangent; contract: `Naive.tanh`.
  public static func tanh(_ x: inout MutableSpan<Scalar>) {
    x.forEachBlock(of: ElementwiseBlock.heavy) { _, block in
      block.mapVectors(Vector.tanh)
    }
  }

  /// The pullback of `tanh`; contract: `Naive.tanhBackward`.
  public static func tanhBackward(output: Span<Scalar>, gradient: inout MutableSpan<Scalar>) {
    checkCounts("tanhBackward", output.count, gradient.count)
    gradient.forEachBlock(of: ElementwiseBlock.light) { start, block in
      let y = output.extracting(start..<start &+ block.count)
      for i in block.indices { block[i] *= 1 - y[i] * y[i] }
    }
  }
}
