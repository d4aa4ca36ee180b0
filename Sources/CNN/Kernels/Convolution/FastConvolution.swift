import Backprop
import KernelSupport

extension Fast {
  /// The convolution; contract: `Naive.convolution`.
  ///
  /// A 3×3 kernel that moves by one pixel, over enough channels, takes Winograd's way with its fewer
  /// multiplications; everything else register tiles that read the images where they lie.
  ///
  /// `ConvolutionLadder` climbs from the definition to this function one idea at a time.
  public static func convolution(
    _ input: Span<Scalar>, _ weight: Span<Scalar>, bias: Span<Scalar>,
    into output: inout MutableSpan<Scalar>, _ shape: ConvolutionShape
  ) {
    shape.check(
      "Fast.convolution", input: input.count, weight: weight.count, output: output.count,
      bias: bias.count)
    let biases = panelBiases(bias)
    unsafe withPointers(input, weight, &output) { input, weight, output in
      if Winograd.applies(to: shape) {
        unsafe WinogradConvolution.forward(input, weight, bias: biases, into: output, shape)
      } else {
        unsafe DirectConvolution.forward(input, weight, bias: biases, into: output, shape)
      }
    }
  }

  /// The gradient with respect to the images; contract: `Naive.convolutionInputGradient`.
  ///
  /// It is a convolution as well, of the output's gradient with the kernel turned over, but for images of few
  /// channels, which would not fill a register tile.
  public static func convolutionInputGradient(
    _ outputGradient: Span<Scalar>, _ weight: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>, _ shape: ConvolutionShape, accumulating: Bool
  ) {
    shape.check(
      "Fast.convolutionInputGradient", input: inputGradient.count, weight: weight.count,
      output: outputGradient.count)
    guard !ScatteredGradient.applies(to: shape) else {
      ScatteredGradient(shape).compute(
        outputGradient, weight, into: &inputGradient, accumulating: accumulating)
      return
    }
    unsafe withPointers(outputGradient, weight, &inputGradient) { upstream, weight, gradient in
      if Winograd.applies(to: shape) {
        unsafe WinogradConvolution.inputGradient(
          upstream, weight, into: gradient, shape, accumulating: accumulating)
      } else {
        unsafe DirectConvolution.inputGradient(
          upstream, weight, into: gradient, shape, accumulating: accumulating)
      }
    }
  }

  /// The gradient with respect to the weights; contract: `Naive.convolutionWeightGradient`.
  public static func convolutionWeightGradient(
    _ input: Span<Scalar>, _ outputGradient: Span<Scalar>,
    into weightGradient: inout MutableSpan<Scalar>, _ shape: ConvolutionShape, accumulating: Bool
  ) {
    shape.check(
      "Fast.convolutionWeightGradient", input: input.count, weight: weightGradient.count,
      output: outputGradient.count)
    if !accumulating { weightGradient.update(repeating: 0) }
    guard !outputGradient.isEmpty else { return }
    unsafe withPointers(input, outputGradient, &weightGradient) { input, upstream, gradient in
      if Winograd.applies(to: shape) {
        unsafe WinogradWeightGradient(shape).compute(input, upstream, addingTo: gradient)
      } else {
        unsafe DirectWeightGradient(shape).compute(input, upstream, addingTo: gradient)
      }
    }
  }

  /// Hands over where the operands lie; does nothing where one of them is empty.
  static func withPointers(
    _ a: Span<Scalar>, _ b: Span<Scalar>, _ c: inout MutableSpan<Scalar>,
    _ body:
      (UnsafePointer<Scalar>, UnsafePointer<Scalar>, UnsafeMutablePointer<Scalar>) -> Void
  ) {
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe c.withUnsafeMutableBufferPointer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          unsafe body(a, b, c)
        }
      }
    }
  }

  /// The biases filled up with zeros to whole panels.
  static func panelBiases(_ bias: Span<Scalar>) -> [Scalar]? {
    guard !bias.isEmpty else { return nil }
    let count = bias.count.roundedUp(toMultipleOf: MatrixProductTile.columns)
    return (0..<count).map { $0 < bias.count ? bias[$0] : 0 }
  }
}
