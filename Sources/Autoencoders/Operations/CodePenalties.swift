import Backprop
import KernelSupport

// What an autoencoder's code may be asked for besides being short: that few of its units are on, or that it hardly
// moves with its input. Both are terms of the loss.

extension Variable {
  /// The divergence of each unit's mean activation from a small target, added up over units.
  ///
  ///     ρ̂ⱼ = 1/batch Σᵢ aᵢⱼ,    Σⱼ ρ ln(ρ / ρ̂ⱼ) + (1 − ρ) ln((1 − ρ) / (1 − ρ̂ⱼ))
  ///
  /// ρ̂ is a mean over the batch: a small batch makes it a noisy one.
  ///
  /// - Parameter target: ρ, in (0, 1).
  /// - Precondition: the activations are within (0, 1), as a sigmoid's are.
  ///
  /// Source: Ng, "Sparse Autoencoder", CS294A lecture notes, 2011.
  public func sparsityDivergence(target: Scalar) -> Variable {
    precondition(target > 0 && target < 1, "sparsityDivergence: a target of \(target)")
    let mean = mean(axis: 0)
    let entropy = target * Scalar.log(target) + (1 - target) * Scalar.log(1 - target)
    let cross = target * mean.log() + (1 - target) * (-1 * mean + 1).log()
    return -1 * cross.sum() + Scalar(mean.value.count) * entropy
  }
}

/// The mean over examples of ‖∂a/∂x‖², for a code of one sigmoid layer: how far the code moves when its input does.
///
///     ∂aⱼ/∂xᵢ = aⱼ (1 − aⱼ) wᵢⱼ,    ‖∂a/∂x‖² = Σⱼ (aⱼ (1 − aⱼ))² Σᵢ wᵢⱼ²
///
/// - Parameters:
///   - code: a = σ(x W + b), [batch, hidden].
///   - weight: W, [data, hidden].
///
/// Source: Rifai, Vincent, Muller, Glorot and Bengio, "Contractive Auto-Encoders", ICML 2011.
public func contractionPenalty(code: Variable, weight: Variable) -> Variable {
  let (batch, hidden) = (code.value.rows, code.value.columns)
  let slope = code - code * code
  let columnSquares = (weight * weight).sum(axis: 0).reshaped([hidden, 1])
  return (1 / Scalar(batch)) * (slope * slope).matrixProduct(columnSquares).sum()
}
