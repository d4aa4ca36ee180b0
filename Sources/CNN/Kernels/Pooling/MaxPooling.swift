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

/// From the definition to the fast kernel, one thread, 2×2 on 64 images of 26×26×32 (and 3×3, stride 2, on
/// 8 of 112×112×64), forward and backward:
///
/// 1. The definition: every tap of every element is looked up.   11.8 and 12.3 ms   (98 and 114 ms)
/// 2. Eight channels at a time, down the taps that lie on the
///    image: which these are is found once, for rows and columns.  0.54 and 1.2 ms   (3.7 and 10.6 ms)
///
/// Backward, a thread owns rows of the input, clears them and visits the windows that touch them. Where
/// windows overlap, those at the seam between two threads' rows are looked at twice. The winner is found
/// anew: to remember its number would cost as much memory as the output.
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
      for row in start / rowLength..<(start &+ block.count) / rowLength {
        for column in 0..<plan.geometry.outputWidth {
          let window = plan.window(row, column)
          let pixel = window.output &- start
          var c = 0
          while c &+ Vector.scalarCount <= plan.channels {
            block.store(largest(input, window, plan, c, isPart: false).element, at: pixel &+ c)
            c &+= Vector.scalarCount
          }
          if c < plan.channels {
            block.store(
              largest(input, window, plan, c, isPart: true).element, at: pixel &+ c,
              lanes: plan.channels &- c)
          }
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
      let rows = start / rowLength..<(start &+ block.count) / rowLength
      for (row, taps) in plan.outputRows(onInputRows: rows) {
        for column in 0..<plan.geometry.outputWidth {
          let window = plan.window(row, column)
          var c = 0
          while c &+ Vector.scalarCount <= plan.channels {
            let winner = largest(input, window, plan, c, isPart: false).tap
            let gradient = outputGradient.vector(at: window.output &+ c)
            var tap = Scalar((taps.lowerBound &- window.rows.lowerBound) &* window.columns.count)
            for i in taps {
              var index = plan.index(window, i, c) &- start
              for _ in window.columns {
                let share = gradient.replacing(with: 0, where: winner .!= tap)
                block.store(block.vector(at: index) + share, at: index)
                index &+= plan.columnStep
                tap += 1
              }
            }
            c &+= Vector.scalarCount
          }
          while c < plan.channels {
            let winner = largest(input, window, plan, c, isPart: true).tap[0]
            let number = Int(winner)
            let i = window.rows.lowerBound &+ number / window.columns.count
            if taps.contains(i) {
              let index = plan.index(window, i, c) &- start
              block[index &+ number % window.columns.count &* plan.columnStep] +=
                outputGradient[window.output &+ c]
            }
            c &+= 1
          }
        }
      }
    }
  }

  /// The largest of the elements under a window's taps in eight channels, and its tap's number among
  /// those on the image.
  @inline(__always)
  private static func largest(
    _ input: Span<Scalar>, _ window: PlacedWindow, _ plan: PoolingPlan, _ channel: Int,
    isPart: Bool
  ) -> (element: Vector, tap: Vector) {
    var best = Vector(repeating: -.infinity)
    var winner = Vector.zero
    var tap: Scalar = 0
    for i in window.rows {
      var index = plan.index(window, i, channel)
      for _ in window.columns {
        let element = isPart ? input.paddedVector(at: index) : input.vector(at: index)
        let wins = (element .> best) .| (element .!= element)
        best.replace(with: element, where: wins)
        winner.replace(with: tap, where: wins)
        index &+= plan.columnStep
        tap += 1
      }
    }
    return (best, winner)
  }
}
