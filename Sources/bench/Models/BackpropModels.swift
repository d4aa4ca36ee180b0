import Backprop
import CNN
import KernelSupport
import Optimizers

/// The networks of dense layers of chapter 2, with the optimizers that the peers train them with.
extension TrainingModel {
  /// 784-64-64-10, ReLU, softmax cross-entropy.
  static var mlp: TrainingModel {
    classifier("mlp", batch: 32, "SGD", SGD(learningRate: 0.01)) { generator in
      Sequential(
        Dense(784, 64, activation: .relu, using: &generator),
        Dense(64, 64, activation: .relu, using: &generator),
        Dense(64, 10, using: &generator))
    }
  }

  /// 784-512-512-10, ReLU, softmax cross-entropy, Adam.
  static var mlpWide: TrainingModel {
    classifier("mlp_wide", batch: 128, "Adam", Adam()) { generator in
      Sequential(
        Dense(784, 512, activation: .relu, using: &generator),
        Dense(512, 512, activation: .relu, using: &generator),
        Dense(512, 10, using: &generator))
    }
  }

  /// A classifier of images, by default of 784 numbers in a row, into ten classes.
  static func classifier(
    _ name: String, image: [Int] = [784], batch: Int, _ optimizerName: String,
    _ optimizer: some Optimizer,
    _ network: @escaping @Sendable (_ generator: inout SeededGenerator) -> Sequential
  ) -> TrainingModel {
    TrainingModel(name: name, batch: batch, optimizer: optimizerName) {
      var optimizer = optimizer
      var generator = SeededGenerator(seed: 1)
      let network = network(&generator)
      let parameters = parameters(of: network)
      let shape = [batch] + image
      let pixels = (0..<shape.reduce(1, *)).map { _ in generator.uniform() }
      let images = Variable(Tensor(pixels, shape: shape))
      let labels = (0..<batch).map { _ in generator.integer(below: 10) }
      func step() {
        parameters.clearGradients()
        network(images, .training(seed: 1)).softmaxCrossEntropy(labels).backward()
        optimizer.step(parameters)
      }
      return (step, parameters)
    }
  }
}
