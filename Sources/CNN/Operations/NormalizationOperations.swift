import Backprop
import KernelSupport

/// What training remembers of the mean and variance of every channel, for the time after it.
public struct RunningStatistics {
  /// The running mean, [channels]; starts at 0 and needs no gradient.
  public let mean: Variable
  /// The running variance, [channels]; starts at 1 and needs no gradient.
  public let variance: Variable
  /// The share of every new batch, in [0, 1].
  public let momentum: Scalar

  /// Creates statistics of nothing yet.
  ///
  /// - Parameters:
  ///   - channels: how many channels there are.
  ///   - momentum: the share of every new batch, in [0, 1].
  public init(channels: Int, momentum: Scalar) {
    precondition(
      (0...1).contains(momentum), "RunningStatistics: a momentum of \(momentum), expected 0 to 1")
    mean = Variable(Tensor(shape: [channels]))
    variance = Variable(Tensor(repeating: 1, shape: [channels]))
    self.momentum = momentum
  }

  /// Moves both towards those of a batch.
  ///
  ///     running ← (1 − momentum) running + momentum · batch
  ///
  /// The variance is the unbiased one, an estimate of the whole population's, as in PyTorch.
  ///
  /// - Parameters:
  ///   - batchMean: one number a channel.
  ///   - batchVariance: the biased variances, one number a channel.
  ///   - rows: how many elements of each channel the batch has, at least 2.
  func update(mean batchMean: [Scalar], variance batchVariance: [Scalar], rows: Int) {
    let unbiased = Scalar(rows) / Scalar(rows - 1)
    mean.setValue(moved(mean.value, towards: batchMean))
    variance.setValue(moved(variance.value, towards: batchVariance.map { unbiased * $0 }))
  }

  private func moved(_ running: Tensor, towards batch: [Scalar]) -> Tensor {
    let elements = zip(running.elements, batch).map { (1 - momentum) * $0 + momentum * $1 }
    return Tensor(elements, shape: running.shape)
  }
}

extension Variable {
  /// Every channel with the same mean and deviation, whatever it had before.
  ///
  ///     y = γ (x − μ) / √(variance + ε) + β
  ///     y = max(y + residual, 0)              with a residual, and where `isRectified`
  ///
  /// In training mean and variance are the batch's, and the running ones move towards them; in evaluation
  /// they are the running ones. The sum with a residual and the rectifier belong to the same operation
  /// since both are passes through memory that cost more than their arithmetic.
  ///
  /// - Parameters:
  ///   - scale: γ, [channels].
  ///   - shift: β, [channels].
  ///   - statistics: the running mean and variance.
  ///   - epsilon: ε, above 0.
  ///   - residual: what is added, of this variable's shape, or nil.
  ///   - isRectified: whether max(y, 0) is taken in the end.
  ///   - phase: training or evaluation.
  /// - Returns: y, of this variable's shape.
  /// - Precondition: this variable is […, channels], with at least two rows in training.
  public func batchNormalization(
    scale: Variable, shift: Variable, statistics: RunningStatistics, epsilon: Scalar = 1e-5,
    adding residual: Variable? = nil, isRectified: Bool = false, _ phase: Phase
  ) -> Variable {
    let x = self
    precondition(
      x.value.columns == scale.value.count && shift.value.count == scale.value.count
        && statistics.mean.value.count == scale.value.count,
      "batchNormalization: an input of shape \(x.value.shape) for scales of shape \(scale.value.shape), "
        + "shifts of shape \(shift.value.shape) and means of shape "
        + "\(statistics.mean.value.shape); its last size is the number of channels")
    precondition(
      residual.map { $0.value.shape == x.value.shape } ?? true,
      "batchNormalization: a residual of shape \(residual?.value.shape ?? []) for an input of shape "
        + "\(x.value.shape); they are added, element by element")
    let ofBatch = phase != .evaluation
    let (mean, variance) =
      ofBatch
      ? x.value.moments(statistics)
      : (statistics.mean.value.elements, statistics.variance.value.elements)
    let channels = ChannelNormalization(
      mean: mean, variance: variance, epsilon: epsilon, scale: scale.value.elements,
      shift: shift.value.elements, isRectified: isRectified)
    let (input, kernels) = (x.value.elements, Backend.current.normalization)
    let added = residual?.value.elements ?? []
    let y = Tensor(shape: x.value.shape) {
      kernels.batchNormalization(
        input.span, channels, adding: added.span, into: &$0)
    }
    return Variable(y, from: [x, scale, shift, residual]) { gradient in
      var scaleGradient = Tensor(shape: scale.value.shape)
      var shiftGradient = Tensor(shape: shift.value.shape)
      let residualGradient = Tensor(shape: residual?.value.shape ?? [0]) { residualGradient in
        gradient.update { gradient in
          scaleGradient.update { scaleGradient in
            shiftGradient.update { shiftGradient in
              kernels.batchNormalizationBackward(
                input.span, channels, adding: added.span, ofBatch: ofBatch, gradient: &gradient,
                residualGradient: &residualGradient, scaleGradient: &scaleGradient,
                shiftGradient: &shiftGradient)
            }
          }
        }
      }
      residual?.addGradient(residualGradient)
      scale.addGradient(scaleGradient)
      shift.addGradient(shiftGradient)
      x.addGradient(gradient)
    }
  }
}

extension Tensor {
  /// The mean and the biased variance of every channel, which the running ones move towards.
  fileprivate func moments(
    _ statistics: RunningStatistics
  ) -> (mean: [Scalar], variance: [Scalar]) {
    precondition(
      rows >= 2,
      "batchNormalization: an input of shape \(shape) has \(rows) rows of channels; a variance in training "
        + "needs at least 2")
    var mean = [Scalar](repeating: 0, count: columns)
    var variance = mean
    var meanSpan = mean.mutableSpan
    var varianceSpan = variance.mutableSpan
    Backend.current.normalization.channelMoments(
      elements.span, mean: &meanSpan, variance: &varianceSpan)
    statistics.update(mean: mean, variance: variance, rows: rows)
    return (mean, variance)
  }
}
