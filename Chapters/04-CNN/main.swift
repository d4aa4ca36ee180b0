import Backprop
import CNN
import Datasets
import Foundation
import KernelSupport
import Notebook
import Optimizers

let notebook = Notebook(chapter: "04-CNN", takes: [.epochs, .checkpoints])

cell("digits")
let digits = notebook.attempt { try DigitDataset.load(from: notebook.dataFolder) }
func pictures(_ indices: some Collection<Int>, of set: ImageSet) -> Tensor {
  Tensor(set.scalars(at: indices), shape: [indices.count, set.height, set.width, 1])
}
func logits(_ network: Sequential, on set: ImageSet, _ range: Range<Int>) -> Tensor {
  let rows = stride(from: range.lowerBound, to: range.upperBound, by: 250).flatMap { start in
    let batch = pictures(start..<min(start + 250, range.upperBound), of: set)
    return Variable.withoutGradients { network(Variable(batch), .evaluation).value.elements }
  }
  return Tensor(rows, shape: [range.count, set.classCount])
}
func accuracy(_ network: Sequential, on set: ImageSet, _ range: Range<Int>) -> Double {
  let answers = logits(network, on: set, range).largestColumns()
  return Double(zip(answers, set.labels(at: range)).count { $0 == $1 }) / Double(range.count)
}
func learn(
  _ network: Sequential, from set: ImageSet = digits.training, count: Int, epochs: Int,
  with rule: some Optimizer = Adam(), batchSize: Int = 32, augmentation: Augmentation? = nil,
  afterEpoch: () -> Double? = { nil }
) -> [EpochRecord] {
  var trainer = Trainer(
    network, rule, exampleCount: count, batchSize: batchSize,
    generator: SeededGenerator(seed: notebook.seed))
  trainer.run(epochs: epochs) { batch, generator in
    let plain = pictures(batch, of: set)
    let seen = augmentation?(plain, using: &generator) ?? plain
    return network(Variable(seen), .training(seed: generator.next()))
      .softmaxCrossEntropy(set.labels(at: batch))
  } evaluate: {
    afterEpoch().map { Evaluation(loss: 0, accuracy: $0) }
  }
  return trainer.progress.history
}
let validated = 5000..<8000
print(
  "\(digits.name): \(digits.training.count) to learn from, \(digits.test.count) to be tested on")

cell("shuffled")
func shuffled(_ set: ImageSet) -> ImageSet {
  var generator = SeededGenerator(seed: notebook.seed)
  let order = generator.permutation(count: set.pixelsPerImage)
  let pixels = (0..<set.count).flatMap { index in
    let image = Array(set[index])
    return order.map { image[$0] }
  }
  return ImageSet(pixels: pixels, labels: set.labels, height: set.height, width: set.width)
}
func denseNetwork() -> Sequential {
  var generator = SeededGenerator(seed: notebook.seed)
  return Sequential(
    Flatten(), Dense(784, 64, activation: .relu, using: &generator),
    Dense(64, 64, activation: .relu, using: &generator), Dense(64, 10, using: &generator))
}
func threeConvolutions() -> Sequential {
  var generator = SeededGenerator(seed: notebook.seed)
  return ImageNetworks.threeConvolutions(using: &generator)
}
let inOrder = digits.training.prefix(8000)
let outOfOrder = shuffled(inOrder)
let (seer, reader) = (threeConvolutions(), denseNetwork())
func learnedAccuracy(_ network: Sequential, _ set: ImageSet) -> String {
  _ = learn(network, from: set, count: 3000, epochs: 3)
  return fixed(accuracy(network, on: set, validated), 3)
}
table(
  columns: ["3,000 digits, 3 epochs", "as they are", "pixels shuffled"],
  rows: [
    [
      "784-64-64-10", learnedAccuracy(reader, inOrder), learnedAccuracy(denseNetwork(), outOfOrder),
    ],
    [
      "32-64-64-64-10", learnedAccuracy(seer, inOrder),
      learnedAccuracy(threeConvolutions(), outOfOrder),
    ],
  ])
figure(
  "shuffled",
  ImageGrid(
    images: [inOrder, outOfOrder].flatMap { set in
      (0..<10).map { pictures([$0], of: set).elements }
    }, height: 28, width: 28, columnCount: 10),
  caption: "Ten digits, and the same ten with their pixels in another order.")

cell("moved")
func moved(_ images: Tensor, by columns: Int) -> Tensor {
  let (width, pixels) = (images.shape[2], images.elements)
  let elements = pixels.indices.map { index in
    (0..<width).contains(index % width - columns) ? pixels[index - columns] : 0
  }
  return Tensor(elements, shape: images.shape)
}
func accuracy(_ network: Sequential, movedBy columns: Int) -> Double {
  let images = moved(pictures(validated.prefix(1000), of: inOrder), by: columns)
  let answers = Variable.withoutGradients { network(Variable(images), .evaluation) }.value
    .largestColumns()
  let labels = inOrder.labels(at: validated.prefix(1000))
  return Double(zip(answers, labels).count { $0 == $1 }) / Double(labels.count)
}
let distances = [0, 1, 2, 3, 4, 6]
table(
  columns: ["moved to the right by"] + distances.map { "\($0)" },
  rows: [("784-64-64-10", reader), ("32-64-64-64-10", seer)].map { name, network in
    [name] + distances.map { fixed(accuracy(network, movedBy: $0), 3) }
  })

cell("by-hand")
let handmade: [(name: String, taps: [Scalar])] = [
  ("blur", [1, 2, 1, 2, 4, 2, 1, 2, 1].map { $0 / 16 }),
  ("top", [-1, -2, -1, 0, 0, 0, 1, 2, 1]),
  ("left", [-1, 0, 1, -2, 0, 2, -1, 0, 1]),
  ("slope", [2, 1, 0, 1, 0, -1, 0, -1, -2]),
  ("spot", [-1, -1, -1, -1, 8, -1, -1, -1, -1]),
]
let handmadeKernel = Tensor(
  (0..<9).flatMap { tap in handmade.map { $0.taps[tap] } }, shape: [3, 3, 1, handmade.count])
func features(_ images: Tensor) -> Variable {
  Variable(images).convolution(Variable(handmadeKernel), Window(3, padding: .same))
}
let shownDigits = (0..<10).map { digit in
  digits.training.labels.firstIndex(of: UInt8(digit))!
}
let originals = pictures(shownDigits, of: digits.training)
let handmadeFeatures = features(originals).value
figure(
  "by-hand",
  ImageGrid(
    images: [2, 4, 8].flatMap { digit in
      [originals.example(digit).elements] + handmadeFeatures.example(digit).planes
    }, height: 28, width: 28, columnCount: 6, colors: .diverging,
    labels: [2, 4, 8].flatMap { _ in ["digit"] + handmade.map(\.name) }),
  caption:
    "Three digits and what five kernels of nine numbers find in them: orange above 0, blue below."
)

cell("sizes")
func outputSize(_ side: Int, _ window: Window) -> Int {
  WindowGeometry(
    ImageShape(batch: 1, height: side, width: side, channels: 1), window
  ).outputHeight
}
let windows: [(side: Int, kernel: Extent, stride: Extent, dilation: Extent, padding: Int)] = [
  (28, 3, 1, 1, 0), (28, 3, 1, 1, 1), (28, 3, 2, 1, 1), (27, 3, 2, 1, 1), (28, 3, 1, 2, 0),
  (28, 5, 1, 1, 2), (28, 2, 2, 1, 0), (224, 7, 2, 1, 3), (224, 11, 4, 1, 2),
]
table(
  columns: ["image", "kernel", "stride", "dilation", "padding", "output"],
  rows: windows.map { side, kernel, stride, dilation, padding in
    let window = Window(kernel, stride: stride, dilation: dilation, padding: .all(padding))
    return [
      side, kernel.width, stride.width, dilation.width, padding, outputSize(side, window),
    ]
  })

cell("gradients")
func random(_ shape: [Int], stream: UInt64 = 0) -> Tensor {
  var generator = SeededGenerator(seed: notebook.seed &+ stream)
  return Tensor((0..<shape.reduce(1, *)).map { _ in generator.normal() }, shape: shape)
}
let checkedWindows: [(name: String, window: Window)] = [
  ("plain", Window(3)), ("padded", Window(3, padding: .same)),
  ("stride 2", Window(3, stride: 2, padding: .all(1))),
  ("dilation 2", Window(3, dilation: 2, padding: .all(2))),
]
table(
  columns: ["window", "images", "weights", "biases"],
  rows: checkedWindows.map { name, window in
    let (x, w, b) = (
      random([2, 6, 7, 3]), random([3, 3, 3, 4], stream: 1), random([4], stream: 2)
    )
    let variables = [x, w, b].map { Variable($0, needsGradient: true) }
    let output = { variables[0].convolution(variables[1], bias: variables[2], window) }
    let results = GradientCheck().compare(
      zip(["images", "weights", "biases"], variables).map { NamedParameter($0, $1) },
      upstream: random([output().value.count], stream: 3).elements, output: output)
    return [name] + results.map { scientific($0.error, 0) }
  })

cell("turned")
let (sight, taps) = (
  Variable(random([1, 8, 8, 3]), needsGradient: true), random([3, 3, 3, 4], stream: 1)
)
let seenBy = sight.convolution(Variable(taps), Window(3))
let blame = random(seenBy.value.shape, stream: 3)
seenBy.backward(blame)
var turnedTaps = Tensor(shape: [3, 3, 4, 3])
turnedTaps.update { turned in
  for tap in 0..<9 {
    for c in 0..<3 {
      for o in 0..<4 {
        turned[((8 - tap) * 4 + o) * 3 + c] = taps.elements[(tap * 3 + c) * 4 + o]
      }
    }
  }
}
let turnedResult = Variable(blame).convolution(
  Variable(turnedTaps), Window(3, padding: .all(2)))
let largestDifference = zip(turnedResult.value.elements, sight.gradient!.elements).reduce(0) {
  max($0, abs($1.0 - $1.1))
}
print("shapes:", turnedResult.value.shape, "and", sight.gradient!.shape)
print("the two differ by less than 1e-5:", largestDifference < 1e-5)

cell("pooling")
func norm(_ x: [Scalar]) -> Scalar { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }
func change(_ map: (Tensor) -> Variable) -> Scalar {
  let batch = pictures(0..<200, of: digits.training)
  let (before, after) = (map(batch).value.elements, map(moved(batch, by: 1)).value.elements)
  return norm(zip(before, after).map { $0 - $1 }) / norm(before)
}
table(
  columns: ["what is compared", "change, maximum", "change, mean"],
  rows: [1, 2, 4, 7, 14, 28].map { side in
    let window = Window(
      Extent(height: side, width: side), stride: Extent(height: side, width: side))
    return [
      side == 1 ? "features of single pixels" : "features of \(side)×\(side) pixels",
      fixed(change { features($0).relu().maxPooling(window) }, 3),
      fixed(change { features($0).relu().averagePooling(window) }, 3),
    ]
  })

cell("one-convolution")
var firstGenerator = SeededGenerator(seed: notebook.seed)
let oneConvolution = ImageNetworks.oneConvolution(using: &firstGenerator)
let tested = 0..<digits.test.count
let isMNIST = notebook.dataFolder != nil
let trained = isMNIST ? digits.training.count : 10_000
let oneTime = time {
  _ = learn(oneConvolution, count: trained, epochs: 5, batchSize: 64)
}
print("\(parameters(of: oneConvolution).scalarCount) parameters, trained in \(oneTime)")
metric("one_convolution_test_accuracy", accuracy(oneConvolution, on: digits.test, tested))

cell("cnn")
let cnn = threeConvolutions()
let cnnTime = time { _ = learn(cnn, count: trained, epochs: 5) }
print("\(parameters(of: cnn).scalarCount) parameters, trained in \(cnnTime)")
metric("cnn_test_accuracy", accuracy(cnn, on: digits.test, tested))

cell("memory")
let stages = cnn.activations(pictures(0..<64, of: digits.training))
let numbersKept = stages.reduce(64 * 784) { $0 + $1.count }
let windowsOfStages = [26 * 26 * 9, 11 * 11 * 9 * 32, 3 * 3 * 9 * 64].map { 64 * $0 }
table(
  columns: ["batch of 64, single precision", "MB"],
  rows: [
    ("all images and feature maps", numbersKept),
    ("parameters, gradients, two moments of Adam", 4 * parameters(of: cnn).scalarCount),
    ("matrices of windows, if they were written", windowsOfStages.reduce(0, +)),
  ].map { [$0, fixed(Double(4 * $1) / 1e6, 1)] })

cell("normalization")
let raw = features(pictures(0..<64, of: digits.training)).value
let normalize = BatchNormalization(handmade.count)
let even = normalize(Variable(raw), .training(seed: 0)).value
func moments(_ x: Tensor) -> [(mean: Scalar, deviation: Scalar)] {
  var (mean, variance) = (Tensor(shape: [x.columns]), Tensor(shape: [x.columns]))
  mean.update { mean in
    variance.update {
      Backend.current.normalization.channelMoments(x.elements.span, mean: &mean, variance: &$0)
    }
  }
  return zip(mean.elements, variance.elements).map { ($0, $1.squareRoot()) }
}
table(
  columns: ["kernel", "mean", "deviation", "mean after", "deviation after"],
  rows: zip(handmade, zip(moments(raw), moments(even))).map { kernel, pair in
    [
      kernel.name, fixed(pair.0.mean, 3), fixed(pair.0.deviation, 3), fixed(pair.1.mean, 3),
      fixed(pair.1.deviation, 3),
    ]
  })
let (unscaled, gamma, beta) = (random([12, 3]), random([3], stream: 1), random([3], stream: 2))
let normalized = [unscaled, gamma, beta].map { Variable($0, needsGradient: true) }
let statistics = RunningStatistics(channels: 3, momentum: 0.1)
let normalizationErrors = GradientCheck().compare(
  zip(["x", "γ", "β"], normalized).map { NamedParameter($0, $1) },
  upstream: random([36], stream: 3).elements
) {
  normalized[0].batchNormalization(
    scale: normalized[1], shift: normalized[2], statistics: statistics, .training(seed: 0))
}
for error in normalizationErrors { print("gradient by \(error.name):", scientific(error.error, 0)) }

cell("normalization-gain")
func fiveLayers(isNormalized: Bool) -> Sequential {
  var generator = SeededGenerator(seed: notebook.seed)
  var layers: [any Layer] = [MaxPooling2D()]
  for (inputs, outputs) in [(1, 8), (8, 8), (8, 16), (16, 16)] {
    layers.append(
      isNormalized
        ? NormalizedConv2D(inputs, outputs, kernel: 3, using: &generator)
        : Conv2D(
          inputs, outputs, kernel: 3, padding: .same, activation: .relu, initializer: .he,
          using: &generator))
    if inputs == outputs { layers.append(MaxPooling2D()) }
  }
  layers += [GlobalAveragePooling2D(), Dense(16, 10, using: &generator)]
  return Sequential(layers)
}
let rates: [Scalar] = [0.001, 0.01, 0.1, 1]
let rateRuns = [false, true].map { isNormalized in
  rates.map { rate in
    learn(
      fiveLayers(isNormalized: isNormalized), count: 2500, epochs: 2,
      with: SGD(learningRate: rate, momentum: 0.9)
    ).last!.trainingLoss
  }
}
table(
  columns: ["training loss, with the learning rate"] + rates.map { "\($0)" },
  rows: zip(["plain", "normalised"], rateRuns).map { name, losses in
    [name] + losses.map { $0.isNaN ? "not a number" : fixed($0, 3) }
  })

cell("family")
typealias Maker = (_ initializer: Initializer, _ generator: inout SeededGenerator) -> Sequential
let family: [(name: String, year: Int, side: Int, published: Int, make: Maker)] = [
  ("LeNet-5", 1998, 32, 61_706, { ImageNetworks.leNet5(initializer: $0, using: &$1) }),
  ("AlexNet", 2012, 224, 61_100_840, { ImageNetworks.alexNet(initializer: $0, using: &$1) }),
  ("VGG-16", 2014, 224, 138_357_544, { ImageNetworks.vgg16(initializer: $0, using: &$1) }),
  ("GoogLeNet", 2014, 224, 6_624_904, { ImageNetworks.googLeNet(initializer: $0, using: &$1) }),
  ("ResNet-18", 2015, 224, 11_689_512, { ImageNetworks.resNet18(initializer: $0, using: &$1) }),
  ("ResNet-50", 2015, 224, 25_557_032, { ImageNetworks.resNet50(initializer: $0, using: &$1) }),
]
table(
  columns: ["network", "year", "image", "parameters", "published", "output", "one forward pass"],
  rows: family.map { name, year, side, published, make in
    var generator = SeededGenerator(seed: notebook.seed)
    let network = make(.xavierUniform, &generator)
    let channels = side == 32 ? 1 : 3
    let image = Tensor(
      (0..<side * side * channels).map { _ in generator.uniform() },
      shape: [1, side, side, channels])
    var output: [Int] = []
    let duration = time(repetitions: 3) {
      output = Variable.withoutGradients { network(Variable(image), .evaluation).value.shape }
    }
    return [
      name, year, "\(side)×\(side)×\(channels)", parameters(of: network).scalarCount, published,
      "\(output)", duration,
    ]
  })

cell("blocks-diagram")
let way = Palette.category(0)
let plainBlock = Graph(
  title: "plain",
  nodes: [
    .init("x", detail: "[n, h, w, c]", column: 0.5, row: 0), .init("3×3", column: 0.5, row: 1),
    .init("norm, ReLU", column: 0.5, row: 2), .init("3×3", column: 0.5, row: 3),
    .init("norm, ReLU", column: 0.5, row: 4),
    .init("y", detail: "[n, h, w, c]", column: 0.5, row: 5),
  ],
  edges: (0..<5).map { Graph.Edge($0, $0 + 1) })
let residualBlock = Graph(
  title: "residual",
  nodes: [
    .init("x", detail: "[n, h, w, c]", column: 0.5, row: 0), .init("3×3", column: 0.5, row: 1),
    .init("norm, ReLU", column: 0.5, row: 2), .init("3×3, norm", column: 0.5, row: 3),
    .init("+", column: 0.5, row: 4, shape: .circle, color: way),
    .init("y", detail: "after ReLU", column: 0.5, row: 5),
  ],
  edges: (0..<5).map { Graph.Edge($0, $0 + 1) } + [Graph.Edge(0, 4, color: way, bend: -0.36)])
let inceptionBlock = Graph(
  title: "inception",
  nodes: [
    .init("x", detail: "[n, h, w, c]", column: 1.5, row: 0),
    .init("1×1", column: 0.1, row: 2.5), .init("1×1", column: 1, row: 1.7),
    .init("3×3", column: 1, row: 3.3), .init("1×1", column: 2, row: 1.7),
    .init("3×3", column: 2, row: 3.3), .init("max", column: 3, row: 1.7),
    .init("1×1", column: 3, row: 3.3),
    .init("y", detail: "channels side by side", column: 1.5, row: 5),
  ],
  edges: [(0, 1), (0, 2), (2, 3), (0, 4), (4, 5), (0, 6), (6, 7), (1, 8), (3, 8), (5, 8), (7, 8)]
    .map {
      Graph.Edge($0.0, $0.1)
    })
figure(
  "blocks-diagram",
  Panels(columnCount: 3, panelHeight: 430, [plainBlock, residualBlock, inceptionBlock]),
  caption:
    "Diagram of three blocks: two convolutions one after the other; the same with a way around them, in blue; and four views of one input, side by side."
)

cell("degradation")
func tower(blocks: Int, isResidual: Bool) -> Sequential {
  var generator = SeededGenerator(seed: notebook.seed)
  var layers: [any Layer] = [
    NormalizedConv2D(1, 16, kernel: 3, stride: 2, using: &generator), MaxPooling2D(),
  ]
  for _ in 0..<blocks {
    if isResidual {
      layers.append(ResidualBlock(16, 16, using: &generator))
    } else {
      layers.append(NormalizedConv2D(16, 16, kernel: 3, using: &generator))
      layers.append(NormalizedConv2D(16, 16, kernel: 3, using: &generator))
    }
  }
  layers += [GlobalAveragePooling2D(), Dense(16, 10, using: &generator)]
  return Sequential(layers)
}
let towers: [(name: String, losses: [Double], accuracy: Double)] = [3, 21].flatMap { blocks in
  [false, true].map { isResidual in
    let network = tower(blocks: blocks, isResidual: isResidual)
    let history = learn(network, count: 1600, epochs: 3, batchSize: 50)
    let name = "\(isResidual ? "residual" : "plain"), \(2 * blocks + 2) layers"
    return (
      name, history.map(\.trainingLoss), accuracy(network, on: digits.training, validated)
    )
  }
}
table(
  columns: ["network", "training loss, epoch 1", "epoch 2", "epoch 3", "validation accuracy"],
  rows: towers.map { name, losses, accuracy in
    [name] + losses.map { fixed($0, 3) } + [fixed(accuracy, 3)]
  })

cell("relatives")
struct Enlarge: PhaselessLayer {
  func callAsFunction(_ input: Variable) -> Variable {
    Variable(input.value.resized(height: 32, width: 32))
  }
}
var makers = SeededGenerator(seed: notebook.seed)
let relatives: [(name: String, network: Sequential)] = [
  ("LeNet-5", Sequential(Enlarge(), ImageNetworks.leNet5(using: &makers))),
  ("small VGG", ImageNetworks.smallVGG(using: &makers)),
  ("small GoogLeNet", ImageNetworks.smallGoogLeNet(using: &makers)),
  ("ResNet-14", ImageNetworks.resNet14(using: &makers)),
]
table(
  columns: ["2,000 digits, 3 epochs", "parameters", "training loss", "accuracy", "time"],
  rows: relatives.map { name, network in
    var history: [EpochRecord] = []
    let duration = time { history = learn(network, count: 2000, epochs: 3, batchSize: 50) }
    return [
      name, parameters(of: network).scalarCount, fixed(history.last!.trainingLoss, 3),
      fixed(accuracy(network, on: digits.training, validated), 3), duration,
    ]
  })
let residual = relatives[3].network

cell("augmentation")
func distorted(_ images: Tensor, by augmentation: Augmentation, seed: UInt64) -> Tensor {
  var generator = SeededGenerator(seed: seed)
  return augmentation(images, using: &generator)
}
let turn = RandomRotation(degrees: 15)
let distortions: [(name: String, augmentation: Augmentation)] = [
  ("shift", Augmentation(RandomShift(pixels: 3))),
  ("rotation", Augmentation(turn)),
  ("zoom", Augmentation(RandomZoom(share: 0.2))),
  ("shear", Augmentation(RandomShear(degrees: 15))),
  ("elastic", Augmentation(elastic: ElasticDistortion())),
  ("all of digits", .digits),
]
figure(
  "augmentation",
  ImageGrid(
    images: ([originals]
      + distortions.map { distorted(originals, by: $0.augmentation, seed: notebook.seed) })
      .flatMap { batch in (0..<10).map { batch.example($0).elements } },
    height: 28, width: 28, columnCount: 10),
  caption:
    "Row by row: as they were written; shifted; turned; zoomed; slanted; as if the paper were "
    + "rubber; all of it at once.")

cell("elastic")
let displacementGoal: Scalar = 34 / (2 * (3 * Scalar.pi).squareRoot() * 4)
func measuredDisplacement(_ elastic: ElasticDistortion) -> Scalar {
  let (count, side, middle) = (32, 96, 32..<64)
  let slope = Tensor(
    (0..<count * side * side).map { Scalar($0 % side) }, shape: [count, side, side, 1])
  let moved = distorted(slope, by: Augmentation(elastic: elastic), seed: notebook.seed)
  var squares: [Scalar] = []
  for n in 0..<count {
    for y in middle {
      for x in middle {
        let distance = moved.elements[(n * side + y) * side + x] - Scalar(x)
        squares.append(distance * distance)
      }
    }
  }
  return (squares.reduce(0, +) / Scalar(squares.count)).squareRoot()
}
let smoothnesses: [Scalar] = [1, 2, 4, 8]
let rubbers = smoothnesses.map { smoothness in
  ElasticDistortion(
    strength: displacementGoal * 2 * (3 * Scalar.pi).squareRoot() * smoothness,
    smoothness: smoothness)
}
table(
  columns: ["σ", "α", "predicted displacement", "measured"],
  rows: rubbers.map {
    [
      fixed($0.smoothness, 0), fixed($0.strength, 1), fixed(displacementGoal, 2),
      fixed(measuredDisplacement($0), 2),
    ]
  })
figure(
  "elastic",
  ImageGrid(
    images: rubbers.flatMap { elastic in
      let batch = distorted(
        originals, by: Augmentation(elastic: elastic), seed: notebook.seed)
      return (0..<10).map { batch.example($0).elements }
    }, height: 28, width: 28, columnCount: 10),
  caption: "The same displacement on the mean, smooth over 1, 2, 4 and 8 pixels.")

cell("augmentation-cost")
let batchOf64 = pictures(0..<64, of: digits.training)
let augmentationTime = time(repetitions: 50) {
  _ = distorted(batchOf64, by: .digits, seed: notebook.seed)
}
let affineTime = time(repetitions: 50) {
  _ = distorted(batchOf64, by: Augmentation(turn, RandomShift(pixels: 2)), seed: notebook.seed)
}
print("64 digits, turned and shifted:    ", affineTime)
print("64 digits, all of it with elastic:", augmentationTime)
print("digits a second:", volatile(fixed(64 / augmentationTime.seconds, 0)))

cell("augmentation-gain")
func smallNetwork() -> Sequential {
  var generator = SeededGenerator(seed: notebook.seed)
  return Sequential(
    Conv2D(1, 8, kernel: 5, activation: .relu, using: &generator), MaxPooling2D(),
    Conv2D(8, 16, kernel: 3, activation: .relu, using: &generator), MaxPooling2D(),
    Flatten(), Dense(400, 10, using: &generator))
}
let schools: [(name: String, augmentation: Augmentation?)] = [
  ("as they are", nil),
  ("shifted", Augmentation(RandomShift(pixels: 2))),
  ("elastic", Augmentation(elastic: ElasticDistortion())),
  ("all of digits", .digits),
  (
    "all, and flipped",
    Augmentation(
      RandomZoom(share: 0.15), RandomShear(degrees: 7.5), RandomRotation(degrees: 7.5),
      RandomShift(pixels: 2), RandomFlip(), elastic: ElasticDistortion())
  ),
]
let lessons = schools.map { school in
  let network = smallNetwork()
  return learn(network, count: 500, epochs: 20, batchSize: 25, augmentation: school.augmentation) {
    accuracy(network, on: digits.training, 5000..<6000)
  }
}
table(
  columns: ["500 digits, 20 epochs", "training loss", "accuracy on others"],
  rows: zip(schools, lessons).map { school, history in
    [
      school.name, fixed(history.last!.trainingLoss, 3),
      fixed(history.last!.evaluation!.accuracy!, 3),
    ]
  })
figure(
  "augmentation-gain",
  Panels(
    columnCount: 2,
    [
      LineChart(
        x: "epoch", y: Axis("training loss", scale: .logarithmic),
        series: zip(schools, lessons).map {
          Series($0.name, y: $1.map(\.trainingLoss), from: 1)
        }),
      LineChart(
        x: "epoch", y: Axis("accuracy on other digits", range: 0.7...1),
        series: zip(schools, lessons).map {
          Series($0.name, y: $1.map { $0.evaluation!.accuracy! }, from: 1)
        }),
    ]),
  caption: "The same network learns from 500 digits, as they are and distorted anew every epoch.")

cell("filters")
let firstFilters = (cnn.layers[0] as! Conv2D).weight.value
figure(
  "filters",
  ImageGrid(
    images: firstFilters.planes, height: firstFilters.shape[0], width: firstFilters.shape[1],
    columnCount: 16, colors: .diverging),
  caption: "The filters of the first layer: orange for ink, blue against it.")

cell("feature-maps")
let looked = digits.test.labels.firstIndex(of: 4)!
let maps = cnn.activations(pictures([looked], of: digits.test))
let stageNames = [
  "convolution", "pooling", "convolution", "pooling", "convolution", "flattened", "dense", "dense",
]
table(
  columns: ["after", "shape", "numbers", "of them 0"],
  rows: zip(stageNames, maps).map { name, stage in
    let zeros = stage.elements.count { $0 == 0 }
    return [
      name, stage.shape.dropFirst().map(String.init).joined(separator: "×"), stage.count,
      "\(fixed(100 * Double(zeros) / Double(stage.count), 0)) %",
    ]
  })
for (index, name) in [(0, "first"), (2, "second"), (4, "third")] {
  let map = maps[index].example(0)
  figure(
    "feature-maps-\(name)",
    ImageGrid(
      images: Array(map.planes.prefix(32)), height: map.shape[0], width: map.shape[1],
      columnCount: 16),
    caption: "What the \(name) convolution makes of a 4: a picture for each of 32 channels.")
}

cell("saliency")
let seenDigits = (0..<10).map { digit in
  digits.test.labels.firstIndex(of: UInt8(digit))!
}
let seen = pictures(seenDigits, of: digits.test)
let seenClasses = digits.test.labels(at: seenDigits)
func rows(_ batches: [Tensor]) -> [[Scalar]] {
  batches.flatMap { batch in (0..<10).map { batch.example($0).elements } }
}
figure(
  "saliency",
  ImageGrid(
    images: rows([seen, saliency(of: cnn, seen, classes: seenClasses)]), height: 28, width: 28,
    columnCount: 10), caption: "Ten digits, and the pixels that their scores depend on.")
figure(
  "score-gradient",
  ImageGrid(
    images: rows([scoreGradient(of: cnn, seen, classes: seenClasses)]), height: 28, width: 28,
    columnCount: 10, colors: .diverging),
  caption: "The same slopes with their signs: ink would raise the score where it is orange.")

cell("saliency-test")
let probed = 0..<500
let probedImages = pictures(probed, of: digits.test)
let probedLabels = digits.test.labels(at: probed)
let probedSaliency = saliency(of: cnn, probedImages, classes: probedLabels)
var shuffler = SeededGenerator(seed: notebook.seed)
let orders: [(name: String, order: (_ image: Int) -> [Int])] = [
  (
    "most salient",
    { image in
      let row = probedSaliency.example(image).elements
      return row.indices.sorted { (row[$1], $0) < (row[$0], $1) }
    }
  ),
  ("at random", { _ in shuffler.permutation(count: 784) }),
  (
    "least salient",
    { image in
      let row = probedSaliency.example(image).elements
      return row.indices.sorted { (row[$0], $0) < (row[$1], $1) }
    }
  ),
]
func accuracy(
  _ network: Sequential, invertingPixels count: Int, _ order: (_ image: Int) -> [Int]
) -> Double {
  var changed = probedImages.elements
  for image in probed {
    for pixel in order(image).prefix(count) {
      changed[image * 784 + pixel] = 1 - changed[image * 784 + pixel]
    }
  }
  let images = Variable(Tensor(changed, shape: probedImages.shape))
  let answers = Variable.withoutGradients { network(images, .evaluation) }.value.largestColumns()
  let right = zip(answers, probedLabels).count { $0 == $1 }
  return Double(right) / Double(probed.count)
}
let inverted = [0, 5, 10, 20, 40]
table(
  columns: ["pixels inverted"] + inverted.map(String.init),
  rows: orders.map { name, order in
    [name] + inverted.map { fixed(accuracy(cnn, invertingPixels: $0, order), 3) }
  })

cell("grad-cam")
func camMaps(_ network: Sequential, layer: Int, of images: Tensor, classes: [Int]) -> Tensor {
  network.gradCAM(images, classes: classes, layer: layer).resized(height: 28, width: 28)
}
let (flattenedMaps, averagedMaps) = (
  camMaps(cnn, layer: 4, of: seen, classes: seenClasses),
  camMaps(residual, layer: 6, of: seen, classes: seenClasses)
)
figure(
  "grad-cam",
  ImageGrid(
    images: rows([seen, averagedMaps, flattenedMaps]), height: 28, width: 28, columnCount: 10),
  caption:
    "Ten digits; where Grad-CAM says that ResNet-14 looks; the same of the network with a dense head."
)

cell("confusion")
let testLabels = digits.test.labels(at: tested)
let testLogits = logits(cnn, on: digits.test, tested)
let confusion = ConfusionMatrix(
  labels: testLabels, predictions: testLogits.largestColumns(), classCount: 10)
print("accuracy on \(testLabels.count) test digits:", fixed(confusion.accuracy, 4))
let mostConfused = Double(max(1, confusion.confusions.first?.count ?? 0))
figure(
  "confusion",
  HeatMap(
    x: "the network says", y: "it is", values: confusion.counts.map { $0.map(Double.init) },
    columnLabels: (0..<10).map(String.init), rowLabels: (0..<10).map(String.init),
    range: 0...mostConfused, colors: .blues, valueLabel: "digits"
  ) { $0 == 0 ? "" : fixed($0, 0) },
  caption: "Right answers on the diagonal; the colours end at the most frequent confusion.")
table(
  columns: ["digit"] + (0..<10).map(String.init),
  rows: [
    ["recall"] + (0..<10).map { fixed(confusion.recall(of: $0), 3) },
    ["precision"] + (0..<10).map { fixed(confusion.precision(of: $0), 3) },
  ])
table(
  columns: ["it is", "the network says", "how often"],
  rows: confusion.confusions.prefix(5).map { [$0.label, $0.prediction, $0.count] })

cell("mistakes")
let worst = Misjudgement.worst(20, logits: testLogits, labels: testLabels)
print(
  "\(worst.count) of \(testLabels.count) digits cost",
  fixed(
    100 * worst.reduce(0) { $0 + $1.loss }
      / Misjudgement.worst(testLabels.count, logits: testLogits, labels: testLabels)
      .reduce(0) { $0 + $1.loss }, 0), "% of the whole loss")
figure(
  "mistakes",
  ImageGrid(
    images: worst.map { pictures([$0.index], of: digits.test).elements }, height: 28, width: 28,
    columnCount: 10, labels: worst.map { "\($0.label)>\($0.prediction)" }),
  caption: "The most mistaken test digits: left of the > what it is, right what the network says.")

cell("two-answers")
let doubtful = worst[0]
let doubtfulPicture = pictures([doubtful.index], of: digits.test)
let bothAnswers = [doubtful.label, doubtful.prediction].map { digit in
  camMaps(residual, layer: 6, of: doubtfulPicture, classes: [digit]).elements
}
figure(
  "two-answers",
  ImageGrid(
    images: [doubtfulPicture.elements] + bothAnswers, height: 28, width: 28, columnCount: 3,
    labels: ["digit", "\(doubtful.label)?", "\(doubtful.prediction)?"]),
  caption:
    "The costliest digit; where ResNet-14 sees what it is; where it sees what the other network says."
)

cell("best")
func trainBest(epochs: Int) {
  var generator = SeededGenerator(seed: notebook.seed)
  let best = ImageNetworks.digitNetwork(using: &generator)
  var trainer = Trainer(
    best, AdamW(weightDecay: 0.01),
    exampleCount: digits.training.count, batchSize: 64, generator: generator)
  let steps = epochs * trainer.progress.batchCount
  trainer.schedule = LinearRamp(to: 0.002, steps: steps / 10)
    .followed(by: CosineDecay(from: 0.002, steps: steps - steps / 10), after: steps / 10)
  if let file = notebook.checkpointToLoad { notebook.attempt { try trainer.resume(from: file) } }
  let bar = progress(
    "best network", total: steps - trainer.progress.stepCount, epochs: epochs)
  func train(until epoch: Int, distorting: Bool) throws {
    try trainer.run(epochs: epoch) { batch, generator in
      let plain = pictures(batch, of: digits.training)
      let seen = distorting ? Augmentation.digits(plain, using: &generator) : plain
      return best(Variable(seen), .training(seed: generator.next()))
        .softmaxCrossEntropy(digits.training.labels(at: batch))
    } afterStep: { trainer, loss in
      bar.advance(loss: loss)
      if let file = notebook.checkpointToSave { try trainer.save(to: file, everySteps: 100) }
    }
  }
  let duration = time {
    notebook.attempt {
      try train(until: epochs - epochs / 6, distorting: true)
      try train(until: epochs, distorting: false)
    }
  }
  bar.finish()
  if let file = notebook.checkpointToSave { notebook.attempt { try trainer.save(to: file) } }
  print("\(parameters(of: best).scalarCount) parameters, \(epochs) epochs in \(duration)")
  metric("best_cnn_test_accuracy", accuracy(best, on: digits.test, tested))
}
if let epochs = notebook.epochs ?? (isMNIST ? 12 : nil) {
  trainBest(epochs: epochs)
} else {
  print("left out: it takes some minutes; --epochs N trains for N epochs")
}

cell("winograd")
func byDefinition(_ d: [Scalar], _ g: [Scalar]) -> [Scalar] {
  (0..<2).map { d[$0] * g[0] + d[$0 + 1] * g[1] + d[$0 + 2] * g[2] }
}
func byWinograd(_ d: [Scalar], _ g: [Scalar]) -> [Scalar] {
  let u = [g[0], (g[0] + g[1] + g[2]) / 2, (g[0] - g[1] + g[2]) / 2, g[2]]
  let m = [(d[0] - d[2]) * u[0], (d[1] + d[2]) * u[1], (d[2] - d[1]) * u[2], (d[1] - d[3]) * u[3]]
  return [m[0] + m[1] + m[2], m[1] - m[2] - m[3]]
}
table(
  columns: ["d", "g", "six multiplications", "four"],
  rows: [([1, 2, 3, 4], [1, 0, -1]), ([5, -1, 2, 8], [2, 4, 6]), ([1, 0, 0, 1], [3, 1, 2])].map {
    (d: [Scalar], g: [Scalar]) in
    [d, g, byDefinition(d, g), byWinograd(d, g)].map { row in
      row.map { fixed($0, 0) }.joined(separator: ", ")
    }
  })

cell("ladder")
let rungs = ConvolutionLadder.rungs
func layer(_ batch: Int, _ side: Int, _ channels: Int) -> ConvolutionShape {
  ConvolutionShape(
    ImageShape(batch: batch, height: side, width: side, channels: channels),
    Window(3, padding: .all(1)), outputChannels: channels)
}
func seconds(_ rung: ConvolutionLadder.Rung, _ shape: ConvolutionShape, repetitions: Int) -> Double
{
  let (input, weight) = (
    random(shape.input.sizes).elements, random(shape.weightSizes, stream: 1).elements
  )
  var output = Tensor(shape: shape.output.sizes)
  return time(repetitions: repetitions) {
    output.update { rung(input.span, weight.span, &$0, shape) }
  }.seconds
}
let middleLayer = layer(8, 28, 128)
let rungSeconds = rungs.indices.map {
  seconds(rungs[$0].function, middleLayer, repetitions: $0 == 0 ? 1 : 10)
}
table(
  columns: ["rung", "time", "GFLOP/s", "against the rung below", "against the definition"],
  rows: rungs.indices.map { i in
    [
      rungs[i].name, timing(rungSeconds[i]),
      volatile(fixed(Double(middleLayer.operations) / rungSeconds[i] / 1e9, 1)),
      i == 0 ? "" : volatile("× " + fixed(rungSeconds[i - 1] / rungSeconds[i], 1)),
      volatile("× " + fixed(rungSeconds[0] / rungSeconds[i], 1)),
    ]
  })
let windowNumbers = middleLayer.output.count / middleLayer.outputChannels * middleLayer.inner
print("images:", fixed(Double(4 * middleLayer.input.count) / 1e6, 1), "MB")
print("matrix of their windows:", fixed(Double(4 * windowNumbers) / 1e6, 1), "MB")

cell("ladder-by-layer")
let layers = [layer(2, 56, 64), layer(2, 28, 128), layer(2, 14, 256), layer(2, 7, 512)]
figure(
  "ladder",
  BarChart(
    y: Axis("GFLOP/s", scale: .logarithmic),
    labels: ["56×56×64", "28×28×128", "14×14×256", "7×7×512"],
    groups: rungs.indices.map { i in
      (
        rungs[i].name,
        layers.map { shape in
          let duration = seconds(rungs[i].function, shape, repetitions: i == 0 ? 1 : 10)
          return Double(shape.operations) / duration / 1e9
        }
      )
    }), caption: "The rate of every rung on the four sizes of ResNet-18's 3×3 layers.",
  isVolatile: true)

cell("precision")
let preciseLayer = layer(1, 14, 128)
let (preciseInput, preciseWeight) = (
  random(preciseLayer.input.sizes).elements, random(preciseLayer.weightSizes, stream: 1).elements
)
func inDoublePrecision(_ input: [Scalar], _ weight: [Scalar], _ shape: ConvolutionShape) -> [Double]
{
  let windows = ConvolutionLadder.imageToColumns(input.span, shape).map { Double($0) }
  let weight = weight.map { Double($0) }
  let (inner, outputs) = (shape.inner, shape.outputChannels)
  var results: [Double] = []
  for row in 0..<windows.count / inner {
    for o in 0..<outputs {
      var sum = 0.0
      for p in 0..<inner { sum += windows[row * inner + p] * weight[p * outputs + o] }
      results.append(sum)
    }
  }
  return results
}
let exact = inDoublePrecision(preciseInput, preciseWeight, preciseLayer)
func rootMeanSquare(_ x: [Double]) -> Double {
  (x.reduce(0) { $0 + $1 * $1 } / Double(x.count)).squareRoot()
}
table(
  columns: ["rung", "error, root mean square", "largest error"],
  rows: rungs.map { name, rung in
    var output = Tensor(shape: preciseLayer.output.sizes)
    output.update { rung(preciseInput.span, preciseWeight.span, &$0, preciseLayer) }
    let errors = zip(output.elements, exact).map { (Double($0) - $1) / rootMeanSquare(exact) }
    return [
      name, scientific(rootMeanSquare(errors), 1), scientific(errors.map(abs).max()!, 1),
    ]
  })

cell("kernels")
func comparison(
  _ name: String, _ size: String, count: Int,
  _ kernel: (_ backend: Backend, _ result: inout MutableSpan<Scalar>) -> Void
) -> [Any] {
  var result = Tensor(shape: [count])
  let naive = time { result.update { kernel(.naive, &$0) } }
  let fast = time(repetitions: 20) { result.update { kernel(.fast, &$0) } }
  return [name, size, naive, fast, volatile("× " + fixed(naive.seconds / fast.seconds, 1))]
}
func convolutionComparisons() -> [[Any]] {
  let shapes = [
    ("8×28×28×64, 3×3", layer(8, 28, 64)),
    (
      "8×56×56×64, 3×3, stride 2",
      ConvolutionShape(
        ImageShape(batch: 8, height: 56, width: 56, channels: 64),
        Window(3, stride: 2, padding: .all(1)), outputChannels: 64)
    ),
  ]
  return shapes.flatMap { size, shape in
    let (input, weight) = (
      random(shape.input.sizes).elements, random(shape.weightSizes, stream: 1).elements
    )
    let gradient = random(shape.output.sizes, stream: 2).elements
    return [
      comparison("convolution", size, count: gradient.count) {
        $0.convolution.convolution(input.span, weight.span, bias: Span(), into: &$1, shape)
      },
      comparison("gradient by the images", size, count: input.count) {
        $0.convolution.convolutionInputGradient(
          gradient.span, weight.span, into: &$1, shape, accumulating: false)
      },
      comparison("gradient by the weights", size, count: weight.count) {
        $0.convolution.convolutionWeightGradient(
          input.span, gradient.span, into: &$1, shape, accumulating: false)
      },
    ]
  }
}
func imageComparisons() -> [[Any]] {
  let images = ImageShape(batch: 64, height: 26, width: 26, channels: 32)
  let shape = PoolingShape(images, Window(2, stride: 2))
  let (input, gradient) = (
    random(images.sizes).elements, random(shape.output.sizes, stream: 2).elements
  )
  let (ones, zeros) = ([Scalar](repeating: 1, count: 32), [Scalar](repeating: 0, count: 32))
  let channels = ChannelNormalization(
    mean: zeros, variance: ones, epsilon: 1e-5, scale: ones, shift: zeros)
  let size = "64×26×26×32"
  return [
    comparison("maximum of 2×2", size, count: gradient.count) {
      $0.pooling.maxPooling(input.span, into: &$1, shape)
    },
    comparison("its backward pass", size, count: input.count) {
      $0.pooling.maxPoolingBackward(
        input.span, gradient.span, into: &$1, shape, accumulating: false)
    },
    comparison("mean of 2×2", size, count: gradient.count) {
      $0.pooling.averagePooling(input.span, into: &$1, shape, countsPadding: false)
    },
    comparison("mean of all pixels", size, count: 64 * 32) {
      $0.pooling.globalAveragePooling(input.span, into: &$1, images)
    },
    comparison("batch normalisation", size, count: input.count) {
      $0.normalization.batchNormalization(input.span, channels, adding: Span(), into: &$1)
    },
    comparison("its backward pass", size, count: input.count) { backend, result in
      var (scale, shift) = (Tensor(shape: [32]), Tensor(shape: [32]))
      var none = MutableSpan<Scalar>()
      scale.update { scale in
        shift.update {
          backend.normalization.batchNormalizationBackward(
            input.span, channels, adding: Span(), ofBatch: true, gradient: &result,
            residualGradient: &none, scaleGradient: &scale, shiftGradient: &$0)
        }
      }
    },
    resamplingComparison(),
  ]
}
func resamplingComparison() -> [Any] {
  let shape = ResamplingShape(ImageShape(batch: 64, height: 28, width: 28, channels: 1))
  let input = random(shape.input.sizes).elements
  let rows = random([shape.places], stream: 1).elements.map { 14 + 7 * $0 }
  let columns = random([shape.places], stream: 2).elements.map { 14 + 7 * $0 }
  return comparison("interpolation", "64×28×28", count: shape.places) {
    $0.resampling.resample(
      input.span, rows: rows.span, columns: columns.span, into: &$1, shape)
  }
}
table(
  columns: ["kernel", "images", "naive", "fast", "gain"],
  rows: convolutionComparisons() + imageComparisons())
