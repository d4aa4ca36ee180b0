import Backprop
import KernelSupport

/// An estimate of ln Z from many annealed chains, with its error.
public struct AnnealedEstimate: Sendable {
  /// The estimate of ln Z.
  public let logPartition: Double
  /// ln(Ẑ − 3 s) and ln(Ẑ + 3 s), s the standard error of the mean weight; −∞ where the difference is
  /// below 0.
  public let range: ClosedRange<Double>
  /// ln of the weight of each chain, times Z of the base machine.
  public let logWeights: [Double]
}

extension RestrictedBoltzmannMachine {
  /// Estimates ln Z by annealed importance sampling, which goes from a machine without weights to this one.
  ///
  ///     p*_β(v) = e^{(1−β) a·v + β b·v} Πⱼ (1 + e^{β (cⱼ + (v W)ⱼ)}),   0 = β₀ < β₁ < … < β_K = 1
  ///     w = Π_k p*_{β_k}(v_{k−1}) / p*_{β_{k−1}}(v_{k−1}),   v_k from v_{k−1} by a Gibbs step at β_k
  ///     Z ≈ Z₀ · mean of w,   Z₀ = 2^hidden Πᵢ (1 + e^{aᵢ})
  ///
  /// The mean of w is right for any number of temperatures; its spread falls with more of them. One product
  /// serves the weight and the step of a temperature.
  ///
  /// - Parameters:
  ///   - temperatures: β₀ = 0, …, β_K = 1, increasing.
  ///   - chainCount: how many weights are averaged, at least 2.
  ///   - baseBias: a, the visible biases of the base machine; those that fit the data's frequencies are good.
  ///   - seed: decides the draws.
  ///
  /// Source: Neal, "Annealed Importance Sampling", 2001; Salakhutdinov and Murray, "On the Quantitative Analysis
  /// of Deep Belief Networks", ICML 2008.
  public func annealedImportanceSampling(
    temperatures: [Scalar], chainCount: Int, baseBias: [Scalar], seed: UInt64
  ) -> AnnealedEstimate {
    precondition(
      temperatures.first == 0 && temperatures.last == 1 && chainCount >= 2
        && zip(temperatures, temperatures.dropFirst()).allSatisfy { $0 < $1 }
        && baseBias.count == visibleCount,
      "annealedImportanceSampling: \(temperatures.count) temperatures, \(chainCount) chains, "
        + "a base of \(baseBias.count) biases for \(visibleCount)")
    var generator = SeededGenerator(seed: seed)
    let kernels = Backend.current.bernoulli
    let (a, b, c) = (baseBias, visibleBias.value.elements, hiddenBias.value.elements)
    let base = Tensor(a.map { 1 / (1 + Scalar.exp(-$0)) }, shape: [visibleCount])
    var visible = Tensor(
      Array(repeatElement(base.elements, count: chainCount).joined()),
      shape: [chainCount, visibleCount]
    ).sampledBernoulli(seed: generator.next())
    let biasChange = Tensor(zip(a, b).map { $1 - $0 }, shape: [visibleCount, 1])
    var logWeights = [Double](repeating: 0, count: chainCount)
    for (earlier, later) in zip(temperatures, temperatures.dropFirst()) {
      var sums = product(visible, weight.value)
      let along = product(visible, biasChange).elements
      let (before, after) = (
        softplusSums(sums, c, earlier), softplusSums(sums, c, later)
      )
      for chain in logWeights.indices {
        logWeights[chain] +=
          Double(later - earlier) * Double(along[chain])
          + (Double(after[chain]) - Double(before[chain]))
      }
      let hidden = Tensor(shape: sums.shape) { states in
        sums.update {
          kernels.sampleUnits(
            &$0, bias: c.span, scale: later, states: &states, seed: generator.next())
        }
      }
      // σ((1 − β) a + β (b + W h)) = σ(β ((W h) + (1/β − 1) a + b)).
      let bias = zip(a, b).map { (1 / later - 1) * $0 + $1 }
      var downward = product(hidden, weight.value, rightTransposed: true)
      visible.update { states in
        downward.update {
          kernels.sampleUnits(
            &$0, bias: bias.span, scale: later, states: &states, seed: generator.next())
        }
      }
    }
    let logBase = a.reduce(Double(hiddenCount) * naturalLogarithm(2)) {
      $0 + logSumExp([0, Double($1)])
    }
    return AnnealedEstimate(logWeights: logWeights.map { $0 + logBase })
  }

  private func softplusSums(_ sums: Tensor, _ bias: [Scalar], _ scale: Scalar) -> [Scalar] {
    Tensor(shape: [sums.rows]) {
      Backend.current.bernoulli.softplusSums(
        sums.elements.span, bias: bias.span, scale: scale, into: &$0)
    }.elements
  }
}

extension AnnealedEstimate {
  /// The mean of weights and its error, from their logarithms.
  init(logWeights: [Double]) {
    let count = Double(logWeights.count)
    let largest = logWeights.max() ?? 0
    let scaled = logWeights.map { exponential($0 - largest) }
    let mean = scaled.reduce(0, +) / count
    let variance = scaled.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    let error = (variance / count).squareRoot()
    let low = mean - 3 * error
    let lowest = low > 0 ? largest + naturalLogarithm(low) : -.infinity
    self.logWeights = logWeights
    logPartition = largest + naturalLogarithm(mean)
    range = lowest...largest + naturalLogarithm(mean + 3 * error)
  }
}
