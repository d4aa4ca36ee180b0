import Backprop
import KernelSupport

extension Fast {
  /// The convolution; contract: `Naive.convolution`.
  public static func convolution(
    _ input: Span<Scalar>, _ weight: Span<Scalar>, bias: Span<Scalar>,
    into output: inout MutableSpan<Scalar>, _ shape: ConvolutionShape
  ) {
    shape.check(
      "Fast.convolution", input: input.count, weight: weight.count, output: output.count,
      bias: bias.count)
    guard !input.isEmpty && !output.isEmpty else { return addBias(bias, to: &output) }
    unsafe input.withUnsafeBufferPointer { input in
      unsafe weight.withUnsafeBufferPointer { weight in
        unsafe output.withUnsafeMutableBufferPointer { output in
          guard let input = input.baseAddress, let weight = weight.baseAddress,
            let output = output.baseAddress
          else { return }
          let biases = panelBiases(bias)
          unsafe convolveDirectly(input, weight, bias: biases, into: output, shape)
        }
      }
    }
  }

  /// The gradient by the images; contract: `Naive.convolutionInputGradient`.
  public static func convolutionInputGradient(
    _ outputGradient: Span<Scalar>, _ weight: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>, _ shape: ConvolutionShape, accumulating: Bool
  ) {
    shape.check(
      "Fast.convolutionInputGradient", input: inputGradient.count, weight: weight.count,
      output: outputGradient.count)
    unsafe outputGradient.withUnsafeBufferPointer { outputGradient in
      unsafe weight.withUnsafeBufferPointer { weight in
        unsafe inputGradient.withUnsafeMutableBufferPointer { inputGradient in
          guard let outputGradient = outputGradient.baseAddress, let weight = weight.baseAddress,
            let inputGradient = inputGradient.baseAddress
          else { return }
          unsafe inputGradientDirectly(
            outputGradient, weight, into: inputGradient, shape, accumulating: accumulating)
        }
      }
    }
  }

  /// The gradient by the weights; contract: `Naive.convolutionWeightGradient`.
  public static func convolutionWeightGradient(
    _ input: Span<Scalar>, _ outputGradient: Span<Scalar>,
    into weightGradient: inout MutableSpan<Scalar>, _ shape: ConvolutionShape, accumulating: Bool
  ) {
    shape.check(
      "Fast.convolutionWeightGradient", input: input.count, weight: weightGradient.count,
      output: outputGradient.count)
    if !accumulating { weightGradient.update(repeating: 0) }
    unsafe input.withUnsafeBufferPointer { input in
      unsafe outputGradient.withUnsafeBufferPointer { outputGradient in
        unsafe weightGradient.withUnsafeMutableBufferPointer { weightGradient in
          guard let input = input.baseAddress, let outputGradient = outputGradient.baseAddress,
            let weightGradient = weightGradient.baseAddress
          else { return }
          unsafe DirectWeightGradient(shape).compute(
            input, outputGradient, addingTo: weightGradient)
        }
      }
    }
  }

  /// Direct, for any shape.
  private static func convolveDirectly(
    _ input: UnsafePointer<Scalar>, _ weight: UnsafePointer<Scalar>, bias: [Scalar]?,
    into output: UnsafeMutablePointer<Scalar>, _ shape: ConvolutionShape
  ) {
    let rows = shape.geometry.outputRows
    let columns = shape.geometry.outputColumns
    let panels = unsafe KernelPanels(
      weight, shape, rows: rows, columns: columns, transposed: false)
    defer { panels.deallocate() }
    let direct = DirectConvolution(
      from: shape.input, to: shape.output, rows: rows, columns: columns, panels: panels)
    unsafe direct.compute(input, bias: bias, into: output, accumulating: false)
  }

  /// Direct, for any shape: with a stride of s every s-th row and column of the input has the same taps, so
  /// this is s² convolutions, each with a part of the kernel turned over.
  private static func inputGradientDirectly(
    _ outputGradient: UnsafePointer<Scalar>, _ weight: UnsafePointer<Scalar>,
    into inputGradient: UnsafeMutablePointer<Scalar>, _ shape: ConvolutionShape, accumulating: Bool
  ) {
    for rows in shape.geometry.inputRows {
      for columns in shape.geometry.inputColumns {
        let panels = unsafe KernelPanels(
          weight, shape, rows: rows, columns: columns, transposed: true)
        defer { panels.deallocate() }
        let direct = DirectConvolution(
          from: shape.output, to: shape.input, rows: rows, columns: columns, panels: panels)
        unsafe direct.compute(
          outputGradient, bias: nil, into: inputGradient, accumulating: accumulating)
      }
    }
  }

  /// The biases filled up with zeros to whole panels.
  private static func panelBiases(_ bias: Span<Scalar>) -> [Scalar]? {
    guard !bias.isEmpty else { return nil }
    let count = bias.count.roundedUp(toMultipleOf: MatrixProductTile.columns)
    return (0..<count).map { $0 < bias.count ? bias[$0] : 0 }
  }

  /// The convolution of nothing.
  private static func addBias(_ bias: Span<Scalar>, to output: inout MutableSpan<Scalar>) {
    for index in output.indices { output[index] = bias.isEmpty ? 0 : bias[index % bias.count] }
  }
}

extension WindowGeometry {
  /// How the rows of the output read those of the input.
  var outputRows: ConvolutionAxis {
    ConvolutionAxis(
      outputs: outputHeight, kernel: window.size.height, stride: window.stride.height,
      dilation: window.dilation.height, padding: top)
  }

  /// How the columns of the output read those of the input.
  var outputColumns: ConvolutionAxis {
    ConvolutionAxis(
      outputs: outputWidth, kernel: window.size.width, stride: window.stride.width,
      dilation: window.dilation.width, padding: left)
  }

  /// How the rows of the input's gradient read those of the output's.
  var inputRows: [ConvolutionAxis] {
    (0..<window.stride.height).map {
      ConvolutionAxis(
        phase: $0, inputs: input.height, kernel: window.size.height,
        stride: window.stride.height, dilation: window.dilation.height, padding: top)
    }
  }

  /// How the columns of the input's gradient read those of the output's.
  var inputColumns: [ConvolutionAxis] {
    (0..<window.stride.width).map {
      ConvolutionAxis(
        phase: $0, inputs: input.width, kernel: window.size.width,
        stride: window.stride.width, dilation: window.dilation.width, padding: left)
    }
  }
}
