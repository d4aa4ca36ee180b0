import Backprop
import KernelSupport

/// A block of queries on their way through the keys: the online softmax.
///
/// Of all keys seen so far each row knows the largest score m and the sum l = Σ e^{s − m}, and its output holds
/// Σ e^{s − m} v. A block of further keys may bring a larger maximum m′; what was summed up is then
/// brought to it by one factor:
///
///     m′ = max(m, max_j s[j])
///     l ← l e^{m − m′} + Σ_j e^{s[j] − m′}
///     y ← y e^{m − m′} + Σ_j e^{s[j] − m′} v[j]
///
/// Source: Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018, algorithm 3; the output
/// in the same pass: Rabe and Staats, 2021; Dao, Fu, Ermon, Rudra and Ré, "FlashAttention", 2022.
@safe struct SoftmaxRows {
  private let head: AttentionHead
  private let firstQuery: Int
  private let count: Int
  /// The scores of a block of keys, then their exponentials: rows at `AttentionPlan.keyBlock`.
  private let scores: UnsafeMutablePointer<Scalar>
  /// The first row's output; rows at `shape.rowWidth`.
  private let output: UnsafeMutablePointer<Scalar>
  /// m of every row.
  private let largest: UnsafeMutablePointer<Scalar>
  /// l of every row.
  private let sums: UnsafeMutablePointer<Scalar>
  private var isFirst = true

  /// The scalars that `scores` needs: a block's scores, and two numbers a row.
  static let capacity = AttentionPlan.queryBlock * (AttentionPlan.keyBlock + 2)

  init(
    _ head: AttentionHead, firstQuery: Int, count: Int, scores: UnsafeMutablePointer<Scalar>,
    output: UnsafeMutablePointer<Scalar>
  ) {
    self.head = head
    self.firstQuery = firstQuery
    self.count = count
    unsafe self.scores = scores
    unsafe self.output = output
    unsafe largest = scores + AttentionPlan.queryBlock * AttentionPlan.keyBlock
    unsafe sums = largest + AttentionPlan.queryBlock
    for row in 0..<AttentionPlan.queryBlock {
      unsafe largest[row] = -.infinity
      unsafe sums[row] = 0
    }
  }

  /// Turns the scores of a block of keys into exponentials, and brings what was summed before to the new maximum.
  ///
  /// - Parameters:
  ///   - start: the first key.
  ///   - keys: how many.
  func update(_ start: Int, _ keys: Int) {
    for row in 0..<count {
      let query = firstQuery &+ row
      let x = unsafe scores + row &* AttentionPlan.keyBlock
      let limit = head.keyLimit(query)
      let blockLargest = unsafe maskAndFindLargest(x, query, limit, start, keys)
      let before = unsafe largest[row]
      let now = before < blockLargest ? blockLargest : before
      // While nothing was allowed, any number but −∞ will do: all differences from it are −∞.
      let total = unsafe exponentiate(x, keys, minus: now == -.infinity ? 0 : now)
      if let dropout = head.dropout { unsafe drop(dropout, x, query, start, keys) }
      unsafe largest[row] = now
      if before == now || before == -.infinity {
        unsafe sums[row] += total
      } else {
        let factor = ScoreVector.exp(ScoreVector(repeating: before - now))[0]
        unsafe sums[row] = total.addingProduct(sums[row], factor)
        scaleOutput(row, by: factor)
      }
    }
  }

  /// Sets the scores of a row that are not allowed to −∞.
  ///
  /// - Returns: the largest score, scaled.
  @inline(__always)
  private func maskAndFindLargest(
    _ x: UnsafeMutablePointer<Scalar>, _ query: Int, _ limit: Int, _ start: Int, _ keys: Int
  ) -> Scalar {
    var maxima = ScoreVector(repeating: -.infinity)
    var j = 0
    let open = head.openKeys(limit, start, keys)
    while j &+ 16 <= open {
      let s = unsafe ScoreVector(at: x + j)
      maxima = maxima.replacing(with: s, where: maxima .< s)
      j &+= 16
    }
    while j < keys {
      let s = unsafe head.masked(
        ScoreVector(at: x + j), query: query, key: start &+ j, limit: limit)
      maxima = maxima.replacing(with: s, where: maxima .< s)
      unsafe s.store(to: x + j)
      j &+= 16
    }
    return maxima.largestLane * head.shape.scale
  }

  /// Replaces the scores s of a row by e^{scale · s − m}.
  ///
  /// - Returns: their sum.
  @inline(__always)
  private func exponentiate(
    _ x: UnsafeMutablePointer<Scalar>, _ keys: Int, minus largest: Scalar
  ) -> Scalar {
    let scale = ScoreVector(repeating: head.shape.scale)
    let offset = ScoreVector(repeating: -largest)
    var total = ScoreVector.zero
    var j = 0
    while j < keys {
      let difference = unsafe offset.addingProduct(ScoreVector(at: x + j), scale)
      let exponential = ScoreVector.exp(difference)
      total += exponential
      unsafe exponential.store(to: x + j)
      j &+= 16
    }
    return total.laneSum
  }

  private func drop(
    _ dropout: AttentionDropout, _ x: UnsafeMutablePointer<Scalar>, _ query: Int, _ start: Int,
    _ keys: Int
  ) {
    for j in stride(from: 0, to: keys, by: 16) {
      let factors = dropout.factors(
        row: head.firstRow &+ query, key: start &+ j, keys: head.shape.keys)
      unsafe (ScoreVector(at: x + j) * factors).store(to: x + j)
    }
  }

  /// Adds the values of a block of keys, weighted by their exponentials.
  ///
  /// - Parameters:
  ///   - values: the block's values, packed or where they are.
  ///     If not all of them are finite, a product with 0 would be NaN: pairs that are not allowed are skipped
  ///     one by one, the others added in the same order.
  ///   - start: the first key.
  ///   - keys: how many.
  mutating func addValues(
    _ values: HeadValues, _ start: Int, _ keys: Int
  ) {
    defer { isFirst = false }
    let rowWidth = head.shape.rowWidth
    if values.isFinite {
      let product = unsafe PanelProduct(
        leftRows(scores, stride: AttentionPlan.keyBlock), values.panels(from: start),
        rows: count, columns: head.shape.width, steps: keys)
      unsafe product.compute(
        into: output, rowStride: rowWidth, accumulating: !isFirst, .downColumns)
      return
    }
    for row in 0..<count {
      let query = firstQuery + row
      for c in 0..<head.shape.width {
        var sum: Scalar = 0
        for j in 0..<keys
        where head.mask.allows(batch: head.batch, query: query, key: start + j, head.shape) {
          unsafe sum.addProduct(
            scores[row * AttentionPlan.keyBlock + j],
            values.start[(start + j) * values.stride + c])
        }
        let y = unsafe output + (row * rowWidth + c)
        unsafe y.pointee = isFirst ? sum : y.pointee + sum
      }
    }
  }

  /// Computes the scores of a block of keys row by row, for so few rows that a tile would be mostly empty.
  ///
  /// - Parameters:
  ///   - query: the first row's query.
  ///   - panels: the block's keys, packed.
  ///   - keys: how many.
  func computeFewScores(
    _ query: UnsafePointer<Scalar>, _ panels: UnsafePointer<Scalar>, _ keys: Int
  ) {
    let (width, columns) = (head.shape.width, MatrixProductTile.columns)
    for row in 0..<count {
      let q = unsafe query + row &* head.shape.queryStride
      var j = 0
      while j < keys {
        // Two panels at once, so that no sum waits for itself.
        let first = unsafe panels + j &* width
        let second = unsafe j &+ columns < keys ? first + columns &* width : first
        var (a0, a1) = (TileVector.zero, TileVector.zero)
        var (b0, b1) = (TileVector.zero, TileVector.zero)
        for c in 0..<width {
          let factor = unsafe TileVector(repeating: q[c])
          unsafe a0.addProduct(factor, TileVector(at: first + c &* columns))
          unsafe a1.addProduct(
            factor, TileVector(at: first + (c &* columns &+ TileVector.scalarCount)))
          unsafe b0.addProduct(factor, TileVector(at: second + c &* columns))
          unsafe b1.addProduct(
            factor, TileVector(at: second + (c &* columns &+ TileVector.scalarCount)))
        }
        let s = unsafe scores + (row &* AttentionPlan.keyBlock &+ j)
        unsafe a0.store(to: s)
        unsafe a1.store(to: s + TileVector.scalarCount)
        if j &+ columns < keys {
          unsafe b0.store(to: s + columns)
          unsafe b1.store(to: s + (columns &+ TileVector.scalarCount))
        }
        j &+= 2 &* columns
      }
    }
  }

  /// Adds the values of a block of keys row by row, where they are.
  ///
  /// Pairs that are not allowed are skipped: no product with 0, and so no need to know what stands there.
  mutating func addFewValues(_ start: Int, _ keys: Int) {
    defer { isFirst = false }
    let width = head.shape.width
    for row in 0..<count {
      let query = firstQuery &+ row
      let open = head.openKeys(head.keyLimit(query), start, keys)
      let y = unsafe output + row &* head.shape.rowWidth
      let p = unsafe scores + row &* AttentionPlan.keyBlock
      let v = unsafe head.value + start &* head.shape.keyStride
      var c = 0
      while c &+ 32 <= width {
        var (s0, s1, s2, s3) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
        for j in 0..<keys
        where j < open
          || head.mask.allows(
            batch: head.batch, query: query, key: start &+ j, head.shape)
        {
          let values = unsafe v + (j &* head.shape.keyStride &+ c)
          let factor = unsafe Vector(repeating: p[j])
          unsafe s0.addProduct(factor, Vector(at: values))
          unsafe s1.addProduct(factor, Vector(at: values + 8))
          unsafe s2.addProduct(factor, Vector(at: values + 16))
          unsafe s3.addProduct(factor, Vector(at: values + 24))
        }
        unsafe add(s0, to: y + c)
        unsafe add(s1, to: y + (c &+ 8))
        unsafe add(s2, to: y + (c &+ 16))
        unsafe add(s3, to: y + (c &+ 24))
        c &+= 32
      }
      while c < width {
        var sum: Scalar = 0
        for j in 0..<keys
        where j < open
          || head.mask.allows(
            batch: head.batch, query: query, key: start &+ j, head.shape)
        {
          unsafe sum.addProduct(p[j], v[j &* head.shape.keyStride &+ c])
        }
        unsafe y[c] = isFirst ? sum : y[c] + sum
        c &+= 1
      }
    }
  }

  @inline(__always)
  private func add(_ sums: Vector, to y: UnsafeMutablePointer<Scalar>) {
    unsafe (isFirst ? sums : Vector(at: y) + sums).store(to: y)
  }

  /// Divides by the sums, and writes their logarithms; rows that may look at nothing become 0.
  func finish(_ logSumExp: UnsafeMutablePointer<Scalar>) {
    var row = 0
    while row < count {
      // Eight logarithms cost as much as one; there is room for 24 sums.
      let logarithms = unsafe Vector.log(Vector(at: sums + row))
      for lane in 0..<min(8, count &- row) {
        unsafe logSumExp[row &+ lane] = largest[row &+ lane] + logarithms[lane]
        // A row that saw nothing, but not one of NaN, has a sum of 0 and a logarithm of −∞.
        let sum = unsafe sums[row &+ lane]
        if sum == 0 {
          clearOutput(row &+ lane)
        } else {
          scaleOutput(row &+ lane, by: 1 / sum)
        }
      }
      row &+= 8
    }
  }

  private func clearOutput(_ row: Int) {
    for c in 0..<head.shape.width { unsafe output[row &* head.shape.rowWidth &+ c] = 0 }
  }

  @inline(__always)
  private func scaleOutput(_ row: Int, by factor: Scalar) {
    let y = unsafe output + row &* head.shape.rowWidth
    for c in 0..<head.shape.width { unsafe y[c] *= factor }
  }
}
