import Backprop
import CNN
import Datasets
import GAN
import KernelSupport
import Optimizers
import TestSupport
import Testing

@Suite struct TranslationTests {
  private func images(_ count: Int, seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor(
      (0..<count * 784).map { _ in generator.uniform(in: -1..<1) }, shape: [count, 28, 28, 1])
  }

  private func values(of model: Any) -> [Tensor] { parameters(of: model).map(\.variable.value) }

  @Test func `a U-Net gives images of its input's size, and a patch critic one logit a patch`() {
    var generator = SeededGenerator(seed: 1)
    let unet = UNet(inputs: 3, width: 4, using: &generator)
    #expect(
      unet(Variable(.noise([2, 8, 12, 3], using: &generator)), .evaluation).value.shape == [
        2, 8, 12, 1,
      ])
    let critic = GameNetworks.patchCritic(inputs: 2, channels: 4, using: &generator)
    #expect(
      critic(Variable(.noise([2, 28, 28, 2], using: &generator))).value.shape == [2, 7, 7, 1])
  }

  @Test func `a logit of the patch critic depends on 18 by 18 pixels and on no others`() {
    var generator = SeededGenerator(seed: 2)
    let critic = GameNetworks.patchCritic(channels: 4, using: &generator)
    let x = Variable(.noise([1, 28, 28, 1], using: &generator), needsGradient: true)
    var chosen = Tensor(shape: [1, 7, 7, 1])
    chosen.update { $0[3 * 7 + 3] = 1 }
    critic(x).backward(chosen)
    let seen = x.gradient!.elements.indices.filter { x.gradient!.elements[$0] != 0 }
    let (rows, columns) = (seen.map { $0 / 28 }, seen.map { $0 % 28 })
    #expect(rows.min() == 5 && rows.max() == 22 && columns.min() == 5 && columns.max() == 22)
  }

  @Test(arguments: Backend.allCases)
  func `gradients through a small U-Net with its dropout are the measured slopes`(
    backend: Backend
  ) {
    // Kinks everywhere inside: only a step in double precision stays on one side of them all. At a quarter of
    // the size there are four pixels; of two, an instance norm would leave nothing but their order.
    guard MemoryLayout<Scalar>.size == 8 else { return }
    var generator = SeededGenerator(seed: 3)
    let unet = UNet(inputs: 2, width: 2, dropout: 0.5, using: &generator)
    let x = NamedParameter(
      "x", Variable(.noise([2, 8, 8, 2], using: &generator), needsGradient: true))
    var check = GradientCheck()
    check.step = 0x1p-17
    let upstream = numbersOffZero(count: 128, seed: 99)
    Backend.$current.withValue(backend) {
      let results = check.compare([x] + parameters(of: unet), upstream: upstream) {
        unet(x.variable, .training(seed: 4))
      }
      // With a step of 2⁻¹⁷ the rounding, ε / h = 3e-11, comes a thousandfold larger out of sums of slopes that cancel.
      for result in results { #expect(result.error < 1e-6, "\(result)") }
    }
  }

  @Test func `gradients of the mean absolute error are the measured slopes`() {
    let inputs = variables([[2, 3, 3, 1]])
    // Targets at 0: the inputs keep their distance from the kink.
    expectGradients(inputs) {
      inputs[0].variable.meanAbsoluteError(Tensor(shape: [2, 3, 3, 1]))
    }
    let loss = Variable(Tensor([3, -1], shape: [2])).meanAbsoluteError(Tensor([1, 0], shape: [2]))
    #expect(loss.value.number == 1.5)
  }

  @Test(arguments: Backend.allCases)
  func `gradients of a cycle reach both translators, and are the measured slopes`(
    backend: Backend
  ) {
    // Numbers below 1: two products of two and of three stay below 6, and their distances from 8 off the kink.
    let inputs = variables([[2, 3], [3, 2], [2, 2]])
    for input in inputs {
      let halves = input.variable.value.elements.map { $0 / 2 }
      input.variable.setValue(Tensor(halves, shape: input.variable.value.shape))
    }
    let (there, back) = (inputs[0].variable, inputs[1].variable)
    Backend.$current.withValue(backend) {
      expectGradients(inputs) {
        inputs[2].variable.matrixProduct(there).matrixProduct(back)
          .meanAbsoluteError(Tensor(repeating: 8, shape: [2, 2]))
      }
    }
  }

  @Test func `pix2pix draws with noise in use, the same for the same seed, and without if asked`() {
    var generator = SeededGenerator(seed: 5)
    let model = Pix2Pix(width: 4, using: &generator)
    let x = images(2, seed: 6)
    let first = model.translated(x, seed: 1)
    #expect(first == model.translated(x, seed: 1))
    #expect(first != model.translated(x, seed: 2))
    #expect(model.translated(x, seed: nil) == model.translator(Variable(x), .evaluation).value)
    #expect(model.translated(x, seed: nil) != first)
  }

  @Test func `a cycle GAN drops nothing, whatever its phase`() {
    var generator = SeededGenerator(seed: 7)
    let model = CycleGAN(width: 2, using: &generator)
    let x = Variable(images(1, seed: 8))
    #expect(model.forth(x, .training(seed: 1)).value == model.forth(x, .evaluation).value)
    #expect(model.forth(x, .training(seed: 1)).value == model.forth(x, .training(seed: 2)).value)
  }

  @Test func `with no word for the critic only the translator is stepped`() throws {
    var generator = SeededGenerator(seed: 9)
    var model = Pix2Pix(width: 2, adversity: 0, using: &generator)
    let before = (values(of: model.translator), values(of: model.critic))
    try model.step(from: images(2, seed: 1), to: images(2, seed: 2), rate: 0.01, seed: 3)
    #expect(values(of: model.translator) != before.0 && values(of: model.critic) == before.1)
  }

  // In pix2pix and StarGAN the critic's step comes first: what the translator's step left in the critic
  // would be added to the critic's own gradient. At a rate of 10⁻³⁰ nothing moves, so that can be computed again.

  @Test func `the translator's step leaves no gradient in pix2pix's critic`() throws {
    var generator = SeededGenerator(seed: 10)
    let (x, y) = (images(2, seed: 1), images(2, seed: 2))
    var model = Pix2Pix(width: 2, using: &generator)
    try model.step(from: x, to: y, rate: 1e-30, seed: 3)
    let critic = model.critic
    func pair(_ image: Tensor) -> Variable {
      .concatenated([Variable(x), Variable(image)], axis: 3)
    }
    expectOwnGradients(of: critic) {
      GameLoss.nonSaturating.discriminator(
        real: critic(pair(y)), fake: critic(pair(model.translated(x, seed: 3))))
    }
  }

  @Test func `the translator's step leaves no gradient in StarGAN's critic`() throws {
    var generator = SeededGenerator(seed: 11)
    let x = images(2, seed: 1)
    var model = StarGAN(styles: 3, width: 2, using: &generator)
    try model.step(x, [0, 2], to: [1, 0], rate: 1e-30)
    let critic = model.critic
    let fake = Variable.withoutGradients { model.translated(Variable(x), to: [1, 0]) }
    expectOwnGradients(of: critic) {
      let (real, named) = critic(Variable(x))
      return GameLoss.leastSquares.discriminator(real: real, fake: critic(fake).logit)
        + named.softmaxCrossEntropy([0, 2])
    }
  }

  /// Expects the gradients that are there to be those of a loss, bit for bit, and none of them missing.
  private func expectOwnGradients(of model: Any, _ loss: () -> Variable) {
    let found = parameters(of: model)
    let left = found.map(\.variable.gradient)
    found.clearGradients()
    loss().backward()
    #expect(left == found.map(\.variable.gradient))
    #expect(left.allSatisfy { $0?.elements.contains { $0 != 0 } == true })
  }

  @Test func `the pool's old images are shown to the critics, and to nobody else`() throws {
    func stepped(_ capacity: Int) throws -> (translators: [Tensor], critics: [Tensor]) {
      var generator = SeededGenerator(seed: 12)
      var model = CycleGAN(width: 2, poolCapacity: capacity, using: &generator)
      try model.step(images(8, seed: 1), images(8, seed: 2), rate: 0.01)
      return (values(of: [model.forth, model.back]), values(of: model.critics))
    }
    // Eight images through a pool of one: some come out twice. The translators' step comes first, and is the same.
    let (without, with) = (try stepped(0), try stepped(1))
    #expect(without.translators == with.translators)
    #expect(without.critics != with.critics)
  }

  @Test func `the identity loss pulls a translator towards leaving its own style alone`() throws {
    // With the identity's weight alone, all but: a style's images come out as they went in.
    func kept(_ identity: Scalar) throws -> Scalar {
      var generator = SeededGenerator(seed: 12)
      var model = CycleGAN(
        width: 4, fidelity: identity > 0 ? 10 : 0, identity: identity, using: &generator)
      let y = images(4, seed: 2)
      for _ in 0..<15 { try model.step(images(4, seed: 1), y, rate: 0.005) }
      return model.forth(Variable(y), .evaluation).meanAbsoluteError(y).value.number
    }
    #expect(try kept(5) < 0.8 * kept(0))
  }

  @Test func `StarGAN's planes are ones for the wanted style, and decide what is drawn`() {
    let x = images(2, seed: 1)
    let marked = Variable(x).withPlanes(for: [2, 0], of: 3).value
    #expect(marked.shape == [2, 28, 28, 4])
    for (image, label) in [2, 0].enumerated() {
      for pixel in 0..<784 {
        let place = image * 784 + pixel
        #expect(
          Array(marked.row(place))
            == [x.elements[place]] + (0..<3).map { $0 == label ? 1 : 0 })
      }
    }
    var generator = SeededGenerator(seed: 13)
    let model = StarGAN(styles: 3, width: 2, using: &generator)
    #expect(
      model.translated(Variable(x), to: [0, 0]).value
        != model.translated(Variable(x), to: [1, 0]).value)
  }

  @Test func `the best line is found exactly where there is one, and outliers do not move it`() {
    let x = exactNumbers(count: 101, seed: 1)
    var y = x.map { 0.5 * $0 - 0.25 }
    for index in 0..<20 { y[5 * index] = 100 }
    let line = AffineIntensity(from: x, to: y)
    // A fifth of the points lies elsewhere; least squares would be pulled to an offset near 20. The
    // interval of slopes ends narrower than 10⁻⁴.
    expectClose([line.slope, line.offset], [0.5, -0.25], within: 1e-4)
    #expect(line([2]) == [2 * line.slope + line.offset])
  }

  @Test func `the styles are of the same strokes, and each differs from the others`() {
    var generator = SeededGenerator(seed: 14)
    let digits = StyledDigits(count: 20, using: &generator)
    func ink(_ style: PenStyle, _ index: Int) -> [Int] { digits[style][index].map { Int($0) } }
    for index in 0..<20 {
      let (thin, bold, outline) = (ink(.thin, index), ink(.bold, index), ink(.outline, index))
      // A wider pen covers what a narrow one does; a rim is a part of it and spares the thin line's middle.
      #expect(zip(thin, bold).allSatisfy { $0 <= $1 })
      #expect(zip(outline, bold).allSatisfy { $0 <= $1 })
      #expect(zip(thin, outline).allSatisfy { $0 < 255 || $1 < 128 })
      #expect(ink(.dotted, index).reduce(0, +) < bold.reduce(0, +))
    }
    for style in PenStyle.allCases {
      #expect(digits[style].labels == digits[.thin].labels)
      #expect(PenStyle.allCases.count { digits[$0] == digits[style] } == 1)
    }
  }
}

@Suite struct ImagePoolTests {
  private func batch(_ numbers: [Int]) -> Tensor {
    Tensor(numbers.flatMap { [Scalar($0), Scalar($0)] }, shape: [numbers.count, 2])
  }

  private func firsts(_ batch: Tensor) -> [Int] {
    (0..<batch.rows).map { Int(batch.row($0).first!) }
  }

  @Test func `a pool with room keeps and returns what comes`() {
    var pool = ImagePool(capacity: 5, seed: 1)
    #expect(pool.exchange(batch([1, 2, 3])) == batch([1, 2, 3]) && pool.count == 3)
    #expect(pool.exchange(batch([4, 5])) == batch([4, 5]) && pool.count == 5)
    var none = ImagePool(capacity: 0, seed: 1)
    #expect(none.exchange(batch([7])) == batch([7]) && none.count == 0)
  }

  @Test func `a full pool returns an old image half of the time, and keeps the new one then`() {
    var pool = ImagePool(capacity: 50, seed: 2)
    _ = pool.exchange(batch(Array(0..<50)))
    var kept = Set(0..<50)
    var old = 0
    for number in 50..<2050 {
      let shown = firsts(pool.exchange(batch([number])))[0]
      if shown != number {
        old += 1
        #expect(kept.remove(shown) != nil, "an image that the pool did not hold")
        kept.insert(number)
      }
      #expect(pool.count == 50)
    }
    // 2,000 fair coins: four deviations are 4 · √500 = 89.
    #expect(abs(old - 1000) < 90)
  }

  @Test func `images that come out are whole and the same for the same seed`() {
    func run(_ seed: UInt64) -> [[Int]] {
      var pool = ImagePool(capacity: 3, seed: seed)
      return (0..<20).map { round in
        let shown = pool.exchange(batch([2 * round, 2 * round + 1]))
        for row in 0..<2 { #expect(Set(shown.row(row)).count == 1) }
        return firsts(shown)
      }
    }
    #expect(run(1) == run(1) && run(1) != run(2))
  }
}
