import KernelSupport

/// Twelve rows by two vectors of columns of a product, held in twenty-four of AVX-512's thirty-two registers:
/// two tiles of six rows that share what is loaded of B.
///
/// A tile of six rows keeps the multiply-add units as busy while all that it reads is in the first-level
/// cache. But B's vectors stream past from the second level, 128 bytes every six cycles, more than that
/// level delivers where it has to wait for anything; twelve rows need them every twelve cycles.
///
/// What has no more than six rows is left to `SixRowTile`: this one has at least seven.
@frozen @usableFromInline
package struct TwelveRowTile: RegisterTile {
  @inlinable package static var rows: Int { 2 * SixRowTile.rows }

  @usableFromInline var upper: SixRowTile
  @usableFromInline var lower: SixRowTile

  @inlinable @inline(__always)
  package init(_ left: TileVector, _ right: TileVector) {
    upper = SixRowTile(left, right)
    lower = SixRowTile(left, right)
  }

  @inlinable @inline(__always)
  package mutating func addStep(
    _ a: UnsafePointer<Scalar>, _ rows: TileRows, _ b0: TileVector, _ b1: TileVector
  ) {
    unsafe upper.addStep(a, rows, b0, b1)
    unsafe lower.addStep(a, rows.lower, b0, b1)
  }

  @inlinable @inline(__always)
  package mutating func addLeftStep(
    _ a: UnsafePointer<Scalar>, _ rows: TileRows, _ b0: TileVector
  ) {
    unsafe upper.addLeftStep(a, rows, b0)
    unsafe lower.addLeftStep(a, rows.lower, b0)
  }

  @inlinable @inline(__always)
  package mutating func addLeftSteps(
    _ a: UnsafePointer<Scalar>, _ rows: TileRows, aStep: Int,
    _ b: (TileVector, TileVector, TileVector, TileVector)
  ) {
    unsafe upper.addLeftSteps(a, rows, aStep: aStep, b)
    unsafe lower.addLeftSteps(a, rows.lower, aStep: aStep, b)
  }

  @inlinable @inline(__always)
  package func store(
    to c: UnsafeMutablePointer<Scalar>, _ rows: TileRows, columns: Int, accumulating: Bool
  ) {
    unsafe upper.store(to: c, rows, columns: columns, accumulating: accumulating)
    unsafe lower.store(to: c, rows.lower, columns: columns, accumulating: accumulating)
  }
}
