import KernelSupport
import Perceptrons

/// The kernels of the cross-entropy with targets that are shares, not labels.
///
/// `Naive` holds the contract of both and their definitions; `Fast` computes the same up to rounding.
public protocol SoftTargetKernels {
  /// Softmax and the cross-entropy of its answers; contract: `Naive.softTargetCrossEntropy`.
  static func softTargetCrossEntropy(
    _ logits: inout MutableSpan<Scalar>, columns: Int, targets: Span<Scalar>, divisor: Scalar
  ) -> Scalar
  /// The pullback; contract: `Naive.softTargetCrossEntropyBackward`.
  static func softTargetCrossEntropyBackward(
    columns: Int, targets: Span<Scalar>, factor: Scalar, gradient: inout MutableSpan<Scalar>)
}

extension Naive: SoftTargetKernels {}
extension Fast: SoftTargetKernels {}

extension Backend {
  /// This backend's kernels of the cross-entropy with soft targets.
  public var softTarget: any SoftTargetKernels.Type { self == .naive ? Naive.self : Fast.self }
}

/// Stops the program unless there is a target for every logit, in whole rows.
private func check(_ operation: String, _ count: Int, _ columns: Int, _ targets: Int) {
  precondition(
    columns >= 1 && count % columns == 0 && targets == count,
    "\(operation): \(count) logits in rows of \(columns), and \(targets) targets")
}

extension Naive {
  /// Softmax of each row and its cross-entropy with a target of shares, summed and divided.
  ///
  ///     L = 1/divisor Σᵢ Σⱼ t[i, j] (ln Σₖ e^{x[i, k]} − x[i, j])
  ///
  /// A row of zeros as its target takes no part in the loss: that is how padding is ignored.
  ///
  /// - Parameters:
  ///   - logits: x, rows × columns, on entry; the probabilities y on return.
  ///   - columns: the number of classes, at least 1.
  ///   - targets: t, at least 0, as many elements.
  ///   - divisor: what the sum is divided by, above 0: the number of rows, for a mean.
  public static func softTargetCrossEntropy(
    _ logits: inout MutableSpan<Scalar>, columns: Int, targets: Span<Scalar>, divisor: Scalar
  ) -> Scalar {
    check("Naive.softTargetCrossEntropy", logits.count, columns, targets.count)
    var loss = 0.0
    for row in stride(from: 0, to: logits.count, by: columns) {
      var largest = -Scalar.infinity
      for j in 0..<columns { largest = max(largest, logits[row + j]) }
      var sum: Scalar = 0
      for j in 0..<columns { sum += Scalar.exp(logits[row + j] - largest) }
      for j in 0..<columns {
        loss += Double(targets[row + j] * (Scalar.log(sum) - (logits[row + j] - largest)))
        logits[row + j] = Scalar.exp(logits[row + j] - largest) / sum
      }
    }
    return Scalar(loss / Double(divisor))
  }

  /// The pullback of `softTargetCrossEntropy`.
  ///
  ///     ∂L/∂x[i, j] = factor (y[i, j] Σₖ t[i, k] − t[i, j])
  ///
  /// - Parameters:
  ///   - columns: the number of classes, at least 1.
  ///   - targets: t, at least 0, as many elements.
  ///   - factor: the gradient of the final loss with respect to L, over the divisor.
  ///   - gradient: the probabilities y on entry, the gradient with respect to x on return.
  public static func softTargetCrossEntropyBackward(
    columns: Int, targets: Span<Scalar>, factor: Scalar, gradient: inout MutableSpan<Scalar>
  ) {
    check("Naive.softTargetCrossEntropyBackward", gradient.count, columns, targets.count)
    for row in stride(from: 0, to: gradient.count, by: columns) {
      var total: Scalar = 0
      for j in 0..<columns { total += targets[row + j] }
      for j in 0..<columns {
        gradient[row + j] = factor * (gradient[row + j] * total - targets[row + j])
      }
    }
  }
}

extension Fast {
  /// Softmax and the cross-entropy of its answers; contract: `Naive.softTargetCrossEntropy`.
  ///
  /// As with labels, what a row's probabilities lose to rounding is told by its logits. With the row's
  /// favourite f, whose probability is never below 1 / columns:
  ///
  ///     Σⱼ t[j] (−ln y[j]) = Σⱼ t[j] ((x[f] − ln y[f]) − x[j])
  public static func softTargetCrossEntropy(
    _ logits: inout MutableSpan<Scalar>, columns: Int, targets: Span<Scalar>, divisor: Scalar
  ) -> Scalar {
    check("Fast.softTargetCrossEntropy", logits.count, columns, targets.count)
    let rows = logits.count / columns
    var loss = 0.0
    var totals = [Scalar](repeating: 0, count: rows)
    for i in 0..<rows {
      let row = logits.span.extracting(i &* columns..<(i &+ 1) &* columns)
      let target = targets.extracting(i &* columns..<(i &+ 1) &* columns)
      let highest = Vector(repeating: largest(row))
      let distances = sumOfTerms(row, target) { x, t in
        // Lanes without a target take no part, whatever their logit: 0 · ∞ is not 0.
        (t * (highest - x)).replacing(with: 0, where: t .== 0)
      }
      loss += Double(distances)
      totals[i] = sumOfTerms(target, target) { t, _ in t }
    }
    softmax(&logits, columns: columns)
    var logarithms = (0..<rows).map {
      largest(logits.span.extracting($0 &* columns..<($0 &+ 1) &* columns))
    }
    var span = logarithms.mutableSpan
    span.mapVectors(Vector.log)
    for i in 0..<rows { loss -= Double(totals[i] * span[i]) }
    return Scalar(loss / Double(divisor))
  }

  /// The pullback; contract: `Naive.softTargetCrossEntropyBackward`.
  public static func softTargetCrossEntropyBackward(
    columns: Int, targets: Span<Scalar>, factor: Scalar, gradient: inout MutableSpan<Scalar>
  ) {
    check("Fast.softTargetCrossEntropyBackward", gradient.count, columns, targets.count)
    gradient.forEachBlock(of: max(1, ElementwiseBlock.light / columns) * columns) { start, block in
      for first in stride(from: 0, to: block.count, by: columns) {
        let target = targets.extracting(start &+ first..<start &+ first &+ columns)
        var row = block._mutatingExtracting(first..<first &+ columns)
        let total = sumOfTerms(target, target) { t, _ in t }
        for j in row.indices { row[j] = factor * (row[j] * total - target[j]) }
      }
    }
  }
}
