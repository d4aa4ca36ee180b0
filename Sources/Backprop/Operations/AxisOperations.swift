import KernelSupport

// Sums along a dimension and copies along one, each the other's pullback, and maxima.

extension Variable {
  /// The sums along a dimension, which disappears.
  ///
  ///     y[o, i] = Σ_l x[o, l, i]
  ///
  /// - Parameter axis: the dimension's number; −1 is the last one.
  public func sum(axis: Int) -> Variable {
    let axis = dimension("sum", axis)
    let layout = AxisLayout(value.shape, axis: axis)
    let (x, kernels) = (value.elements, Backend.current.axis)
    let (shape, arithmetic) = (value.shape, Backend.current.arithmetic)
    var reduced = shape
    reduced.remove(at: axis)
    let y = Tensor(shape: reduced) {
      kernels.axisSums(x.span, into: &$0, layout, accumulating: false)
    }
    return Variable(y, from: [self]) { [self] gradient in
      let upstream = gradient.elements
      accumulateGradient { sums, accumulating in
        guard accumulating else {
          return kernels.axisCopies(upstream.span, into: &sums, layout)
        }
        let copies = Tensor(shape: shape) { kernels.axisCopies(upstream.span, into: &$0, layout) }
        arithmetic.add(copies.elements.span, to: &sums)
      }
    }
  }

  /// The means along a dimension, which disappears.
  ///
  /// - Parameter axis: the dimension's number; −1 is the last one; its length is at least 1.
  public func mean(axis: Int) -> Variable {
    let length = value.shape[dimension("mean", axis)]
    precondition(length >= 1, "mean: nothing along dimension \(axis) of \(value.shape)")
    return 1 / Scalar(length) * sum(axis: axis)
  }

  /// The mean of all elements: a single number; there is at least one.
  public func mean() -> Variable {
    precondition(value.count >= 1, "mean: a variable of shape \(value.shape) has no elements")
    return 1 / Scalar(value.count) * sum()
  }

  /// The maxima along a dimension, which disappears; a gradient goes to the first of equals.
  ///
  ///     y[o, i] = max_l x[o, l, i]
  ///
  /// - Parameter axis: the dimension's number; −1 is the last one; its length is at least 1.
  /// - Returns: NaN where one of the elements is.
  public func maximum(axis: Int) -> Variable {
    let axis = dimension("maximum", axis)
    precondition(
      value.shape[axis] >= 1, "maximum: nothing along dimension \(axis) of \(value.shape)")
    let layout = AxisLayout(value.shape, axis: axis)
    let (x, kernels) = (value.elements, Backend.current.axisMaximum)
    var reduced = value.shape
    reduced.remove(at: axis)
    let y = Tensor(shape: reduced) { kernels.axisMaxima(x.span, into: &$0, layout) }
    let maxima = y.elements
    return Variable(y, from: [self]) { [self] gradient in
      let upstream = gradient.elements
      accumulateGradient {
        kernels.axisMaximaBackward(
          x.span, maxima: maxima.span, upstream.span, into: &$0, layout, accumulating: $1)
      }
    }
  }

  /// The maximum of all elements: a single number; there is at least one.
  public func maximum() -> Variable { reshaped([value.count]).maximum(axis: 0) }

  /// The same elements in a larger shape: dimensions of length 1 are copied as often as it takes.
  ///
  /// Dimensions are matched from the last one on, and those that are missing in front are of length 1.
  ///
  /// - Parameter shape: equal to this variable's in every dimension where that is not 1.
  ///
  /// Source: the rule is NumPy's; Harris et al., "Array programming with NumPy", Nature 585, 2020.
  public func broadcast(to shape: [Int]) -> Variable {
    let missing = shape.count - value.shape.count
    precondition(
      missing >= 0
        && value.shape.indices.allSatisfy {
          value.shape[$0] == 1 || value.shape[$0] == shape[missing + $0]
        }, "broadcast: \(value.shape) to \(shape)")
    var result = self
    for axis in shape.indices.reversed() where axis < missing || value.shape[axis - missing] == 1 {
      guard axis < missing || shape[axis] != 1 else { continue }
      result = result.copied(shape[axis], replacing: axis - missing)
    }
    return result
  }

  /// Copies along a dimension of length 1, or along a new one in front of all.
  private func copied(_ count: Int, replacing axis: Int) -> Variable {
    var shape = value.shape
    if axis >= 0 { shape[axis] = count } else { shape.insert(count, at: 0) }
    let layout = AxisLayout(shape, axis: max(axis, 0))
    let (x, kernels) = (value.elements, Backend.current.axis)
    let y = Tensor(shape: shape) { kernels.axisCopies(x.span, into: &$0, layout) }
    return Variable(y, from: [self]) { [self] gradient in
      let upstream = gradient.elements
      accumulateGradient {
        kernels.axisSums(upstream.span, into: &$0, layout, accumulating: $1)
      }
    }
  }
}
