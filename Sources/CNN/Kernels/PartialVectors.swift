import KernelSupport

// Eight elements at a time, and fewer at the end of a row of channels. The end is code of its own, told by
// a constant: a function call in a loop would make the compiler keep sums in memory instead of registers.

/// Calls `body` with the index of every eighth of `count` elements, and whether fewer than eight are left.
@inline(__always)
func forEachVector(of count: Int, _ body: (_ index: Int, _ isPart: Bool) -> Void) {
  let whole = count &- count % Vector.scalarCount
  for index in stride(from: 0, to: whole, by: Vector.scalarCount) { body(index, false) }
  if whole < count { body(whole, true) }
}

extension Span where Element == Scalar {
  /// The eight elements that begin at `index`; those of a part go on beyond its end, and are 0 beyond
  /// that of the span.
  @inline(__always)
  func vector(at index: Int, isPart: Bool) -> Vector {
    guard isPart && index &+ Vector.scalarCount > count else { return vector(at: index) }
    return lastVector(at: index)
  }
}

extension MutableSpan where Element == Scalar {
  /// Writes eight elements, of a part the first `lanes` of them.
  @inline(__always)
  mutating func store(_ vector: Vector, at index: Int, lanes: Int, isPart: Bool) {
    guard isPart else { return store(vector, at: index) }
    for lane in 0..<lanes { self[index &+ lane] = vector[lane] }
  }
}
