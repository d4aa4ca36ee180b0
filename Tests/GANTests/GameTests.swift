import Backprop
import CNN
import GAN
import KernelSupport
import Optimizers
import TestSupport
import Testing

@Suite struct GameTests {
  private func logits() -> [NamedParameter] { variables([[4, 1], [3, 1]]) }

  @Test(arguments: GameLoss.allCases, Backend.allCases)
  func `gradients of both players' losses are the measured slopes`(
    loss: GameLoss, backend: Backend
  ) {
    let inputs = logits()
    Backend.$current.withValue(backend) {
      expectGradients(inputs) {
        loss.discriminator(real: inputs[0].variable, fake: inputs[1].variable, target: 0.9)
      }
      expectGradients([inputs[1]]) { loss.generator(fake: inputs[1].variable) }
    }
  }

  @Test func `the losses are the papers' formulas`() {
    let (real, fake): ([Scalar], [Scalar]) = ([2, -1, 0.5], [-0.5, 1.5])
    let (r, f) = (Variable(Tensor(real, shape: [3, 1])), Variable(Tensor(fake, shape: [2, 1])))
    func mean(_ x: [Scalar], _ term: (Scalar) -> Scalar) -> Scalar {
      x.reduce(0) { $0 + term($1) } / Scalar(x.count)
    }
    func probability(_ s: Scalar) -> Scalar { 1 / (1 + Scalar.exp(-s)) }
    let game =
      mean(real) { -Scalar.log(probability($0)) }
      + mean(fake) { -Scalar.log(1 - probability($0)) }
    let expected: [GameLoss: (Scalar, Scalar)] = [
      .saturating: (game, mean(fake) { Scalar.log(1 - probability($0)) }),
      .nonSaturating: (game, mean(fake) { -Scalar.log(probability($0)) }),
      .leastSquares: (
        0.5 * mean(real) { ($0 - 1) * ($0 - 1) } + 0.5 * mean(fake) { $0 * $0 },
        0.5 * mean(fake) { ($0 - 1) * ($0 - 1) }
      ),
      .wasserstein: (mean(fake) { $0 } - mean(real) { $0 }, -mean(fake) { $0 }),
    ]
    for (loss, (discriminator, generator)) in expected {
      // A few exponentials, logarithms and sums.
      expectClose(
        [
          loss.discriminator(real: r, fake: f).value.number, loss.generator(fake: f).value.number,
        ], [discriminator, generator], within: 16 * Scalar.ulpOfOne, loss.rawValue)
    }
  }

  @Test func `logits too large for an exponential give finite losses and slopes`() {
    for loss in [GameLoss.saturating, .nonSaturating] {
      let far = Variable(Tensor([-1000, 1000], shape: [2, 1]), needsGradient: true)
      let paid = loss.generator(fake: far)
      #expect(paid.value.number.isFinite)
      paid.backward()
      #expect(far.gradient!.elements.allSatisfy { $0.isFinite })
    }
  }

  @Test func `the generator's step leaves no gradient in the discriminator`() throws {
    var generator = SeededGenerator(seed: 1)
    let artist = GameNetworks.pointGenerator(hidden: 5, using: &generator)
    let critic = GameNetworks.pointDiscriminator(hidden: 5, using: &generator)
    var player = Player("generator", artist, SGD(learningRate: 0.1))
    let before = parameters(of: critic).map(\.variable.value)
    let noise = Variable(Tensor.noise([4, 2], using: &generator))
    try player.step { GameLoss.nonSaturating.generator(fake: critic.frozen(artist(noise))) }
    #expect(parameters(of: critic).allSatisfy { $0.variable.gradient == nil })
    #expect(parameters(of: critic).map(\.variable.value) == before)
    #expect(parameters(of: artist).allSatisfy { $0.variable.gradient != nil })
  }

  @Test func `freezing changes no number of the generator's gradient`() {
    var generator = SeededGenerator(seed: 2)
    let artist = GameNetworks.convolutionalGenerator(noise: 3, channels: 4, using: &generator)
    let critic = GameNetworks.convolutionalDiscriminator(channels: 4, using: &generator)
    let noise = Variable(Tensor.noise([3, 3], using: &generator))
    func gradients(_ critic: Sequential) -> [Tensor?] {
      let found = parameters(of: artist)
      found.clearGradients()
      GameLoss.nonSaturating.generator(fake: critic(artist(noise, .training(seed: 1)))).backward()
      return found.map(\.variable.gradient)
    }
    #expect(gradients(critic.frozen) == gradients(critic))
  }

  @Test func `a frozen view keeps its numbers when the network is stepped`() {
    var generator = SeededGenerator(seed: 3)
    let critic = GameNetworks.pointDiscriminator(hidden: 3, using: &generator)
    let x = Variable(Tensor([1, 2], shape: [1, 2]), needsGradient: true)
    let score = critic.frozen(x)
    let before = score.value
    for parameter in parameters(of: critic) {
      parameter.variable.setValue(Tensor(shape: parameter.variable.value.shape))
    }
    score.backward()
    #expect(score.value == before)
    #expect(x.gradient!.elements.contains { $0 != 0 })
    #expect(parameters(of: critic.frozen).isEmpty)
  }

  @Test func `a step with a loss that is no number is not taken, and says whose it was`() throws {
    var generator = SeededGenerator(seed: 4)
    let critic = Dense(2, 1, using: &generator)
    var player = Player("critic", critic, SGD(learningRate: 0.1))
    let x = Variable(Tensor([1, 2], shape: [1, 2]))
    try player.step { critic(x).sum() }
    let before = critic.weight.value
    let infinite = { Scalar.infinity * critic(x).sum() - Scalar.infinity * critic(x).sum() }
    #expect(divergence { () throws(Divergence) in try player.step(infinite) }?.quantity == .loss)
    #expect(critic.weight.value == before && player.stepCount == 1)
    // The loss is finite, three times 0.29 of the largest number; the slope, three times that number, is not.
    let largest = Scalar.greatestFiniteMagnitude
    let steep = Variable(Tensor([largest, 0, largest, 0, largest, 0], shape: [3, 2]))
    let error = divergence { () throws(Divergence) in try player.step { critic(steep).sum() } }
    #expect(error == Divergence(player: "critic", step: 2, quantity: .gradient, value: .infinity))
    #expect(error?.description.hasPrefix("critic, step 2: the gradient is inf") == true)
    #expect(critic.weight.value == before)
  }

  private func divergence(_ body: () throws(Divergence) -> Void) -> Divergence? {
    do {
      try body()
      return nil
    } catch {
      return error
    }
  }

  @Test func `clipping moves every weight into the limits`() {
    var generator = SeededGenerator(seed: 5)
    let critic = GameNetworks.pointDiscriminator(hidden: 9, using: &generator)
    let player = Player("critic", critic, SGD(learningRate: 0.1))
    player.clipWeights(to: 0.01)
    let weights = player.parameters.flatMap(\.variable.value.elements)
    #expect(weights.allSatisfy { abs($0) <= 0.01 } && weights.contains(0.01))
  }

  @Test(arguments: Backend.allCases)
  func `ten steps of a small DCGAN are PyTorch's`(backend: Backend) throws {
    let fixture = try Fixture("games")
    var generator = SeededGenerator(seed: 6)
    let artist = Sequential(
      Dense(3, 16, activation: .relu, using: &generator), Reshape([2, 2, 4]),
      ConvTranspose2D(
        4, 2, kernel: 4, stride: 2, padding: .all(1), bias: false, using: &generator),
      BatchNormalization(2, activation: .relu),
      ConvTranspose2D(
        2, 1, kernel: 4, stride: 2, padding: .all(1), activation: .tanh, using: &generator))
    let critic = Sequential(
      Conv2D(
        1, 2, kernel: 4, stride: 2, padding: .all(1), activation: .leakyReLU(slope: 0.2),
        using: &generator),
      Conv2D(
        2, 4, kernel: 4, stride: 2, padding: .all(1), activation: .leakyReLU(slope: 0.2),
        using: &generator),
      Flatten(), Dense(16, 1, using: &generator))
    for (letter, model) in [("G", artist), ("D", critic)] {
      for (index, parameter) in parameters(of: model).enumerated() {
        parameter.variable.setValue(
          Tensor(
            fixture["dcgan", "\(letter)\(index) before"], shape: parameter.variable.value.shape))
      }
    }
    let rule = Adam(learningRate: 2e-3, beta1: 0.5)
    var (drawing, judging) = (Player("generator", artist, rule), Player("critic", critic, rule))
    let real = Variable(Tensor(fixture["dcgan", "x"], shape: [5, 8, 8, 1]))
    var losses: [Scalar] = []
    try Backend.$current.withValue(backend) {
      for step in 0..<10 {
        let noise = Array(fixture["dcgan", "z"][step * 15..<(step + 1) * 15])
        let fake = artist(Variable(Tensor(noise, shape: [5, 3])), .training(seed: 1))
        losses.append(
          try judging.step {
            GameLoss.nonSaturating.discriminator(
              real: critic(real), fake: critic(fake.detached()))
          })
        losses.append(
          try drawing.step { GameLoss.nonSaturating.generator(fake: critic.frozen(fake)) })
      }
    }
    // Adam divides a gradient by its size, so where that is all rounding a weight may move by up to η either
    // way; in single precision such weights are some per cent of a step off after ten steps.
    let tolerance: Scalar = MemoryLayout<Scalar>.size == 8 ? 1e-9 : 2e-4
    expectClose(losses, fixture["dcgan", "losses"], within: tolerance, "losses")
    for (letter, model) in [("G", artist), ("D", critic)] {
      for (index, parameter) in parameters(of: model).enumerated() {
        expectClose(
          parameter.variable.value.elements, fixture["dcgan", "\(letter)\(index) after"],
          within: tolerance, "\(letter) \(parameter.name)")
      }
    }
  }
}
