import KernelSupport

extension Naive {
  /// The largest element of every window, channel by channel.
  ///
  ///     for n in 0..<batch { for y in 0..<outputHeight { for x in 0..<outputWidth { for c in 0..<channels {
  ///       output[n, y, x, c] = max_{i, j}
  ///         input[n, y · stride + i · dilation − top, x · stride + j · dilation − left, c]
  ///     } } } }
  ///
  /// Padding takes no part: where an image is negative, so is the maximum at its border. NaN is larger than
  /// any number.
  ///
  /// - Parameters:
  ///   - input: the images, [batch, height, width, channel].
  ///   - output: the maxima, [batch, output height, output width, channel].
  ///   - shape: the sizes.
  ///
  /// Source: Ranzato, Huang, Boureau and LeCun, "Unsupervised Learning of Invariant Feature Hierarchies with
  /// Applications to Object Recognition", CVPR 2007.
  public static func maxPooling(
    _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, _ shape: PoolingShape
  ) {
    shape.check("Naive.maxPooling", input: input.count, output: output.count)
    shape.forEachOutput { index, n, y, x, c in
      output[index] = input[shape.largest(input, n, y, x, c)]
    }
  }

  /// The pullback of `maxPooling`: the largest element of a window gets all of the output's gradient.
  ///
  ///     for n, y, x, c {
  ///       inputGradient[n, where the maximum of output[n, y, x, c] lies, c] += outputGradient[n, y, x, c]
  ///     }
  ///
  /// Among equals that is the first one in reading order, row by row; among several NaN the last one.
  ///
  /// - Parameters:
  ///   - input: the images, [batch, height, width, channel]: the winners are looked for once more.
  ///   - outputGradient: ∂L/∂output, [batch, output height, output width, channel].
  ///   - inputGradient: ∂L/∂input, [batch, height, width, channel].
  ///   - shape: the sizes.
  ///   - accumulating: whether the gradient is added to what `inputGradient` holds.
  public static func maxPoolingBackward(
    _ input: Span<Scalar>, _ outputGradient: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>, _ shape: PoolingShape, accumulating: Bool
  ) {
    shape.check("Naive.maxPoolingBackward", input: input.count, output: outputGradient.count)
    shape.check(
      "Naive.maxPoolingBackward", input: inputGradient.count, output: outputGradient.count)
    if !accumulating { inputGradient.update(repeating: 0) }
    shape.forEachOutput { index, n, y, x, c in
      inputGradient[shape.largest(input, n, y, x, c)] += outputGradient[index]
    }
  }
}

extension PoolingShape {
  /// Calls `body` for every element of the output, with its index and its coordinates.
  @inline(__always)
  func forEachOutput(
    _ body: (_ index: Int, _ image: Int, _ y: Int, _ x: Int, _ channel: Int) -> Void
  ) {
    var index = 0
    for n in 0..<output.batch {
      for y in 0..<output.height {
        for x in 0..<output.width {
          for c in 0..<output.channels {
            body(index, n, y, x, c)
            index += 1
          }
        }
      }
    }
  }

  /// Calls `body` with the index of every input element that an element of the output is made of.
  @inline(__always)
  func forEachInput(
    _ image: Int, _ y: Int, _ x: Int, _ channel: Int, _ body: (_ index: Int) -> Void
  ) {
    for i in 0..<geometry.window.size.height {
      for j in 0..<geometry.window.size.width {
        guard let pixel = geometry.pixel(image, y, x, tap: i, j) else { continue }
        body(pixel * input.channels + channel)
      }
    }
  }

  /// The index of the largest element of a window.
  fileprivate func largest(
    _ elements: Span<Scalar>, _ image: Int, _ y: Int, _ x: Int, _ channel: Int
  ) -> Int {
    var winner: Int?
    forEachInput(image, y, x, channel) { index in
      guard let best = winner else {
        winner = index
        return
      }
      if elements[index] > elements[best] || elements[index].isNaN { winner = index }
    }
    return winner ?? 0
  }
}

extension Fast {
  /// The largest element of every window; contract: `Naive.maxPooling`.
  public static func maxPooling(
    _ input: Span<Scalar>, into output: inout MutableSpan<Scalar>, _ shape: PoolingShape
  ) {
    shape.check("Fast.maxPooling", input: input.count, output: output.count)
    let plan = PoolingPlan(shape)
    let rowLength = plan.outputRowLength
    guard rowLength > 0 else { return }
    output.forEachBlock(of: PoolingPlan.blockLength(rowLength: rowLength)) { start, block in
      let rows = start / rowLength..<(start + block.count) / rowLength
      plan.forEachWindow(ofOutputRows: rows) { window in
        forEachVector(of: plan.channels) { c, isPart in
          var best = Vector(repeating: -.infinity)
          for i in window.rows {
            for j in window.columns {
              let index = window.first &+ i &* plan.rowStep &+ j &* plan.columnStep &+ c
              let element = input.vector(at: index, isPart: isPart)
              best.replace(with: element, where: (element .> best) .| (element .!= element))
            }
          }
          block.store(
            best, at: window.output &- start &+ c, lanes: plan.channels &- c, isPart: isPart)
        }
      }
    }
  }

  /// The pullback of `maxPooling`; contract: `Naive.maxPoolingBackward`.
  public static func maxPoolingBackward(
    _ input: Span<Scalar>, _ outputGradient: Span<Scalar>,
    into inputGradient: inout MutableSpan<Scalar>, _ shape: PoolingShape, accumulating: Bool
  ) {
    shape.check("Fast.maxPoolingBackward", input: input.count, output: outputGradient.count)
    shape.check(
      "Fast.maxPoolingBackward", input: inputGradient.count, output: outputGradient.count)
    let plan = PoolingPlan(shape)
    let rowLength = plan.inputRowLength
    guard rowLength > 0 else { return }
    inputGradient.forEachBlock(of: PoolingPlan.blockLength(rowLength: rowLength)) { start, block in
      if !accumulating { block.update(repeating: 0) }
      let rows = start / rowLength..<(start + block.count) / rowLength
      plan.forEachWindow(onInputRows: rows) { window, rows in
        forEachVector(of: plan.channels) { c, isPart in
          var best = Vector(repeating: -.infinity)
          var winner = Vector.zero
          var number: Scalar = 0
          for i in window.rows {
            for j in window.columns {
              let index = window.first &+ i &* plan.rowStep &+ j &* plan.columnStep &+ c
              let element = input.vector(at: index, isPart: isPart)
              let wins = (element .> best) .| (element .!= element)
              best.replace(with: element, where: wins)
              winner.replace(with: number, where: wins)
              number += 1
            }
          }
          let gradient = outputGradient.vector(at: window.output &+ c, isPart: isPart)
          let lanes = plan.channels &- c
          number = Scalar((rows.lowerBound &- window.rows.lowerBound) &* window.columns.count)
          for i in rows {
            for j in window.columns {
              let index = window.first &+ i &* plan.rowStep &+ j &* plan.columnStep &+ c &- start
              let share = gradient.replacing(with: 0, where: winner .!= number)
              block.store(
                block.span.vector(at: index, isPart: isPart) + share, at: index, lanes: lanes,
                isPart: isPart)
              number += 1
            }
          }
        }
      }
    }
  }
}
