import Backprop
import KernelSupport

/// A deep belief network: Boltzmann machines on top of each other, each of which learned the hidden units of
/// the one below.
///
///     p(v, h¹, …, hⁿ) = p(v | h¹) p(h¹ | h²) … p(hⁿ⁻¹, hⁿ)
///
/// Only the top pair is a Boltzmann machine with connections in both directions; below, the weights point down.
///
/// Source: Hinton, Osindero and Teh, "A Fast Learning Algorithm for Deep Belief Nets", 2006.
public struct DeepBeliefNetwork {
  /// The machines from the data upwards.
  public var machines: [RestrictedBoltzmannMachine]

  /// Creates a network of machines that fit on each other.
  ///
  /// - Parameter machines: from the data upwards, at least one.
  public init(_ machines: [RestrictedBoltzmannMachine]) {
    precondition(
      !machines.isEmpty
        && zip(machines, machines.dropFirst()).allSatisfy { $0.hiddenCount == $1.visibleCount },
      "DeepBeliefNetwork: machines of \(machines.map { [$0.visibleCount, $0.hiddenCount] })")
    self.machines = machines
  }

  /// The probabilities of the hidden units of one layer, going up from the data.
  ///
  /// - Parameters:
  ///   - visible: v, [count, visible].
  ///   - depth: how many layers to go up.
  public func features(_ visible: Tensor, depth: Int) -> Tensor {
    machines[..<depth].reduce(visible) { $1.hiddenProbabilities($0) }
  }

  /// Estimates a lower bound of ln p(v) of every row.
  ///
  ///     ln p(v) ≥ Σ_h q(h | v) (ln p(v | h) + ln p(h)) + H(q(h | v)),    q from the machines' upward weights
  ///
  /// The expectation is a mean over draws; ln p of the top layer's units is −F − ln Z of the top machine.
  ///
  /// - Parameters:
  ///   - visible: v, [count, visible].
  ///   - logPartition: ln Z of the top machine.
  ///   - drawCount: how many draws of all h for each v.
  ///   - generator: decides the draws.
  ///
  /// Source: Salakhutdinov and Murray, 2008, section 4.
  public func logLikelihoodBound(
    _ visible: Tensor, logPartition: Double, drawCount: Int,
    using generator: inout some RandomNumberGenerator
  ) -> [Double] {
    var bound = [Double](repeating: 0, count: visible.rows)
    for _ in 0..<drawCount {
      var states = visible
      for machine in machines.dropLast() {
        let hidden = machine.hidden(for: states, seed: generator.next())
        let downward = logProbabilities(
          of: states, machine.visibleProbabilities(hidden.states))
        let entropies = logProbabilities(of: hidden.states, hidden.probabilities)
        for row in bound.indices { bound[row] += downward[row] - entropies[row] }
        states = hidden.states
      }
      let top = machines[machines.count - 1].freeEnergy(states)
      for row in bound.indices { bound[row] -= Double(top[row]) + logPartition }
    }
    return bound.map { $0 / Double(drawCount) }
  }

  /// Draws data: a chain in the top machine, then once down.
  ///
  /// - Parameters:
  ///   - start: states of the top machine's visible units, a chain a row.
  ///   - steps: how long the chain runs.
  ///   - generator: decides the draws.
  /// - Returns: the probabilities of the data's units.
  public func sampled(
    from start: Tensor, steps: Int, using generator: inout some RandomNumberGenerator
  ) -> Tensor {
    let top = machines[machines.count - 1].gibbs(from: start, steps: steps, using: &generator)
    var (states, probabilities) = top
    for machine in machines.dropLast().reversed() {
      let units = machine.visible(for: states, seed: generator.next())
      (states, probabilities) = (units.states, units.probabilities)
    }
    return probabilities
  }

  /// A network for classification whose hidden layers begin with what the machines have learned.
  ///
  /// - Parameters:
  ///   - classCount: the number of outputs.
  ///   - generator: draws the weights of the last layer.
  /// - Returns: sigmoid layers with copies of the weights, and a linear one.
  public func classifier(
    classCount: Int, using generator: inout some RandomNumberGenerator
  ) -> Sequential {
    let hidden = machines.map { machine in
      let layer = Dense(
        machine.visibleCount, machine.hiddenCount, activation: .sigmoid, using: &generator)
      layer.weight.setValue(machine.weight.value)
      layer.bias.setValue(machine.hiddenBias.value)
      return layer
    }
    let last = Dense(machines[machines.count - 1].hiddenCount, classCount, using: &generator)
    return Sequential(hidden + [last])
  }
}

/// ln of the probability of every row of states whose units are independent.
private func logProbabilities(of states: Tensor, _ probabilities: Tensor) -> [Double] {
  (0..<states.rows).map { row in
    zip(states.row(row), probabilities.row(row)).reduce(0.0) { sum, unit in
      let p = unit.0 > 0.5 ? unit.1 : 1 - unit.1
      return sum + Double(Scalar.log(max(p, 1e-12)))
    }
  }
}
