import KernelSupport

/// One dimension of a tensor, and how many elements lie around it: element (o, l, i) is number
/// (o · length + l) · inner + i.
public struct AxisLayout: Hashable, Sendable {
  /// The product of the dimensions before it.
  public let outer: Int
  /// Its own length.
  public let length: Int
  /// The product of the dimensions after it.
  public let inner: Int

  /// Describes a dimension of a shape.
  ///
  /// - Parameters:
  ///   - shape: the length of every dimension.
  ///   - axis: the number of one of them, in `shape.indices`.
  public init(_ shape: [Int], axis: Int) {
    precondition(
      shape.indices.contains(axis), "AxisLayout: a shape \(shape) has no dimension \(axis)")
    outer = shape[..<axis].reduce(1, *)
    length = shape[axis]
    inner = shape[(axis + 1)...].reduce(1, *)
  }

  /// The elements of the tensor.
  public var count: Int { outer * length * inner }

  /// Stops the program unless both operands have the counts that this layout asks for.
  func check(_ operation: String, whole: Int, reduced: Int) {
    precondition(
      whole == count && reduced == outer * inner,
      "\(operation): \(whole) and \(reduced) elements for \(outer) × \(length) × \(inner)")
  }
}

/// The kernels that work along one dimension, and the one that exchanges dimensions.
///
/// `Naive` holds the contract of every operation and its definition; `Fast` does the same up to rounding.
public protocol AxisKernels {
  /// The sums along a dimension; contract: `Naive.axisSums`.
  static func axisSums(
    _ x: Span<Scalar>, into sums: inout MutableSpan<Scalar>, _ layout: AxisLayout,
    accumulating: Bool)

  /// Copies along a new dimension; contract: `Naive.axisCopies`.
  static func axisCopies(
    _ x: Span<Scalar>, into y: inout MutableSpan<Scalar>, _ layout: AxisLayout)

  /// Dimensions in another order; contract: `Naive.permute`.
  static func permute(
    _ x: Span<Scalar>, into y: inout MutableSpan<Scalar>, shape: [Int], axes: [Int],
    accumulating: Bool)
}

extension Naive: AxisKernels {}
extension Fast: AxisKernels {}

extension Backend {
  /// This backend's kernels along dimensions.
  public var axis: any AxisKernels.Type { self == .naive ? Naive.self : Fast.self }
}

extension Naive {
  /// The sums along a dimension.
  ///
  ///     sums[o, i] = (accumulating ? sums[o, i] : 0) + Σ_l x[o, l, i]
  ///
  /// - Parameters:
  ///   - x: outer × length × inner.
  ///   - sums: outer × inner; an empty sum is 0.
  ///   - layout: the dimension.
  ///   - accumulating: whether the sums are added to what `sums` holds.
  public static func axisSums(
    _ x: Span<Scalar>, into sums: inout MutableSpan<Scalar>, _ layout: AxisLayout,
    accumulating: Bool
  ) {
    layout.check("Naive.axisSums", whole: x.count, reduced: sums.count)
    for o in 0..<layout.outer {
      for i in 0..<layout.inner {
        var sum: Scalar = 0
        for l in 0..<layout.length { sum += x[(o * layout.length + l) * layout.inner + i] }
        let index = o * layout.inner + i
        sums[index] = accumulating ? sums[index] + sum : sum
      }
    }
  }

  /// Copies along a new dimension: the pullback of `axisSums`.
  ///
  ///     y[o, l, i] = x[o, i]
  ///
  /// - Parameters:
  ///   - x: outer × inner.
  ///   - y: outer × length × inner.
  ///   - layout: the new dimension.
  public static func axisCopies(
    _ x: Span<Scalar>, into y: inout MutableSpan<Scalar>, _ layout: AxisLayout
  ) {
    layout.check("Naive.axisCopies", whole: y.count, reduced: x.count)
    for o in 0..<layout.outer {
      for l in 0..<layout.length {
        for i in 0..<layout.inner {
          y[(o * layout.length + l) * layout.inner + i] = x[o * layout.inner + i]
        }
      }
    }
  }

  /// Dimensions in another order.
  ///
  ///     y[k₀, k₁, …] = x[j₀, j₁, …],  j[axes[d]] = k[d]
  ///
  /// - Parameters:
  ///   - x: of the shape `shape`, row-major.
  ///   - y: of the shape with `shape[axes[d]]` as its dimension d.
  ///   - shape: the length of every dimension of x.
  ///   - axes: a permutation of the dimensions' numbers.
  ///   - accumulating: whether the elements are added to what `y` holds.
  public static func permute(
    _ x: Span<Scalar>, into y: inout MutableSpan<Scalar>, shape: [Int], axes: [Int],
    accumulating: Bool
  ) {
    checkPermutation("Naive.permute", x.count, y.count, shape, axes)
    let strides = permutedStrides(shape, axes)
    for index in y.indices {
      var (rest, source) = (index, 0)
      for d in axes.indices.reversed() {
        source += rest % shape[axes[d]] * strides[d]
        rest /= shape[axes[d]]
      }
      y[index] = accumulating ? y[index] + x[source] : x[source]
    }
  }
}

/// Whatever follows the dimension lies in a row, and rows are added or copied as vectors. Threads share the
/// rows of the result.
extension Fast {
  /// The sums along a dimension; contract: `Naive.axisSums`.
  public static func axisSums(
    _ x: Span<Scalar>, into sums: inout MutableSpan<Scalar>, _ layout: AxisLayout,
    accumulating: Bool
  ) {
    layout.check("Fast.axisSums", whole: x.count, reduced: sums.count)
    guard layout.inner > 1 else {
      return rowSums(x, into: &sums, accumulating: accumulating)
    }
    let (length, inner) = (layout.length, layout.inner)
    sums.forEachBlock(of: rowsPerBlock(length * inner) * inner) { start, block in
      for row in 0..<block.count / inner {
        var sums = block._mutatingExtracting(row * inner..<(row + 1) * inner)
        let first = (start / inner + row) * length * inner
        columnSums(
          x.extracting(first..<first + length * inner), into: &sums, accumulating: accumulating)
      }
    }
  }

  /// Copies along a new dimension; contract: `Naive.axisCopies`.
  public static func axisCopies(
    _ x: Span<Scalar>, into y: inout MutableSpan<Scalar>, _ layout: AxisLayout
  ) {
    layout.check("Fast.axisCopies", whole: y.count, reduced: x.count)
    let (length, inner) = (layout.length, layout.inner)
    guard y.count > 0 else { return }
    y.forEachBlock(of: rowsPerBlock(length * inner) * length * inner) { start, block in
      for row in 0..<block.count / inner {
        let first = (start / inner + row) / length * inner
        let source = x.extracting(first..<first + inner)
        var copy = block._mutatingExtracting(row * inner..<(row + 1) * inner)
        for i in copy.indices { copy[i] = source[i] }
      }
    }
  }

  /// Dimensions in another order; contract: `Naive.permute`.
  ///
  /// The index of a row of the result is taken apart once, and its elements lie a fixed distance apart. Where
  /// rows that follow one another are neighbours in x, as in a transposition, a cache line's worth of them is
  /// filled together: every line of x is read once.
  public static func permute(
    _ x: Span<Scalar>, into y: inout MutableSpan<Scalar>, shape: [Int], axes: [Int],
    accumulating: Bool
  ) {
    checkPermutation("Fast.permute", x.count, y.count, shape, axes)
    guard let last = axes.last, y.count > 0 else {
      for i in y.indices { y[i] = accumulating ? y[i] + x[i] : x[i] }
      return
    }
    let strides = permutedStrides(shape, axes)
    let (columns, step) = (shape[last], strides[axes.count - 1])
    let isTransposition = step > 1 && axes.count > 1 && strides[axes.count - 2] == 1
    let neighbours = isTransposition ? shape[axes[axes.count - 2]] : 1
    let together = min(neighbours, 16)
    y.forEachBlock(of: max(together, rowsPerBlock(columns)) * columns) { start, block in
      var row = 0
      while row * columns < block.count {
        var (rest, source) = (start / columns + row, 0)
        let taken = min(together, block.count / columns - row, neighbours - rest % neighbours)
        for d in axes.indices.dropLast().reversed() {
          source += rest % shape[axes[d]] * strides[d]
          rest /= shape[axes[d]]
        }
        if step == 1 {
          let run = x.extracting(source..<source + columns)
          var target = block._mutatingExtracting(row * columns..<(row + 1) * columns)
          if accumulating {
            for i in target.indices { target[i] += run[i] }
          } else {
            for i in target.indices { target[i] = run[i] }
          }
        } else {
          for i in 0..<columns {
            for r in 0..<taken {
              let (element, target) = (x[source + i * step + r], (row + r) * columns + i)
              block[target] = accumulating ? block[target] + element : element
            }
          }
        }
        row += taken
      }
    }
  }

  /// How many rows a thread takes at a time, where a row costs so many elements.
  static func rowsPerBlock(_ elements: Int) -> Int {
    max(1, ElementwiseBlock.light / max(1, elements))
  }
}

/// Where the next element of each of the result's dimensions is in x.
private func permutedStrides(_ shape: [Int], _ axes: [Int]) -> [Int] {
  axes.map { shape[($0 + 1)...].reduce(1, *) }
}

/// Stops the program unless the axes are a permutation, and both operands have the shape's count.
private func checkPermutation(
  _ operation: String, _ x: Int, _ y: Int, _ shape: [Int], _ axes: [Int]
) {
  precondition(
    axes.sorted() == Array(shape.indices) && x == shape.reduce(1, *) && y == x,
    "\(operation): \(x) and \(y) elements of shape \(shape) in the order \(axes)")
}
