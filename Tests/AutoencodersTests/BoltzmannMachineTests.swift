import Autoencoders
import Backprop
import Foundation
import KernelSupport
import TestSupport
import Testing

/// The 6 × 4 machine of the fixture, small enough to go through all of its states.
private func enumerated() throws -> (machine: RestrictedBoltzmannMachine, fixture: Fixture) {
  let fixture = try Fixture("machine")
  var generator = SeededGenerator(seed: 1)
  let machine = RestrictedBoltzmannMachine(6, hidden: 4, using: &generator)
  for parameter in parameters(of: machine) {
    parameter.variable.setValue(
      Tensor(fixture["enumerated", parameter.name], shape: parameter.variable.value.shape))
  }
  return (machine, fixture)
}

/// The states of n units, a row each.
private func states(_ bits: Int) -> Tensor {
  Tensor(
    (0..<1 << bits).flatMap { number in (0..<bits).map { Scalar(number >> $0 & 1) } },
    shape: [1 << bits, bits])
}

@Suite struct BoltzmannMachineTests {
  @Test(arguments: Backend.allCases)
  func `free energies and ln Z agree with the sum over all states`(backend: Backend) throws {
    let (machine, fixture) = try enumerated()
    Backend.$current.withValue(backend) {
      let data = Tensor(fixture["enumerated", "data"], shape: [5, 6])
      // Ten terms of size 1 and their rounding.
      expectClose(
        machine.freeEnergy(data), fixture["enumerated", "freeEnergy"], within: 64 * .ulpOfOne)
      expectClose(
        [Scalar(machine.logPartitionFunction())], fixture["enumerated", "logPartition"],
        within: 64 * .ulpOfOne)
    }
  }

  @Test func `ln Z is the same by either layer, and by all pairs of states`() throws {
    let (machine, _) = try enumerated()
    var generator = SeededGenerator(seed: 1)
    let turned = RestrictedBoltzmannMachine(4, hidden: 6, using: &generator)
    turned.visibleBias.setValue(machine.hiddenBias.value)
    turned.hiddenBias.setValue(machine.visibleBias.value)
    let w = machine.weight.value
    turned.weight.setValue(
      Tensor((0..<4).flatMap { j in (0..<6).map { w.elements[$0 * 4 + j] } }, shape: [4, 6]))
    let (visible, hidden) = (states(6), states(4))
    var energies: [Double] = []
    for v in 0..<64 {
      let repeated = Tensor((0..<16).flatMap { _ in visible.row(v) }, shape: [16, 6])
      energies += machine.energy(repeated, hidden).map { -Double($0) }
    }
    let expected = logSumExp(energies)
    for value in [machine.logPartitionFunction(), turned.logPartitionFunction()] {
      expectClose([Scalar(value)], [Scalar(expected)], within: 64 * .ulpOfOne)
    }
  }

  @Test(arguments: Backend.allCases)
  func `with samples of every state, as often as it occurs, the gradient is the exact one`(
    backend: Backend
  ) throws {
    let (machine, fixture) = try enumerated()
    Backend.$current.withValue(backend) {
      let data = Tensor(fixture["enumerated", "data"], shape: [5, 6])
      let found = parameters(of: machine)
      found.clearGradients()
      let weights = states(6)
      let logZ = machine.logPartitionFunction()
      let probabilities = machine.freeEnergy(weights).map { exp(-Double($0) - logZ) }
      var loss = machine.freeEnergySum(of: data, factor: 1 / 5)
      for (row, probability) in probabilities.enumerated() {
        let state = Tensor(Array(weights.row(row)), shape: [1, 6])
        loss = loss - machine.freeEnergySum(of: state, factor: Scalar(probability))
      }
      loss.backward()
      for parameter in found {
        expectClose(
          parameter.variable.gradient?.elements ?? [],
          fixture["enumerated", "\(parameter.name)Gradient"], within: 256 * .ulpOfOne,
          parameter.name)
      }
    }
  }

  /// Contrastive divergence with ever longer chains tends to the exact gradient: 4,000 chains a datum of 200
  /// steps err by their sampling alone, some 1/√20,000 = 0.007; one step errs by more than that.
  @Test func `long chains give the exact gradient, short ones do not`() throws {
    let (machine, fixture) = try enumerated()
    let data = Tensor(fixture["enumerated", "data"], shape: [5, 6])
    let many = Tensor((0..<4000).flatMap { _ in data.elements }, shape: [20_000, 6])
    let exact = fixture["enumerated", "weightGradient"]
    func error(steps: Int) -> Scalar {
      var generator = SeededGenerator(seed: 5)
      var rule = ContrastiveDivergence(steps: steps)
      let found = parameters(of: machine)
      found.clearGradients()
      rule.loss(of: machine, batch: many, using: &generator).backward()
      return zip(machine.weight.gradient?.elements ?? [], exact).map { abs($0 - $1) }.max() ?? 9
    }
    #expect(error(steps: 200) < 0.02)
    #expect(error(steps: 1) > 0.035)
  }

  @Test func `the explicit gradient is that of the free energies' difference`() throws {
    let (machine, fixture) = try enumerated()
    let data = Tensor(fixture["enumerated", "data"], shape: [5, 6])
    var generator = SeededGenerator(seed: 5)
    let found = parameters(of: machine)
    found.clearGradients()
    var rule = ContrastiveDivergence(from: .lastBatch, steps: 3)
    rule.loss(of: machine, batch: data, using: &generator).backward()
    let expected = found.map { $0.variable.gradient }
    let chains = try #require(rule.chains)
    found.clearGradients()
    func freeEnergy(_ v: Tensor) -> Variable {
      let v = Variable(v)
      let hidden = v.matrixProduct(machine.weight).addingRow(machine.hiddenBias).softplus().sum()
      let visible = v.matrixProduct(machine.visibleBias.reshaped([6, 1])).sum()
      return -1 * hidden - visible
    }
    (0.2 * (freeEnergy(data) - freeEnergy(chains))).backward()
    for (parameter, expected) in zip(found, expected) {
      expectClose(
        parameter.variable.gradient?.elements ?? [], expected?.elements ?? [],
        within: 64 * .ulpOfOne, parameter.name)
    }
  }

  @Test func `persistent chains go on where they were, others begin at the data`() throws {
    let (machine, fixture) = try enumerated()
    let data = Tensor(fixture["enumerated", "data"], shape: [5, 6])
    var generator = SeededGenerator(seed: 5)
    var rule = ContrastiveDivergence(from: .lastBatch, steps: 1)
    rule.loss(of: machine, batch: data, using: &generator).backward()
    let first = try #require(rule.chains)
    let state = generator
    rule.loss(of: machine, batch: data, using: &generator).backward()
    generator = state
    #expect(rule.chains == machine.gibbs(from: first, steps: 1, using: &generator).states)
    var other = ContrastiveDivergence(from: .data, steps: 1)
    other.loss(of: machine, batch: data, using: &generator).backward()
    #expect(other.chains == nil)
  }

  /// χ² of the 64 visible states after a chain of 40 steps against e^{−F} / Z: 63 degrees of freedom, so 63 ± 11,
  /// where the rarest states are put together.
  @Test func `Gibbs chains visit states as often as the energy says`() throws {
    let (machine, _) = try enumerated()
    let count = 40_000
    var generator = SeededGenerator(seed: 11)
    let start = Tensor(shape: [count, 6])
    let end = machine.gibbs(from: start, steps: 40, using: &generator).states
    var visits = [Double](repeating: 0, count: 64)
    for row in 0..<count {
      let number = end.row(row).reversed().reduce(0) { 2 * $0 + Int($1) }
      visits[number] += 1
    }
    let logZ = machine.logPartitionFunction()
    let expected = machine.freeEnergy(states(6)).map { Double(count) * exp(-Double($0) - logZ) }
    var (chiSquared, cells, rare) = (0.0, 0, (visits: 0.0, expected: 0.0))
    for (visits, expected) in zip(visits, expected) {
      if expected < 10 {
        rare = (rare.visits + visits, rare.expected + expected)
      } else {
        chiSquared += (visits - expected) * (visits - expected) / expected
        cells += 1
      }
    }
    if rare.expected > 0 {
      chiSquared += (rare.visits - rare.expected) * (rare.visits - rare.expected) / rare.expected
    }
    #expect(chiSquared < Double(cells) + 5 * (2 * Double(cells)).squareRoot())
  }

  @Test(arguments: Backend.allCases)
  func `annealing finds ln Z within its own error`(backend: Backend) throws {
    var generator = SeededGenerator(seed: 14)
    let machine = RestrictedBoltzmannMachine(
      30, hidden: 15, standardDeviation: 0.6, using: &generator)
    machine.setVisibleBias(toFrequencies: (0..<30).map { Scalar($0 + 1) / 40 })
    Backend.$current.withValue(backend) {
      let exact = machine.logPartitionFunction()
      let estimate = machine.annealedImportanceSampling(
        temperatures: (0...400).map { Scalar($0) / 400 }, chainCount: 60,
        baseBias: machine.visibleBias.value.elements, seed: 3)
      #expect(estimate.range.contains(exact))
      #expect(abs(estimate.logPartition - exact) < 0.5)
      // With two temperatures it is plain importance sampling from the base, and knows that it is poor.
      let poor = machine.annealedImportanceSampling(
        temperatures: [0, 1], chainCount: 60, baseBias: machine.visibleBias.value.elements,
        seed: 3)
      #expect(abs(poor.logPartition - exact) > abs(estimate.logPartition - exact))
    }
  }

  @Test func `annealing a machine without weights is exact`() {
    var generator = SeededGenerator(seed: 14)
    let machine = RestrictedBoltzmannMachine(
      9, hidden: 5, standardDeviation: 0, using: &generator)
    machine.setVisibleBias(toFrequencies: (0..<9).map { Scalar($0 + 1) / 11 })
    let estimate = machine.annealedImportanceSampling(
      temperatures: [0, 0.5, 1], chainCount: 3, baseBias: machine.visibleBias.value.elements,
      seed: 3)
    expectClose(
      [Scalar(estimate.logPartition)], [Scalar(machine.logPartitionFunction())],
      within: 64 * .ulpOfOne)
  }

  @Test
  func
    `a network of one machine has its likelihood, and the bound of two is below the exact value`()
  {
    var generator = SeededGenerator(seed: 21)
    let first = RestrictedBoltzmannMachine(6, hidden: 4, standardDeviation: 1, using: &generator)
    let second = RestrictedBoltzmannMachine(4, hidden: 3, standardDeviation: 1, using: &generator)
    let data = states(6)
    let single = DeepBeliefNetwork([first]).logLikelihoodBound(
      data, logPartition: first.logPartitionFunction(), drawCount: 1, using: &generator)
    let exact = first.freeEnergy(data).map { -Double($0) - first.logPartitionFunction() }
    expectClose(single.map { Scalar($0) }, exact.map { Scalar($0) }, within: 64 * .ulpOfOne)
    #expect(abs(exact.reduce(0) { $0 + exp($1) } - 1) < 1e-4)

    let logZ = second.logPartitionFunction()
    let bound = DeepBeliefNetwork([first, second]).logLikelihoodBound(
      data, logPartition: logZ, drawCount: 400, using: &generator)
    // p(v) = Σ_h p(v | h) p(h), h having 16 states.
    let hidden = states(4)
    let downward = first.visibleProbabilities(hidden)
    let prior = second.freeEnergy(hidden).map { -Double($0) - logZ }
    var gaps: [Double] = []
    for row in 0..<64 {
      let terms = (0..<16).map { h in
        zip(data.row(row), downward.row(h)).reduce(prior[h]) {
          $0 + log(Double($1.0 > 0.5 ? $1.1 : 1 - $1.1))
        }
      }
      gaps.append(logSumExp(terms) - bound[row])
    }
    // 400 draws leave some 0.05 of noise in each.
    #expect(gaps.allSatisfy { $0 > -0.3 })
    #expect(gaps.reduce(0, +) / 64 > 0)
  }

  @Test func `a classifier begins with the machines' features`() throws {
    var generator = SeededGenerator(seed: 7)
    let machines = [(6, 4), (4, 3)].map { visible, hidden in
      let machine = RestrictedBoltzmannMachine(
        visible, hidden: hidden, standardDeviation: 1, using: &generator)
      machine.hiddenBias.setValue(Tensor((0..<hidden).map { 0.3 * Scalar($0) }, shape: [hidden]))
      return machine
    }
    let network = DeepBeliefNetwork(machines)
    let classifier = network.classifier(classCount: 2, using: &generator)
    let data = states(6)
    let last = try #require(classifier.layers.last as? Dense)
    let features = Sequential(classifier.layers.dropLast())(Variable(data)).value
    // The same product, bias and sigmoid, in another order of operations.
    expectClose(
      features.elements, network.features(data, depth: 2).elements, within: 8 * .ulpOfOne)
    #expect(last.weight.value.shape == [3, 2] && last.activation == .linear)
    // Copies: training the classifier leaves the machines as they are.
    let weight = machines[0].weight.value
    (classifier.layers[0] as? Dense)?.weight.setValue(Tensor(shape: [6, 4]))
    #expect(machines[0].weight.value == weight)
  }

  @Test(arguments: [1, 2, 3])
  func `learning gives the same bits for every number of threads`(threads: Int) {
    func learned() -> UInt64 {
      var generator = SeededGenerator(seed: 1)
      let machine = RestrictedBoltzmannMachine(784, hidden: 33, using: &generator)
      let data = Tensor(
        (0..<29 * 784).map { _ in generator.uniform() < 0.2 ? 1 : 0 }, shape: [29, 784])
      var rule = ContrastiveDivergence(from: .lastBatch, steps: 2)
      let found = parameters(of: machine)
      for _ in 0..<4 {
        found.clearGradients()
        rule.loss(of: machine, batch: data, using: &generator).backward()
        found.descend(learningRate: 0.05)
      }
      return checksum(found.flatMap { $0.variable.value.elements })
    }
    let expected = Threads.$count.withValue(1) { learned() }
    #expect(Threads.$count.withValue(threads) { learned() } == expected)
  }
}
