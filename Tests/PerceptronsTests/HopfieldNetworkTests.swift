import KernelSupport
import Perceptrons
import Testing

@Suite struct HopfieldNetworkTests {
  static func randomPattern(
    count: Int, using generator: inout SeededGenerator
  ) -> [Scalar] {
    (0..<count).map { _ in generator.integer(below: 2) == 0 ? -1 : 1 }
  }

  /// A network of 100 neurons with five random memories: far below 13.8.
  static func network() -> (network: HopfieldNetwork, patterns: [[Scalar]]) {
    var generator = SeededGenerator(seed: 5)
    let patterns = (0..<5).map { _ in randomPattern(count: 100, using: &generator) }
    var network = HopfieldNetwork(neuronCount: 100)
    for pattern in patterns { network.store(pattern) }
    return (network, patterns)
  }

  @Test(arguments: Backend.allCases)
  func `weights count agreements`(backend: Backend) {
    let (network, patterns) = Backend.$current.withValue(backend) { Self.network() }
    for i in 0..<100 {
      for j in 0..<100 {
        let agreement = patterns.reduce(0) { $0 + $1[i] * $1[j] }
        #expect(network.weights[i * 100 + j] == agreement)
      }
    }
  }

  @Test func `energy is its definition`() {
    var network = HopfieldNetwork(neuronCount: 3)
    network.store([1, 1, -1])
    // The three pairs agree, each counted twice: −½ · 6 / 3.
    #expect(network.energy([1, 1, -1]) == -1)
    // One pair agrees and two do not: −½ · (2 − 4) / 3.
    #expect(network.energy([1, 1, 1]) == Scalar(1) / 3)
  }

  static func corrupted(
    _ pattern: [Scalar], flips: Int, using generator: inout SeededGenerator
  ) -> [Scalar] {
    var cue = pattern
    for i in generator.permutation(count: pattern.count).prefix(flips) { cue[i] = -cue[i] }
    return cue
  }

  @Test(arguments: Backend.allCases)
  func `a corrupted pattern is recalled`(backend: Backend) {
    Backend.$current.withValue(backend) {
      let (network, patterns) = Self.network()
      var generator = SeededGenerator(seed: 6)
      for pattern in patterns {
        let cue = Self.corrupted(pattern, flips: 15, using: &generator)
        #expect(network.recall(cue, using: &generator) == pattern)
      }
    }
  }

  @Test func `energy falls by what each update reports`() {
    let (network, _) = Self.network()
    var generator = SeededGenerator(seed: 7)
    var state = Self.randomPattern(count: 100, using: &generator)
    var flips = 0
    for neuron in generator.permutation(count: 100) + generator.permutation(count: 100) {
      let before = (state, network.energy(state))
      let change = network.update(neuron, of: &state)
      #expect((change < 0) == (state != before.0) && change <= 0)
      // Exact sums, divided by 100 in different places: a few roundings of numbers below 10.
      #expect(abs(network.energy(state) - before.1 - change) < 32 * .ulpOfOne)
      flips += state == before.0 ? 0 : 1
    }
    #expect(flips > 10)
  }

  @Test func `what recall returns is stable`() {
    let (network, _) = Self.network()
    var generator = SeededGenerator(seed: 10)
    for _ in 0..<20 {
      let cue = Self.randomPattern(count: 100, using: &generator)
      let recalled = network.recall(cue, using: &generator)
      var state = recalled
      for neuron in 0..<100 { network.update(neuron, of: &state) }
      #expect(state == recalled)
    }
  }

  @Test(arguments: Backend.allCases)
  func `related patterns need the rule of novelty`(backend: Backend) {
    Backend.$current.withValue(backend) {
      var generator = SeededGenerator(seed: 11)
      let common = Self.randomPattern(count: 100, using: &generator)
      let patterns = (0..<5).map { _ in
        Self.corrupted(common, flips: 20, using: &generator)
      }
      var hebb = HopfieldNetwork(neuronCount: 100)
      var projection = HopfieldNetwork(neuronCount: 100)
      for pattern in patterns {
        hebb.store(pattern)
        projection.storeNovelty(of: pattern)
      }
      let weights = projection.weights
      projection.storeNovelty(of: patterns[2])
      #expect(projection.weights == weights)
      for pattern in patterns {
        #expect(hebb.recall(pattern, using: &generator) != pattern)
        let cue = Self.corrupted(pattern, flips: 5, using: &generator)
        #expect(projection.recall(cue, using: &generator) == pattern)
      }
    }
  }

  @Test func `novelty at right angles is all there is`() {
    var hebb = HopfieldNetwork(neuronCount: 4)
    var projection = HopfieldNetwork(neuronCount: 4)
    for pattern: [Scalar] in [[1, 1, 1, 1], [1, -1, 1, -1]] {
      hebb.store(pattern)
      projection.storeNovelty(of: pattern)
    }
    #expect(hebb == projection)
  }

  @Test func `too many memories are all lost`() {
    var generator = SeededGenerator(seed: 8)
    let patterns = (0..<40).map { _ in Self.randomPattern(count: 100, using: &generator) }
    var network = HopfieldNetwork(neuronCount: 100)
    for pattern in patterns { network.store(pattern) }
    let overlaps = patterns.map { pattern in
      HopfieldNetwork.overlap(network.recall(pattern, using: &generator), pattern)
    }
    #expect(overlaps.reduce(0, +) / 40 < 0.7)
  }

  @Test func `a neuron whose sum is zero stays as it is`() {
    let network = HopfieldNetwork(neuronCount: 3)
    for start: [Scalar] in [[1, 1, -1], [-1, 1, 1]] {
      var state = start
      for neuron in 0..<3 {
        #expect(network.update(neuron, of: &state) == 0)
      }
      #expect(state == start)
    }
  }

  @Test func `overlap tells equal, opposite and unrelated states apart`() {
    #expect(HopfieldNetwork.overlap([1, -1, 1, 1], [1, -1, 1, 1]) == 1)
    #expect(HopfieldNetwork.overlap([1, -1, 1, 1], [-1, 1, -1, -1]) == -1)
    #expect(HopfieldNetwork.overlap([1, -1, 1, 1], [1, 1, -1, 1]) == 0)
  }

  /// All sums are integers: no rounding tells the backends apart.
  @Test func `the backends recall the same`() {
    let (network, _) = Self.network()
    let states = Backend.allCases.map { backend in
      var generator = SeededGenerator(seed: 9)
      let cue = Self.randomPattern(count: 100, using: &generator)
      return Backend.$current.withValue(backend) { network.recall(cue, using: &generator) }
    }
    #expect(states[0] == states[1])
  }
}
