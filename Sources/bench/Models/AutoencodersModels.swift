import Autoencoders
import Backprop
import KernelSupport
import Optimizers

/// The variational autoencoder of chapter 9, with the optimizer that the peers train it with.
extension TrainingModel {
  /// 784-400-(20, 20)-400-784, ReLU, Adam.
  static var vae: TrainingModel {
    TrainingModel(name: "vae", batch: 128, optimizer: "Adam") {
      var generator = SeededGenerator(seed: 1)
      let model = VariationalAutoencoder(784, hidden: [400], latent: 20, using: &generator)
      let parameters = parameters(of: model)
      let images = Tensor((0..<128 * 784).map { _ in generator.uniform() }, shape: [128, 784])
      var optimizer = Adam()
      var seed: UInt64 = 0
      func step() {
        seed += 1
        parameters.clearGradients()
        model.loss(images, seed: seed).backward()
        optimizer.step(parameters)
      }
      return (step, parameters)
    }
  }
}
