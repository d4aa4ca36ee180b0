import KernelSupport

extension Variable {
  /// The mean of the squared differences from a target.
  ///
  ///     L = 1/n Σᵢ (xᵢ − tᵢ)²
  ///
  /// - Parameter target: t, of this variable's shape; no gradient flows to it.
  /// - Returns: a single number.
  public func meanSquaredError(_ target: Tensor) -> Variable {
    checkShape("meanSquaredError", target)
    let (prediction, t, kernels) = (value, target.elements, Backend.current.loss)
    let p = prediction.elements
    let loss = kernels.meanSquaredError(p.span, t.span)
    return Variable(Tensor(loss), from: [self]) { [self] upstream in
      var gradient = prediction
      gradient.update {
        kernels.meanSquaredErrorBackward(
          target: t.span, upstream: upstream.number, gradient: &$0)
      }
      addGradient(gradient)
    }
  }

  /// The mean cross-entropy of yes-or-no answers, of which this variable holds the logits.
  ///
  ///     L = −1/n Σᵢ (tᵢ ln σ(xᵢ) + (1 − tᵢ) ln(1 − σ(xᵢ)))
  ///
  /// - Parameter target: t in [0, 1], of this variable's shape; no gradient flows to it.
  /// - Returns: a single number.
  public func binaryCrossEntropy(_ target: Tensor) -> Variable {
    checkShape("binaryCrossEntropy", target)
    let (logits, t, kernels) = (value, target.elements, Backend.current.loss)
    let x = logits.elements
    let loss = kernels.binaryCrossEntropy(logits: x.span, t.span)
    return Variable(Tensor(loss), from: [self]) { [self] upstream in
      var gradient = logits
      gradient.update {
        kernels.binaryCrossEntropyBackward(
          target: t.span, upstream: upstream.number, gradient: &$0)
      }
      addGradient(gradient)
    }
  }

  /// The mean cross-entropy of the softmax of every row, of which this variable holds the logits.
  ///
  ///     L = −1/n Σᵢ ln softmax(xᵢ)[labelᵢ]
  ///
  /// - Parameter labels: the number of the right class of every row, in 0..<columns.
  /// - Returns: a single number.
  public func softmaxCrossEntropy(_ labels: [Int]) -> Variable {
    var probabilities = value
    let (columns, kernels) = (value.columns, Backend.current.loss)
    var loss: Scalar = 0
    probabilities.update {
      loss = kernels.softmaxCrossEntropy(&$0, columns: columns, labels: labels.span)
    }
    var kept: Tensor? = probabilities
    return Variable(Tensor(loss), from: [self]) { [self] upstream in
      // A pullback runs once, so that the probabilities may become the gradient.
      guard var gradient = kept.take() else { return }
      gradient.update {
        kernels.softmaxCrossEntropyBackward(
          columns: columns, labels: labels.span, upstream: upstream.number, gradient: &$0)
      }
      addGradient(gradient)
    }
  }

  /// The cross-entropy of the softmax of every row by itself, as a table of hard examples needs it.
  ///
  ///     L[i] = −ln softmax(xᵢ)[labelᵢ] = ln Σⱼ e^{x[i, j] − m} − (x[i, labelᵢ] − m),   m = maxⱼ x[i, j]
  ///
  /// It is composed of other operations: as exact as `softmaxCrossEntropy`, of which it is the terms, and slower.
  ///
  /// - Parameter labels: the number of the right class of every row, in 0..<columns.
  /// - Returns: as many numbers as there are rows.
  public func softmaxCrossEntropies(_ labels: [Int]) -> Variable {
    let (rows, columns) = (value.rows, value.columns)
    precondition(
      labels.count == rows && labels.allSatisfy { (0..<columns).contains($0) },
      "softmaxCrossEntropies: labels \(labels) for a variable of shape \(value.shape)")
    let logits = reshaped([rows, columns])
    let largest = logits.maximum(axis: 1).detached().reshaped([rows, 1])
    let shifted = logits - largest.broadcast(to: [rows, columns])
    let places = labels.enumerated().map { $0 * columns + $1 }
    let right = shifted.reshaped([rows * columns, 1]).rows(at: places).reshaped([rows])
    return shifted.exp().sum(axis: 1).log() - right
  }

  /// The mean cross-entropy of the softmax of every row with a target of shares.
  ///
  ///     L = −1/n Σᵢ Σⱼ t[i, j] ln softmax(xᵢ)[j]
  ///
  /// - Parameter target: t, of this variable's shape, at least 0; a row sums to 1 for probabilities. No
  ///   gradient flows to it.
  /// - Returns: a single number.
  public func softmaxCrossEntropy(_ target: Tensor) -> Variable {
    checkShape("softmaxCrossEntropy", target)
    return softTargetCrossEntropy(target.elements, divisor: Scalar(max(1, value.rows)))
  }

  /// The mean cross-entropy of the softmax of the rows that have a label, with smoothed labels.
  ///
  ///     t[i, j] = (1 − s) (1 if j = labelᵢ else 0) + s / columns
  ///
  /// - Parameters:
  ///   - labels: the number of the right class of every row, in 0..<columns, or `ignored`.
  ///   - ignored: the label of rows that take no part, as padding; nil if all do.
  ///   - labelSmoothing: s in [0, 1): the share that all classes have in common.
  /// - Returns: a single number: the mean over the rows that take part, and 0 if none does.
  ///
  /// Source: Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, "Rethinking the Inception Architecture for Computer
  /// Vision", CVPR 2016, section 7.
  public func softmaxCrossEntropy(
    _ labels: [Int], ignoring ignored: Int?, labelSmoothing: Scalar = 0
  ) -> Variable {
    let columns = value.columns
    precondition(
      labels.count * columns == value.count && (0..<1).contains(labelSmoothing),
      "softmaxCrossEntropy: \(labels.count) labels for a variable of shape \(value.shape), smoothed by \(labelSmoothing)"
    )
    var targets = [Scalar](repeating: 0, count: value.count)
    var taking = 0
    for (row, label) in labels.enumerated() where label != ignored {
      precondition(
        (0..<columns).contains(label),
        "softmaxCrossEntropy: label \(label) is not one of \(columns) classes")
      if labelSmoothing > 0 {
        for j in 0..<columns { targets[row * columns + j] = labelSmoothing / Scalar(columns) }
      }
      targets[row * columns + label] += 1 - labelSmoothing
      taking += 1
    }
    return softTargetCrossEntropy(targets, divisor: Scalar(max(1, taking)))
  }

  private func softTargetCrossEntropy(_ targets: [Scalar], divisor: Scalar) -> Variable {
    var probabilities = value
    let (columns, kernels) = (value.columns, Backend.current.softTarget)
    var loss: Scalar = 0
    probabilities.update {
      loss = kernels.softTargetCrossEntropy(
        &$0, columns: columns, targets: targets.span, divisor: divisor)
    }
    var kept: Tensor? = probabilities
    return Variable(Tensor(loss), from: [self]) { [self] upstream in
      // A pullback runs once, so that the probabilities may become the gradient.
      guard var gradient = kept.take() else { return }
      gradient.update {
        kernels.softTargetCrossEntropyBackward(
          columns: columns, targets: targets.span, factor: upstream.number / divisor, gradient: &$0)
      }
      addGradient(gradient)
    }
  }

  private func checkShape(_ operation: String, _ target: Tensor) {
    precondition(
      target.shape == value.shape,
      "\(operation): a target of shape \(target.shape) for a prediction of \(value.shape)")
  }
}
