import KernelSupport

/// One dimension of a convolution: which source rows the taps of each result row read.
///
///     result row i, at target row  i · targetStep + targetFirst,
///     reads source row  i · stride + shifts[t]  for every tap t
///
/// A source row that does not exist is padding. Columns work the same way. In the forward pass the source
/// is the input, and there is one axis for all rows. In the backward pass by the input the source is the
/// output's gradient, and with a stride of s every s-th row of the input has the same taps: s axes.
struct ConvolutionAxis {
  /// The number of results.
  let count: Int
  /// How far the source moves from one result to the next.
  let stride: Int
  /// The taps: indices along the kernel, in the order of their sums.
  let taps: [Int]
  /// What each tap adds to a result's place in the source.
  let shifts: [Int]
  /// The distance between results in the target.
  let targetStep: Int
  /// Where the first result lies in the target.
  let targetFirst: Int

  /// The axis of a forward pass.
  init(outputs: Int, kernel: Int, stride: Int, dilation: Int, padding: Int) {
    count = outputs
    self.stride = stride
    taps = Array(0..<kernel)
    shifts = taps.map { $0 * dilation - padding }
    targetStep = 1
    targetFirst = 0
  }

  /// The axis of those inputs whose place, padding included, leaves the remainder `phase` by the stride.
  ///
  /// Tap k of output o lies on input o · stride + k · dilation − padding. So the input i · stride + phase −
  /// padding is read by tap k, where k · dilation leaves the same remainder, of output
  /// i + (phase − k · dilation) / stride.
  ///
  /// - Parameters:
  ///   - phase: the remainder, below `stride`.
  ///   - inputs: the number of inputs.
  ///   - kernel: the number of taps.
  ///   - stride: the stride of the forward pass.
  ///   - dilation: the distance between its taps.
  ///   - padding: the padding before its first input.
  init(phase: Int, inputs: Int, kernel: Int, stride: Int, dilation: Int, padding: Int) {
    // The first place in the padded input that is no padding and has this remainder.
    let first = max(0, (padding - phase + stride - 1) / stride)
    targetFirst = first * stride + phase - padding
    targetStep = stride
    count = max(0, (inputs - targetFirst + stride - 1) / stride)
    self.stride = 1
    // Backwards, so that neighbouring taps read neighbouring sources.
    taps = (0..<kernel).reversed().filter { ($0 * dilation - phase).isMultiple(of: stride) }
    shifts = taps.map { first + (phase - $0 * dilation) / stride }
  }

  /// Whether no product belongs to this axis: a large stride leaves taps without results, where the image is
  /// small, and results without taps, where the kernel is.
  var isEmpty: Bool { count == 0 || taps.isEmpty }

  /// The source rows that results in a range read, padding included.
  func sourceRange(_ results: Range<Int>) -> Range<Int> {
    guard let low = shifts.min(), let high = shifts.max(), !results.isEmpty else { return 0..<0 }
    return results.lowerBound * stride + low..<(results.upperBound - 1) * stride + high + 1
  }

  /// Whether all taps lie side by side in the source, so that a row of them can be read in one go.
  var isContiguous: Bool { zip(shifts, shifts.dropFirst()).allSatisfy { $1 - $0 == 1 } }
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
