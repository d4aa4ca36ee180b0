import Backprop
import KernelSupport

/// The way from the definition of convolution to the fast kernel, one idea a rung.
///
/// Every rung computes the same convolution without a bias, up to rounding. Chapter 4 measures what each of
/// them gains, and what it loses in precision.
public enum ConvolutionLadder {
  /// A rung: images and a kernel go in, the outputs come out.
  public typealias Rung =
    @Sendable (
      _ input: Span<Scalar>, _ weight: Span<Scalar>, _ output: inout MutableSpan<Scalar>,
      _ shape: ConvolutionShape
    ) -> Void

  /// The rungs from the bottom to the top, by name.
  public static let rungs: [(name: String, function: Rung)] = [
    ("seven loops", { sevenLoops($0, $1, into: &$2, $3) }),
    ("im2col and product", { columnsAndProduct($0, $1, into: &$2, $3) }),
    ("direct tiles", { directTiles($0, $1, into: &$2, $3) }),
    ("Winograd", { winograd($0, $1, into: &$2, $3) }),
  ]

  /// The definition.
  ///
  /// - Parameters:
  ///   - input: the images, [batch, height, width, in].
  ///   - weight: the kernel, [kernel height, kernel width, in, out].
  ///   - output: the result, [batch, output height, output width, out].
  ///   - shape: the sizes.
  public static func sevenLoops(
    _ input: Span<Scalar>, _ weight: Span<Scalar>, into output: inout MutableSpan<Scalar>,
    _ shape: ConvolutionShape
  ) {
    Naive.convolution(input, weight, bias: Span(), into: &output, shape)
  }

  /// One matrix product, of the matrix whose rows are the windows and the kernel as it lies in memory.
  ///
  /// A pixel is copied once for every window that it lies in: for a 3×3 kernel the matrix is nine times as
  /// large as the images.
  ///
  /// - Parameters:
  ///   - input: the images, [batch, height, width, in].
  ///   - weight: the kernel, [kernel height, kernel width, in, out].
  ///   - output: the result, [batch, output height, output width, out].
  ///   - shape: the sizes.
  ///
  /// Source: Chellapilla, Puri and Simard, "High Performance Convolutional Neural Networks for Document
  /// Processing", 2006.
  public static func columnsAndProduct(
    _ input: Span<Scalar>, _ weight: Span<Scalar>, into output: inout MutableSpan<Scalar>,
    _ shape: ConvolutionShape
  ) {
    shape.check(
      "columnsAndProduct", input: input.count, weight: weight.count, output: output.count)
    let windows = imageToColumns(input, shape)
    Fast.matrixProduct(
      windows.span, weight, into: &output,
      MatrixProductShape(
        rows: shape.output.count / shape.outputChannels, columns: shape.outputChannels,
        inner: shape.inner), accumulating: false)
  }

  /// The matrix of all windows: a row for every pixel of the output, [tap row, tap column, channel] along it.
  ///
  ///     row(n, y, x)[i, j, c] = input[n, y · stride + i · dilation − top, x · stride + j · dilation − left, c]
  ///
  /// - Parameters:
  ///   - input: the images, [batch, height, width, in].
  ///   - shape: the sizes.
  /// - Returns: output pixels × (kernel height · kernel width · in) numbers; 0 for padding.
  public static func imageToColumns(_ input: Span<Scalar>, _ shape: ConvolutionShape) -> [Scalar] {
    let (results, kernel) = (shape.output, shape.geometry.window.size)
    let channels = shape.input.channels
    var matrix = [Scalar](
      repeating: 0, count: results.count / shape.outputChannels * shape.inner)
    var rest = matrix.mutableSpan
    var first = 0
    for n in 0..<results.batch {
      for y in 0..<results.height {
        for x in 0..<results.width {
          for i in 0..<kernel.height {
            for j in 0..<kernel.width {
              if let pixel = shape.geometry.pixel(n, y, x, tap: i, j) {
                let colors = input.extracting(pixel * channels..<(pixel + 1) * channels)
                for c in colors.indices { rest[first + c] = colors[c] }
              }
              first += channels
            }
          }
        }
      }
    }
    return matrix
  }

  /// Register tiles that read the images where they lie, on all threads.
  ///
  /// - Parameters:
  ///   - input: the images, [batch, height, width, in].
  ///   - weight: the kernel, [kernel height, kernel width, in, out].
  ///   - output: the result, [batch, output height, output width, out].
  ///   - shape: the sizes.
  public static func directTiles(
    _ input: Span<Scalar>, _ weight: Span<Scalar>, into output: inout MutableSpan<Scalar>,
    _ shape: ConvolutionShape
  ) {
    shape.check("directTiles", input: input.count, weight: weight.count, output: output.count)
    unsafe Fast.withPointers(input, weight, &output) { input, weight, output in
      unsafe DirectConvolution.forward(input, weight, bias: nil, into: output, shape)
    }
  }

  /// Winograd's F(2×2, 3×3), on all threads: 16 multiplications where the others take 36.
  ///
  /// - Parameters:
  ///   - input: the images, [batch, height, width, in].
  ///   - weight: the kernel, [3, 3, in, out].
  ///   - output: the result, [batch, output height, output width, out].
  ///   - shape: the sizes; the stride and the dilation are 1, and eight divides the numbers of channels.
  public static func winograd(
    _ input: Span<Scalar>, _ weight: Span<Scalar>, into output: inout MutableSpan<Scalar>,
    _ shape: ConvolutionShape
  ) {
    shape.check("winograd", input: input.count, weight: weight.count, output: output.count)
    precondition(
      Winograd.computes(shape),
      "winograd: weights \(shape.weightSizes), stride \(shape.geometry.window.stride), expected a 3×3 "
        + "kernel, a stride of 1 and multiples of 8 channels")
    unsafe Fast.withPointers(input, weight, &output) { input, weight, output in
      unsafe WinogradConvolution.forward(input, weight, bias: nil, into: output, shape)
    }
  }
}
