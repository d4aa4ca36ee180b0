import Backprop
import CNN
import GAN
import KernelSupport
import Optimizers

/// The game of chapter 8, as the peers play it.
extension TrainingModel {
  /// A small DCGAN: a step of the discriminator, and one of the generator through the frozen discriminator.
  static var dcgan: TrainingModel {
    TrainingModel(name: "dcgan", batch: 64, optimizer: "Adam") {
      var generator = SeededGenerator(seed: 1)
      let artist = GameNetworks.convolutionalGenerator(using: &generator)
      let critic = GameNetworks.convolutionalDiscriminator(using: &generator)
      let rule = Adam(learningRate: 2e-4, beta1: 0.5)
      var drawing = Player("generator", artist, rule)
      var judging = Player("discriminator", critic, rule)
      let pixels = (0..<64 * 784).map { _ in generator.uniform() }
      let real = Variable(Tensor(pixels, shape: [64, 28, 28, 1]))
      func step() {
        do {
          let noise = Variable(Tensor.noise([64, 64], using: &generator))
          let fake = artist(noise, .training(seed: 1))
          try judging.step {
            GameLoss.nonSaturating.discriminator(
              real: critic(real), fake: critic(fake.detached()))
          }
          try drawing.step { GameLoss.nonSaturating.generator(fake: critic.frozen(fake)) }
        } catch {
          fatalError("\(error)")
        }
      }
      return (step, drawing.parameters + judging.parameters)
    }
  }
}
