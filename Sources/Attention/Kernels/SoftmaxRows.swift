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
  /// m and l of every row; 24 of each are enough.
  private var largest: [Scalar]
  private var sums: [Scalar]
  private var isFirst = true

  init(
    _ head: AttentionHead, firstQuery: Int, count: Int, scores: UnsafeMutablePointer<Scalar>,
    output: UnsafeMutablePointer<Scalar>
  ) {
    self.head = head
    self.firstQuery = firstQuery
    self.count = count
    unsafe self.scores = scores
    unsafe self.output = output
    largest = [Scalar](repeating: -.infinity, count: count)
    sums = [Scalar](repeating: 0, count: count)
  }

  /// Turns the scores of a block of keys into exponentials, and brings what was summed before to the new maximum.
  ///
  /// - Parameters:
  ///   - start: the first key.
  ///   - keys: how many.
  mutating func update(_ start: Int, _ keys: Int) {
    let vectors = keys.dividedRoundingUp(by: 16)
    for row in 0..<count {
      let query = firstQuery &+ row
      let limit = head.keyLimit(query)
      let x = unsafe scores + row &* AttentionPlan.keyBlock
      var maxima = ScoreVector(repeating: -.infinity)
      for vector in 0..<vectors {
        let raw = unsafe ScoreVector(at: x + vector &* 16) * head.shape.scale
        let s = head.masked(raw, query: query, key: start &+ vector &* 16, limit: limit)
        maxima = maxima.replacing(with: s, where: maxima .< s)
        unsafe s.store(to: x + vector &* 16)
      }
      let before = largest[row]
      let blockLargest = maxima.largestLane
      let now = before < blockLargest ? blockLargest : before
      // While nothing was allowed, any number but −∞ will do: all differences from it are −∞.
      let reference = ScoreVector(repeating: now == -.infinity ? 0 : now)
      var total = ScoreVector.zero
      for vector in 0..<vectors {
        let difference = unsafe ScoreVector(at: x + vector &* 16) - reference
        let exponential = ScoreVector.expOfNonPositive(difference)
        total += exponential
        unsafe exponential.store(to: x + vector &* 16)
      }
      if let dropout = head.dropout {
        for vector in 0..<vectors {
          let factors = dropout.factors(
            row: head.firstRow &+ query, key: start &+ vector &* 16, keys: head.shape.keys)
          unsafe (ScoreVector(at: x + vector &* 16) * factors).store(to: x + vector &* 16)
        }
      }
      largest[row] = now
      if isFirst {
        sums[row] = total.laneSum
      } else if before == now || before == -.infinity {
        sums[row] += total.laneSum
      } else {
        let factor = ScoreVector.expOfNonPositive(ScoreVector(repeating: before - now))[0]
        sums[row] = total.laneSum.addingProduct(sums[row], factor)
        scaleOutput(row, by: factor)
      }
    }
  }

  /// Adds the values of a block of keys, weighted by their exponentials.
  ///
  /// - Parameters:
  ///   - values: the head's packed values.
  ///   - isFinite: whether all of them are. If not, a product with 0 would be NaN: pairs that are not
  ///     allowed are skipped one by one, the others added in the same order.
  ///   - start: the first key.
  ///   - keys: how many.
  mutating func addValues(
    _ values: UnsafePointer<Scalar>, isFinite: Bool, _ start: Int, _ keys: Int
  ) {
    defer { isFirst = false }
    let rowWidth = head.shape.rowWidth
    if isFinite {
      let product = unsafe PanelProduct(
        leftRows(scores, stride: AttentionPlan.keyBlock), head.rowPanels(values, from: start),
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
            values[(start + j) * head.packedWidth + c])
        }
        let y = unsafe output + (row * rowWidth + c)
        unsafe y.pointee = isFirst ? sum : y.pointee + sum
      }
    }
  }

  /// Divides by the sums, and writes their logarithms; rows that may look at nothing become 0.
  func finish(_ logSumExp: UnsafeMutablePointer<Scalar>) {
    for row in 0..<count {
      if largest[row] == -.infinity {
        for c in 0..<head.shape.width { unsafe output[row &* head.shape.rowWidth &+ c] = 0 }
        unsafe logSumExp[row] = -.infinity
      } else {
        scaleOutput(row, by: 1 / sums[row])
        unsafe logSumExp[row] = largest[row] + Scalar.log(sums[row])
      }
    }
  }

  @inline(__always)
  private func scaleOutput(_ row: Int, by factor: Scalar) {
    let y = unsafe output + row &* head.shape.rowWidth
    for c in 0..<head.shape.width { unsafe y[c] *= factor }
  }
}
