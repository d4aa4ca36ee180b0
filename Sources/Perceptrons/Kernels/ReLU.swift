import KernelSupport

extension Naive {
  /// The rectified linear unit: lets positive sums pass and stays silent below zero.
  ///
  ///     y = max(x, 0)
  ///
  /// NaN stays NaN.
  ///
  /// - Parameter x: inputs on entry, outputs ≥ 0 on return; any count.
  ///
  /// Source: Nair and Hinton, "Rectified Linear Units Improve Restricted Boltzmann Machines", ICML 2010.
  public static func relu(_ x: inout MutableSpan<Scalar>) {
    for i in x.indices where x[i] < 0 { x[i] = 0 }
  }

  /// The pullback of `relu`: ∂L/∂xᵢ = 0 where yᵢ ≤ 0 (also at the kink), otherwise ∂L/∂yᵢ (also at NaN).
  ///
  /// - Parameters:
  ///   - output: y, what `relu` returned.
  ///   - gradient: ∂L/∂y on entry, ∂L/∂x on return; as many elements.
  public static func reluBackward(output: Span<Scalar>, gradient: inout MutableSpan<Scalar>) {
    checkCounts("reluBackward", output.count, gradient.count)
    for i in output.indices where output[i] <= 0 { gradient[i] = 0 }
  }
}

/// An assignment that is skipped for some elements becomes a store under a mask. Those of AVX-512 cost no
/// more than others: there the definition takes 3.5 µs at 100,000 elements. Those of AVX2 are slow: 46 µs.
/// Backward it is a branch, and with random signs the processor guesses half of them wrong. Assigning in
/// any case, the old value or zero, is neither: forward 5 µs with either, bounded by memory traffic, and
/// backward 417 become 7. Threads are the rest.
extension Fast {
  /// The rectified linear unit; contract: `Naive.relu`.
  public static func relu(_ x: inout MutableSpan<Scalar>) {
    x.forEachBlock(of: ElementwiseBlock.light) { _, block in
      for i in block.indices { block[i] = block[i] < 0 ? 0 : block[i] }
    }
  }

  /// The pullback of `relu`; contract: `Naive.reluBackward`.
  public static func reluBackward(output: Span<Scalar>, gradient: inout MutableSpan<Scalar>) {
    checkCounts("reluBackward", output.count, gradient.count)
    gradient.forEachBlock(of: ElementwiseBlock.light) { start, block in
      let y = output.extracting(start..<start &+ block.count)
      for i in block.indices { block[i] = y[i] <= 0 ? 0 : block[i] }
    }
  }
}
