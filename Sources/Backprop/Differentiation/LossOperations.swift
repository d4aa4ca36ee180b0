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
    let (prediction, t) = (value, target.elements)
    let p = prediction.elements
    let loss = Backend.current.loss.meanSquaredError(p.span, t.span)
    return Variable(Tensor(loss), from: self) { [self] upstream in
      var gradient = prediction
      gradient.update {
        Backend.current.loss.meanSquaredErrorBackward(
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
    let (logits, t) = (value, target.elements)
    let x = logits.elements
    let loss = Backend.current.loss.binaryCrossEntropy(logits: x.span, t.span)
    return Variable(Tensor(loss), from: self) { [self] upstream in
      var gradient = logits
      gradient.update {
        Backend.current.loss.binaryCrossEntropyBackward(
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
    let columns = value.columns
    var loss: Scalar = 0
    probabilities.update {
      loss = Backend.current.loss.softmaxCrossEntropy(&$0, columns: columns, labels: labels.span)
    }
    let kept = probabilities
    return Variable(Tensor(loss), from: self) { [self] upstream in
      var gradient = kept
      gradient.update {
        Backend.current.loss.softmaxCrossEntropyBackward(
          columns: columns, labels: labels.span, upstream: upstream.number, gradient: &$0)
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
