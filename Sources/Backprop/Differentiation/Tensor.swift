import KernelSupport

/// Numbers in rows, columns and further dimensions: a value.
///
/// The elements stand in row-major order, without gaps: element (i, j, k) of shape [a, b, c] is number
/// (i · b + j) · c + k. There are no views and no strides; a copy costs nothing until one of the two
/// changes.
public struct Tensor: Equatable, Sendable {
  /// The length of every dimension, outermost first; [] for a single number.
  public private(set) var shape: [Int]

  /// The elements in row-major order; the product of `shape` many.
  public private(set) var elements: [Scalar]

  /// Creates a tensor of given elements.
  ///
  /// - Precondition: the product of `shape` is the count of `elements`.
  public init(_ elements: [Scalar], shape: [Int]) {
    precondition(
      shape.reduce(1, *) == elements.count,
      "Tensor: \(elements.count) elements for the shape \(shape)")
    self.shape = shape
    self.elements = elements
  }

  /// Creates a tensor of equal elements.
  public init(repeating element: Scalar = 0, shape: [Int]) {
    self.shape = shape
    elements = [Scalar](repeating: element, count: shape.reduce(1, *))
  }

  /// Creates a tensor whose elements a kernel computes.
  ///
  /// Unsafe for speed: to fill a result with zeros that are overwritten at once costs as much as many a
  /// kernel, a fifteenth of a residual network's training step.
  ///
  /// - Parameters:
  ///   - shape: the length of every dimension.
  ///   - kernel: writes every element, and reads none before.
  package init(shape: [Int], computedBy kernel: (inout MutableSpan<Scalar>) -> Void) {
    self.shape = shape
    let count = shape.reduce(1, *)
    guard count > 0 else {
      // All empty arrays share their storage, in which the initialiser below would set the count.
      elements = []
      var nothing = MutableSpan<Scalar>()
      kernel(&nothing)
      return
    }
    elements = unsafe [Scalar](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      var span = unsafe MutableSpan(
        _unsafeElements: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      kernel(&span)
      initializedCount = count
    }
  }

  /// Creates a single number.
  public init(_ number: Scalar) {
    self.init([number], shape: [])
  }

  /// The number of elements.
  public var count: Int { elements.count }

  /// The length of the last dimension; 1 for a single number.
  public var columns: Int { shape.last ?? 1 }

  /// How many rows of `columns` elements there are: the product of all dimensions but the last.
  public var rows: Int { shape.dropLast().reduce(1, *) }

  /// The only element.
  ///
  /// - Precondition: there is one element, whatever the shape.
  public var number: Scalar {
    precondition(count == 1, "Tensor.number: a tensor of shape \(shape) has \(count) elements")
    return elements[0]
  }

  /// The elements of one row.
  ///
  /// - Parameter index: the number of the row, below `rows`.
  public func row(_ index: Int) -> ArraySlice<Scalar> {
    elements[index * columns..<(index + 1) * columns]
  }

  /// The same elements in another shape.
  ///
  /// - Precondition: the product of `shape` is `count`.
  public func reshaped(_ shape: [Int]) -> Tensor { Tensor(elements, shape: shape) }

  /// The index of the largest element of every row: the first of equals, and the first NaN where there is one.
  public func largestColumns() -> [Int] {
    (0..<rows).map { index in
      let row = self.row(index)
      let largest = row.indices.reduce(row.startIndex) { best, index in
        row[index] > row[best] || row[index].isNaN && !row[best].isNaN ? index : best
      }
      return largest - row.startIndex
    }
  }

  /// Changes the elements in place, without a copy where no other tensor shares them.
  public mutating func update(_ change: (inout MutableSpan<Scalar>) -> Void) {
    var span = elements.mutableSpan
    change(&span)
  }
}
