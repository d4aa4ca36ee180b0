/// How many elements an element-wise kernel hands to a thread at once.
public enum ElementwiseBlock {
  /// For a few additions and multiplications an element: some 10 µs from the second-level cache.
  public static let light = 131_072
  /// For an exponential an element.
  public static let heavy = 32_768
}

/// Loops over vectors for functions that the compiler does not vectorise by itself: exponentials, and all
/// that is built from them.
///
/// A loop of a few additions and multiplications is better left plain: over spans the compiler makes
/// wider vectors of it than these, and it ran twice as fast. Both kinds go inside `forEachBlock`, not
/// around it: a closure that another one captures is called for every vector instead of being inlined.
extension MutableSpan where Element == Scalar {
  /// Replaces each element by a function of it, eight at a time.
  ///
  /// Where eight do not divide the count, the last vector overlaps the one before it. It is computed
  /// first, from elements that nothing has changed yet, and stored last: no loop over single elements.
  @inlinable @inline(__always)
  public mutating func mapVectors(_ function: (_ elements: Vector) -> Vector) {
    let width = Vector.scalarCount
    guard count >= width else {
      storeLast(function(span.lastVector(at: 0)), at: 0)
      return
    }
    let last = function(vector(at: count &- width))
    var i = 0
    while i &+ width < count {
      store(function(vector(at: i)), at: i)
      i &+= width
    }
    store(last, at: count &- width)
  }

  /// Replaces each element by a function of it and of the element at its place in `other`, which has
  /// as many elements.
  @inlinable @inline(__always)
  public mutating func combineVectors(
    with other: Span<Scalar>, _ function: (_ elements: Vector, _ others: Vector) -> Vector
  ) {
    let width = Vector.scalarCount
    guard count >= width else {
      storeLast(function(span.lastVector(at: 0), other.lastVector(at: 0)), at: 0)
      return
    }
    let last = function(vector(at: count &- width), other.vector(at: count &- width))
    var i = 0
    while i &+ width < count {
      store(function(vector(at: i), other.vector(at: i)), at: i)
      i &+= width
    }
    store(last, at: count &- width)
  }
}

extension Span where Element == Scalar {
  /// The last `remaining` elements, 1 to 7, in any lanes, and `padding` in the others.
  ///
  /// Made for sums, which don't mind the lanes: it loads the last eight elements and blanks those that
  /// have been counted already, which is quicker than to gather the others one by one.
  @inlinable @inline(__always)
  public func remainder(_ remaining: Int, padding: Scalar = 0) -> Vector {
    guard count >= Vector.scalarCount else { return lastVector(at: 0, padding: padding) }
    let counted = Vector(repeating: Scalar(Vector.scalarCount &- remaining))
    return vector(at: count &- Vector.scalarCount)
      .replacing(with: padding, where: Vector(0, 1, 2, 3, 4, 5, 6, 7) .< counted)
  }
}
