import Backprop
import GAN
import KernelSupport
import Optimizers
import TestSupport
import Testing

@Suite struct CodeTests {
  private static func reader(_ generator: inout SeededGenerator) -> CodeReader {
    CodeReader(categories: 3, numbers: 2, channels: 2, using: &generator)
  }
  private static func code(_ generator: inout SeededGenerator) -> ImageCode {
    ImageCode(
      categories: [2, 0],
      numbers: Tensor((0..<4).map { _ in generator.uniform(in: -1..<1) }, shape: [2, 2]))
  }

  @Test(arguments: Backend.allCases)
  func `gradients of the code's loss are the measured slopes`(backend: Backend) {
    var generator = SeededGenerator(seed: 1)
    let (reader, code) = (Self.reader(&generator), Self.code(&generator))
    let images = Variable(.noise([2, 28, 28, 1], using: &generator), needsGradient: true)
    let distorted = Variable(.noise([2, 28, 28, 1], using: &generator))
    let heads = parameters(of: [reader.categories, reader.numbers])
    Backend.$current.withValue(backend) {
      expectGradients(heads) { reader.loss(images, distorted: distorted, code) }
    }
  }

  @Test func `the loss is the formula`() {
    var generator = SeededGenerator(seed: 2)
    let (reader, code) = (Self.reader(&generator), Self.code(&generator))
    let images = Variable(.noise([2, 28, 28, 1], using: &generator))
    let (category, numbers) = reader(images)
    let shares = category.softmax().value
    let entropy = -(Scalar.log(shares.elements[2]) + Scalar.log(shares.elements[3])) / 2
    let error = zip(numbers.value.elements, code.numbers.elements).reduce(Scalar(0)) {
      $0 + ($1.0 - $1.1) * ($1.0 - $1.1) / 4
    }
    expectClose(
      [reader.loss(images, code).value.number], [entropy + error], within: 16 * Scalar.ulpOfOne)
  }

  @Test func `the category is read where it was distorted, the numbers where not`() {
    var generator = SeededGenerator(seed: 3)
    let (reader, code) = (Self.reader(&generator), Self.code(&generator))
    func image(_ scale: Scalar) -> Variable {
      var generator = SeededGenerator(seed: 4)
      return scale * Variable(.noise([2, 28, 28, 1], using: &generator))
    }
    func gradients(_ plain: Variable, _ distorted: Variable?) -> [Tensor?] {
      let heads = parameters(of: [reader.categories, reader.numbers])
      heads.clearGradients()
      reader.loss(plain, distorted: distorted, code).backward()
      return heads.map(\.variable.gradient)
    }
    let (same, moved) = (gradients(image(1), nil), gradients(image(1), image(2)))
    #expect(same == gradients(image(1), image(1)))
    #expect(same[0] != moved[0] && same[2...] == moved[2...])
  }

  @Test func `the code's loss reaches the generator through a frozen reader`() throws {
    var generator = SeededGenerator(seed: 5)
    let (reader, code) = (Self.reader(&generator), Self.code(&generator))
    let artist = GameNetworks.convolutionalGenerator(noise: 6, channels: 2, using: &generator)
    var player = Player("generator", artist, SGD(learningRate: 0.1))
    let noise = Variable(.noise([2, 6], using: &generator))
    try player.step { reader.frozen.loss(artist(noise, .training(seed: 1)), code) }
    #expect(parameters(of: reader).allSatisfy { $0.variable.gradient == nil })
    // Down to the first layer, where the code goes in.
    let first = parameters(of: artist)[0].variable
    #expect(first.value.shape[0] == 6 && first.gradient!.elements.contains { abs($0) > 1e-6 })
  }

  @Test func `the best assignment is the best of all orders`() {
    func orders(_ items: [Int]) -> [[Int]] {
      items.isEmpty
        ? [[]] : items.flatMap { item in orders(items.filter { $0 != item }).map { [item] + $0 } }
    }
    var generator = SeededGenerator(seed: 6)
    for n in 1...6 {
      for _ in 0..<10 {
        let counts = (0..<n).map { _ in (0..<n).map { _ in Double(generator.integer(below: 9)) } }
        func sum(_ order: [Int]) -> Double {
          order.indices.reduce(0) { $0 + counts[$1][order[$1]] }
        }
        let found = CodeScores.bestAssignment(counts)
        #expect(found.sorted() == Array(0..<n))
        #expect(sum(found) == orders(Array(0..<n)).map(sum).max())
      }
    }
    // Row by row the first would take column 1, and the second be left with nothing.
    #expect(CodeScores.bestAssignment([[4, 5], [0, 5]]) == [0, 1])
  }

  @Test func `a correlation knows lines, their direction, and nothing else`() {
    let x: [Scalar] = [1, 2, 3, 4, 5]
    #expect(abs(CodeScores.correlation(x, x.map { 7 - 2 * $0 }) + 1) < 1e-12)
    #expect(abs(CodeScores.correlation(x, x.map { 1e3 + $0 }) - 1) < 1e-12)
    #expect(abs(CodeScores.correlation(x, [4, 1, 0, 1, 4])) < 1e-12)
    #expect(CodeScores.correlation(x, [3, 3, 3, 3, 3]) == 0)
    // Covariance 2, variances 10 and 2 as sums: 4 / √20 for these by hand.
    #expect(abs(CodeScores.correlation(x, [0, 1, 0, 1, 2]) - 4 / (10 * 2.8).squareRoot()) < 1e-6)
  }
}
