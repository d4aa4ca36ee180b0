import Backprop
import KernelSupport

/// How a fast attention is cut into blocks.
enum AttentionPlan {
  /// The keys of a block, whose scores are turned into probabilities together: fixed, since the order of a
  /// row's sums follows from it. Blocks count from key 0, so that a row has the same bits alone and among others.
  static let keyBlock = 128
  /// The queries of a block. A row's result does not depend on the others of its block.
  static let queryBlock = 24
  /// So few queries of a task are computed row by row.
  static let fewQueries = 3
  /// Such a task waits for its keys and values; each load takes the time of so many multiplications and additions.
  static let operationsPerLoad = 4
  /// The keys and the queries of a block of the backward pass.
  static let backwardKeyBlock = 64
  static let backwardQueryBlock = 48
  /// Multiplications and additions that are worth a hand-over between threads.
  static let sharedWork = 1_000_000
  /// The queries of a task where there are too few heads for all threads; each task packs the keys anew.
  static let queriesPerTask = 256
  /// With fewer heads than this, queries are divided too.
  static let fewHeads = 8
}

/// Where the operands of one head of one sequence lie.
///
/// Unsafe for speed: the register tiles of chapter 2 read through pointers, and the counts of all operands were
/// checked before.
@safe struct AttentionHead: @unchecked Sendable {
  let shape: AttentionShape
  let mask: AttentionMask
  let dropout: AttentionDropout?
  let batch: Int
  /// How many keys the sequence has.
  private let length: Int
  /// Whether some pairs are not allowed that lie before a query's limit.
  fileprivate let hasPattern: Bool
  fileprivate let isCausal: Bool
  /// The number of the head's first row among all rows.
  let firstRow: Int
  let query: UnsafePointer<Scalar>
  let key: UnsafePointer<Scalar>
  let value: UnsafePointer<Scalar>

  init(
    _ number: Int, _ shape: AttentionShape, _ mask: AttentionMask, _ dropout: AttentionDropout?,
    _ query: UnsafePointer<Scalar>, _ key: UnsafePointer<Scalar>, _ value: UnsafePointer<Scalar>
  ) {
    let (batch, head) = (number / shape.heads, number % shape.heads)
    self.shape = shape
    self.mask = mask
    self.dropout = dropout
    self.batch = batch
    length = mask.lengths?[batch] ?? shape.keys
    hasPattern = mask.pattern != nil
    isCausal = mask.isCausal
    firstRow = number * shape.queries
    unsafe self.query = query + shape.queryStart(batch: batch, head: head)
    unsafe self.key = key + shape.keyStart(batch: batch, head: head)
    unsafe self.value = value + shape.keyStart(batch: batch, head: head)
  }

  /// Beyond this key a query sees nothing: the mask's, without a look at its arrays.
  @inline(__always)
  func keyLimit(_ query: Int) -> Int {
    isCausal ? max(0, min(length, query &+ 1 &+ shape.keys &- shape.queries)) : length
  }

  /// How many of some keys, from the first on, a query sees all of.
  ///
  /// - Parameters:
  ///   - limit: the query's `keyLimit`.
  ///   - start: the first of the keys.
  ///   - keys: how many.
  @inline(__always)
  func openKeys(_ limit: Int, _ start: Int, _ keys: Int) -> Int {
    hasPattern ? 0 : min(keys, limit &- start)
  }

  /// The columns of packed rows: whole tiles.
  var packedWidth: Int { shape.width.roundedUp(toMultipleOf: MatrixProductTile.columns) }

  /// The scalars that the panels of `packTransposed` take.
  func panelCapacity(_ rows: Int) -> Int {
    rows.roundedUp(toMultipleOf: MatrixProductTile.columns) * shape.width
  }

  /// Packs rows for a product that sums over their columns: panels of as many rows as a tile has columns.
  func packTransposed(
    _ rows: UnsafePointer<Scalar>, stride: Int, count: Int,
    into panels: UnsafeMutablePointer<Scalar>
  ) -> PanelBlock {
    unsafe PanelPacking(
      width: MatrixProductTile.columns, laneStride: stride, stepStride: 1
    ).pack(rows, count, steps: shape.width, into: panels)
  }

  /// Copies rows for a product that sums over them, and finds out whether all of their numbers are finite.
  ///
  /// A head's rows lie far apart, often at distances that share few places of a cache.
  func packRows(
    _ rows: UnsafePointer<Scalar>, stride: Int, count: Int,
    into packed: UnsafeMutablePointer<Scalar>
  ) -> Bool {
    let (width, packedWidth) = (shape.width, packedWidth)
    var zeros = Vector.zero
    var lastZeros: Scalar = 0
    for row in 0..<count {
      let from = unsafe rows + row &* stride
      let to = unsafe packed + row &* packedWidth
      var c = 0
      while c &+ Vector.scalarCount <= width {
        let vector = unsafe Vector(at: from + c)
        zeros.addProduct(vector, Vector.zero)
        unsafe vector.store(to: to + c)
        c &+= Vector.scalarCount
      }
      while c < width {
        unsafe lastZeros += 0 * from[c]
        unsafe to[c] = from[c]
        c &+= 1
      }
      while c < packedWidth {
        unsafe to[c] = 0
        c &+= 1
      }
    }
    return (zeros.sum() + lastZeros) == 0
  }

  /// Packed rows from one of them on, as the right operand of a product.
  @inline(__always)
  func rowPanels(_ packed: UnsafePointer<Scalar>, from row: Int) -> PanelBlock {
    unsafe PanelBlock(
      start: packed + row &* packedWidth, lane: 1, step: packedWidth,
      panel: MatrixProductTile.columns)
  }

  /// Sixteen scores with −∞ for those of keys at which a query may not look.
  ///
  /// - Parameters:
  ///   - scores: of the keys from `key` on.
  ///   - query: the number of the query.
  ///   - limit: its `keyLimit`.
  @inline(__always)
  func masked(_ scores: ScoreVector, query: Int, key: Int, limit: Int) -> ScoreVector {
    let inside = ScoreVector(repeating: Scalar(limit &- key))
    let seen = scores.replacing(with: -.infinity, where: ScoreVector.laneNumbers .>= inside)
    return hasPattern ? patterned(seen, query: query, key: key) : seen
  }

  private func patterned(_ scores: ScoreVector, query: Int, key: Int) -> ScoreVector {
    guard let pattern = mask.pattern else { return scores }
    var scores = scores
    let start = pattern.rowStart(batch: batch, query: query) &+ key
    for lane in 0..<min(16, shape.keys &- key) where pattern.penalties[start &+ lane] < 0 {
      scores[lane] = -.infinity
    }
    return scores
  }
}

/// A head's values as the right operand of a product that sums over them.
@safe struct HeadValues {
  /// The first value.
  let start: UnsafePointer<Scalar>
  /// The distance between values.
  let stride: Int
  /// Whether products with 0 are 0: all numbers are finite, or there are no such products.
  let isFinite: Bool

  /// The values from one of them on.
  @inline(__always)
  func panels(from row: Int) -> PanelBlock {
    unsafe PanelBlock(
      start: start + row &* stride, lane: 1, step: stride, panel: MatrixProductTile.columns)
  }
}

extension AttentionHead {
  /// The values, packed into rows of whole tiles where they can't be read where they are.
  ///
  /// A copy is also a search for NaN and ∞, which only masks within a block need. Many rows that lie far apart
  /// share few places of a cache, and are better copied.
  ///
  /// - Parameters:
  ///   - count: how many values.
  ///   - room: for `count` packed rows.
  func values(_ count: Int, room: UnsafeMutablePointer<Scalar>) -> HeadValues {
    if isOpen && count <= AttentionPlan.keyBlock
      && shape.width.isMultiple(of: MatrixProductTile.columns)
    {
      return unsafe HeadValues(start: value, stride: shape.keyStride, isFinite: true)
    }
    let isFinite = unsafe packRows(value, stride: shape.keyStride, count: count, into: room)
    return unsafe HeadValues(start: room, stride: packedWidth, isFinite: isFinite || isOpen)
  }

  /// Whether every query sees all keys before the limit, which is the same for all.
  private var isOpen: Bool { !isCausal && !hasPattern }
}

/// A left operand whose rows lie at a distance.
@inline(__always)
func leftRows(_ start: UnsafePointer<Scalar>, stride: Int) -> PanelBlock {
  unsafe PanelBlock(start: start, lane: stride, step: 1, panel: stride &* MatrixProductTile.rows)
}

/// A left operand that is stored the other way round: its rows are columns.
@inline(__always)
func leftColumns(_ start: UnsafePointer<Scalar>, stride: Int) -> PanelBlock {
  unsafe PanelBlock(start: start, lane: 1, step: stride, panel: MatrixProductTile.rows)
}
