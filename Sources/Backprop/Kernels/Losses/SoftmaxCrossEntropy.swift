import KernelSupport
import Perceptrons

extension Naive {
  /// Softmax of each row and the cross-entropy of its answers, as a mean over the rows.
  ///
  ///     L = −1/n Σᵢ ln y[i, labelᵢ],   y = softmax of each row of x
  ///       =  1/n Σᵢ (ln Σⱼ e^{x[i, j]} − x[i, labelᵢ])
  ///
  /// Fused, since the second form takes no logarithm of a probability that was rounded to 0, and since
  /// the backward pass needs the probabilities that are left in place. All about it on one page:
  /// `Chapters/Guides/SoftmaxCrossEntropy.md`.
  ///
  /// - Parameters:
  ///   - logits: x, n × columns, n ≥ 1, on entry; the probabilities y on return.
  ///   - columns: the number of classes.
  ///   - labels: n numbers of the right classes, each in 0..<columns.
  public static func softmaxCrossEntropy(
    _ logits: inout MutableSpan<Scalar>, columns: Int, labels: Span<Int>
  ) -> Scalar {
    checkLabels("softmaxCrossEntropy", logits.count, columns, labels)
    var loss = 0.0
    for i in labels.indices {
      let row = i * columns
      var largest = -Scalar.infinity
      for j in 0..<columns { largest = max(largest, logits[row + j]) }
      var sum: Scalar = 0
      for j in 0..<columns { sum += Scalar.exp(logits[row + j] - largest) }
      loss += Double(Scalar.log(sum) - (logits[row + labels[i]] - largest))
      for j in 0..<columns { logits[row + j] = Scalar.exp(logits[row + j] - largest) / sum }
    }
    return Scalar(loss / Double(labels.count))
  }

  /// The pullback of `softmaxCrossEntropy`: the difference between answer and target.
  ///
  ///     ∂L/∂x[i, j] = 1/n (y[i, j] − (1 if j = labelᵢ else 0))
  ///
  /// - Parameters:
  ///   - columns: the number of classes.
  ///   - labels: n numbers of the right classes, each in 0..<columns.
  ///   - upstream: the gradient of the final loss with respect to L.
  ///   - gradient: the probabilities y on entry, the gradient with respect to x on return; n × columns.
  public static func softmaxCrossEntropyBackward(
    columns: Int, labels: Span<Int>, upstream: Scalar, gradient: inout MutableSpan<Scalar>
  ) {
    checkLabels("softmaxCrossEntropyBackward", gradient.count, columns, labels)
    let factor = upstream / Scalar(labels.count)
    for i in labels.indices {
      for j in 0..<columns {
        let target: Scalar = j == labels[i] ? 1 : 0
        gradient[i * columns + j] = factor * (gradient[i * columns + j] - target)
      }
    }
  }
}

extension Fast {
  /// Softmax and cross-entropy; contract: `Naive.softmaxCrossEntropy`.
  ///
  /// The fast softmax of chapter 1 does nearly all of the work. The probability of the right class may
  /// be rounded to 0, but that of the row's favourite is at least 1 / columns, and what is between the
  /// two is the difference of their logits:
  ///
  ///     −ln y[label] = −ln y[favourite] + (x[favourite] − x[label])
  ///
  /// The logarithms are taken eight at a time.
  public static func softmaxCrossEntropy(
    _ logits: inout MutableSpan<Scalar>, columns: Int, labels: Span<Int>
  ) -> Scalar {
    checkLabels("softmaxCrossEntropy", logits.count, columns, labels)
    var loss = 0.0
    for i in labels.indices {
      let row = logits.span.extracting(i &* columns..<(i &+ 1) &* columns)
      loss += Double(largest(row) - row[labels[i]])
    }
    softmax(&logits, columns: columns)
    var favourites = [Scalar](repeating: 0, count: labels.count)
    for i in labels.indices {
      favourites[i] = largest(logits.span.extracting(i &* columns..<(i &+ 1) &* columns))
    }
    var logarithms = favourites.mutableSpan
    logarithms.mapVectors(Vector.log)
    for i in logarithms.indices { loss -= Double(logarithms[i]) }
    return Scalar(loss / Double(labels.count))
  }

  /// The largest of at least one element, chosen without a branch: a processor would guess it wrong two
  /// or three times a row.
  @inline(__always)
  static func largest(_ row: Span<Scalar>) -> Scalar {
    var largest = row[0]
    for j in row.indices { largest = row[j] > largest ? row[j] : largest }
    return largest
  }

  /// The pullback of `softmaxCrossEntropy`; contract: `Naive.softmaxCrossEntropyBackward`.
  public static func softmaxCrossEntropyBackward(
    columns: Int, labels: Span<Int>, upstream: Scalar, gradient: inout MutableSpan<Scalar>
  ) {
    checkLabels("softmaxCrossEntropyBackward", gradient.count, columns, labels)
    let factor = upstream / Scalar(labels.count)
    scale(&gradient, by: factor)
    for i in labels.indices { gradient[i &* columns &+ labels[i]] -= factor }
  }
}

/// Stops the program unless there is one valid label for every row.
private func checkLabels(
  _ operation: String, _ count: Int, _ columns: Int, _ labels: Span<Int>
) {
  precondition(
    count == columns * labels.count,
    "\(operation): \(count) logits for \(labels.count) labels of \(columns) classes")
  for i in labels.indices {
    precondition(
      labels[i] >= 0 && labels[i] < columns,
      "\(operation): label \(labels[i]) is not one of \(columns) classes")
  }
}
