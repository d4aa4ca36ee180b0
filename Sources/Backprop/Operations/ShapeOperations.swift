import KernelSupport

// Parts of variables, variables side by side, and dimensions in another order: nothing is computed, and the
// gradients go back where the elements came from.

extension Variable {
  /// The number of a dimension; negative ones are counted from the end.
  func dimension(_ operation: String, _ axis: Int) -> Int {
    let number = axis < 0 ? value.shape.count + axis : axis
    precondition(
      value.shape.indices.contains(number),
      "\(operation): a variable of shape \(value.shape) has no dimension \(axis)")
    return number
  }

  /// A range along one dimension.
  ///
  ///     y[o, l, i] = x[o, range.lowerBound + l, i]
  ///
  /// - Parameters:
  ///   - range: at least one of the dimension's indices.
  ///   - axis: the dimension's number; −1 is the last one.
  public func sliced(_ range: Range<Int>, axis: Int) -> Variable {
    let axis = dimension("sliced", axis)
    precondition(
      !range.isEmpty && range.lowerBound >= 0 && range.upperBound <= value.shape[axis],
      "sliced: \(range) of the \(value.shape[axis]) along dimension \(axis) of \(value.shape)")
    let layout = AxisLayout(value.shape, axis: axis)
    let (x, kernels) = (value.elements, Backend.current.columns)
    let (width, first) = (layout.length * layout.inner, range.lowerBound * layout.inner)
    let count = range.count * layout.inner
    var shape = value.shape
    shape[axis] = range.count
    let y = Tensor(shape: shape) {
      kernels.takeColumns(
        x.span, width: width, at: first, into: &$0, count: count, accumulating: false)
    }
    return Variable(y, from: [self]) { [self] gradient in
      let upstream = gradient.elements
      accumulateGradient { sums, accumulating in
        if !accumulating { sums.update(repeating: 0) }
        kernels.addColumns(upstream.span, count: count, to: &sums, width: width, at: first)
      }
    }
  }

  /// Variables one after the other along a dimension.
  ///
  /// - Parameters:
  ///   - parts: at least one, of shapes that differ at most in that dimension.
  ///   - axis: the dimension's number; −1 is the last one.
  public static func concatenated(_ parts: [Variable], axis: Int) -> Variable {
    precondition(!parts.isEmpty, "concatenated: nothing to concatenate")
    let axis = parts[0].dimension("concatenated", axis)
    func others(_ shape: [Int]) -> [Int] { shape.indices.map { $0 == axis ? 0 : shape[$0] } }
    let shapes = parts.map(\.value.shape)
    precondition(
      shapes.allSatisfy { others($0) == others(shapes[0]) },
      "concatenated: shapes \(shapes), which may differ in dimension \(axis) only")
    let kernels = Backend.current.columns
    var shape = shapes[0]
    shape[axis] = shapes.reduce(0) { $0 + $1[axis] }
    let layout = AxisLayout(shape, axis: axis)
    let width = layout.length * layout.inner
    let counts = shapes.map { $0[axis] * layout.inner }
    let firsts = counts.indices.map { counts[..<$0].reduce(0, +) }
    let filled = counts.indices.filter { counts[$0] > 0 }
    var y = Tensor(shape: shape)
    for part in filled {
      let elements = parts[part].value.elements
      y.update {
        kernels.putColumns(
          elements.span, count: counts[part], into: &$0, width: width, at: firsts[part])
      }
    }
    return Variable(y, from: parts) { gradient in
      let upstream = gradient.elements
      for part in filled {
        parts[part].accumulateGradient {
          kernels.takeColumns(
            upstream.span, width: width, at: firsts[part], into: &$0, count: counts[part],
            accumulating: $1)
        }
      }
    }
  }

  /// Variables side by side along a new dimension.
  ///
  /// - Parameters:
  ///   - parts: at least one, all of the same shape.
  ///   - axis: the number that the new dimension gets; −1 makes it the last one.
  public static func stacked(_ parts: [Variable], axis: Int) -> Variable {
    precondition(!parts.isEmpty, "stacked: nothing to stack")
    let rank = parts[0].value.shape.count + 1
    let number = axis < 0 ? rank + axis : axis
    precondition(
      (0..<rank).contains(number),
      "stacked: parts of shape \(parts[0].value.shape) get no dimension \(axis)")
    return concatenated(
      parts.map { part in
        var shape = part.value.shape
        shape.insert(1, at: min(number, shape.count))
        return part.reshaped(shape)
      }, axis: number)
  }

  /// The dimensions in another order: dimension d of the result is dimension `axes[d]` of this variable.
  ///
  /// - Parameter axes: a permutation of the dimensions' numbers.
  public func permuted(_ axes: [Int]) -> Variable {
    let (x, shape, kernels) = (value.elements, value.shape, Backend.current.axis)
    precondition(
      axes.sorted() == Array(shape.indices),
      "permuted: \(axes) is no order of the dimensions of \(shape)")
    let newShape = axes.map { shape[$0] }
    let y = Tensor(shape: newShape) {
      kernels.permute(x.span, into: &$0, shape: shape, axes: axes, accumulating: false)
    }
    let inverse = axes.indices.map { axes.firstIndex(of: $0) ?? 0 }
    return Variable(y, from: [self]) { [self] gradient in
      let upstream = gradient.elements
      accumulateGradient {
        kernels.permute(
          upstream.span, into: &$0, shape: newShape, axes: inverse, accumulating: $1)
      }
    }
  }

  /// Rows of a table by number, as an embedding looks them up.
  ///
  ///     y[i, j] = table[indices[i], j];   ∂L/∂table[r, j] = Σ_{i: indices[i] = r} ∂L/∂y[i, j]
  ///
  /// - Parameter indices: numbers of rows; one may occur often.
  /// - Returns: y, [indices.count, columns].
  /// - Precondition: this variable has two dimensions.
  public func rows(at indices: [Int]) -> Variable {
    precondition(
      value.shape.count == 2, "rows(at:): a variable of shape \(value.shape) is no table")
    let (table, columns, kernels) = (value.elements, value.columns, Backend.current.rows)
    let y = Tensor(shape: [indices.count, columns]) {
      kernels.gatherRows(table.span, columns: columns, at: indices.span, into: &$0)
    }
    return Variable(y, from: [self]) { [self] gradient in
      let upstream = gradient.elements
      accumulateGradient { sums, accumulating in
        if !accumulating { sums.update(repeating: 0) }
        kernels.scatterRows(
          upstream.span, columns: columns, at: indices.span, addingTo: &sums)
      }
    }
  }
}
