import KernelSupport

// Where eight do not divide the channels, the last vector of a pixel reads on into the next one, and what
// it makes of that is not stored.

extension Span where Element == Scalar {
  /// The eight elements that begin at `index`; beyond the end they are 0.
  @inline(__always)
  func paddedVector(at index: Int) -> Vector {
    index &+ Vector.scalarCount <= count ? vector(at: index) : lastVector(at: index)
  }
}

extension MutableSpan where Element == Scalar {
  /// Writes the first lanes of a vector, eight or fewer.
  @inline(__always)
  mutating func store(_ vector: Vector, at index: Int, lanes: Int) {
    guard lanes < Vector.scalarCount else { return store(vector, at: index) }
    for lane in 0..<lanes { self[index &+ lane] = vector[lane] }
  }
}
