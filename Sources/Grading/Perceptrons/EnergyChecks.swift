import KernelSupport

extension PerceptronsExercises {
  static var energyExercise: Exercise {
    Exercise(
      "energyChange",
      hint: "only the terms with the flipping neuron change, and the diagonal is none of them.",
      [
        Check("it is the difference of two energies") { try checkEnergies(diagonal: false) },
        Check("the diagonal plays no part") { try checkEnergies(diagonal: true) },
        Check("it looks at N weights and not at N²") {
          let count = 200
          let (weights, state) = energyInputs(count, diagonal: false)
          for neuron in [0, 77, count - 1] {
            // What belongs to other neurons is poison: a sum that touches it is no number.
            let poisoned = weights.indices.map { index in
              index / count == neuron || index % count == neuron ? weights[index] : .nan
            }
            try expect(
              energyChange(weights: poisoned, state: state, flipping: neuron),
              difference(weights, state, flipping: neuron),
              for: "N = \(count), flipping \(neuron), where Wᵢⱼ is NaN for all other i and j,")
          }
        },
      ])
  }

  private static func checkEnergies(diagonal: Bool) throws {
    for count in [1, 2, 3, 7, 16, 33] {
      let (weights, state) = energyInputs(count, diagonal: diagonal)
      for neuron in 0..<count {
        try expect(
          energyChange(weights: weights, state: state, flipping: neuron),
          difference(weights, state, flipping: neuron),
          for: "N = \(count), weights \(shown(weights)), state \(shown(state)), "
            + "flipping \(neuron)")
      }
    }
  }

  /// Symmetric weights, with numbers other than zero in the diagonal or not, and a state: all exact.
  private static func energyInputs(
    _ count: Int, diagonal: Bool
  ) -> (weights: [Scalar], state: [Scalar]) {
    var generator = inputGenerator(16)
    var weights = generator.exactNumbers(count * count)
    for i in 0..<count {
      weights[i * count + i] = diagonal ? Scalar(i + 3) : 0
      for j in 0..<i { weights[i * count + j] = weights[j * count + i] }
    }
    return (weights, generator.signs(count))
  }

  /// The energy after the flip minus the energy before it.
  private static func difference(
    _ weights: [Scalar], _ state: [Scalar], flipping neuron: Int
  ) -> Scalar {
    var flipped = state
    flipped[neuron] = -flipped[neuron]
    return energy(weights, flipped) - energy(weights, state)
  }

  /// −½ Σ_{i≠j} Wᵢⱼ yᵢ yⱼ, term by term.
  private static func energy(_ weights: [Scalar], _ state: [Scalar]) -> Scalar {
    var sum: Scalar = 0
    for i in state.indices {
      for j in state.indices where j != i {
        sum += weights[i * state.count + j] * state[i] * state[j]
      }
    }
    return -sum / 2
  }
}
