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

/// The loss of a Boltzmann machine, with samples from short Gibbs chains in the place of its own.
public struct ContrastiveDivergence: Sendable {
  /// Where chains begin.
  public let start: ChainStart
  /// k: how many times both layers are drawn for a batch.
  public let steps: Int

  /// Where persistent chains are; nil before the first batch. They are no part of a trainer's checkpoint: a training
  /// that resumes begins them anew, at its first batch.
  public private(set) var chains: Tensor?

  /// The mean squared difference of the last batch and the probabilities that its chains ended with: not what is
  /// being minimised, and to be watched with suspicion.
  public private(set) var reconstructionError: Scalar = 0

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

  /// The difference of free energies between a batch and where the chains have come to.
  ///
  ///     L = 1/batch (Σ F(v) − Σ F(v')),   v' from k Gibbs steps
  ///     ∂L/∂W = −1/batch (vᵀ p(h | v) − v'ᵀ p(h | v')),   ∂L/∂b = −1/batch (Σ v − Σ v'),
  ///     ∂L/∂c = −1/batch (Σ p(h | v) − Σ p(h | v'))
  ///
  /// v' counts as a constant. Its number is no likelihood, and no smaller for a better machine; its gradient is
  /// that of −ln p(v), as far as v' are samples of the machine. Within a chain hidden units are drawn; in the
  /// statistics they count with their probabilities, which have the same mean and less noise.
  ///
  /// - Parameters:
  ///   - machine: whose parameters the gradient goes to.
  ///   - batch: v, [count, visible]; with persistent chains always as many.
  ///   - generator: decides the draws.
  ///
  /// Source: Hinton, 2002; Hinton, 2010, sections 3 and 5.
  public mutating func loss(
    of machine: RestrictedBoltzmannMachine, batch: Tensor,
    using generator: inout some RandomNumberGenerator
  ) -> Variable {
    precondition(
      batch.rows > 0 && batch.columns == machine.visibleCount,
      "ContrastiveDivergence: a batch of shape \(batch.shape) for \(machine.visibleCount) units")
    let begin = start == .data ? batch : chains ?? batch
    precondition(
      begin.shape == batch.shape,
      "ContrastiveDivergence: a batch of shape \(batch.shape) for chains of \(begin.shape)")
    let (end, probabilities) = machine.gibbs(from: begin, steps: steps, using: &generator)
    if start == .lastBatch { chains = end }
    reconstructionError =
      zip(batch.elements, probabilities.elements)
      .reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Scalar(batch.count)
    let share = 1 / Scalar(batch.rows)
    return machine.freeEnergySum(of: batch, factor: share)
      - machine.freeEnergySum(of: end, factor: share)
  }
}

extension RestrictedBoltzmannMachine {
  /// factor · Σ_rows F(v), with its gradients with respect to all parameters.
  ///
  ///     ∂F/∂W = −vᵀ p(h | v),   ∂F/∂b = −v,   ∂F/∂c = −p(h | v)
  ///
  /// - Parameters:
  ///   - visible: v, [count, visible], a constant.
  ///   - factor: what the sum is multiplied by.
  public func freeEnergySum(of visible: Tensor, factor: Scalar) -> Variable {
    let (matrix, arithmetic) = (Backend.current.matrix, Backend.current.arithmetic)
    let sums = product(visible, weight.value)
    let energy = freeEnergy(visible, sums: sums).reduce(0) { $0 + Double($1) }
    let hidden = probabilities(sums, hiddenBias.value)
    let shape = MatrixProductShape(
      rows: visibleCount, columns: hiddenCount, inner: visible.rows, leftTransposed: true)
    return Variable(
      Tensor(factor * Scalar(energy)), from: [weight, visibleBias, hiddenBias]
    ) { upstream in
      let scale = -factor * upstream.number
      var (v, h) = (visible, hidden)
      v.update { arithmetic.scale(&$0, by: scale) }
      let scaled = v.elements
      weight.accumulateGradient {
        matrix.matrixProduct(
          scaled.span, hidden.elements.span, into: &$0, shape, accumulating: $1)
      }
      visibleBias.accumulateGradient {
        matrix.columnSums(scaled.span, into: &$0, accumulating: $1)
      }
      h.update { arithmetic.scale(&$0, by: scale) }
      let scaledHidden = h.elements
      hiddenBias.accumulateGradient {
        matrix.columnSums(scaledHidden.span, into: &$0, accumulating: $1)
      }
    }
  }
}
