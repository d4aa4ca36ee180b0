import Backprop
import CNN
import KernelSupport
import TestSupport
import Testing

@Suite struct BlockTests {
  /// A block of layers from 3 channels.
  struct Block: Sendable, CustomTestStringConvertible {
    let name: String
    /// The shape of its output for [2, 4, 3, 3].
    let shape: [Int]
    let build: @Sendable (_ generator: inout SeededGenerator) -> any PhasedLayer
    var testDescription: String { name }

    /// The block, with normalised sums shifted by 8 or −8, which keeps each on one side of the kink: a
    /// deviation of 1 leaves none of 24 sums farther than √23 from its mean, and a shortcut adds 2.
    func layer() -> any PhasedLayer {
      var generator = SeededGenerator(seed: 5)
      let layer = build(&generator)
      for parameter in parameters(of: layer) where parameter.name.hasSuffix("normalization.bias") {
        let count = parameter.variable.value.count
        let shifts: [Scalar] = (0..<count).map { $0.isMultiple(of: 2) ? 8 : -8 }
        parameter.variable.setValue(Tensor(shifts, shape: [count]))
      }
      return layer
    }
  }

  static let blocks = [
    Block(name: "convolution", shape: [2, 4, 3, 2]) {
      NormalizedConv2D(3, 2, kernel: 3, using: &$0)
    },
    Block(name: "basic", shape: [2, 4, 3, 3]) { ResidualBlock(3, 3, using: &$0) },
    Block(name: "basic, wider", shape: [2, 4, 3, 4]) { ResidualBlock(3, 4, using: &$0) },
    Block(name: "basic, strided", shape: [2, 2, 2, 3]) {
      ResidualBlock(3, 3, stride: 2, using: &$0)
    },
    Block(name: "bottleneck", shape: [2, 4, 3, 8]) { ResidualBlock(3, bottleneck: 2, using: &$0) },
    Block(name: "bottleneck, strided", shape: [2, 2, 2, 4]) {
      ResidualBlock(3, bottleneck: 1, stride: 2, using: &$0)
    },
    Block(name: "inception", shape: [2, 4, 3, 8]) {
      InceptionBlock(3, .init(2, (1, 3), (2, 1), 2), using: &$0)
    },
  ]

  @Test(arguments: blocks, [Phase.training(seed: 1), .evaluation])
  func `gradients are the measured slopes`(block: Block, phase: Phase) {
    for backend in Backend.allCases {
      let layer = block.layer()
      let inputs = variables([[2, 4, 3, 3]])
      Backend.$current.withValue(backend) {
        expectGradients(inputs + parameters(of: layer)) { layer(inputs[0].variable, phase) }
      }
    }
  }

  @Test(arguments: blocks)
  func `a block has the shape it should have`(block: Block) {
    let layer = block.layer()
    let output = layer(variables([[2, 4, 3, 3]])[0].variable)
    #expect(output.value.shape == block.shape)
  }

  @Test func `only what changes the shape is projected`() {
    var generator = SeededGenerator(seed: 1)
    #expect(ResidualBlock(4, 4, using: &generator).shortcut == nil)
    #expect(ResidualBlock(4, bottleneck: 1, using: &generator).shortcut == nil)
    #expect(ResidualBlock(4, 5, using: &generator).shortcut != nil)
    #expect(ResidualBlock(4, 4, stride: 2, using: &generator).shortcut != nil)
    #expect(ResidualBlock(4, bottleneck: 4, using: &generator).shortcut != nil)
  }

  @Test func `a block that adds nothing lets positive numbers pass`() {
    var generator = SeededGenerator(seed: 1)
    let block = ResidualBlock(3, 3, initializer: .zeros, using: &generator)
    let x = Variable(Tensor(numbersOffZero(count: 36, seed: 1), shape: [1, 4, 3, 3]))
    #expect(block(x).value.elements == x.value.elements.map { max($0, 0) })
  }

  @Test func `parameters have the names of the layers`() {
    var generator = SeededGenerator(seed: 1)
    #expect(
      parameters(of: ResidualBlock(3, 4, using: &generator)).map(\.name) == [
        "path.0.convolution.weight", "path.0.normalization.weight", "path.0.normalization.bias",
        "last.convolution.weight", "last.normalization.weight", "last.normalization.bias",
        "shortcut.convolution.weight", "shortcut.normalization.weight",
        "shortcut.normalization.bias",
      ])
  }
}
