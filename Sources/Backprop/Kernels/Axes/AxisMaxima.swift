import KernelSupport

/// The kernels of the maximum along one dimension.
///
/// `Naive` holds the contract of both operations and their definitions; `Fast` does the same, to the bit.
public protocol AxisMaximumKernels {
  /// The maxima along a dimension; contract: `Naive.axisMaxima`.
  static func axisMaxima(
    _ x: Span<Scalar>, into maxima: inout MutableSpan<Scalar>, _ layout: AxisLayout)

  /// Its pullback; contract: `Naive.axisMaximaBackward`.
  static func axisMaximaBackward(
    _ x: Span<Scalar>, maxima: Span<Scalar>, _ upstream: Span<Scalar>,
    into gradient: inout MutableSpan<Scalar>, _ layout: AxisLayout, accumulating: Bool)
}

extension Naive: AxisMaximumKernels {}
extension Fast: AxisMaximumKernels {}

extension Backend {
  /// This backend's kernels of maxima along dimensions.
  public var axisMaximum: any AxisMaximumKernels.Type { self == .naive ? Naive.self : Fast.self }
}

extension Naive {
  /// The maxima along a dimension.
  ///
  ///     maxima[o, i] = max_l x[o, l, i]
  ///
  /// - Parameters:
  ///   - x: outer × length × inner.
  ///   - maxima: outer × inner; NaN where one of the elements is.
  ///   - layout: the dimension, of length 1 or more.
  public static func axisMaxima(
    _ x: Span<Scalar>, into maxima: inout MutableSpan<Scalar>, _ layout: AxisLayout
  ) {
    layout.checkMaxima("Naive.axisMaxima", whole: x.count, reduced: maxima.count)
    for o in 0..<layout.outer {
      for i in 0..<layout.inner {
        var largest = x[o * layout.length * layout.inner + i]
        for l in 1..<layout.length {
          largest = .largerOrNaN(largest, x[(o * layout.length + l) * layout.inner + i])
        }
        maxima[o * layout.inner + i] = largest
      }
    }
  }

  /// The gradient of the maxima goes to where each was found: to the first of equals.
  ///
  ///     gradient[o, l, i] = (accumulating ? gradient[o, l, i] : 0) + (l is the first with x[o, l, i] = maxima[o, i] ? upstream[o, i] : 0)
  ///
  /// - Parameters:
  ///   - x: outer × length × inner.
  ///   - maxima: outer × inner, as `axisMaxima` found them.
  ///   - upstream: outer × inner.
  ///   - gradient: outer × length × inner. A NaN's gradient goes to the first NaN.
  ///   - layout: the dimension, of length 1 or more.
  ///   - accumulating: whether the gradient is added to what `gradient` holds.
  public static func axisMaximaBackward(
    _ x: Span<Scalar>, maxima: Span<Scalar>, _ upstream: Span<Scalar>,
    into gradient: inout MutableSpan<Scalar>, _ layout: AxisLayout, accumulating: Bool
  ) {
    layout.checkMaxima("Naive.axisMaximaBackward", whole: x.count, reduced: maxima.count)
    layout.checkMaxima(
      "Naive.axisMaximaBackward", whole: gradient.count, reduced: upstream.count)
    if !accumulating { gradient.update(repeating: 0) }
    for o in 0..<layout.outer {
      scatterMaxima(o, x, maxima, upstream, &gradient, at: 0, layout)
    }
  }

  /// Adds the upstream gradient of one outer index where its maxima are.
  ///
  /// - Parameter first: where the outer index `o` begins in `gradient`.
  fileprivate static func scatterMaxima(
    _ o: Int, _ x: Span<Scalar>, _ maxima: Span<Scalar>, _ upstream: Span<Scalar>,
    _ gradient: inout MutableSpan<Scalar>, at first: Int, _ layout: AxisLayout
  ) {
    for i in 0..<layout.inner {
      let largest = maxima[o * layout.inner + i]
      for l in 0..<layout.length {
        let index = (o * layout.length + l) * layout.inner + i
        guard x[index] == largest || x[index].isNaN else { continue }
        gradient[index - first] += upstream[o * layout.inner + i]
        break
      }
    }
  }
}

extension Fast {
  /// The maxima along a dimension; contract: `Naive.axisMaxima`. Rows of what follows it are compared as vectors.
  public static func axisMaxima(
    _ x: Span<Scalar>, into maxima: inout MutableSpan<Scalar>, _ layout: AxisLayout
  ) {
    layout.checkMaxima("Fast.axisMaxima", whole: x.count, reduced: maxima.count)
    let (length, inner) = (layout.length, layout.inner)
    guard maxima.count > 0 else { return }
    maxima.forEachBlock(of: rowsPerBlock(length * inner) * inner) { start, block in
      for row in 0..<block.count / inner {
        var largest = block._mutatingExtracting(row * inner..<(row + 1) * inner)
        let first = (start / inner + row) * length * inner
        for i in largest.indices { largest[i] = x[first + i] }
        for l in 1..<length {
          let next = x.extracting(first + l * inner..<first + (l + 1) * inner)
          for i in largest.indices { largest[i] = .largerOrNaN(largest[i], next[i]) }
        }
      }
    }
  }

  /// The pullback of `axisMaxima`; contract: `Naive.axisMaximaBackward`. Threads share the outer indices.
  public static func axisMaximaBackward(
    _ x: Span<Scalar>, maxima: Span<Scalar>, _ upstream: Span<Scalar>,
    into gradient: inout MutableSpan<Scalar>, _ layout: AxisLayout, accumulating: Bool
  ) {
    layout.checkMaxima("Fast.axisMaximaBackward", whole: x.count, reduced: maxima.count)
    layout.checkMaxima("Fast.axisMaximaBackward", whole: gradient.count, reduced: upstream.count)
    let size = layout.length * layout.inner
    guard gradient.count > 0 else { return }
    gradient.forEachBlock(of: rowsPerBlock(size) * size) { start, block in
      if !accumulating { block.update(repeating: 0) }
      for o in start / size..<(start + block.count) / size {
        Naive.scatterMaxima(o, x, maxima, upstream, &block, at: start, layout)
      }
    }
  }
}

extension AxisLayout {
  fileprivate func checkMaxima(_ operation: String, whole: Int, reduced: Int) {
    check(operation, whole: whole, reduced: reduced)
    precondition(length >= 1, "\(operation): nothing along a dimension of \(outer) × 0 × \(inner)")
  }
}
