import Backprop
import KernelSupport

extension Naive {
  /// Normalises every row by its own mean and deviation, then scales and shifts every column.
  ///
  ///     μᵢ = 1/d Σⱼ x[i, j],   s²ᵢ = 1/d Σⱼ (x[i, j] − μᵢ)²
  ///     y[i, j] = γ[j] (x[i, j] − μᵢ) / √(s²ᵢ + ε) + β[j]
  ///
  /// The variance is the biased one, divided by d, and ε stands inside the root. Some well-known teaching code
  /// divides by d − 1 and adds ε outside; a checkpoint that was trained one way is wrong the other way.
  ///
  /// - Parameters:
  ///   - x: n × d, row-major; n may be 0.
  ///   - scale: γ, d elements, at least one.
  ///   - shift: β, d elements.
  ///   - epsilon: ε, above 0, so that a constant row has a deviation.
  ///   - y: the result, as many elements as x.
  ///
  /// Source: Ba, Kiros and Hinton, "Layer Normalization", arXiv:1607.06450, 2016, equation 4.
  public static func layerNormalization(
    _ x: Span<Scalar>, scale: Span<Scalar>, shift: Span<Scalar>, epsilon: Scalar,
    into y: inout MutableSpan<Scalar>
  ) {
    checkNormalization("layerNormalization", x.count, y.count, scale.count, shift.count, epsilon)
    let columns = scale.count
    for start in stride(from: 0, to: x.count, by: columns) {
      let (mean, inverse) = moments(x, start, columns, epsilon)
      for j in 0..<columns { y[start + j] = scale[j] * (x[start + j] - mean) * inverse + shift[j] }
    }
  }

  /// The pullback of `layerNormalization`.
  ///
  /// With x̂[i, j] = (x[i, j] − μᵢ) / sᵢ, g = ∂L/∂y and a[i, j] = γ[j] g[i, j]:
  ///
  ///     ∂L/∂β[j] = Σᵢ g[i, j]
  ///     ∂L/∂γ[j] = Σᵢ g[i, j] x̂[i, j]
  ///     ∂L/∂x[i, j] = 1/sᵢ (a[i, j] − 1/d Σₖ a[i, k] − x̂[i, j] 1/d Σₖ a[i, k] x̂[i, k])
  ///
  /// The two terms that are subtracted are how an element changes its row's mean and deviation.
  ///
  /// - Parameters:
  ///   - x: n × d, row-major.
  ///   - scale: γ, d elements.
  ///   - epsilon: ε.
  ///   - gradient: ∂L/∂y on entry, ∂L/∂x on return, as many elements as x.
  ///   - scaleGradient: ∂L/∂γ, d elements, overwritten.
  ///   - shiftGradient: ∂L/∂β, d elements, overwritten.
  public static func layerNormalizationBackward(
    _ x: Span<Scalar>, scale: Span<Scalar>, epsilon: Scalar, gradient: inout MutableSpan<Scalar>,
    scaleGradient: inout MutableSpan<Scalar>, shiftGradient: inout MutableSpan<Scalar>
  ) {
    checkNormalization(
      "layerNormalizationBackward", x.count, gradient.count, scale.count, scale.count, epsilon)
    checkNormalization(
      "layerNormalizationBackward", x.count, gradient.count, scaleGradient.count,
      shiftGradient.count, epsilon)
    let columns = scale.count
    for j in 0..<columns {
      scaleGradient[j] = 0
      shiftGradient[j] = 0
    }
    for start in stride(from: 0, to: x.count, by: columns) {
      let (mean, inverse) = moments(x, start, columns, epsilon)
      var (sum, product): (Scalar, Scalar) = (0, 0)
      for j in 0..<columns {
        let (g, normal) = (gradient[start + j], (x[start + j] - mean) * inverse)
        shiftGradient[j] += g
        scaleGradient[j] += g * normal
        sum += scale[j] * g
        product += scale[j] * g * normal
      }
      for j in 0..<columns {
        let normal = (x[start + j] - mean) * inverse
        let own = scale[j] * gradient[start + j]
        gradient[start + j] =
          inverse * (own - sum / Scalar(columns) - normal * product / Scalar(columns))
      }
    }
  }

  /// μ and 1/s of one row.
  private static func moments(
    _ x: Span<Scalar>, _ start: Int, _ columns: Int, _ epsilon: Scalar
  ) -> (mean: Scalar, inverse: Scalar) {
    var sum: Scalar = 0
    for j in 0..<columns { sum += x[start + j] }
    let mean = sum / Scalar(columns)
    var squares: Scalar = 0
    for j in 0..<columns { squares += (x[start + j] - mean) * (x[start + j] - mean) }
    return (mean, 1 / (squares / Scalar(columns) + epsilon).squareRoot())
  }
}

/// Stops the program unless operands are rows of as many columns as there are scales and shifts.
private func checkNormalization(
  _ operation: String, _ count: Int, _ other: Int, _ scales: Int, _ shifts: Int, _ epsilon: Scalar
) {
  precondition(
    scales >= 1 && shifts == scales && count == other && count.isMultiple(of: scales),
    "\(operation): \(count) and \(other) elements in rows of \(scales) scales and \(shifts) shifts")
  precondition(epsilon > 0, "\(operation): an epsilon of \(epsilon) is not positive")
}

/// From the definition to the fast kernel: see the chapter's table. A row of 128 numbers is half a kilobyte and stays
/// in the first-level cache, so its mean, its variance and its result are three passes that cost memory nothing:
///
/// 1. The definition: two sums that wait for every addition, forward; four, backward.
/// 2. Sums in four vectors, in a fixed order; rows taken as spans of their own, so that the rest is vectors too.
/// 3. Blocks of rows, fixed by the shape, on several threads. Backward, each block adds its rows' shares of ∂L/∂γ and
///    ∂L/∂β to sums of its own, which are added up in the order of the blocks: the same bits for every thread count.
///
/// The deviations are not kept from forward to backward. To compute them again takes two sums of what is read anyway.
extension Fast {
  /// Normalises every row; contract: `Naive.layerNormalization`.
  public static func layerNormalization(
    _ x: Span<Scalar>, scale: Span<Scalar>, shift: Span<Scalar>, epsilon: Scalar,
    into y: inout MutableSpan<Scalar>
  ) {
    checkNormalization("layerNormalization", x.count, y.count, scale.count, shift.count, epsilon)
    let columns = scale.count
    y.forEachBlock(of: max(1, 65_536 / columns) * columns) { first, block in
      for start in stride(from: 0, to: block.count, by: columns) {
        let row = x.extracting(first &+ start..<first &+ start &+ columns)
        let (mean, inverse) = moments(row, epsilon)
        var result = block._mutatingExtracting(start..<start &+ columns)
        for j in result.indices {
          result[j] = shift[j].addingProduct((row[j] - mean) * inverse, scale[j])
        }
      }
    }
  }

  /// The pullback of `layerNormalization`; contract: `Naive.layerNormalizationBackward`.
  public static func layerNormalizationBackward(
    _ x: Span<Scalar>, scale: Span<Scalar>, epsilon: Scalar, gradient: inout MutableSpan<Scalar>,
    scaleGradient: inout MutableSpan<Scalar>, shiftGradient: inout MutableSpan<Scalar>
  ) {
    checkNormalization(
      "layerNormalizationBackward", x.count, gradient.count, scale.count, scale.count, epsilon)
    checkNormalization(
      "layerNormalizationBackward", x.count, gradient.count, scaleGradient.count,
      shiftGradient.count, epsilon)
    let columns = scale.count
    let rows = x.count / columns
    let blockRows = LayerNormalizationPlan.blockRows(columns: columns)
    let blocks = rows.dividedRoundingUp(by: blockRows)
    let found = blockSums(x, gradient.span, columns: columns, blockRows: blockRows, epsilon)
    let width = 2 * columns + 2 * blockRows
    scaleGradient.update(repeating: 0)
    shiftGradient.update(repeating: 0)
    for block in 0..<blocks {
      let scales = found.span.extracting(block * width..<block * width + columns)
      let shifts = found.span.extracting(block * width + columns..<block * width + 2 * columns)
      for j in 0..<columns { scaleGradient[j] += scales[j] }
      for j in 0..<columns { shiftGradient[j] += shifts[j] }
    }
    gradient.forEachBlock(of: blockRows * columns) { first, block in
      let statistics = found.span.extracting(
        first / (blockRows * columns) * width + 2 * columns..<(first / (blockRows * columns) + 1)
          * width)
      for start in stride(from: 0, to: block.count, by: columns) {
        let row = x.extracting(first &+ start..<first &+ start &+ columns)
        var result = block._mutatingExtracting(start..<start &+ columns)
        let index = start / columns
        pullBack(
          row, scale, mean: statistics[2 &* index], inverse: statistics[2 &* index &+ 1], &result)
      }
    }
  }

  /// For every block of rows: the sums for γ, the sums for β, then mean and 1/s of each of its rows.
  private static func blockSums(
    _ x: Span<Scalar>, _ upstream: Span<Scalar>, columns: Int, blockRows: Int, _ epsilon: Scalar
  ) -> [Scalar] {
    let rows = x.count / columns
    let width = 2 * columns + 2 * blockRows
    var sums = [Scalar](repeating: 0, count: rows.dividedRoundingUp(by: blockRows) * width)
    var sumsSpan = sums.mutableSpan
    sumsSpan.forEachBlock(of: width) { start, block in
      let first = start / width * blockRows
      for i in 0..<min(blockRows, rows &- first) {
        let range = (first &+ i) &* columns..<(first &+ i &+ 1) &* columns
        let (row, g) = (x.extracting(range), upstream.extracting(range))
        let (mean, inverse) = moments(row, epsilon)
        block[2 &* columns &+ 2 &* i] = mean
        block[2 &* columns &+ 2 &* i &+ 1] = inverse
        addTerms(row, g, mean: mean, inverse: inverse, to: &block)
      }
    }
    return sums
  }

  /// Adds a row's shares of ∂L/∂γ and ∂L/∂β.
  @inline(__always)
  private static func addTerms(
    _ x: Span<Scalar>, _ gradient: Span<Scalar>, mean: Scalar, inverse: Scalar,
    to sums: inout MutableSpan<Scalar>
  ) {
    let columns = x.count
    do {
      var scales = sums._mutatingExtracting(0..<columns)
      for j in scales.indices { scales[j].addProduct(gradient[j], (x[j] - mean) * inverse) }
    }
    var shifts = sums._mutatingExtracting(columns..<2 &* columns)
    for j in shifts.indices { shifts[j] += gradient[j] }
  }

  /// ∂L/∂x of one row, in place of ∂L/∂y.
  @inline(__always)
  private static func pullBack(
    _ x: Span<Scalar>, _ scale: Span<Scalar>, mean: Scalar, inverse: Scalar,
    _ gradient: inout MutableSpan<Scalar>
  ) {
    for j in gradient.indices { gradient[j] *= scale[j] }
    let share = 1 / Scalar(x.count)
    let sum = share * sumOfTerms(x, gradient.span) { _, a in a }
    let product = share * inverse * sumOfTerms(x, gradient.span) { x, a in (x - mean) * a }
    let slope = inverse * product
    for j in gradient.indices {
      gradient[j] = inverse * (gradient[j] - sum).addingProduct(-slope, x[j] - mean)
    }
  }

  /// μ and 1/s of one row.
  @inline(__always)
  private static func moments(
    _ x: Span<Scalar>, _ epsilon: Scalar
  ) -> (mean: Scalar, inverse: Scalar) {
    let share = 1 / Scalar(x.count)
    let mean = share * sumOfTerms(x, x) { x, _ in x }
    let squares = sumOfTerms(x, x) { x, _ in (x - mean) * (x - mean) }
    return (mean, 1 / (share * squares + epsilon).squareRoot())
  }
}

/// How rows are shared among threads in the backward pass.
package enum LayerNormalizationPlan {
  /// The rows of a block, whose shares of the parameters' gradients are summed together: fixed by the shape.
  package static func blockRows(columns: Int) -> Int { max(16, 8192 / columns) }
}
