import KernelSupport

extension Naive {
  /// The mean of every window, channel by channel.
  ///
  ///     for n in 0..<batch { for y in 0..<outputHeight { for x in 0..<outputWidth { for c in 0..<channels {
  ///       output[n, y, x, c] = 1/count · Σ_{i, j}
  ///         input[n, y · stride + i · dilation − top, x · stride + j · dilation − left, c]
  ///     } } } }
  ///
  /// Padding adds nothing to the sum. It may count, so that every window has the same divisor, or not, so
  /// that the mean of a constant image is that constant at the border too.
  ///
  /// - Parameters:
  ///   - input: the images, [batch, height, width, channel].
  ///   - output: the means, [batch, output height, output width, channel].
  ///   - shape: the sizes.
  ///   - countsPadding: whether `count` is all taps of the window, or those on the image.
  ///
  /// Source: LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition",
  /// Proceedings of the IEEE 86, 1998: the subsampling of LeNet-5.
  public static func averagePooling(
    _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, _ shape: PoolingShape,
    countsPadding: Bool
  ) {
    shape.check("Naive.averagePooling", input: input.count, output: output.count)
    shape.forEachOutput { index, n, y, x, c in
      var sum: Scalar = 0
      shape.forEachInput(n, y, x, c) { sum += input[$0] }
      output[index] = sum / shape.divisor(y, x, countsPadding: countsPadding)
    }
  }

  /// The pullback of `averagePooling`: all elements of a window get the same share.
  ///
  ///     for n, y, x, c, i, j {
  ///       inputGradient[n, y · stride + i · dilation − top, x · stride + j · dilation − left, c]
  ///         += outputGradient[n, y, x, c] / count
  ///     }
  ///
  /// - Parameters:
  ///   - outputGradient: ∂L/∂output, [batch, output height, output width, channel].
  ///   - inputGradient: ∂L/∂input, [batch, height, width, channel].
  ///   - shape: the sizes.
  ///   - countsPadding: whether `count` is all taps of the window, or those on the image.
  ///   - accumulating: whether the gradient is added to what `inputGradient` holds.
  public static func averagePoolingBackward(
    _ outputGradient: Span<Scalar>, into inputGradient: inout MutableSpan<Scalar>,
    _ shape: PoolingShape, countsPadding: Bool, accumulating: Bool
  ) {
    shape.check(
      "Naive.averagePoolingBackward", input: inputGradient.count, output: outputGradient.count)
    if !accumulating { inputGradient.update(repeating: 0) }
    shape.forEachOutput { index, n, y, x, c in
      let share = outputGradient[index] / shape.divisor(y, x, countsPadding: countsPadding)
      shape.forEachInput(n, y, x, c) { inputGradient[$0] += share }
    }
  }
}

extension PoolingShape {
  /// What the sum of a window is divided by.
  fileprivate func divisor(_ y: Int, _ x: Int, countsPadding: Bool) -> Scalar {
    let size = geometry.window.size
    if countsPadding { return Scalar(size.height * size.width) }
    return Scalar(geometry.rowTaps(y).count * geometry.columnTaps(x).count)
  }
}

extension Fast {
  /// The mean of every window; contract: `Naive.averagePooling`.
  public static func averagePooling(
    _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, _ shape: PoolingShape,
    countsPadding: Bool
  ) {
    shape.check("Fast.averagePooling", input: input.count, output: output.count)
    let plan = PoolingPlan(shape)
    let rowLength = plan.outputRowLength
    guard rowLength > 0 else { return }
    output.forEachBlock(of: PoolingPlan.blockLength(rowLength: rowLength)) { start, block in
      let rows = start / rowLength..<(start + block.count) / rowLength
      plan.forEachWindow(ofOutputRows: rows) { window in
        let divisor = plan.divisor(window, countsPadding: countsPadding)
        forEachVector(of: plan.channels) { c, isPart in
          var sum = Vector.zero
          for i in window.rows {
            for j in window.columns {
              let index = window.first &+ i &* plan.rowStep &+ j &* plan.columnStep &+ c
              sum += input.vector(at: index, isPart: isPart)
            }
          }
          block.store(
            sum / divisor, at: window.output &- start &+ c, lanes: plan.channels &- c,
            isPart: isPart)
        }
      }
    }
  }

  /// The pullback of `averagePooling`; contract: `Naive.averagePoolingBackward`.
  public static func averagePoolingBackward(
    _ outputGradient: Span<Scalar>, into inputGradient: inout MutableSpan<Scalar>,
    _ shape: PoolingShape, countsPadding: Bool, accumulating: Bool
  ) {
    shape.check(
      "Fast.averagePoolingBackward", input: inputGradient.count, output: outputGradient.count)
    let plan = PoolingPlan(shape)
    let rowLength = plan.inputRowLength
    guard rowLength > 0 else { return }
    inputGradient.forEachBlock(of: PoolingPlan.blockLength(rowLength: rowLength)) { start, block in
      if !accumulating { block.update(repeating: 0) }
      let rows = start / rowLength..<(start + block.count) / rowLength
      plan.forEachWindow(onInputRows: rows) { window, rows in
        let divisor = plan.divisor(window, countsPadding: countsPadding)
        forEachVector(of: plan.channels) { c, isPart in
          let share = outputGradient.vector(at: window.output &+ c, isPart: isPart) / divisor
          for i in rows {
            for j in window.columns {
              let index = window.first &+ i &* plan.rowStep &+ j &* plan.columnStep &+ c &- start
              let sum = block.span.vector(at: index, isPart: isPart) + share
              block.store(sum, at: index, lanes: plan.channels &- c, isPart: isPart)
            }
          }
        }
      }
    }
  }
}

extension PoolingPlan {
  /// What the sum of a window is divided by.
  @inline(__always)
  fileprivate func divisor(_ window: PlacedWindow, countsPadding: Bool) -> Scalar {
    let size = geometry.window.size
    return Scalar(
      countsPadding ? size.height &* size.width : window.rows.count &* window.columns.count)
  }
}
