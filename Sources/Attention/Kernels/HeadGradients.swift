import Backprop
import KernelSupport

/// The backward pass of one head of one sequence.
@safe struct HeadGradients {
  private let head: AttentionHead
  private let output: UnsafePointer<Scalar>
  private let upstream: UnsafePointer<Scalar>
  private let logSumExp: UnsafePointer<Scalar>
  private let queryGradient: UnsafeMutablePointer<Scalar>
  private let keyGradient: UnsafeMutablePointer<Scalar>
  private let valueGradient: UnsafeMutablePointer<Scalar>

  init(
    head: AttentionHead, output: UnsafePointer<Scalar>, upstream: UnsafePointer<Scalar>,
    logSumExp: UnsafePointer<Scalar>, query: UnsafeMutablePointer<Scalar>,
    key: UnsafeMutablePointer<Scalar>, value: UnsafeMutablePointer<Scalar>
  ) {
    self.head = head
    unsafe self.output = output
    unsafe self.upstream = upstream
    unsafe self.logSumExp = logSumExp
    unsafe queryGradient = query
    unsafe keyGradient = key
    unsafe valueGradient = value
  }

  private static let scoreStride = AttentionPlan.backwardKeyBlock

  /// Computes the head's gradients.
  ///
  /// - Returns: whether it did: false if an operand is not finite, and nothing is computed then.
  func compute() -> Bool {
    let shape = head.shape
    let keyCount = head.keyLimit(shape.queries - 1)
    let (rowCapacity, panelCapacity) = (
      max(shape.queries, keyCount) * head.packedWidth, head.panelCapacity(keyCount)
    )
    let blockCapacity = AttentionPlan.backwardQueryBlock * Self.scoreStride
    let room = unsafe UnsafeMutablePointer<Scalar>.allocateLines(
      capacity: 3 * rowCapacity + 2 * panelCapacity + 2 * blockCapacity + shape.queries)
    defer { unsafe room.deallocate() }
    let (queries, upstreams, keys) = unsafe (
      room, room + rowCapacity, room + 2 * rowCapacity
    )
    let keyPanels = unsafe room + 3 * rowCapacity
    let valuePanels = unsafe keyPanels + panelCapacity
    let scores = unsafe valuePanels + panelCapacity
    let slopes = unsafe scores + blockCapacity
    let means = unsafe slopes + blockCapacity
    var isFinite = unsafe head.packRows(
      head.query, stride: shape.queryStride, count: shape.queries, into: queries)
    isFinite =
      unsafe head.packRows(
        upstream, stride: shape.rowWidth, count: shape.queries, into: upstreams) && isFinite
    isFinite =
      unsafe head.packRows(
        head.key, stride: shape.keyStride, count: keyCount, into: keys) && isFinite
    guard isFinite else { return false }
    _ = unsafe head.packTransposed(
      head.key, stride: shape.keyStride, count: keyCount, into: keyPanels)
    _ = unsafe head.packTransposed(
      head.value, stride: shape.keyStride, count: keyCount, into: valuePanels)
    unsafe computeMeans(into: means)

    let panelStride = MatrixProductTile.columns * shape.width
    for start in stride(from: 0, to: keyCount, by: AttentionPlan.backwardKeyBlock) {
      let count = min(AttentionPlan.backwardKeyBlock, keyCount - start)
      let panels = { (packed: UnsafeMutablePointer<Scalar>) in
        unsafe PanelBlock(
          start: packed + start / MatrixProductTile.columns * panelStride, lane: 1,
          step: MatrixProductTile.columns, panel: panelStride)
      }
      var isFirst = true
      for first in stride(from: 0, to: shape.queries, by: AttentionPlan.backwardQueryBlock) {
        let rows = min(AttentionPlan.backwardQueryBlock, shape.queries - first)
        let seen = min(count, head.keyLimit(first + rows - 1) - start)
        guard seen > 0 else { continue }
        let columns = seen.roundedUp(toMultipleOf: MatrixProductTile.columns)
        let q = unsafe queries + first * head.packedWidth
        let dy = unsafe upstreams + first * head.packedWidth
        unsafe PanelProduct(
          leftRows(q, stride: head.packedWidth), panels(keyPanels), rows: rows, columns: columns,
          steps: shape.width
        ).compute(into: scores, rowStride: Self.scoreStride, accumulating: false, .downColumns)
        unsafe PanelProduct(
          leftRows(dy, stride: head.packedWidth), panels(valuePanels), rows: rows,
          columns: columns, steps: shape.width
        ).compute(into: slopes, rowStride: Self.scoreStride, accumulating: false, .downColumns)
        for row in 0..<rows {
          unsafe computeSlopes(
            first + row, start, seen, scores + row * Self.scoreStride,
            slopes + row * Self.scoreStride, mean: means[first + row])
        }
        // Keys of this block that none of these queries sees have had nothing added yet.
        let added = isFirst ? count : seen
        if isFirst && seen < count {
          for row in 0..<rows {
            for j in seen.roundedUp(toMultipleOf: 16)..<count.roundedUp(toMultipleOf: 16) {
              unsafe scores[row * Self.scoreStride + j] = 0
              unsafe slopes[row * Self.scoreStride + j] = 0
            }
          }
        }
        unsafe PanelProduct(
          leftColumns(scores, stride: Self.scoreStride), head.rowPanels(upstreams, from: first),
          rows: added, columns: shape.width, steps: rows
        ).compute(
          into: valueGradient + start * shape.keyStride, rowStride: shape.keyStride,
          accumulating: !isFirst, .downColumns)
        unsafe PanelProduct(
          leftColumns(slopes, stride: Self.scoreStride), head.rowPanels(queries, from: first),
          rows: added, columns: shape.width, steps: rows
        ).compute(
          into: keyGradient + start * shape.keyStride, rowStride: shape.keyStride,
          accumulating: !isFirst, .downColumns)
        unsafe PanelProduct(
          leftRows(slopes, stride: Self.scoreStride), head.rowPanels(keys, from: start),
          rows: rows, columns: shape.width, steps: seen
        ).compute(
          into: queryGradient + first * shape.queryStride, rowStride: shape.queryStride,
          accumulating: start > 0, .downColumns)
        isFirst = false
      }
    }
    clearUnseen(keyCount)
    return true
  }

  /// D[i] = Σ_c ∂L/∂y[i, c] y[i, c].
  private func computeMeans(into means: UnsafeMutablePointer<Scalar>) {
    for row in 0..<head.shape.queries {
      let y = unsafe output + row &* head.shape.rowWidth
      let dy = unsafe upstream + row &* head.shape.rowWidth
      var sums = Vector.zero
      var c = 0
      while c &+ Vector.scalarCount <= head.shape.width {
        unsafe sums.addProduct(Vector(at: y + c), Vector(at: dy + c))
        c &+= Vector.scalarCount
      }
      var sum = sums.sum()
      while c < head.shape.width {
        unsafe sum.addProduct(y[c], dy[c])
        c &+= 1
      }
      unsafe means[row] = sum
    }
  }

  /// Turns a row's scores into probabilities, and the gradients with respect to them into those with respect to the scores.
  ///
  /// - Parameters:
  ///   - query: the number of the row.
  ///   - start: the first key.
  ///   - keys: how many.
  ///   - scores: q kᵀ on entry, p on return.
  ///   - slopes: ∂L/∂p on entry, scale · ∂L/∂s on return.
  ///   - mean: D.
  @inline(__always)
  private func computeSlopes(
    _ query: Int, _ start: Int, _ keys: Int, _ scores: UnsafeMutablePointer<Scalar>,
    _ slopes: UnsafeMutablePointer<Scalar>, mean: Scalar
  ) {
    let shape = head.shape
    let limit = head.keyLimit(query)
    let logarithm = unsafe logSumExp[query]
    // A row that sees nothing has −∞ everywhere, and any other number makes 0 of it.
    let offset = ScoreVector(repeating: logarithm == -.infinity ? 0 : -logarithm)
    let scale = ScoreVector(repeating: shape.scale)
    let open = head.openKeys(limit, start, keys)
    var j = 0
    while j < keys {
      var raw = unsafe ScoreVector(at: scores + j)
      let isMasked = j &+ 16 > open
      if isMasked { raw = head.masked(raw, query: query, key: start &+ j, limit: limit) }
      let p = ScoreVector.exp(offset.addingProduct(raw, scale))
      var dp = unsafe ScoreVector(at: slopes + j)
      var kept = p
      if let dropout = head.dropout {
        let factors = dropout.factors(
          row: head.firstRow &+ query, key: start &+ j, keys: shape.keys)
        kept = p * factors
        dp *= factors
      }
      var slope = scale * p * (dp - mean)
      // Nothing that stands in a masked value may come through: 0 × NaN is NaN.
      if isMasked { slope = slope.replacing(with: 0, where: raw .== -.infinity) }
      unsafe kept.store(to: scores + j)
      unsafe slope.store(to: slopes + j)
      j &+= 16
    }
  }

  /// Clears the gradients of what nobody saw.
  private func clearUnseen(_ keyCount: Int) {
    let shape = head.shape
    for j in keyCount..<shape.keys {
      for c in 0..<shape.width {
        unsafe keyGradient[j * shape.keyStride + c] = 0
        unsafe valueGradient[j * shape.keyStride + c] = 0
      }
    }
    for block in stride(from: 0, to: shape.queries, by: AttentionPlan.backwardQueryBlock) {
      let last = min(block + AttentionPlan.backwardQueryBlock, shape.queries)
      guard head.keyLimit(last - 1) == 0 else { return }
      for i in block..<last {
        for c in 0..<shape.width { unsafe queryGradient[i * shape.queryStride + c] = 0 }
      }
    }
  }
}
