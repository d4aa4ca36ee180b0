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
    let build: @Sendable (_ generator: inout SeededGenerator) -> any Layer
    var testDescription: String { name }

    func layer() -> any Layer {
      var generator = SeededGenerator(seed: 1)
      return build(&generator)
    }
  }

  /// Two images of 4×3 pixels and 3 channels, each of whose channels has the same twelve numbers, ¼ apart,
  /// in some order: no step of a gradient check makes another one the largest.
  private static func images() -> Variable {
    var generator = SeededGenerator(seed: 9)
    let channels = (0..<6).map { _ in generator.permutation(count: 12) }
    let elements = (0..<72).map { i in
      let channel = channels[i / 36 * 3 + i % 3]
      return Scalar(channel[i % 36 / 3] - 6) / 4 + 0.125
    }
    return Variable(Tensor(elements, shape: [2, 4, 3, 3]), needsGradient: true)
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
    Block(name: "bottleneck, strided", shape: [2, 2, 2, 8]) {
      ResidualBlock(3, bottleneck: 2, stride: 2, using: &$0)
    },
    Block(name: "inception", shape: [2, 4, 3, 8]) {
      InceptionBlock(3, .init(2, (1, 3), (2, 1), 2), using: &$0)
    },
  ]

  /// Sums are divided by 4 and then shifted by so much that a step of the check moves none across the kink
  /// of ReLU: before an activation by 2½, at the end, where a shortcut is added, by 7.
  ///
  /// Outputs of size 8, three layers deep, carry ten times the roundings that the check's own tolerance for
  /// single precision allows for.
  @Test(arguments: blocks, Backend.allCases)
  func `gradients in evaluation are the measured slopes`(block: Block, backend: Backend) {
    let layer = block.layer()
    for parameter in parameters(of: layer) where parameter.name.contains("normalization") {
      let shift: Scalar = parameter.name.hasPrefix("last") ? 7 : 2.5
      let values = (0..<parameter.variable.value.count).map { index in
        parameter.name.hasSuffix("weight") ? 0.25 : index.isMultiple(of: 2) ? shift : -shift
      }
      parameter.variable.setValue(Tensor(values, shape: [values.count]))
    }
    let images = Self.images()
    let isDouble = MemoryLayout<Scalar>.size == 8
    Backend.$current.withValue(backend) {
      expectGradients(
        [NamedParameter("images", images)] + parameters(of: layer),
        within: (isDouble ? 1 : 10) * GradientCheck.tolerance
      ) { layer(images, .evaluation) }
    }
  }

  // Shifted that far, a block in training would be linear, and most of its gradients 0: a normalisation
  // takes away what the layer before adds or scales. The small steps of double precision need no more room
  // than there is between the sums; in single precision PyTorch's gradients are the reference.
  #if Float64
    @Test(arguments: blocks, Backend.allCases)
    func `gradients in training are the measured slopes`(block: Block, backend: Backend) {
      let layer = block.layer()
      let images = Self.images()
      Backend.$current.withValue(backend) {
        _ = Self.keepingOffKinks(layer, images)
        expectGradients([NamedParameter("images", images)] + parameters(of: layer)) {
          layer(images, .training(seed: 1))
        }
      }
    }

    /// Chooses biases that keep the sums of all layers off the kink of ReLU, and returns the output.
    private static func keepingOffKinks(_ layer: any Layer, _ input: Variable) -> Variable {
      switch layer {
      case let layer as NormalizedConv2D: return keepingOffKinks(layer, input, adding: nil)
      case let layers as Sequential:
        return layers.layers.reduce(input) { keepingOffKinks($1, $0) }
      case let block as ResidualBlock:
        let residual = block.shortcut?(input, .training(seed: 1)) ?? input
        return keepingOffKinks(block.last, keepingOffKinks(block.path, input), adding: residual)
      case let block as InceptionBlock:
        return .concatenated(block.branches.map { keepingOffKinks($0, input) }, axis: -1)
      default: return layer(input, .training(seed: 1))
      }
    }

    /// The biases move 0 into the widest gap within the middle half of each channel's sums, so that many
    /// are cut, many are not, and none is near.
    private static func keepingOffKinks(
      _ layer: NormalizedConv2D, _ input: Variable, adding residual: Variable?
    ) -> Variable {
      let bias = layer.normalization.bias
      let channels = bias.value.count
      let sums = BatchNormalization(channels)(
        layer.convolution(input), adding: residual, .training(seed: 1)
      ).value.elements
      let biases = (0..<channels).map { channel in
        let sorted = stride(from: channel, to: sums.count, by: channels).map { sums[$0] }.sorted()
        let middle = sorted[sorted.count / 4..<sorted.count - sorted.count / 4]
        let gap = zip(middle, middle.dropFirst()).max { $0.1 - $0.0 < $1.1 - $1.0 }
        return gap.map { -($0.0 + $0.1) / 2 } ?? 0
      }
      bias.setValue(Tensor(biases, shape: [channels]))
      return layer(input, adding: residual, .training(seed: 1))
    }
  #endif

  @Test(arguments: blocks)
  func `a block has the shape it should have`(block: Block) {
    let layer = block.layer()
    let output = layer(Self.images(), .evaluation)
    #expect(output.value.shape == block.shape)
  }

  @Test func `only what changes the shape is projected`() {
    var generator = SeededGenerator(seed: 1)
    let blocks = [
      ResidualBlock(4, 4, using: &generator), ResidualBlock(4, bottleneck: 1, using: &generator),
      ResidualBlock(4, 5, using: &generator), ResidualBlock(4, 4, stride: 2, using: &generator),
      ResidualBlock(4, bottleneck: 4, using: &generator),
    ]
    #expect(blocks.map { $0.shortcut != nil } == [false, false, true, true, true])
  }

  @Test func `a block that adds nothing lets positive numbers pass`() {
    var generator = SeededGenerator(seed: 1)
    let block = ResidualBlock(3, 3, initializer: .zeros, using: &generator)
    let x = Variable(Tensor(numbersOffZero(count: 36, seed: 1), shape: [1, 4, 3, 3]))
    #expect(block(x, .evaluation).value.elements == x.value.elements.map { max($0, 0) })
  }

  @Test func `parameters have the names of the layers`() {
    var generator = SeededGenerator(seed: 1)
    let block = ResidualBlock(3, 4, using: &generator)
    #expect(
      parameters(of: block).map(\.name) == [
        "path.0.convolution.weight", "path.0.normalization.weight", "path.0.normalization.bias",
        "last.convolution.weight", "last.normalization.weight", "last.normalization.bias",
        "shortcut.convolution.weight", "shortcut.normalization.weight",
        "shortcut.normalization.bias",
      ])
  }
}
