import Backprop
import KernelSupport

/// How a Boltzmann machine learns: where the samples of its own come from that are held against the data.
///
///     ∂/∂θ (−ln p(v)) = ∂F(v)/∂θ − E_{v' ~ p}[∂F(v')/∂θ]
///
/// The first term is the data's. The second asks for samples of the machine, for which a chain would have to
/// run until it forgets where it began; these rules let it run for a few steps only.
public enum ChainStart: Hashable, Sendable {
  /// Chains begin at the data, anew for every batch: contrastive divergence.
  ///
  /// Source: Hinton, 2002.
  case data
  /// Chains go on where the last batch left them: persistent contrastive divergence.
  ///
  /// Source: Younes, 1989; Tieleman, "Training Restricted Boltzmann Machines using Approximations to the
  /// Likelihood Gradient", ICML 2008.
  case lastBatch
}

/// Gradients of a Boltzmann machine from short Gibbs chains.
public struct ContrastiveDivergence: Sendable {
  /// Where chains begin.
  public let start: ChainStart
  /// k: how many times both layers are drawn for a batch.
  public let steps: Int

  /// Where persistent chains are; nil before the first batch.
  public private(set) var chains: Tensor?

  /// Creates a rule whose chains have not begun.
  ///
  /// - Parameters:
  ///   - start: where chains begin.
  ///   - steps: k, at least 1.
  public init(from start: ChainStart = .data, steps: Int = 1) {
    precondition(steps >= 1, "ContrastiveDivergence: \(steps) steps")
    self.start = start
    self.steps = steps
  }

  /// Adds the gradients of a batch to those of a machine's parameters.
  ///
  ///     ∂L/∂W = −(vᵀ p(h | v) − v'ᵀ p(h | v')) / batch
  ///     ∂L/∂b = −(Σ v − Σ v') / batch,   ∂L/∂c = −(Σ p(h | v) − Σ p(h | v')) / batch
  ///
  /// v' is where the chains have come to. Within a chain hidden units are drawn; in the statistics they count
  /// with their probabilities, which have the same mean and less noise.
  ///
  /// - Parameters:
  ///   - machine: whose gradients.
  ///   - batch: v, [count, visible]; with persistent chains always as many.
  ///   - generator: decides the draws.
  /// - Returns: the mean squared difference of v and the probabilities that the last half-step draws v' from:
  ///   not what is being minimised, and to be watched with suspicion.
  ///
  /// Source: Hinton, 2010, sections 3 and 5.
  @discardableResult
  public mutating func addGradients(
    of machine: RestrictedBoltzmannMachine, batch: Tensor,
    using generator: inout some RandomNumberGenerator
  ) -> Scalar {
    precondition(
      batch.rows > 0 && batch.columns == machine.visibleCount,
      "ContrastiveDivergence: a batch of shape \(batch.shape) for \(machine.visibleCount) units")
    let begin = start == .data ? batch : chains ?? batch
    precondition(
      begin.shape == batch.shape,
      "ContrastiveDivergence: a batch of shape \(batch.shape) for chains of \(begin.shape)")
    let (end, probabilities) = machine.gibbs(from: begin, steps: steps, using: &generator)
    if start == .lastBatch { chains = end }
    let share = 1 / Scalar(batch.rows)
    machine.addStatistics(of: batch, factor: -share)
    machine.addStatistics(of: end, factor: share)
    return zip(batch.elements, probabilities.elements)
      .reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Scalar(batch.count)
  }
}

extension RestrictedBoltzmannMachine {
  /// Adds factor · Σ_rows ∂(−F(v))/∂θ to the gradients of all parameters.
  ///
  /// - Parameters:
  ///   - visible: v, [count, visible].
  ///   - factor: what the sums are multiplied by.
  ///   - rowFactors: what each row is multiplied by besides; none for 1.
  package func addStatistics(of visible: Tensor, factor: Scalar) {
    let kernels = (Backend.current.matrix, Backend.current.arithmetic)
    let hidden = hiddenProbabilities(visible).elements
    var scaled = visible
    scaled.update { kernels.1.scale(&$0, by: factor) }
    let (v, scaledHidden) = (scaled.elements, hidden.map { factor * $0 })
    let shape = MatrixProductShape(
      rows: visibleCount, columns: hiddenCount, inner: visible.rows, leftTransposed: true)
    weight.accumulateGradient {
      kernels.0.matrixProduct(v.span, hidden.span, into: &$0, shape, accumulating: $1)
    }
    visibleBias.accumulateGradient {
      kernels.0.columnSums(v.span, into: &$0, accumulating: $1)
    }
    hiddenBias.accumulateGradient {
      kernels.0.columnSums(scaledHidden.span, into: &$0, accumulating: $1)
    }
  }
}
