import Backprop
import Foundation
import KernelSupport
import Optimizers
import TestSupport
import Testing

/// A training of one weight w, whose loss on a batch is w times the mean of the examples' numbers: the
/// gradient is that mean.
struct SingleWeight {
  let weight = Variable(Tensor([1], shape: [1]), needsGradient: true)
  var trainer: Trainer<SGD>

  init(exampleCount: Int = 7, batchSize: Int = 3, learningRate: Scalar = 0.5, seed: UInt64 = 9) {
    trainer = Trainer(
      ["w": weight], SGD(learningRate: learningRate), exampleCount: exampleCount,
      batchSize: batchSize, generator: SeededGenerator(seed: seed))
  }

  func loss(_ batch: ArraySlice<Int>) -> Variable {
    (mean(batch) * weight).sum()
  }
}

private func mean(_ batch: some Collection<Int>) -> Scalar {
  Scalar(batch.reduce(0, +)) / Scalar(batch.count)
}

@Suite struct TrainerTests {
  @Test func `every epoch meets every example once, in another order`() {
    var single = SingleWeight()
    var batches: [[Int]] = []
    single.trainer.run(epochs: 2) { [single] batch, _ in
      batches.append(Array(batch))
      return single.loss(batch)
    }
    #expect(batches.map(\.count) == [3, 3, 1, 3, 3, 1])
    let epochs = [batches[..<3].flatMap(\.self), batches[3...].flatMap(\.self)]
    #expect(epochs.allSatisfy { $0.sorted() == Array(0..<7) })
    #expect(epochs[0] != epochs[1])
    #expect(epochs[0] != Array(0..<7))
  }

  /// A dropout mask drawn from what `loss` gets is another one in every step.
  @Test func `every step draws other random numbers, and the same ones for the same seed`() {
    func drawn(_ seed: UInt64) -> [UInt64] {
      var single = SingleWeight(seed: seed)
      var numbers: [UInt64] = []
      single.trainer.run(epochs: 2) { [single] batch, generator in
        numbers.append(generator.next())
        return single.loss(batch)
      }
      return numbers
    }
    let numbers = drawn(9)
    #expect(numbers.count == 6 && Set(numbers).count == 6)
    #expect(drawn(9) == numbers && Set(drawn(10)).isDisjoint(with: numbers))
  }

  @Test func `every step goes against its batch's gradient, and history has the mean loss`() {
    var single = SingleWeight()
    var (weight, lossSum): (Scalar, Double) = (1, 0)
    var steps: [(count: Int, loss: Scalar)] = []
    single.trainer.run(epochs: 1) { [single] batch, _ in
      expectClose(single.weight.value.elements, [weight], within: 64 * .ulpOfOne)
      lossSum += Double(weight * mean(batch)) * Double(batch.count)
      weight -= 0.5 * mean(batch)
      return single.loss(batch)
    } afterStep: { trainer, loss in
      steps.append((trainer.progress.stepCount, loss))
      #expect(trainer.optimizer.state.stepCount == trainer.progress.stepCount)
    }
    // Three steps, each rounded a few times at a size of at most 30.
    expectClose(single.weight.value.elements, [weight], within: 64 * .ulpOfOne)
    #expect(steps.map(\.count) == [1, 2, 3])
    #expect(single.trainer.progress.history.count == 1)
    expectClose(
      [Scalar(single.trainer.progress.history[0].trainingLoss)], [Scalar(lossSum / 7)],
      within: 64 * .ulpOfOne)
  }

  @Test func `an epoch is recorded with its evaluation, made without gradients`() {
    var single = SingleWeight()
    var evaluations = 0
    single.trainer.run(epochs: 3) { [single] batch, _ in
      single.loss(batch)
    } evaluate: { [single] in
      #expect(!single.loss([1]).needsGradient)
      evaluations += 1
      return Evaluation(loss: Double(evaluations), accuracy: 0.5)
    }
    #expect(
      single.trainer.progress.history.map(\.evaluation)
        == [1, 2, 3].map { Evaluation(loss: $0, accuracy: 0.5) })
  }

  @Test func `epochs that are complete are not run again`() {
    var single = SingleWeight()
    for epochs in [2, 2, 1, 3] {
      single.trainer.run(epochs: epochs) { [single] batch, _ in single.loss(batch) }
    }
    #expect(single.trainer.progress.history.count == 3)
    #expect(single.trainer.progress.stepCount == 9)
  }

  @Test func `the schedule sets the rate of every step`() {
    var single = SingleWeight(exampleCount: 3, batchSize: 1)
    single.trainer.schedule = LinearRamp(from: 0, to: 2, steps: 2)
    var rates: [Scalar] = []
    single.trainer.run(epochs: 1) { [single] batch, _ in
      single.loss(batch)
    } afterStep: { trainer, _ in
      rates.append(trainer.optimizer.learningRate)
    }
    #expect(rates == [0, 1, 2])
  }

  @Test func `gradients are adjusted before the step`() {
    var single = SingleWeight()
    single.trainer.adjustGradients = { parameters in
      for parameter in parameters { parameter.variable.clearGradient() }
      for parameter in parameters { parameter.variable.addGradient(Tensor([0.25], shape: [1])) }
    }
    single.trainer.run(epochs: 1) { [single] batch, _ in single.loss(batch) }
    #expect(single.weight.value.elements == [1 - 3 * 0.125])
  }

  @Test func `early stopping ends training with the best parameters, for good`() {
    var single = SingleWeight()
    single.trainer.earlyStopping = EarlyStopping(patience: 2)
    var weights: [Scalar] = []
    for _ in 0..<2 {
      single.trainer.run(epochs: 9) { [single] batch, _ in
        single.loss(batch)
      } evaluate: { [single] in
        weights.append(single.weight.value.number)
        return Evaluation(loss: [3, 2, 4, 2, 1][weights.count - 1])
      }
    }
    #expect(weights.count == 4, "two losses after the best one, 2, were no better")
    #expect(single.trainer.progress.history.count == 4)
    #expect(single.weight.value.number == weights[1])
  }

  @Test func `after an error training goes on where it was`() throws {
    struct Interruption: Error {}
    var (straight, interrupted) = (SingleWeight(), SingleWeight())
    straight.trainer.run(epochs: 2) { [straight] batch, _ in straight.loss(batch) }
    for stop in 1...4 {
      #expect(throws: Interruption.self) {
        try interrupted.trainer.run(epochs: 2) { [interrupted] batch, _ in
          interrupted.loss(batch)
        } afterStep: { trainer, _ in
          if trainer.progress.stepCount == stop { throw Interruption() }
        }
      }
    }
    interrupted.trainer.run(epochs: 2) { [interrupted] batch, _ in interrupted.loss(batch) }
    #expect(interrupted.trainer.checkpoint == straight.trainer.checkpoint)
  }
}
