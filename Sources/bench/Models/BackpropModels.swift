import Backprop
import KernelSupport
import Optimizers

/// The networks of dense layers of chapter 2, with the optimizers that the peers train them with.
extension TrainingModel {
  /// 784-64-64-10, ReLU, softmax cross-entropy.
  static var mlp: TrainingModel {
    classifier("mlp", batch: 32, SGD(learningRate: 0.01)) { generator in
      Sequential(
        Dense(784, 64, activation: .relu, using: &generator),
        Dense(64, 64, activation: .relu, using: &generator),
        Dense(64, 10, using: &generator))
    }
  }

  /// 784-512-512-10, ReLU, softmax cross-entropy, Adam.
  static var mlpWide: TrainingModel {
    classifier("mlp_wide", batch: 128, Adam()) { generator in
      Sequential(
        Dense(784, 512, activation: .relu, using: &generator),
        Dense(512, 512, activation: .relu, using: &generator),
        Dense(512, 10, using: &generator))
    }
  }

  /// A classifier of 784 numbers into ten classes.
  private static func classifier(
    _ name: String, batch: Int, _ optimizer: some Optimizer,
    _ network: @escaping @Sendable (_ generator: inout SeededGenerator) -> Sequential
  ) -> TrainingModel {
    TrainingModel(name: name, batch: batch, optimizer: "\(type(of: optimizer))") {
      var optimizer = optimizer
      var generator = SeededGenerator(seed: 1)
      let network = network(&generator)
      let parameters = parameters(of: network)
      let images = Variable(
        Tensor((0..<batch * 784).map { _ in generator.uniform() }, shape: [batch, 784]))
      let labels = (0..<batch).map { _ in generator.integer(below: 10) }
      func step() {
        parameters.clearGradients()
        network(images).softmaxCrossEntropy(labels).backward()
        optimizer.step(parameters)
      }
      return (step, parameters)
    }
  }
}
