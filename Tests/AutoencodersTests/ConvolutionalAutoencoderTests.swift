import Autoencoders
import Backprop
import KernelSupport
import Optimizers
import TestSupport
import Testing

@Suite struct ConvolutionalAutoencoderTests {
  private func model(side: Int = 8, channels: Int = 2, code: Int = 3) -> Autoencoder {
    var generator = SeededGenerator(seed: 5)
    return .convolutional(
      side: side, channels: channels, hidden: 6, code: code, using: &generator)
  }

  @Test(arguments: Backend.allCases, [4, 8, 12, 28])
  func `images come as rows, are halved twice, and leave as rows`(backend: Backend, side: Int) {
    Backend.$current.withValue(backend) {
      let model = model(side: side)
      let x = Variable(Tensor(repeating: 0.5, shape: [3, side * side]))
      var shapes: [[Int]] = []
      var signal = x
      for layer in model.encoder.layers + model.decoder.layers {
        signal = layer(signal, .evaluation)
        shapes.append(signal.value.shape)
      }
      let (half, quarter) = (side / 2, side / 4)
      #expect(
        shapes == [
          [3, side, side, 1], [3, half, half, 2], [3, quarter, quarter, 4],
          [3, quarter * quarter * 4], [3, 6], [3, 3],
          [3, 6], [3, quarter * quarter * 4], [3, quarter, quarter, 4],
          [3, half, half, 2], [3, side, side, 1], [3, side * side],
        ])
      #expect(model(x).value == signal.value)
    }
  }

  @Test func `the chapter's model has as many parameters as its dense rival, to one per cent`() {
    var generator = SeededGenerator(seed: 5)
    let windows = Autoencoder.convolutional(
      side: 28, channels: 8, hidden: 136, code: 10, using: &generator)
    let dense = Autoencoder([784, 128, 64, 10], using: &generator)
    let (a, b) = (parameters(of: windows).scalarCount, parameters(of: dense).scalarCount)
    // Windows 3 · 3 · (1 · 8 + 8 · 16) and 4 · 4 · (16 · 8 + 8 · 1), two wide layers each way, the biases.
    #expect(a == 1224 + 2176 + 2 * (784 + 10) * 136 + 8 + 16 + 136 + 10 + 136 + 784 + 8 + 1)
    #expect(abs(a - b) < b / 100)
  }

  /// Where all numbers are positive no unit is at the corner of ReLU, where there is no slope to be measured;
  /// weights of some 0.4 of their usual size keep the signal near 1 over eight layers.
  @Test(arguments: Backend.allCases)
  func `gradients are the measured slopes`(backend: Backend) {
    let model = model(side: 4)
    for parameter in parameters(of: model) {
      let (values, isBias) = (parameter.variable.value, parameter.name.hasSuffix("bias"))
      parameter.variable.setValue(
        Tensor(values.elements.map { isBias ? 0.5 : 0.4 * abs($0) }, shape: values.shape))
    }
    let x = Tensor(numbersOffZero(count: 2 * 16, seed: 7).map(abs), shape: [2, 16])
    Backend.$current.withValue(backend) {
      expectGradients(parameters(of: model)) { model(Variable(x)) }
    }
  }

  /// What is learned of eight bars can be drawn again: the mean image alone leaves the bars' own variance.
  @Test func `descent brings the error far below that of the mean image`() {
    var generator = SeededGenerator(seed: 1)
    let bars = Tensor(
      (0..<8).flatMap { bar in (0..<64).map { Scalar($0 % 8 == bar ? 1 : 0) } }, shape: [8, 64])
    let model = Autoencoder.convolutional(
      side: 8, channels: 4, hidden: 16, code: 4, using: &generator)
    let found = parameters(of: model)
    var rule = Adam(learningRate: 0.01)
    for _ in 0..<600 {
      found.clearGradients()
      model(Variable(bars)).meanSquaredError(bars).backward()
      rule.step(found)
    }
    // Each bar has 8 pixels of ink and the mean image 1/8 everywhere: 8 · (7/8)² + 56 / 64 = 7.
    #expect(squaredError(of: model(Variable(bars)).value, from: bars) < 0.7)
  }
}
