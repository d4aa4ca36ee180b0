extension Span where Element == Scalar {
  /// The eight elements that begin at `index`.
  ///
  /// - Precondition: `0 ≤ index` and `index + 8 ≤ count`. The check is one comparison for eight elements,
  ///   which is why the fast kernels can afford to be safe; the standard library's `precondition` keeps
  ///   it that short.
  @inlinable @inline(__always)
  public func vector(at index: Int) -> Vector {
    Swift.precondition(
      index >= 0 && index &+ Vector.scalarCount <= count,
      "Span.vector: eight elements do not fit here")
    return unsafe bytes.unsafeLoadUnaligned(
      fromUncheckedByteOffset: index &* MemoryLayout<Scalar>.stride, as: Vector.self)
  }

  /// The `count − index` elements, fewer than eight, that begin at `index`, followed by `padding`.
  ///
  /// - Precondition: `0 ≤ index ≤ count`.
  @inlinable
  public func lastVector(at index: Int, padding: Scalar = 0) -> Vector {
    var vector = Vector(repeating: padding)
    for lane in 0..<min(count - index, Vector.scalarCount) { vector[lane] = self[index + lane] }
    return vector
  }
}

extension MutableSpan where Element == Scalar {
  /// The eight elements that begin at `index`.
  ///
  /// - Precondition: `0 ≤ index` and `index + 8 ≤ count`.
  @inlinable @inline(__always)
  public func vector(at index: Int) -> Vector { span.vector(at: index) }

  /// Writes eight elements, the first of them at `index`.
  ///
  /// - Precondition: `0 ≤ index` and `index + 8 ≤ count`.
  @inlinable @inline(__always)
  public mutating func store(_ vector: Vector, at index: Int) {
    Swift.precondition(
      index >= 0 && index &+ Vector.scalarCount <= count,
      "MutableSpan.store: eight elements do not fit here")
    unsafe withUnsafeMutableBytes { bytes in
      unsafe bytes.storeBytes(
        of: vector, toByteOffset: index &* MemoryLayout<Scalar>.stride, as: Vector.self)
    }
  }

  /// Writes the first `count − index` lanes, fewer than eight, to the last elements.
  ///
  /// - Precondition: `0 ≤ index ≤ count`.
  @inlinable
  public mutating func storeLast(_ vector: Vector, at index: Int) {
    for lane in 0..<Swift.min(count - index, Vector.scalarCount) {
      self[index + lane] = vector[lane]
    }
  }
}
