import KernelSupport

extension Naive {
  /// Softmax of each row: turns scores into probabilities that sum to one.
  ///
  ///     yⱼ = exp(xⱼ − m) / Σₖ exp(xₖ − m),   m = maxₖ xₖ
  ///
  /// Subtracting the largest score changes nothing in the quotient and keeps every exponential at or
  /// below 1. A score of −∞ gets the probability 0. A row of −∞ only, or with ∞ or NaN in it, has no
  /// softmax: NaN.
  ///
  /// - Parameters:
  ///   - x: rows × columns scores on entry, probabilities on return.
  ///   - columns: the length of a row, at least 1, a divisor of the count.
  public static func softmax(_ x: inout MutableSpan<Scalar>, columns: Int) {
    checkRows("softmax", x.count, of: columns)
    for row in stride(from: 0, to: x.count, by: columns) {
      var largest = -Scalar.infinity
      for i in row..<row + columns { largest = max(largest, x[i]) }
      var sum: Scalar = 0
      for i in row..<row + columns {
        x[i] = Scalar.exp(x[i] - largest)
        sum += x[i]
      }
      for i in row..<row + columns { x[i] /= sum }
    }
  }

  /// The pullback of `softmax`: every probability depends on every score of its row.
  ///
  ///     ∂L/∂xⱼ = yⱼ (∂L/∂yⱼ − Σₖ ∂L/∂yₖ yₖ)
  ///
  /// - Parameters:
  ///   - output: y, what `softmax` returned.
  ///   - columns: the length of a row, at least 1, a divisor of the count.
  ///   - gradient: ∂L/∂y on entry, ∂L/∂x on return; as many elements.
  public static func softmaxBackward(
    output: Span<Scalar>, columns: Int, gradient: inout MutableSpan<Scalar>
  ) {
    checkCounts("softmaxBackward", output.count, gradient.count)
    checkRows("softmaxBackward", output.count, of: columns)
    for row in stride(from: 0, to: output.count, by: columns) {
      var mean: Scalar = 0
      for i in row..<row + columns { mean += gradient[i] * output[i] }
      for i in row..<row + columns { gradient[i] = output[i] * (gradient[i] - mean) }
    }
  }
}

/// From the definition to the fast kernel, one thread, 131,000 elements, rows of 10 (and of 1000):
///
/// 1. The definition: one exponential at a time.                                683 µs   (637 µs)
/// 2. Eight exponentials at a time, row by row; narrow rows leave lanes idle.   324 µs   (358 µs)
/// 3. All rows of a block shifted, then all exponentials in one go, then all
///    rows divided; maxima and sums in eight lanes.                             145 µs   (79 µs)
/// 4. Blocks of whole rows on several threads.                                   74 µs   (42 µs) on two
///
/// Backward there is no exponential. The sum gains from lanes as any dot product does, and a row taken as
/// a span of its own lets the compiler make vectors of the rest: 256 rows of 128 take 7 µs where the
/// definition takes 24. That is not four times: two numbers are fetched for every one that is written, and each
/// row waits for its own sum. Rows below 32 are too short for lanes, and are left to the definition and threads.
extension Fast {
  /// Softmax of each row; contract: `Naive.softmax`.
  public static func softmax(_ x: inout MutableSpan<Scalar>, columns: Int) {
    checkRows("softmax", x.count, of: columns)
    x.forEachBlock(of: softmaxBlock(columns)) { _, block in
      for row in stride(from: 0, to: block.count, by: columns) {
        var scores = block._mutatingExtracting(row..<row &+ columns)
        let largest = maximum(scores.span)
        for i in scores.indices { scores[i] -= largest }
      }
      block.mapVectors(Vector.exp)
      for row in stride(from: 0, to: block.count, by: columns) {
        var exponentials = block._mutatingExtracting(row..<row &+ columns)
        let factor = 1 / sum(exponentials.span)
        for i in exponentials.indices { exponentials[i] *= factor }
      }
    }
  }

  /// The pullback of `softmax`; contract: `Naive.softmaxBackward`.
  public static func softmaxBackward(
    output: Span<Scalar>, columns: Int, gradient: inout MutableSpan<Scalar>
  ) {
    checkCounts("softmaxBackward", output.count, gradient.count)
    checkRows("softmaxBackward", output.count, of: columns)
    gradient.forEachBlock(of: softmaxBlock(columns)) { start, block in
      guard columns >= 32 else {
        let y = output.extracting(start..<start &+ block.count)
        Naive.softmaxBackward(output: y, columns: columns, gradient: &block)
        return
      }
      for row in stride(from: 0, to: block.count, by: columns) {
        let y = output.extracting(start &+ row..<start &+ row &+ columns)
        var gradient = block._mutatingExtracting(row..<row &+ columns)
        let mean = dotOfBlock(gradient.span, y)
        for i in gradient.indices { gradient[i] = y[i] * (gradient[i] - mean) }
      }
    }
  }

  /// The elements of a block: whole rows.
  private static func softmaxBlock(_ columns: Int) -> Int {
    max(1, ElementwiseBlock.heavy / columns) * columns
  }

  /// The largest of at least one element; NaN is passed over.
  @inline(__always)
  private static func maximum(_ x: Span<Scalar>) -> Scalar {
    let width = Vector.scalarCount
    var largest = Vector(repeating: -.infinity)
    var i = 0
    while i &+ width <= x.count {
      largest = larger(largest, x.vector(at: i))
      i &+= width
    }
    if i < x.count { largest = larger(largest, x.remainder(x.count &- i, padding: -.infinity)) }
    let (low, high) = (largest.lowHalf, largest.highHalf)
    let four = low.replacing(with: high, where: low .< high)
    let (even, odd) = (four.evenHalf, four.oddHalf)
    let two = even.replacing(with: odd, where: even .< odd)
    return max(two.x, two.y)
  }

  /// The larger of each pair of lanes; the standard library's `pointwiseMax` takes a branch a lane.
  @inline(__always)
  private static func larger(_ a: Vector, _ b: Vector) -> Vector {
    a.replacing(with: b, where: a .< b)
  }

  /// The sum of the elements in eight lanes.
  @inline(__always)
  private static func sum(_ x: Span<Scalar>) -> Scalar {
    let width = Vector.scalarCount
    var sum = Vector.zero
    var i = 0
    while i &+ width <= x.count {
      sum += x.vector(at: i)
      i &+= width
    }
    if i < x.count { sum += x.remainder(x.count &- i) }
    return sum.sum()
  }
}
