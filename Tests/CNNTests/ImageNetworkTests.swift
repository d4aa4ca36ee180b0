import Backprop
import CNN
import KernelSupport
import Optimizers
import TestSupport
import Testing

/// A network of the chapter, and what its paper or torchvision says of it.
struct ImageNetwork: Sendable, CustomTestStringConvertible {
  let name: String
  let parameterCount: Int
  /// The size of one image.
  let image: [Int]
  let build: @Sendable (_ generator: inout SeededGenerator) -> Sequential

  var testDescription: String { name }

  init(
    _ name: String, _ parameterCount: Int, image: [Int],
    build: @escaping @Sendable (_ generator: inout SeededGenerator) -> Sequential
  ) {
    self.name = name
    self.parameterCount = parameterCount
    self.image = image
    self.build = build
  }

  /// Weights of 0 are quickly drawn: a hundred million of them are only counted here.
  static let fullSize = [
    ImageNetwork("LeNet-5", 61_706, image: [32, 32, 1]) {
      ImageNetworks.leNet5(initializer: .zeros, using: &$0)
    },
    ImageNetwork("AlexNet", 61_100_840, image: [224, 224, 3]) {
      ImageNetworks.alexNet(initializer: .zeros, using: &$0)
    },
    ImageNetwork("VGG-16", 138_357_544, image: [224, 224, 3]) {
      ImageNetworks.vgg16(initializer: .zeros, using: &$0)
    },
    ImageNetwork("GoogLeNet", 6_624_904, image: [224, 224, 3]) {
      ImageNetworks.googLeNet(initializer: .zeros, using: &$0)
    },
    ImageNetwork("ResNet-18", 11_689_512, image: [224, 224, 3]) {
      ImageNetworks.resNet18(initializer: .zeros, using: &$0)
    },
    ImageNetwork("ResNet-50", 25_557_032, image: [224, 224, 3]) {
      ImageNetworks.resNet50(initializer: .zeros, using: &$0)
    },
  ]

  static let digitSize = [
    ImageNetwork("conv32-pool-dense10", 54_410, image: [28, 28, 1]) {
      ImageNetworks.oneConvolution(using: &$0)
    },
    ImageNetwork("32-64-64-dense64-dense10", 93_322, image: [28, 28, 1]) {
      ImageNetworks.threeConvolutions(using: &$0)
    },
    ImageNetwork("small VGG", 121_594, image: [28, 28, 1]) { ImageNetworks.smallVGG(using: &$0) },
    ImageNetwork("small GoogLeNet", 33_586, image: [28, 28, 1]) {
      ImageNetworks.smallGoogLeNet(using: &$0)
    },
    ImageNetwork("ResNet-14", 174_970, image: [28, 28, 1]) { ImageNetworks.resNet14(using: &$0) },
    ImageNetwork("the best for digits", 435_754, image: [28, 28, 1]) {
      ImageNetworks.digitNetwork(using: &$0)
    },
  ]
}

@Suite struct ImageNetworkTests {
  /// The sides and channels of AlexNet's and VGG-16's layers, torchvision's.
  @Test func `images shrink as in the published networks`() {
    var generator = SeededGenerator(seed: 1)
    func shapes(_ network: Sequential) -> [[Int]] {
      network.activations(Tensor(shape: [1, 224, 224, 3])).map { Array($0.shape.dropFirst()) }
    }
    #expect(
      shapes(ImageNetworks.alexNet(initializer: .zeros, using: &generator)) == [
        [55, 55, 64], [27, 27, 64], [27, 27, 192], [13, 13, 192], [13, 13, 384], [13, 13, 256],
        [13, 13, 256], [6, 6, 256], [9216], [1000],
      ])
  }

  /// A stride that is larger than what is left of the image, as in the last blocks here.
  @Test(arguments: [8, 16])
  func `a residual network learns from tiny images as the definition does`(side: Int) {
    var generator = SeededGenerator(seed: 1)
    let network = ImageNetworks.resNet18(classes: 3, using: &generator)
    let images = Variable(
      Tensor(numbersOffZero(count: 2 * side * side * 3, seed: 2), shape: [2, side, side, 3]))
    let loss = network(images, .training(seed: 1)).softmaxCrossEntropy([0, 2])
    loss.backward()
    #expect(parameters(of: network).gradientNorm.isFinite)
  }

  @Test(arguments: ImageNetwork.fullSize + ImageNetwork.digitSize)
  func `a network has exactly the published parameters`(network: ImageNetwork) {
    var generator = SeededGenerator(seed: 1)
    let parameters = parameters(of: network.build(&generator))
    #expect(parameters.scalarCount == network.parameterCount)
  }

  /// Every weight of LeNet-5 and of the networks for digits; those for photographs run in the chapter.
  @Test(arguments: [ImageNetwork.fullSize[0]] + ImageNetwork.digitSize)
  func `a network turns images into logits`(network: ImageNetwork) {
    var generator = SeededGenerator(seed: 1)
    let logits = Variable.withoutGradients {
      network.build(&generator)(Variable(Tensor(shape: [3] + network.image)), .evaluation)
    }
    #expect(logits.value.shape == [3, 10])
  }

  @Test func `the number of classes is free`() {
    var generator = SeededGenerator(seed: 1)
    let network = ImageNetworks.threeConvolutions(classes: 26, using: &generator)
    #expect(network(Variable(Tensor(shape: [1, 28, 28, 1])), .evaluation).value.shape == [1, 26])
  }

  @Test func `maps shrink through LeNet-5 as in figure 2 of the paper`() {
    var generator = SeededGenerator(seed: 1)
    var x = Variable(Tensor(shape: [1, 32, 32, 1]))
    let shapes = ImageNetworks.leNet5(using: &generator).layers.map { layer in
      x = layer(x, .evaluation)
      return Array(x.value.shape.dropFirst())
    }
    #expect(
      shapes == [
        [28, 28, 6], [14, 14, 6], [10, 10, 16], [5, 5, 16], [1, 1, 120], [120], [84], [10],
      ])
  }

  /// A batch of random images, the same for each network.
  private static func batch(_ count: Int, _ image: [Int]) -> (images: Variable, labels: [Int]) {
    var generator = SeededGenerator(seed: 2)
    let shape = [count] + image
    let pixels = (0..<shape.reduce(1, *)).map { _ in generator.uniform() }
    return (Variable(Tensor(pixels, shape: shape)), (0..<count).map { $0 % 10 })
  }

  /// The losses of steps on one batch, and the weights they lead to.
  private static func train(_ network: ImageNetwork, steps: Int, batch count: Int)
    -> (losses: [Scalar], weights: [Scalar])
  {
    var generator = SeededGenerator(seed: 1)
    let model = network.build(&generator)
    let parameters = parameters(of: model)
    let (images, labels) = batch(count, network.image)
    var optimizer = Adam(learningRate: 0.003)
    let losses = (0..<steps).map { step in
      parameters.clearGradients()
      let loss = model(images, .training(seed: UInt64(step))).softmaxCrossEntropy(labels)
      loss.backward()
      optimizer.step(parameters)
      return loss.value.number
    }
    return (losses, parameters.flatMap { $0.variable.value.elements })
  }

  @Test(arguments: ImageNetwork.digitSize)
  func `a network for digits learns a batch by heart`(network: ImageNetwork) {
    let losses = Self.train(network, steps: 20, batch: 10).losses
    #expect(losses.suffix(3).allSatisfy { $0 < 0.8 * losses[0] }, "\(losses)")
  }

  @Test(arguments: ImageNetwork.digitSize)
  func `training gives the same bits for any number of threads`(network: ImageNetwork) {
    // 17 images make more than one block of many an operation.
    let weights = withThreads { Self.train(network, steps: 2, batch: 17).weights }
    #expect(weights[1] == weights[0] && weights[2] == weights[0])
  }
}
