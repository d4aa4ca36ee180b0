import Backprop
import KernelSupport
import Perceptrons

/// A restricted Boltzmann machine: visible and hidden units that are 0 or 1, with weights between the two
/// layers and none within.
///
///     E(v, h) = −b·v − c·h − v W h,    p(v, h) = e^{−E(v, h)} / Z
///     p(hⱼ = 1 | v) = σ(cⱼ + (v W)ⱼ),   p(vᵢ = 1 | h) = σ(bᵢ + (W h)ᵢ)
///     p(v) = e^{−F(v)} / Z,             F(v) = −b·v − Σⱼ ln(1 + e^{cⱼ + (v W)ⱼ})
///
/// Source: Smolensky, "Information Processing in Dynamical Systems: Foundations of Harmony Theory", 1986; Hinton,
/// "Training Products of Experts by Minimizing Contrastive Divergence", 2002.
public struct RestrictedBoltzmannMachine {
  /// W, [visible, hidden].
  public let weight: Variable
  /// b, [visible].
  public let visibleBias: Variable
  /// c, [hidden].
  public let hiddenBias: Variable

  /// How many visible units there are.
  public var visibleCount: Int { weight.value.shape[0] }
  /// How many hidden units there are.
  public var hiddenCount: Int { weight.value.shape[1] }

  /// Creates a machine with small normal weights and biases of 0.
  ///
  /// - Parameters:
  ///   - visible: how many visible units, at least 1.
  ///   - hidden: how many hidden units, at least 1.
  ///   - standardDeviation: that of the weights.
  ///   - generator: where the random numbers come from.
  ///
  /// Source: Hinton, "A Practical Guide to Training Restricted Boltzmann Machines", 2010, section 8.
  public init(
    _ visible: Int, hidden: Int, standardDeviation: Scalar = 0.01,
    using generator: inout some RandomNumberGenerator
  ) {
    precondition(
      visible >= 1 && hidden >= 1,
      "RestrictedBoltzmannMachine: \(visible) visible and \(hidden) hidden units")
    weight = Variable(
      Initializer.gaussian(standardDeviation: standardDeviation)
        .tensor(shape: [visible, hidden], using: &generator), needsGradient: true)
    visibleBias = Variable(Tensor(shape: [visible]), needsGradient: true)
    hiddenBias = Variable(Tensor(shape: [hidden]), needsGradient: true)
  }

  /// Sets the visible biases so that, with weights of 0, each unit is 1 as often as in the data.
  ///
  ///     bᵢ = ln(pᵢ / (1 − pᵢ))
  ///
  /// - Parameter frequencies: how often each visible unit is 1; kept within 10⁻³ and 1 − 10⁻³.
  public func setVisibleBias(toFrequencies frequencies: [Scalar]) {
    visibleBias.setValue(Tensor(frequencies.map(logit), shape: [visibleCount]))
  }

  /// E(v, h) of every row.
  ///
  /// - Parameters:
  ///   - visible: v, [count, visible].
  ///   - hidden: h, [count, hidden].
  public func energy(_ visible: Tensor, _ hidden: Tensor) -> [Scalar] {
    let sums = product(visible, weight.value)
    return (0..<visible.rows).map { row in
      let hidden = hidden.row(row)
      return -dot(visible.row(row), visibleBias.value.elements[...])
        - dot(hidden, hiddenBias.value.elements[...]) - dot(hidden, sums.row(row))
    }
  }

  /// F(v) of every row: minus the logarithm of p(v), up to ln Z.
  ///
  /// - Parameter visible: v, [count, visible].
  public func freeEnergy(_ visible: Tensor) -> [Scalar] {
    freeEnergy(visible, sums: product(visible, weight.value))
  }

  /// F(v) of every row, where v W is known already.
  func freeEnergy(_ visible: Tensor, sums: Tensor) -> [Scalar] {
    var rows = Tensor(shape: [visible.rows])
    let bias = hiddenBias.value.elements
    rows.update {
      Backend.current.bernoulli.softplusSums(
        sums.elements.span, bias: bias.span, scale: 1, into: &$0)
    }
    let biased = product(visible, visibleBias.value.reshaped([visibleCount, 1])).elements
    return zip(rows.elements, biased).map { -$0 - $1 }
  }

  /// Probabilities and states of one layer, given the sums that the other layer sends.
  struct Units {
    /// p, a row an example.
    var probabilities: Tensor
    /// 0 or 1, drawn from p.
    var states: Tensor
  }

  /// Draws the hidden units for visible ones.
  func hidden(for visible: Tensor, seed: UInt64, scale: Scalar = 1) -> Units {
    units(product(visible, weight.value), hiddenBias.value, seed: seed, scale: scale)
  }

  /// Draws the visible units for hidden ones.
  func visible(for hidden: Tensor, seed: UInt64) -> Units {
    units(
      product(hidden, weight.value, rightTransposed: true), visibleBias.value, seed: seed, scale: 1)
  }

  /// p(hⱼ = 1 | v) for every row.
  ///
  /// - Parameter visible: v, [count, visible].
  public func hiddenProbabilities(_ visible: Tensor) -> Tensor {
    probabilities(product(visible, weight.value), hiddenBias.value)
  }

  /// p(vᵢ = 1 | h) for every row.
  ///
  /// - Parameter hidden: h, [count, hidden].
  public func visibleProbabilities(_ hidden: Tensor) -> Tensor {
    probabilities(
      product(hidden, weight.value, rightTransposed: true), visibleBias.value)
  }

  /// Draws h from p(h | v), row by row.
  ///
  /// - Parameters:
  ///   - visible: v, [count, visible].
  ///   - seed: decides the draw.
  public func sampledHidden(_ visible: Tensor, seed: UInt64) -> Tensor {
    hidden(for: visible, seed: seed).states
  }

  /// Draws v from p(v | h), row by row.
  ///
  /// - Parameters:
  ///   - hidden: h, [count, hidden].
  ///   - seed: decides the draw.
  public func sampledVisible(_ hidden: Tensor, seed: UInt64) -> Tensor {
    visible(for: hidden, seed: seed).states
  }

  /// Runs Gibbs chains: h from v, v from h, and so on.
  ///
  /// - Parameters:
  ///   - visible: where the chains begin, a chain a row.
  ///   - steps: how many times both layers are drawn.
  ///   - generator: decides the draws.
  /// - Returns: the last states, and the probabilities that they were drawn from.
  public func gibbs(
    from visible: Tensor, steps: Int, using generator: inout some RandomNumberGenerator
  ) -> (states: Tensor, probabilities: Tensor) {
    var last = Units(probabilities: visible, states: visible)
    for _ in 0..<steps {
      let hidden = hidden(for: last.states, seed: generator.next()).states
      last = self.visible(for: hidden, seed: generator.next())
    }
    return (last.states, last.probabilities)
  }
}

/// σ(sums + bias), row by row.
func probabilities(_ sums: Tensor, _ bias: Tensor) -> Tensor {
  var result = sums
  let bias = bias.elements
  result.update {
    Backend.current.matrix.addRow(bias.span, to: &$0)
    Backend.current.activation.sigmoid(&$0)
  }
  return result
}

/// Adds the bias, and draws.
private func units(_ sums: Tensor, _ bias: Tensor, seed: UInt64, scale: Scalar)
  -> RestrictedBoltzmannMachine.Units
{
  var probabilities = sums
  let bias = bias.elements
  let states = Tensor(shape: sums.shape) { states in
    probabilities.update { probabilities in
      Backend.current.bernoulli.sampleUnits(
        &probabilities, bias: bias.span, scale: scale, states: &states, seed: seed)
    }
  }
  return .init(probabilities: probabilities, states: states)
}

/// The logit of a frequency that is kept off 0 and 1.
func logit(_ frequency: Scalar) -> Scalar {
  let kept = min(max(frequency, 1e-3), 1 - 1e-3)
  return Scalar.log(kept) - Scalar.log(1 - kept)
}

func dot(_ x: ArraySlice<Scalar>, _ y: ArraySlice<Scalar>) -> Scalar {
  zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
}
