import Foundation
import KernelSupport

extension AutoencodersExercises {
  static var partitionExercise: Exercise {
    Exercise(
      "logPartition",
      hint:
        "the visible units sum out: each gives a factor 1 + eˣ; take logarithms with the largest term first.",
      [
        Check("without weights every unit counts by itself") {
          try checkPartition([[0, 0], [0, 0], [0, 0]], [0, 0, 0], [0, 0])
          try checkPartition([[0], [0]], [1, -2], [0.5])
        },
        Check("weights join the layers") {
          var generator = inputGenerator(91)
          for (visible, hidden) in [(1, 1), (3, 2), (2, 4)] {
            try checkPartition(
              generator.exactMatrix(rows: visible, columns: hidden),
              generator.exactMatrix(rows: 1, columns: visible)[0],
              generator.exactMatrix(rows: 1, columns: hidden)[0])
          }
        },
        Check("a machine without hidden units has visible ones") {
          try checkPartition([[], []], [1, 2], [])
        },
        Check("large energies do not overflow") {
          try checkPartition([[600, 500], [0, 400]], [700, 0], [-10, 800])
        },
      ])
  }

  /// Every pair of states, the largest exponent first taken out.
  private static func checkPartition(
    _ weights: [[Double]], _ visibleBias: [Double], _ hiddenBias: [Double]
  ) throws {
    let (m, n) = (visibleBias.count, hiddenBias.count)
    var exponents: [Double] = []
    for state in 0..<1 << (m + n) {
      let v = (0..<m).map { Double(state >> $0 & 1) }
      let h = (0..<n).map { Double(state >> (m + $0) & 1) }
      var exponent = 0.0
      for i in 0..<m { exponent += v[i] * visibleBias[i] }
      for j in 0..<n {
        exponent += h[j] * hiddenBias[j]
        for i in 0..<m { exponent += v[i] * weights[i][j] * h[j] }
      }
      exponents.append(exponent)
    }
    let largest = exponents.max() ?? 0
    let expected = largest + log(exponents.reduce(0) { $0 + exp($1 - largest) })
    try expect(
      logPartition(weights: weights, visibleBias: visibleBias, hiddenBias: hiddenBias), expected,
      within: 1e-12 * max(1, abs(expected)),
      for: "weights \(weights), biases \(shown(visibleBias)) and \(shown(hiddenBias))")
  }

  static var contrastiveExercise: Exercise {
    Exercise(
      "contrastiveGradient",
      hint:
        "a hidden unit enters by its probability; the data's mean counts minus, the chains' plus.",
      [
        Check("chains that end where they began give no gradient") {
          let batch = [[1.0, 0], [0, 1], [1, 1]]
          try checkContrastive([[1, -2], [0.5, 0]], [0.25, -1], batch, batch)
        },
        Check("the data lower the loss, the chains raise it") {
          try checkContrastive([[0]], [0], [[1]], [[0]])
          try checkContrastive([[0]], [0], [[0]], [[1]])
        },
        Check("hidden units count with their probabilities, biases included") {
          try checkContrastive([[1, -2], [0.5, 0]], [0.25, -1], [[1, 0]], [[0, 1]])
        },
        Check("it is a mean over the batch") {
          try checkContrastive(
            [[1, -2, 0], [0.5, 0, 1]], [0.25, -1, 2], [[1, 0], [1, 1], [0, 1], [1, 0]],
            [[0, 1], [0, 0], [1, 1], [0, 0]])
        },
      ])
  }

  private static func checkContrastive(
    _ weights: [[Double]], _ hiddenBias: [Double], _ batch: [[Double]], _ chains: [[Double]]
  ) throws {
    let hidden = hiddenBias.count
    var expected = weights.map { $0.map { _ in 0.0 } }
    for (states, sign) in [(batch, -1.0), (chains, 1)] {
      for v in states {
        for j in 0..<hidden {
          let sum = v.indices.reduce(hiddenBias[j]) { $0 + v[$1] * weights[$1][j] }
          let p = 1 / (1 + exp(-sum))
          for i in v.indices { expected[i][j] += sign * v[i] * p / Double(batch.count) }
        }
      }
    }
    let input = "weights \(weights), bias \(shown(hiddenBias)), batch \(batch), chains \(chains)"
    let found = try contrastiveGradient(
      weights: weights, hiddenBias: hiddenBias, batch: batch, chains: chains)
    guard found.map(\.count) == expected.map(\.count) else {
      throw Mismatch(
        "for \(input) expected rows of \(expected.map(\.count)) numbers, got \(found.map(\.count))")
    }
    for (found, expected) in zip(found, expected) {
      try expect(found, expected, within: expected.map { _ in 1e-12 }, for: input)
    }
  }

  static var importanceExercise: Exercise {
    Exercise(
      "importanceEstimate",
      hint:
        "the mean of the weights is inside the logarithm; subtract the largest logarithm first.",
      [
        Check("one draw gives its own weight") {
          try checkImportance([-3], [-1], [-2])
        },
        Check("weights are averaged, not their logarithms") {
          try checkImportance([-3, -5, -1], [-1, -2, -1], [-2, -1, -0.5])
        },
        Check("the logarithms of digits' likelihoods do not vanish") {
          try checkImportance([-900, -910, -905], [-20, -18, -22], [-1, 2, 3])
        },
        Check("a draw that explains nothing counts as 0") {
          try checkImportance([-3, -.infinity], [-1, -1], [-2, -2])
        },
      ])
  }

  private static func checkImportance(_ a: [Double], _ b: [Double], _ c: [Double]) throws {
    let logs = a.indices.map { a[$0] + b[$0] - c[$0] }
    let largest = logs.max() ?? 0
    let mean = logs.reduce(0) { $0 + exp($1 - largest) } / Double(logs.count)
    try expect(
      importanceEstimate(logLikelihoods: a, logPriors: b, logProposals: c), largest + log(mean),
      within: 1e-11, for: "\(shown(a)), \(shown(b)) and \(shown(c))")
  }
}
