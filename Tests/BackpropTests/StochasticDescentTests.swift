import Backprop
import KernelSupport
import TestSupport
import Testing

@Suite struct StochasticDescentTests {
  /// A single weight w with the loss w times the mean of the batch's numbers: its gradient is that mean.
  @Test func `an epoch meets every example once and steps against each batch's gradient`() {
    let weight = Variable(Tensor([1], shape: [1]), needsGradient: true)
    var generator = SeededGenerator(seed: 9)
    var seen: [Int] = []
    var steps: [(batch: [Int], loss: Scalar)] = []
    let mean = descendOneEpoch(
      [NamedParameter("w", weight)], exampleCount: 7, batchSize: 3, learningRate: 0.5,
      using: &generator
    ) { batch in
      seen += batch
      steps.append((Array(batch), weight.value.number))
      let numbers = Scalar(batch.reduce(0, +)) / Scalar(batch.count)
      return (numbers * weight).sum()
    }
    #expect(seen.sorted() == Array(0..<7))
    #expect(seen != Array(0..<7))
    #expect(steps.map(\.batch.count) == [3, 3, 1])
    var (expectedWeight, expectedSum): (Scalar, Scalar) = (1, 0)
    for step in steps {
      let numbers = Scalar(step.batch.reduce(0, +)) / Scalar(step.batch.count)
      #expect(abs(step.loss - expectedWeight) <= 8 * Scalar.ulpOfOne)
      expectedSum += expectedWeight * numbers * Scalar(step.batch.count)
      expectedWeight -= 0.5 * numbers
    }
    // Three steps, each rounded a few times at a size of at most 30.
    expectClose([weight.value.number], [expectedWeight], within: 64 * Scalar.ulpOfOne)
    expectClose([Scalar(mean)], [expectedSum / 7], within: 64 * Scalar.ulpOfOne)
  }

  @Test func `Nielsen's network has normal biases, the other one none`() {
    var generator = SeededGenerator(seed: 2)
    let nielsen = parameters(of: ClassicNetworks.nielsen(hiddenUnits: 200, using: &generator))
    #expect(nielsen.map(\.name) == ["0.weight", "0.bias", "1.weight", "1.bias"])
    #expect(nielsen.scalarCount == 784 * 200 + 200 + 200 * 10 + 10)
    for parameter in nielsen.prefix(3) {
      let elements = parameter.variable.value.elements
      let variance = elements.reduce(0) { $0 + $1 * $1 } / Scalar(elements.count)
      // The variance of n normal numbers spreads by √(2/n): 0.1 for 200 of them, taken four times.
      #expect(abs(variance - 1) < 4 * (2 / Scalar(elements.count)).squareRoot())
    }
    let classic = parameters(of: ClassicNetworks.multilayerPerceptron(using: &generator))
    #expect(classic.scalarCount == 55_050)
    for parameter in classic where parameter.name.hasSuffix("bias") {
      #expect(parameter.variable.value.elements.allSatisfy { $0 == 0 })
    }
  }
}
