import Backprop
import KernelSupport
import RNN
import TestSupport
import Testing

@Suite struct HandwrittenRNNTests {
  private func network(seed: UInt64) -> (layer: SimpleRNN, output: Dense, byHand: HandwrittenRNN) {
    var generator = SeededGenerator(seed: seed)
    let layer = SimpleRNN(3, 5, using: &generator)
    let output = Dense(5, 4, using: &generator)
    func rows(_ variable: Variable) -> [[Scalar]] {
      (0..<variable.value.rows).map { Array(variable.value.row($0)) }
    }
    let byHand = HandwrittenRNN(
      inputWeight: rows(layer.inputWeight), recurrentWeight: rows(layer.recurrentWeight),
      bias: layer.bias.value.elements, outputWeight: rows(output.weight),
      outputBias: output.bias.value.elements)
    return (layer, output, byHand)
  }

  private let inputs = (0..<6).map { t in numbersOffZero(count: 3, seed: UInt64(t)).map { $0 / 4 } }
  private let targets = [0, 3, 1, 1, 2, 0]

  /// Sums of at most six steps of a dozen products below 1 in another order: some 64 ulp.
  private let tolerance = 64 * Scalar.ulpOfOne

  @Test func `loops and pullbacks agree`() {
    let (layer, output, byHand) = network(seed: 1)
    let x = Variable(Tensor(inputs.flatMap(\.self), shape: [1, 6, 3]))
    let loss = output(layer(x)).softmaxCrossEntropy(targets)
    loss.backward()
    let (expected, gradients) = byHand.gradients(inputs, targets: targets)
    expectClose([loss.value.number], [expected], within: tolerance)
    for (variable, rows) in [
      (layer.inputWeight, gradients.inputWeight),
      (layer.recurrentWeight, gradients.recurrentWeight),
      (layer.bias, [gradients.bias]), (output.weight, gradients.outputWeight),
      (output.bias, [gradients.outputBias]),
    ] {
      expectClose(variable.gradient?.elements ?? [], rows.flatMap(\.self), within: tolerance)
    }
  }

  @Test func `a cut lets states through and gradients not`() {
    let (layer, output, byHand) = network(seed: 2)
    let x = Variable(Tensor(inputs.flatMap(\.self), shape: [1, 6, 3]))
    var (state, loss) = ([RecurrentState](), Variable?.none)
    for start in [0, 2, 4] {
      let (hidden, last) = layer(x.sliced(start..<start + 2, axis: 1), from: state, lengths: nil)
      let part = output(hidden).softmaxCrossEntropy(Array(targets[start..<start + 2]))
      loss = loss.map { $0 + part } ?? part
      state = last.map { $0.detached() }
    }
    (Scalar(1) / 3 * loss!).backward()
    let cut = byHand.gradients(inputs, targets: targets, truncation: 2).gradients
    expectClose(
      layer.recurrentWeight.gradient?.elements ?? [], cut.recurrentWeight.flatMap(\.self),
      within: tolerance)
    let whole = byHand.gradients(inputs, targets: targets).gradients
    #expect(whole.recurrentWeight != cut.recurrentWeight)
    #expect(whole.outputWeight == cut.outputWeight)
  }
}
