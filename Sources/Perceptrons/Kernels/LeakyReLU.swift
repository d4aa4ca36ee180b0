import KernelSupport

extension Naive {
  /// The leaky rectified linear unit: a small slope below zero, so that no unit falls silent for good.
  ///
  ///     y = x where x ≥ 0, otherwise slope · x
  ///
  /// NaN stays NaN.
  ///
  /// - Parameters:
  ///   - x: inputs on entry, outputs on return; any count.
  ///   - slope: the slope below zero, positive (otherwise the output does not tell the input's sign);
  ///     0.01 in the paper.
  ///
  /// Source: Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models",
  /// ICML 2013.
  public static func leakyReLU(_ x: inout MutableSpan<Scalar>, slope: Scalar) {
    precondition(slope > 0, "leakyReLU: a slope of \(slope) is not positive")
    for i in x.indices where x[i] < 0 { x[i] *= slope }
  }

  /// The pullback of `leakyReLU`: ∂L/∂xᵢ = ∂L/∂yᵢ where yᵢ > 0, otherwise slope · ∂L/∂yᵢ (also at the
  /// kink, and at NaN).
  ///
  /// - Parameters:
  ///   - output: y, what `leakyReLU` returned.
  ///   - slope: the slope below zero, positive.
  ///   - gradient: ∂L/∂y on entry, ∂L/∂x on return; as many elements.
  public static func leakyReLUBackward(
    output: Span<Scalar>, slope: Scalar, gradient: inout MutableSpan<Scalar>
  ) {
    precondition(slope > 0, "leakyReLUBackward: a slope of \(slope) is not positive")
    checkCounts("leakyReLUBackward", output.count, gradient.count)
    for i in output.indices where !(output[i] > 0) { gradient[i] *= slope }
  }
}

/// As for `relu`: forward, the compiler makes vectors of the definition by itself, but stores them under a
/// mask; backward, multiplying in any case, by the slope or by 1, leaves no branch to guess wrong. Memory
/// traffic bounds both.
extension Fast {
  /// The leaky rectified linear unit; contract: `Naive.leakyReLU`.
  public static func leakyReLU(_ x: inout MutableSpan<Scalar>, slope: Scalar) {
    precondition(slope > 0, "leakyReLU: a slope of \(slope) is not positive")
    x.forEachBlock(of: ElementwiseBlock.light) { _, block in
      for i in block.indices { block[i] *= block[i] < 0 ? slope : 1 }
    }
  }

  /// The pullback of `leakyReLU`; contract: `Naive.leakyReLUBackward`.
  public static func leakyReLUBackward(
    output: Span<Scalar>, slope: Scalar, gradient: inout MutableSpan<Scalar>
  ) {
    precondition(slope > 0, "leakyReLUBackward: a slope of \(slope) is not positive")
    checkCounts("leakyReLUBackward", output.count, gradient.count)
    gradient.forEachBlock(of: ElementwiseBlock.light) { start, block in
      let y = output.extracting(start..<start &+ block.count)
      for i in block.indices { block[i] *= y[i] > 0 ? 1 : slope }
    }
  }
}
