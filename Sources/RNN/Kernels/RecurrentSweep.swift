import Backprop
import KernelSupport

/// How fast recurrent kernels share their work: each thread runs all steps of some sequences.
///
///     pack the weights into panels                                  once
///     for each block of sequences, on any thread
///       for each step
///         sums = states × weights                                   register tiles over the panels
///         for each sequence of the block: the gates                 vectors of units
///
/// Steps wait for one another, sequences do not: threads that split a step's product would have to meet after
/// every step, and those that split the batch meet once. The weights of a layer stay in the second-level cache
/// of each core throughout.
///
/// Every sum is made in the order of the units, whatever its tile or thread, so the bits depend on neither.
@safe struct RecurrentSweep: @unchecked Sendable {
  private let shape: RecurrentShape
  /// The panels' tile columns, all of a step's sums.
  private let columns: Int
  /// The length of each sum.
  private let steps: Int
  private let panels: UnsafeMutablePointer<Scalar>
  private let packed: PanelBlock

  /// Packs a matrix that states are multiplied by.
  ///
  /// - Parameters:
  ///   - weight: U, [units, gates · units], row-major.
  ///   - gates: the sums of a unit.
  ///   - transposed: whether the states are multiplied by Uᵀ, as the backward pass does.
  ///   - shape: the sizes.
  init(_ weight: UnsafePointer<Scalar>, gates: Int, transposed: Bool, _ shape: RecurrentShape) {
    let width = gates * shape.units
    self.shape = shape
    columns = transposed ? shape.units : width
    steps = transposed ? width : shape.units
    let packing = PanelPacking(
      width: MatrixProductTile.columns, laneStride: transposed ? width : 1,
      stepStride: transposed ? 1 : width)
    unsafe panels = .allocate(capacity: packing.capacity(columns, steps))
    packed = unsafe packing.pack(weight, columns, steps: steps, into: panels)
  }

  /// Frees the panels.
  func deallocate() { unsafe panels.deallocate() }

  /// The sequences that a thread takes at a time: enough for whole tiles, few enough for two threads.
  private var blockRows: Int { max(1, min(16, shape.batch.dividedRoundingUp(by: 2))) }

  /// Calls `body` for blocks of sequences, on different threads.
  func forEachBlock(_ body: @Sendable (_ sequences: Range<Int>) -> Void) {
    let (rows, batch) = (blockRows, shape.batch)
    Threads.perform(blockCount: batch.dividedRoundingUp(by: rows)) { block in
      body(block * rows..<min((block + 1) * rows, batch))
    }
  }

  /// The product of some rows and the packed matrix.
  ///
  /// - Parameters:
  ///   - rows: the first row.
  ///   - stride: the distance between rows.
  ///   - count: how many there are.
  ///   - sums: the product on return, [count, columns], or what it was plus the product.
  ///   - accumulating: whether the product is added to what `sums` holds.
  func multiply(
    _ rows: UnsafePointer<Scalar>, stride: Int, count: Int,
    into sums: UnsafeMutablePointer<Scalar>, accumulating: Bool
  ) {
    let left = unsafe PanelBlock(
      start: rows, lane: stride, step: 1, panel: stride * MatrixProductTile.rows)
    unsafe PanelProduct(left, packed, rows: count, columns: columns, steps: steps)
      .compute(into: sums, rowStride: columns, accumulating: accumulating, .alongRows)
  }
}

/// Eight neighbouring units at an address, or those that there are.
@inline(__always)
func loadUnits(_ address: UnsafePointer<Scalar>, _ count: Int) -> Vector {
  if count >= Vector.scalarCount { return unsafe Vector(at: address) }
  var units = Vector.zero
  for lane in 0..<count { units[lane] = unsafe address[lane] }
  return units
}

/// Writes eight neighbouring units to an address, or those that there are.
@inline(__always)
func storeUnits(_ units: Vector, _ address: UnsafeMutablePointer<Scalar>, _ count: Int) {
  if count >= Vector.scalarCount { return unsafe units.store(to: address) }
  for lane in 0..<count { unsafe address[lane] = units[lane] }
}

extension SIMD8 where Scalar == KernelSupport.Scalar {
  /// 1 / (1 + e⁻ˣ) in every lane.
  @inline(__always)
  static func sigmoid(_ x: Self) -> Self { 1 / (1 + exp(-x)) }
}
