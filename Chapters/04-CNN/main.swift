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
/// The generator of a run: every comparison is made with three.
func seeded(_ run: Int) -> SeededGenerator {
  SeededGenerator(seed: notebook.seed &+ 1000 * UInt64(run))
}
let runs = [0, 1, 2]
/// The mean of several runs, with the least and the greatest.
func spread(_ values: [Double], _ decimals: Int = 3) -> String {
  let mean = fixed(values.reduce(0, +) / Double(values.count), decimals)
  guard let low = values.min(), let high = values.max(), values.count > 1 else { return mean }
  return "\(mean) (\(fixed(low, decimals))–\(fixed(high, decimals)))"
}
func learn(
  _ network: Sequential, from set: ImageSet = digits.training, count: Int, epochs: Int,
  with rule: some Optimizer = Adam(), batchSize: Int = 32, run: Int = 0,
  augmentation: Augmentation? = nil, afterEpoch: () -> Double? = { nil }
) -> [EpochRecord] {
  var trainer = Trainer(
    network, rule, exampleCount: count, batchSize: batchSize, generator: seeded(run))
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
let isMNIST = notebook.dataFolder != nil
let heldOut = isMNIST ? 5000 : 3000
let validated = digits.training.count - heldOut..<digits.training.count
let trained = isMNIST ? validated.lowerBound : 10_000
let tested = 0..<digits.test.count
print(
  "\(digits.name): \(digits.training.count) to learn from, the last \(heldOut) of them to choose by,",
  "\(digits.test.count) to be tested on")

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
func denseNetwork(_ run: Int) -> Sequential {
  var generator = seeded(run)
  return Sequential(
    Flatten(), Dense(784, 64, activation: .relu, using: &generator),
    Dense(64, 64, activation: .relu, using: &generator), Dense(64, 10, using: &generator))
}
func threeConvolutions(_ run: Int) -> Sequential {
  var generator = seeded(run)
  return ImageNetworks.threeConvolutions(using: &generator)
}
let outOfOrder = shuffled(digits.training)
let contestants = [("784-64-64-10", denseNetwork), ("32-64-64-64-10", threeConvolutions)]
func learned(_ make: (_ run: Int) -> Sequential, from set: ImageSet) -> [Sequential] {
  runs.map { run in
    let network = make(run)
    _ = learn(network, from: set, count: 3000, epochs: 3, run: run)
    return network
  }
}
let ordered = contestants.map { learned($0.1, from: digits.training) }
let disordered = contestants.map { learned($0.1, from: outOfOrder) }
table(
  columns: ["3,000 digits, 3 epochs", "as they are", "pixels shuffled"],
  rows: contestants.indices.map { i in
    [
      contestants[i].0, spread(ordered[i].map { accuracy($0, on: digits.training, validated) }),
      spread(disordered[i].map { accuracy($0, on: outOfOrder, validated) }),
    ]
  })
figure(
  "shuffled",
  ImageGrid(
    images: [digits.training, outOfOrder].flatMap { set in
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
  let images = moved(pictures(validated.prefix(1000), of: digits.training), by: columns)
  let answers = Variable.withoutGradients { network(Variable(images), .evaluation) }.value
    .largestColumns()
  let labels = digits.training.labels(at: validated.prefix(1000))
  return Double(zip(answers, labels).count { $0 == $1 }) / Double(labels.count)
}
let distances = [0, 1, 2, 3, 4, 6]
table(
  columns: ["moved to the right by"] + distances.map { "\($0)" },
  rows: zip(contestants, ordered).map { contestant, networks in
    [contestant.0]
      + distances.map { distance in
        spread(networks.map { accuracy($0, movedBy: distance) }, 2)
      }
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

cell("windows")
/// The first two places of a window on an image of 7×7 with a border for padding: where the first looks, the
/// second, and both.
func windowPicture(_ title: String, stride: Int = 1, dilation: Int = 1, padding: Int = 0) -> HeatMap
{
  var picture = (0..<9).map { row in
    (0..<9).map { (1...7).contains(row) && (1...7).contains($0) ? 1 : 0.0 }
  }
  for window in 0..<2 {
    for tap in 0..<9 {
      let row = 1 - padding + tap / 3 * dilation
      let column = 1 - padding + window * stride + tap % 3 * dilation
      picture[row][column] = picture[row][column] < 2 ? Double(2 + window) : 4
    }
  }
  return HeatMap(
    title: title, values: picture, range: 0...6, colors: .blues, valueLabel: nil,
    annotation: { $0 < 2 ? "" : $0 == 4 ? "1+2" : fixed($0 - 1, 0) })
}
figure(
  "windows",
  Panels(
    columnCount: 2, panelHeight: 330,
    [
      windowPicture("stride 1"), windowPicture("stride 2", stride: 2),
      windowPicture("dilation 2", dilation: 2), windowPicture("padding 1", padding: 1),
    ]),
  caption:
    "A 3×3 window in its first place (1) and its second (2), on an image of 7×7, pale, with a white border for padding."
)
figure(
  "channels-diagram",
  Graph(
    nodes: [
      .init("x", detail: "[n, h, w, c]", column: 0, row: 1),
      .init("window", detail: "3×3×c numbers", column: 1, row: 1),
      .init("· kernel 1", detail: "3×3×c", column: 2, row: 0, color: Palette.category(1)),
      .init("· kernel 2", detail: "3×3×c", column: 2, row: 1, color: Palette.category(1)),
      .init("· kernel o", detail: "3×3×c", column: 2, row: 2, color: Palette.category(1)),
      .init("y", detail: "o numbers a place", column: 3, row: 1),
    ],
    edges: [(0, 1), (1, 2), (1, 3), (1, 4), (2, 5), (3, 5), (4, 5)].map { Graph.Edge($0.0, $0.1) }),
  caption:
    "Diagram: a window goes through all channels, and every kernel makes of it one number, in a channel of its own."
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
/// How much a map of 200 digits changes when they move by a pixel, and how much it differs between
/// neighbours in the list, which show other digits.
func change(_ map: (Tensor) -> Variable) -> (moving: Scalar, exchanging: Scalar) {
  let batch = pictures(0..<200, of: digits.training)
  let next = pictures(1..<201, of: digits.training)
  let before = map(batch).value.elements
  func distance(_ other: Tensor) -> Scalar {
    norm(zip(before, map(other).value.elements).map { $0 - $1 }) / norm(before)
  }
  return (distance(moved(batch, by: 1)), distance(next))
}
table(
  columns: [
    "what is compared", "moved, maximum", "another digit", "quotient", "moved, mean",
    "another digit", "quotient",
  ],
  rows: [1, 2, 4, 7, 14, 28].map { side in
    let window = Window(
      Extent(height: side, width: side), stride: Extent(height: side, width: side))
    let changes = [
      change { features($0).relu().maxPooling(window) },
      change { features($0).relu().averagePooling(window) },
    ]
    return [side == 1 ? "features of single pixels" : "features of \(side)×\(side) pixels"]
      + changes.flatMap {
        [fixed($0.moving, 2), fixed($0.exchanging, 2), fixed($0.moving / $0.exchanging, 2)]
      }
  })

cell("scattered")
let numbered = Tensor((1...16).map { Scalar($0) }, shape: [1, 4, 4, 1])
let threeByThree = Variable(Tensor([1, 2, 1, 2, 4, 2, 1, 2, 3], shape: [3, 3, 1, 1]))
let scattered = Variable(Tensor(shape: [1, 6, 6, 1]), needsGradient: true)
let oneBlame = Tensor((0..<16).map { $0 == 5 ? 1 : $0 == 7 ? -1 : 0 }, shape: [1, 4, 4, 1])
scattered.convolution(threeByThree, Window(3)).backward(oneBlame)
let routed = Variable(
  Tensor([3, 1, 0, 2, 4, 2, 5, 1, 0, 1, 2, 2, 6, 3, 1, 2], shape: [1, 4, 4, 1]),
  needsGradient: true)
let winners = routed.maxPooling(Window(2, stride: 2))
winners.backward(Tensor([1, 2, 3, 4], shape: [1, 2, 2, 1]))
func numbers(_ title: String, _ x: Tensor) -> HeatMap {
  HeatMap(
    title: title,
    values: (0..<x.shape[1]).map { row in
      (0..<x.shape[2]).map { Double(x.elements[row * x.shape[2] + $0]) }
    }, range: -6...6, colors: .diverging
  ) { fixed($0, 0) }
}
figure(
  "scattered",
  Panels(
    columnCount: 2, panelHeight: 320,
    [
      numbers("∂L/∂y: two outputs are blamed", oneBlame),
      numbers("∂L/∂x: each hands on the kernel", scattered.gradient!),
      numbers("x: the largest of each four wins", routed.value),
      numbers("∂L/∂x: the winner takes it all", routed.gradient!),
    ]),
  caption:
    "Above, the gradient of a convolution: what two outputs are blamed for, and what the image gets, the kernel laid down at both places. Below, a maximum pooling of 2×2 whose outputs' gradients are 1, 2, 3 and 4: each goes to the largest pixel."
)

cell("one-convolution")
func oneConvolution(_ run: Int) -> Sequential {
  var generator = seeded(run)
  return ImageNetworks.oneConvolution(using: &generator)
}
/// Three networks that have learned for five epochs, and their accuracies on digits held out.
func learned(_ make: (_ run: Int) -> Sequential) -> (networks: [Sequential], accuracies: [Double]) {
  let networks = runs.map { run in
    let network = make(run)
    _ = learn(network, count: trained, epochs: 5, run: run)
    return network
  }
  return (networks, networks.map { accuracy($0, on: digits.training, validated) })
}
var small = (networks: [Sequential](), accuracies: [Double]())
let smallTime = time { small = learned(oneConvolution) }
print(
  "\(parameters(of: small.networks[0]).scalarCount) parameters, three runs of",
  "\(5 * ((trained + 31) / 32)) steps in \(smallTime)")
print("accuracy on held-out digits:", spread(small.accuracies, 4))
metric("one_convolution_test_accuracy", accuracy(small.networks[0], on: digits.test, tested))

cell("cnn")
var large = (networks: [Sequential](), accuracies: [Double]())
let largeTime = time { large = learned(threeConvolutions) }
let cnn = large.networks[0]
print("\(parameters(of: cnn).scalarCount) parameters, three runs in \(largeTime)")
print("accuracy on held-out digits:", spread(large.accuracies, 4))
print(
  "errors, against the smaller network's:",
  spread(zip(large.accuracies, small.accuracies).map { (1 - $0) / (1 - $1) }, 2))
metric("cnn_test_accuracy", accuracy(cnn, on: digits.test, tested))

cell("layers-diagram")
let stack = cnn.layers.indices.map { index -> Graph.Node in
  let names = [
    "3×3, 32", "pool 2×2", "3×3, 64", "pool 2×2", "3×3, 64", "flatten", "dense", "dense",
  ]
  let shapes = cnn.workOfLayers(on: [1, 28, 28, 1])[index].output.dropFirst()
  return Graph.Node(
    names[index], detail: shapeText(shapes), column: Double(index < 4 ? index + 1 : 8 - index),
    row: index < 4 ? 0 : 1.2, color: Palette.category(index == 1 || index == 3 ? 2 : 0))
}
figure(
  "layers-diagram",
  Graph(
    nodes: [Graph.Node("x", detail: "28×28×1", column: 0, row: 0)] + stack,
    edges: stack.indices.map { Graph.Edge($0, $0 + 1) }),
  caption:
    "The tutorial's network: every box is a layer with the shape that it hands on. Where shrinks, what grows."
)

cell("memory")
let stages = cnn.activations(pictures(0..<64, of: digits.training))
let stageNames = [
  "convolution", "pooling", "convolution", "pooling", "convolution", "flattened", "dense", "dense",
]
func shapeText(_ sizes: some Collection<Int>) -> String {
  sizes.map(String.init).joined(separator: "×")
}
table(
  columns: ["layer", "output", "parameters", "multiply-adds", "numbers kept"],
  rows: zip(stageNames, zip(cnn.layers, cnn.workOfLayers(on: [1, 28, 28, 1]))).map {
    name, layer in
    [
      name, shapeText(layer.1.output.dropFirst()), parameters(of: layer.0).scalarCount,
      layer.1.multiplyAdds, layer.1.output.reduce(1, *),
    ]
  })
let numbersKept = stages.reduce(64 * 784) { $0 + $1.count }
let windowsOfStages = [26 * 26 * 9, 11 * 11 * 9 * 32, 3 * 3 * 9 * 64].map { 64 * $0 }
table(
  columns: ["batch of 64, single precision", "MB"],
  rows: [
    ("all images and feature maps", numbersKept),
    ("parameters, gradients, two moments of Adam", 4 * parameters(of: cnn).scalarCount),
    ("matrices of windows, if they were written", windowsOfStages.reduce(0, +)),
  ].map { [$0, fixed(Double(4 * $1) / 1e6, 1)] })

cell("cone")
/// The layers from the third convolution down: window and stride of each.
let descent: [(name: String, size: Int, stride: Int)] = [
  ("3×3", 3, 1), ("pool", 2, 2), ("3×3", 3, 1), ("pool", 2, 2), ("3×3", 3, 1), ("image", 0, 1),
]
var (coneNodes, coneEdges) = ([Graph.Node](), [Graph.Edge]())
var heard = 1...1
var above: [Int: Int] = [:]
for (row, layer) in descent.enumerated() {
  // Where a unit's middle lies in the image: half of every reach below it, times the strides before.
  let jump = descent[row...].reduce(1) { $0 * $1.stride }
  let middle = descent[row...].indices.reduce(0.0) { sum, below in
    let step = descent[(below + 1)...].reduce(1) { $0 * $1.stride }
    return sum + Double(max(0, descent[below].size - 1) * step) / 2
  }
  var current: [Int: Int] = [:]
  for unit in heard {
    current[unit] = coneNodes.count
    coneNodes.append(
      .init(
        "", column: middle + Double(unit * jump), row: Double(row), shape: .circle,
        color: Palette.category(layer.name == "pool" ? 2 : layer.name == "image" ? 8 : 0)))
  }
  if row > 0 {
    let window = descent[row - 1]
    for (unit, node) in above.sorted(by: { $0.key < $1.key }) {
      for tap in 0..<window.size {
        coneEdges.append(Graph.Edge(node, current[unit * window.stride + tap]!))
      }
    }
  }
  coneNodes.append(.init(layer.name, column: 0.6, row: Double(row)))
  above = current
  heard = heard.lowerBound * layer.stride...heard.upperBound * layer.stride + max(0, layer.size - 1)
}
figure(
  "cone",
  Graph(nodes: coneNodes, edges: coneEdges),
  caption:
    "What one unit of the third convolution, above, listens to in a row of pixels, below: 3 units of the pooling, 6, 8 and 16 of the layers under it, 18 pixels."
)

cell("receptive-field")
/// Where the middle pixel of the last feature map gets its value from: the squared slopes of all channels
/// with random signs, summed over some digits and scaled to 1.
func effectiveField(_ network: Sequential) -> [Double] {
  let images = pictures(validated.prefix(200), of: digits.training)
  let input = Variable(images, needsGradient: true)
  let features = network.layers[...4].reduce(input) { $1($0, .evaluation) }
  let shape = features.value.shape
  let middle = shape[1] / 2 * shape[2] + shape[2] / 2
  var generator = seeded(7)
  features.backward(
    Tensor(
      (0..<features.value.count).map { index in
        index / shape[3] % (shape[1] * shape[2]) == middle
          ? (generator.next() & 1 == 0 ? 1 : -1) : 0
      }, shape: shape))
  parameters(of: network).clearGradients()
  var field = [Double](repeating: 0, count: 784)
  for (index, slope) in input.gradient!.elements.enumerated() {
    field[index % 784] += Double(slope * slope)
  }
  let sum = field.reduce(0, +)
  return field.map { $0 / sum }
}
/// The side of the smallest square around the field's middle that holds a share of it.
func side(holding share: Double, of field: [Double]) -> Int {
  (1...14).first { reach in
    let square = (13 - reach)..<(13 + reach)
    let rows = square.map { row in square.reduce(0) { $0 + field[row * 28 + $1] } }
    return rows.reduce(0, +) >= share
  }.map { 2 * $0 } ?? 28
}
let fields = [effectiveField(threeConvolutions(0)), effectiveField(cnn)]
table(
  columns: ["18 pixels in theory", "half of it within", "nine tenths within", "all of it within"],
  rows: zip(["untrained", "trained"], fields).map { name, field in
    [name] + [0.5, 0.9, 0.999_999].map { "\(side(holding: $0, of: field)) pixels" }
  })
figure(
  "receptive-field",
  Panels(
    columnCount: 2,
    zip(["untrained", "trained"], fields).map { name, field in
      HeatMap(
        title: name, x: "column", y: "row",
        values: (0..<28).map { row in (0..<28).map { field[row * 28 + $0] } },
        columnLabels: (0..<28).map(String.init), rowLabels: (0..<28).map(String.init),
        range: 0...fields.joined().reduce(0, max), colors: .blues, valueLabel: "share")
    }),
  caption:
    "What the middle pixel of the third convolution listens to: all of it lies in 18×18 pixels, most of it in far fewer."
)

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
for error in normalizationErrors {
  print("gradient with respect to \(error.name):", scientific(error.error, 0))
}

cell("normalization-gain")
func fiveLayers(isNormalized: Bool, _ run: Int) -> Sequential {
  var generator = seeded(run)
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
/// Shows a network some plain digits without learning from them: running means of old weights are forgotten.
func settle(_ network: Sequential) {
  for start in stride(from: 0, to: 1500, by: 50) {
    let batch = Variable(pictures(start..<start + 50, of: digits.training))
    Variable.withoutGradients { _ = network(batch, .training(seed: UInt64(start))) }
  }
}
let rates: [Scalar] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3]
let rateRuns = [false, true].map { isNormalized in
  inParallel(rates, runs) { rate, run in
    let network = fiveLayers(isNormalized: isNormalized, run)
    _ = learn(
      network, count: 2500, epochs: 2, with: SGD(learningRate: rate, momentum: 0.9), run: run)
    settle(network)
    return accuracy(network, on: digits.training, validated.suffix(1000))
  }
}
table(
  columns: ["accuracy on held-out digits, with the rate", "plain", "normalised"],
  rows: rates.indices.map { i in ["\(rates[i])"] + rateRuns.map { spread($0[i], 2) } })
figure(
  "normalization-gain",
  LineChart(
    x: Axis("learning rate", scale: .logarithmic),
    y: Axis("accuracy on held-out digits", range: 0...1),
    series: zip(["plain", "normalised"], rateRuns).map { name, accuracies in
      Series(
        name, x: rates, y: accuracies.map { $0.reduce(0, +) / 3 },
        style: name == "plain" ? .dashed : .lineAndMarkers
      ).with(bandFrom: accuracies.map { $0.min()! }, to: accuracies.map { $0.max()! })
    }), caption: "Two epochs of 2,500 digits at eight rates: mean and range of three seeds.")

cell("axes")
/// Which mean every row (image) and column (channel) of a layer's output takes part in.
func axisPicture(_ title: String, _ group: (_ image: Int, _ channel: Int) -> Int) -> HeatMap {
  HeatMap(
    title: title, x: "channel", y: "image",
    values: (0..<4).map { image in (0..<6).map { Double(group(image, $0)) } },
    colors: .viridis, valueLabel: "which mean"
  ) { fixed($0, 0) }
}
figure(
  "axes",
  Panels(
    columnCount: 3, panelHeight: 250,
    [
      axisPicture("batch") { _, channel in channel },
      axisPicture("layer") { image, _ in image },
      axisPicture("group of 3") { image, channel in 2 * image + channel / 3 },
    ]),
  caption:
    "Four images of six channels, each cell a whole plane of pixels: cells of one number share a mean and a deviation."
)

cell("small-batches")
/// A convolution whose channels are normalised in groups, each image by itself: a batch normalisation of
/// the transposed matrix, with a column for each image and group.
struct GroupNormalized: PhaselessLayer {
  let convolution: Conv2D
  let weight, bias: Variable
  let groups: Int
  init(_ inputs: Int, _ outputs: Int, groups: Int, using generator: inout SeededGenerator) {
    convolution = Conv2D(
      inputs, outputs, kernel: 3, padding: .same, bias: false, initializer: .he, using: &generator)
    weight = Variable(Tensor(repeating: 1, shape: [outputs]), needsGradient: true)
    bias = Variable(Tensor(shape: [outputs]), needsGradient: true)
    self.groups = groups
  }
  func callAsFunction(_ input: Variable) -> Variable {
    let sums = convolution(input)
    let shape = sums.value.shape
    let (places, width, columns) = (shape[1] * shape[2], shape[3] / groups, shape[0] * groups)
    let even = sums.reshaped([shape[0], places, groups, width]).permuted([1, 3, 0, 2])
      .reshaped([places * width, columns])
      .batchNormalization(
        scale: Variable(Tensor(repeating: 1, shape: [columns])),
        shift: Variable(Tensor(shape: [columns])),
        statistics: RunningStatistics(channels: columns, momentum: 0), .training(seed: 0)
      )
      .reshaped([places, width, shape[0], groups]).permuted([2, 0, 3, 1]).reshaped(shape)
    return (even * weight.broadcast(to: shape) + bias.broadcast(to: shape)).relu()
  }
}
func fiveLayers(groups: Int, _ run: Int) -> Sequential {
  var generator = seeded(run)
  var layers: [any Layer] = [MaxPooling2D()]
  for (inputs, outputs) in [(1, 8), (8, 8), (8, 16), (16, 16)] {
    layers.append(GroupNormalized(inputs, outputs, groups: groups, using: &generator))
    if inputs == outputs { layers.append(MaxPooling2D()) }
  }
  layers += [GlobalAveragePooling2D(), Dense(16, 10, using: &generator)]
  return Sequential(layers)
}
let normalizers: [(name: String, make: @Sendable (_ run: Int) -> Sequential)] = [
  ("none", { fiveLayers(isNormalized: false, $0) }),
  ("batch", { fiveLayers(isNormalized: true, $0) }),
  ("layer", { fiveLayers(groups: 1, $0) }), ("groups of 4 and 8", { fiveLayers(groups: 2, $0) }),
]
let batchSizes = [2, 4, 16]
table(
  columns: ["normalised by"] + batchSizes.map { "batches of \($0)" },
  rows: normalizers.map { name, make in
    let accuracies = inParallel(batchSizes, runs) { size, run in
      let network = make(run)
      // As many steps for all.
      _ = learn(
        network, count: 300 * size, epochs: 1, with: Adam(learningRate: 0.005),
        batchSize: size, run: run)
      return accuracy(network, on: digits.training, validated.suffix(1000))
    }
    return [name] + accuracies.map { spread($0, 2) }
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
  columns: [
    "network", "year", "image", "parameters", "published", "GFLOP", "one forward pass", "GFLOP/s",
  ],
  rows: family.map { name, year, side, published, make in
    var generator = SeededGenerator(seed: notebook.seed)
    let network = make(.xavierUniform, &generator)
    let channels = side == 32 ? 1 : 3
    let image = Tensor(
      (0..<side * side * channels).map { _ in generator.uniform() },
      shape: [1, side, side, channels])
    let operations = Double(2 * network.work(on: image.shape).multiplyAdds) / 1e9
    let duration = time(repetitions: 3) {
      _ = Variable.withoutGradients { network(Variable(image), .evaluation) }
    }
    return [
      name, year, "\(side)×\(side)×\(channels)", parameters(of: network).scalarCount, published,
      fixed(operations, operations < 0.1 ? 4 : 2), duration,
      volatile(fixed(operations / duration.seconds, 0)),
    ]
  })

cell("blocks-diagram")
let way = Palette.category(0)
func chain(_ title: String, _ names: [String], ways: [(Int, Int, String)] = []) -> Graph {
  let last = names.count + 1
  return Graph(
    title: title,
    nodes: [.init("x", detail: "[n, h, w, c]", column: 0.5, row: 0)]
      + names.enumerated().map { index, name in
        .init(
          name, column: 0.5, row: Double(index + 1), shape: name == "+" ? .circle : .box)
      } + [.init("y", column: 0.5, row: Double(last))],
    edges: (0..<last).map { Graph.Edge($0, $0 + 1) }
      + ways.map { Graph.Edge($0.0, $0.1, label: $0.2, color: way, bend: -0.5) })
}
let inceptionBlock = Graph(
  title: "inception",
  nodes: [
    .init("x", detail: "[n, h, w, c]", column: 1.5, row: 0),
    .init("1×1", column: 0.1, row: 2.5), .init("1×1", column: 1.2, row: 1.7),
    .init("3×3", column: 1.2, row: 3.3), .init("1×1", column: 2.1, row: 1.7),
    .init("3×3", column: 2.1, row: 3.3), .init("max", column: 3, row: 1.7),
    .init("1×1", column: 3, row: 3.3),
    .init("y", detail: "channels side by side", column: 1.5, row: 5),
  ],
  edges: [(0, 1), (0, 2), (2, 3), (0, 4), (4, 5), (0, 6), (6, 7), (1, 8), (3, 8), (5, 8), (7, 8)]
    .map {
      Graph.Edge($0.0, $0.1)
    })
figure(
  "blocks-diagram",
  Panels(
    columnCount: 3, panelHeight: 430,
    [
      chain("plain", ["3×3, norm, ReLU", "3×3, norm, ReLU"]),
      chain("residual", ["3×3, norm, ReLU", "3×3, norm", "+", "ReLU"], ways: [(0, 3, "")]),
      inceptionBlock,
      chain(
        "bottleneck", ["1×1, c/4", "3×3, c/4", "1×1, c", "+", "ReLU"], ways: [(0, 4, "")]),
      chain(
        "residual, half the size", ["3×3, 2c, stride 2", "3×3, 2c", "+", "ReLU"],
        ways: [(0, 3, "1×1, 2c, stride 2")]),
      chain("depthwise separable", ["3×3, channelwise", "1×1, c to o", "ReLU"]),
    ]),
  caption:
    "Six blocks. Above: plain, residual (the way around in blue) and inception. Below: ResNet-50's bottleneck, a block that halves the size and needs a projection on its way around, and what mobile networks use."
)

cell("degradation")
/// Two convolutions of 3×3, each normalised or not, with a way around them or not.
struct TowerBlock: Layer {
  let first, second: any Layer
  let isResidual: Bool
  init(isNormalized: Bool, isResidual: Bool, using generator: inout SeededGenerator) {
    func convolution(_ activation: Activation) -> any Layer {
      isNormalized
        ? NormalizedConv2D(16, 16, kernel: 3, activation: activation, using: &generator)
        : Conv2D(
          16, 16, kernel: 3, padding: .same, activation: activation, initializer: .he,
          using: &generator)
    }
    first = convolution(.relu)
    second = convolution(.linear)
    self.isResidual = isResidual
  }
  func callAsFunction(_ input: Variable, _ phase: Phase) -> Variable {
    let path = second(first(input, phase.part(0)), phase.part(1))
    return (isResidual ? path + input : path).relu()
  }
}
struct Tower {
  var isNormalized, isResidual: Bool
  var blocks: Int
  var name: String {
    "\(isNormalized ? "normalised" : "not normalised"), \(isResidual ? "shortcuts" : "plain")"
  }
  func network(_ run: Int) -> Sequential {
    var generator = seeded(run)
    var layers: [any Layer] = [
      NormalizedConv2D(1, 16, kernel: 3, stride: 2, using: &generator), MaxPooling2D(),
    ]
    for _ in 0..<blocks {
      layers.append(
        TowerBlock(isNormalized: isNormalized, isResidual: isResidual, using: &generator))
    }
    return Sequential(layers + [GlobalAveragePooling2D(), Dense(16, 10, using: &generator)])
  }
  /// The loss on the digits that it has learned from, as it is in evaluation, and the accuracy on others.
  func outcome(rate: Scalar, epochs: Int, _ run: Int) -> (loss: Double, accuracy: Double) {
    let network = network(run)
    _ = learn(
      network, count: 1600, epochs: epochs, with: Adam(learningRate: rate), batchSize: 50, run: run)
    settle(network)
    let loss = Variable(logits(network, on: digits.training, 0..<1600))
      .softmaxCrossEntropy(digits.training.labels(at: 0..<1600)).value.number
    return (
      loss.isFinite ? Double(loss) : .infinity,
      accuracy(network, on: digits.training, validated.suffix(1000))
    )
  }
}
let towerRates: [Scalar] = [0.001, 0.003, 0.01]
let towerEpochs = notebook.epochs ?? 3
let towers = [(false, false), (false, true), (true, false), (true, true)].flatMap { kind in
  [3, 15].map { Tower(isNormalized: kind.0, isResidual: kind.1, blocks: $0) }
}
let trials = inParallel(towers, towerRates) { tower, rate in
  (tower: tower, rate: rate, outcome: tower.outcome(rate: rate, epochs: towerEpochs, 0))
}
let chosen = trials.map { rates in rates.min { $0.outcome.loss < $1.outcome.loss }! }
let repeated = inParallel(chosen, runs) { trial, run in
  run == 0
    ? trial.outcome : trial.tower.outcome(rate: trial.rate, epochs: towerEpochs, run)
}
table(
  columns: ["\(32 * towerEpochs) steps", "layers", "rate", "training loss", "held-out accuracy"],
  rows: zip(chosen, repeated).map { trial, outcomes in
    [
      trial.tower.name, 2 * trial.tower.blocks + 2, "\(trial.rate)",
      spread(outcomes.map(\.loss), 2), spread(outcomes.map(\.accuracy), 2),
    ]
  })

cell("relatives")
struct Enlarge: PhaselessLayer, CountedLayer {
  func callAsFunction(_ input: Variable) -> Variable {
    Variable(input.value.resized(height: 32, width: 32))
  }
  func work(on input: [Int]) -> LayerWork { LayerWork([input[0], 32, 32, input[3]]) }
}
let relatives: [(name: String, make: (_ generator: inout SeededGenerator) -> Sequential)] = [
  ("LeNet-5", { Sequential(Enlarge(), ImageNetworks.leNet5(using: &$0)) }),
  ("small VGG", { ImageNetworks.smallVGG(using: &$0) }),
  ("small GoogLeNet", { ImageNetworks.smallGoogLeNet(using: &$0) }),
  ("ResNet-14", { ImageNetworks.resNet14(using: &$0) }),
]
table(
  columns: ["network", "parameters", "multiply-adds"],
  rows: relatives.map { name, make in
    var generator = seeded(0)
    let network = make(&generator)
    let work = network.work(on: [1, 28, 28, 1])
    return [name, parameters(of: network).scalarCount, work.multiplyAdds]
  })

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
  columns: ["κ", "α", "predicted displacement", "measured"],
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
func smallNetwork(_ run: Int) -> Sequential {
  var generator = seeded(run)
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
let schoolEpochs = 40
let lessons = inParallel(schools, runs) { school, run in
  let network = smallNetwork(run)
  var epoch = 0
  var accuracies: [Double] = []
  let history = learn(
    network, count: 500, epochs: schoolEpochs, batchSize: 25, run: run,
    augmentation: school.augmentation
  ) {
    epoch += 1
    if epoch % 5 == 0 {
      accuracies.append(accuracy(network, on: digits.training, validated.suffix(1000)))
    }
    return nil
  }
  return (losses: history.map(\.trainingLoss), accuracies: accuracies)
}
table(
  columns: [
    "500 digits", "training loss", "accuracy on others, epoch 20", "epoch \(schoolEpochs)",
  ],
  rows: zip(schools, lessons).map { school, runs in
    [
      school.name, spread(runs.map { $0.losses.last! }), spread(runs.map { $0.accuracies[3] }),
      spread(runs.map { $0.accuracies.last! }),
    ]
  })
func band(_ name: String, _ curves: [[Double]], step: Int) -> Series {
  let points = curves[0].indices.map { i in curves.map { $0[i] } }
  return Series(
    name, x: points.indices.map { Double(step * ($0 + 1)) },
    y: points.map { $0.reduce(0, +) / Double($0.count) }
  ).with(bandFrom: points.map { $0.min()! }, to: points.map { $0.max()! })
}
figure(
  "augmentation-gain",
  Panels(
    columnCount: 2,
    [
      LineChart(
        x: "epoch", y: Axis("training loss", scale: .logarithmic),
        series: zip(schools, lessons).map { band($0.name, $1.map(\.losses), step: 1) }),
      LineChart(
        x: "epoch", y: Axis("accuracy on other digits", range: 0.7...1),
        series: zip(schools, lessons).map { band($0.name, $1.map(\.accuracies), step: 5) }),
    ]),
  caption:
    "The same network learns from 500 digits, as they are and distorted anew every epoch: means and ranges of three seeds."
)

cell("filters")
let firstFilters = (cnn.layers[0] as! Conv2D).weight.value
let largestWeight = Double(firstFilters.elements.map(abs).max()!)
figure(
  "filters",
  ImageGrid(
    images: firstFilters.planes, height: firstFilters.shape[0], width: firstFilters.shape[1],
    columnCount: 16, colors: .diverging, range: -largestWeight...largestWeight),
  caption:
    "The filters of the first layer, all on one scale: orange for ink, blue against it.")

cell("feature-maps")
let looked = digits.test.labels.firstIndex(of: 4)!
let maps = cnn.activations(pictures([looked], of: digits.test))
table(
  columns: ["after", "shape", "numbers", "of them 0", "channels all 0"],
  rows: zip(stageNames, maps).map { name, stage in
    let zeros = stage.elements.count { $0 == 0 }
    let silent =
      stage.shape.count == 4 ? stage.example(0).planes.count { $0.allSatisfy { $0 == 0 } } : 0
    return [
      name, shapeText(stage.shape.dropFirst()), stage.count,
      "\(fixed(100 * Double(zeros) / Double(stage.count), 0)) %", silent,
    ]
  })
for (index, name) in [(0, "first"), (2, "second"), (4, "third")] {
  let map = maps[index].example(0)
  figure(
    "feature-maps-\(name)",
    ImageGrid(
      images: Array(map.planes.prefix(32)), height: map.shape[0], width: map.shape[1],
      columnCount: 16, range: 0...Double(map.elements.max()!)),
    caption:
      "What the \(name) convolution makes of a 4, a picture for each of 32 channels, all on one scale; a white one is silent."
  )
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
let probed = 0..<300
let probedImages = pictures(probed, of: digits.test)
let probedLabels = digits.test.labels(at: probed)
let blank = threeConvolutions(0)
/// Places by a number for each, the largest first.
func descending(_ map: [Scalar], among places: [Int] = Array(0..<784)) -> [Int] {
  places.sorted { (map[$1], $0) < (map[$0], $1) }
}
/// The places within two pixels of the ink.
func nearInk(_ image: [Scalar]) -> [Int] {
  let ink = image.indices.filter { image[$0] > 0.5 }
  return image.indices.filter { place in
    ink.contains { abs($0 / 28 - place / 28) <= 2 && abs($0 % 28 - place % 28) <= 2 }
  }
}
let inkPlaces = probed.map { nearInk(probedImages.example($0).elements) }
/// The order in which the pixels of every image are inverted, for a network.
func orders(_ network: Sequential) -> [(name: String, places: [[Int]])] {
  let map = saliency(of: network, probedImages, classes: probedLabels)
  let unlearned = saliency(of: threeConvolutions(0), probedImages, classes: probedLabels)
  let slopes = scoreGradient(of: network, probedImages, classes: probedLabels)
  var shuffler = seeded(9)
  let random = probed.map { _ in shuffler.permutation(count: 784) }
  func each(_ order: (_ image: Int) -> [Int]) -> [[Int]] { probed.map(order) }
  return [
    ("most salient", each { descending(map.example($0).elements) }),
    (
      "slope × change, most harm first",
      each { image in
        let pixels = probedImages.example(image).elements
        return descending(
          zip(pixels, slopes.example(image).elements).map { -(1 - 2 * $0) * $1 })
      }
    ),
    ("most salient, untrained network", each { descending(unlearned.example($0).elements) }),
    (
      "at random, within two of the ink",
      each { image in
        let near = Set(inkPlaces[image])
        return random[image].filter(near.contains)
      }
    ),
    ("at random", random),
    ("least salient", each { descending(map.example($0).elements).reversed() }),
  ]
}
func accuracy(_ network: Sequential, inverting places: [[Int]], count: Int) -> Double {
  var changed = probedImages.elements
  for image in probed {
    for pixel in places[image].prefix(count) {
      changed[image * 784 + pixel] = 1 - changed[image * 784 + pixel]
    }
  }
  let images = Variable(Tensor(changed, shape: probedImages.shape))
  let answers = Variable.withoutGradients { network(images, .evaluation) }.value.largestColumns()
  return Double(zip(answers, probedLabels).count { $0 == $1 }) / Double(probed.count)
}
let inverted = [5, 10, 20, 40]
let orderings = large.networks.map(orders)
table(
  columns: ["pixels inverted"] + inverted.map(String.init),
  rows: orderings[0].indices.map { i in
    [orderings[0][i].name]
      + inverted.map { count in
        spread(
          zip(large.networks, orderings).map {
            accuracy($0, inverting: $1[i].places, count: count)
          },
          2)
      }
  })

cell("saliency-sanity")
/// The correlation of two maps' ranks (Spearman's): 1 for the same order of pixels, 0 for orders that have
/// nothing to do with one another, as with a map of one value. Equal pixels share the mean of their ranks.
func rankCorrelation(_ a: [Scalar], _ b: [Scalar]) -> Double {
  func centredRanks(_ x: [Scalar]) -> [Double] {
    let order = descending(x)
    var ranks = [Double](repeating: 0, count: x.count)
    var start = 0
    while start < order.count {
      let end = order[start...].firstIndex { x[$0] != x[order[start]] } ?? order.count
      for place in order[start..<end] { ranks[place] = Double(start + end - order.count) / 2 }
      start = end
    }
    return ranks
  }
  func product(_ p: [Double], _ q: [Double]) -> Double { zip(p, q).reduce(0) { $0 + $1.0 * $1.1 } }
  let (p, q) = (centredRanks(a), centredRanks(b))
  let lengths = (product(p, p) * product(q, q)).squareRoot()
  return lengths > 0 ? product(p, q) / lengths : 0
}
func agreement(_ first: Tensor, _ second: Tensor) -> Double {
  probed.reduce(0) {
    $0 + rankCorrelation(first.example($1).elements, second.example($1).elements)
  } / Double(probed.count)
}
/// The share of a map within two pixels of the ink.
func shareNearInk(_ map: Tensor) -> Double {
  probed.reduce(0) { sum, image in
    let row = map.example(image).elements
    let near = inkPlaces[image].reduce(Scalar(0)) { $0 + row[$1] }
    return sum + Double(near / max(row.reduce(0, +), 1e-9))
  } / Double(probed.count)
}
func map(_ network: Sequential) -> Tensor {
  saliency(of: network, probedImages, classes: probedLabels)
}
let trainedMap = map(cnn)
let inkShare = Double(inkPlaces.reduce(0) { $0 + $1.count }) / Double(784 * probed.count)
table(
  columns: [
    "saliency of", "rank correlation with the trained network's", "share within two of the ink",
  ],
  rows: [
    ("the trained network", cnn), ("another seed", large.networks[1]),
    ("the same, untrained", blank), ("another seed, untrained", threeConvolutions(1)),
  ].map { name, network in
    [name, fixed(agreement(trainedMap, map(network)), 2), fixed(shareNearInk(map(network)), 2)]
  } + [["an even map", "", fixed(inkShare, 2)]])

cell("grad-cam")
/// The tutorial's network with a mean over all places in the place of its dense layers.
func averagedNetwork(_ run: Int) -> Sequential {
  var generator = seeded(run)
  let layers = ImageNetworks.threeConvolutions(using: &generator).layers
  return Sequential(
    layers[..<5] + [GlobalAveragePooling2D(), Dense(64, 10, using: &generator)])
}
let averaged = averagedNetwork(0)
_ = learn(averaged, count: trained, epochs: 5)
print(
  "accuracy on held-out digits:", fixed(accuracy(averaged, on: digits.training, validated), 4))
func camMaps(_ network: Sequential, of images: Tensor, classes: [Int]) -> Tensor {
  network.gradCAM(images, classes: classes, layer: 4).resized(height: 28, width: 28)
}
/// Heat over the digit that it explains: orange on paper, blue on ink.
func overlaid(_ heat: Tensor, on images: Tensor) -> [[Scalar]] {
  (0..<images.shape[0]).map { image in
    let (row, ink) = (heat.example(image).elements, images.example(image).elements)
    let scale = max(row.reduce(0, max), 1e-9)
    return zip(row, ink).map { $1 > 0.5 ? -0.15 - 0.85 * $0 / scale : $0 / scale }
  }
}
figure(
  "grad-cam",
  ImageGrid(
    images: rows([seen])
      + [averaged, cnn, averagedNetwork(0), blank].flatMap {
        overlaid(camMaps($0, of: seen, classes: seenClasses), on: seen)
      }, height: 28, width: 28, columnCount: 10, colors: .diverging, range: -1...1),
  caption:
    "Ten digits and Grad-CAM over them, orange on paper and blue on ink: of the network that ends in a mean, of the one with dense layers, and of both before they have learned anything."
)
table(
  columns: [
    "Grad-CAM of", "accuracy, 40 pixels inverted", "share within two of the ink",
    "correlation with itself untrained",
  ],
  rows: [
    ("a mean at the end", averaged, averagedNetwork(0)), ("dense layers at the end", cnn, blank),
  ].map { name, network, untrained in
    let heat = camMaps(network, of: probedImages, classes: probedLabels)
    let cold = camMaps(untrained, of: probedImages, classes: probedLabels)
    let places = probed.map { descending(heat.example($0).elements) }
    return [
      name, fixed(accuracy(network, inverting: places, count: 40), 2),
      fixed(shareNearInk(heat), 2), fixed(agreement(heat, cold), 2),
    ]
  })

cell("confusion")
let testLabels = digits.test.labels(at: tested)
let testLogits = logits(cnn, on: digits.test, tested)
let confusion = ConfusionMatrix(
  labels: testLabels, predictions: testLogits.largestColumns(), classCount: 10)
print("accuracy on \(testLabels.count) test digits:", fixed(confusion.accuracy, 4))
figure(
  "confusion",
  HeatMap(
    x: "the network says", y: "it is",
    values: (0..<10).map { label in
      (0..<10).map { $0 == label ? .nan : Double(confusion.counts[label][$0]) }
    },
    columnLabels: (0..<10).map(String.init), rowLabels: (0..<10).map(String.init),
    range: 0...Double(max(6, confusion.confusions.first?.count ?? 0)), colors: .blues,
    valueLabel: "digits"
  ) { $0 == 0 || $0.isNaN ? "" : fixed($0, 0) },
  caption: "The wrong answers; the right ones, on the diagonal, are left grey.")
table(
  columns: ["digit", "recall", "precision"],
  rows: (0..<10).map { digit in
    [digit, fixed(confusion.recall(of: digit), 3), fixed(confusion.precision(of: digit), 3)]
  })
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
  overlaid(camMaps(averaged, of: doubtfulPicture, classes: [digit]), on: doubtfulPicture)[0]
}
figure(
  "two-answers",
  ImageGrid(
    images: [doubtfulPicture.elements] + bothAnswers, height: 28, width: 28, columnCount: 3,
    colors: .diverging, range: -1...1,
    labels: ["digit", "\(doubtful.label)?", "\(doubtful.prediction)?"]),
  caption:
    "The costliest digit; where the network that ends in a mean sees what it is; where it sees what the other network says."
)

cell("adversarial")
let attacked = validated.prefix(500)
let attackedImages = pictures(attacked, of: digits.training)
let attackedLabels = digits.training.labels(at: attacked)
/// The sign of every pixel's slope of the loss.
func harmfulSigns(_ network: Sequential) -> [Scalar] {
  let images = Variable(attackedImages, needsGradient: true)
  network(images, .evaluation).softmaxCrossEntropy(attackedLabels).backward()
  parameters(of: network).clearGradients()
  return images.gradient!.elements.map { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }
}
func shifted(by amount: Scalar, along signs: [Scalar]) -> Tensor {
  Tensor(
    zip(attackedImages.elements, signs).map { min(1, max(0, $0 + amount * $1)) },
    shape: attackedImages.shape)
}
func accuracy(_ network: Sequential, on images: Tensor) -> Double {
  let answers = Variable.withoutGradients { network(Variable(images), .evaluation) }.value
    .largestColumns()
  return Double(zip(answers, attackedLabels).count { $0 == $1 }) / Double(attacked.count)
}
let amounts: [Scalar] = [0, 0.05, 0.1, 0.2, 0.3]
let signsOfNetworks = large.networks.map(harmfulSigns)
let randomSigns = runs.map { run in
  var generator = seeded(run)
  return attackedImages.elements.map { _ in Scalar(generator.next() & 1 == 0 ? 1 : -1) }
}
let attacks: [(name: String, signs: (_ run: Int) -> [Scalar], victim: (_ run: Int) -> Sequential)] =
  [
    ("signs of its own slopes", { signsOfNetworks[$0] }, { large.networks[$0] }),
    ("signs of another seed's", { signsOfNetworks[($0 + 1) % 3] }, { large.networks[$0] }),
    ("the same against the small network", { signsOfNetworks[$0] }, { small.networks[$0] }),
    ("random signs", { randomSigns[$0] }, { large.networks[$0] }),
  ]
table(
  columns: ["every pixel by"] + amounts.map { "\($0)" },
  rows: attacks.map { name, signs, victim in
    [name]
      + amounts.map { amount in
        spread(runs.map { accuracy(victim($0), on: shifted(by: amount, along: signs($0))) }, 2)
      }
  })
let (misled, scrambled) = (
  shifted(by: 0.2, along: signsOfNetworks[0]), shifted(by: 0.2, along: randomSigns[0])
)
let misledAnswers = Variable.withoutGradients { cnn(Variable(misled), .evaluation) }.value
  .largestColumns()
figure(
  "adversarial",
  ImageGrid(
    images: [attackedImages, misled, scrambled].flatMap { batch in
      (0..<10).map { batch.example($0).elements }
    }, height: 28, width: 28, columnCount: 10, range: 0...1,
    labels: attackedLabels.prefix(10).map { "\($0)" } + misledAnswers.prefix(10).map { "\($0)" }
      + attackedLabels.prefix(10).map { "\($0)" }),
  caption:
    "Ten digits; the same with every pixel moved by 0.2 along the signs of the slopes, and what the network says; moved as far at random, with what they are."
)

cell("transfer")
func subset(_ range: Range<Int>, digits wanted: ClosedRange<UInt8>, count: Int) -> ImageSet {
  let chosen = range.filter { wanted.contains(digits.training.labels[$0]) }.prefix(count)
  return ImageSet(
    pixels: chosen.flatMap { Array(digits.training[$0]) },
    labels: chosen.map { digits.training.labels[$0] }, height: 28, width: 28)
}
let lowDigits = subset(0..<10_000, digits: 0...4, count: 2500)
let fewHighDigits = [20, 100].map { subset(10_000..<12_000, digits: 5...9, count: $0) }
let otherHighDigits = subset(validated, digits: 5...9, count: 1000)
/// The five layers of features of a network, and two new dense layers.
func withNewHead(_ network: Sequential, _ run: Int) -> (features: Sequential, head: Sequential) {
  var generator = seeded(run + 100)
  return (
    Sequential(Array(network.layers[...5])),
    Sequential(
      Dense(576, 64, activation: .relu, using: &generator), Dense(64, 10, using: &generator))
  )
}
/// Learns from a few digits, for 300 steps: the head alone on features that stay as they are, or all of it.
func highDigits(_ network: Sequential, isFrozen: Bool, from set: ImageSet, _ run: Int) -> Double {
  let (features, head) = withNewHead(network, run)
  let all = Sequential(features, head)
  var trainer = Trainer(
    isFrozen ? head : all, Adam(), exampleCount: set.count, batchSize: 20, generator: seeded(run))
  trainer.run(epochs: 300 * 20 / set.count) { batch, generator in
    let maps = features(Variable(pictures(batch, of: set)), .training(seed: 0))
    return head(isFrozen ? maps.detached() : maps, .training(seed: 0))
      .softmaxCrossEntropy(set.labels(at: batch))
  }
  return accuracy(all, on: otherHighDigits, 0..<otherHighDigits.count)
}
let lowNetworks = runs.map { run in
  let network = threeConvolutions(run)
  _ = learn(network, from: lowDigits, count: lowDigits.count, epochs: 4, run: run)
  return network
}
// Fine-tuning changes the features, so that it comes last.
let lessonPlans: [(name: String, isFrozen: Bool, start: (_ run: Int) -> Sequential)] = [
  ("features of 0 to 4, frozen", true, { lowNetworks[$0] }),
  ("random features, frozen", true, { threeConvolutions($0) }),
  ("everything from scratch", false, { threeConvolutions($0) }),
]
table(
  columns: ["accuracy on other digits of 5 to 9"] + fewHighDigits.map { "from \($0.count)" },
  rows: lessonPlans.map { name, isFrozen, start in
    [name]
      + fewHighDigits.map { set in
        spread(runs.map { highDigits(start($0), isFrozen: isFrozen, from: set, $0) })
      }
  })

cell("best")
struct Recipe {
  var name: String
  var dropsOut = false
  /// The share of the epochs, at the end, that show the digits as they are.
  var plainShare = 0.0
}
func network(for recipe: Recipe, _ run: Int) -> Sequential {
  var generator = seeded(run)
  let layers = ImageNetworks.digitNetwork(using: &generator).layers
  guard recipe.dropsOut else { return Sequential(layers) }
  return Sequential(
    layers.dropLast().flatMap { $0 is MaxPooling2D ? [$0, Dropout(0.25)] : [$0] }
      + [Dropout(0.5), layers[layers.count - 1]])
}
/// Trains by a recipe, and looks at held-out digits when the distortions end, then with the statistics of
/// plain digits and no other change, and in the end.
func train(
  _ recipe: Recipe, _ network: Sequential, count: Int, epochs: Int, run: Int = 0,
  isFinal: Bool = false
) -> [Double] {
  var trainer = Trainer(
    network, AdamW(weightDecay: 0.01), exampleCount: count, batchSize: 64,
    generator: seeded(run))
  let steps = epochs * trainer.progress.batchCount
  trainer.schedule = LinearRamp(to: 0.002, steps: steps / 10)
    .followed(by: CosineDecay(from: 0.002, steps: steps - steps / 10), after: steps / 10)
  if isFinal, let file = notebook.checkpointToLoad {
    notebook.attempt { try trainer.resume(from: file) }
  }
  let bar = progress(recipe.name, total: steps - trainer.progress.stepCount, epochs: epochs)
  func practise(until epoch: Int, distorting: Bool) throws {
    try trainer.run(epochs: epoch) { batch, generator in
      let plain = pictures(batch, of: digits.training)
      let seen = distorting ? Augmentation.digits(plain, using: &generator) : plain
      return network(Variable(seen), .training(seed: generator.next()))
        .softmaxCrossEntropy(digits.training.labels(at: batch))
    } afterStep: { trainer, loss in
      bar.advance(loss: loss)
      if isFinal, let file = notebook.checkpointToSave {
        try trainer.save(to: file, everySteps: 100)
      }
    }
  }
  let plainEpochs = Int((Double(epochs) * recipe.plainShare).rounded(.up))
  var accuracies: [Double] = []
  notebook.attempt {
    try practise(until: epochs - plainEpochs, distorting: true)
    accuracies.append(accuracy(network, on: digits.training, validated))
    let held = buffers(of: network).map(\.variable.value)
    settle(network)
    accuracies.append(accuracy(network, on: digits.training, validated))
    for (buffer, value) in zip(buffers(of: network), held) { buffer.variable.setValue(value) }
    try practise(until: epochs, distorting: false)
    accuracies.append(accuracy(network, on: digits.training, validated))
  }
  bar.finish()
  if isFinal, let file = notebook.checkpointToSave {
    notebook.attempt { try trainer.save(to: file) }
  }
  return accuracies
}
func chooseAndTest(epochs: Int) {
  let recipes = [
    Recipe(name: "distorted to the end"),
    Recipe(name: "the last sixth plain", plainShare: 1.0 / 6),
    Recipe(name: "that, with dropout", dropsOut: true, plainShare: 1.0 / 6),
  ]
  let sample = min(10_000, validated.lowerBound)
  let trials = recipes.map { recipe in
    runs.map { run in
      train(recipe, network(for: recipe, run), count: sample, epochs: 3, run: run)
    }
  }
  table(
    columns: [
      "\(sample) digits, 3 epochs", "after the distortions", "statistics renewed",
      "in the end",
    ],
    rows: zip(recipes, trials).map { recipe, trials in
      [recipe.name] + (0..<3).map { stage in spread(trials.map { $0[stage] }, 4) }
    })
  let ends = trials.map { $0.reduce(0) { $0 + $1[2] } }
  let chosen = recipes[ends.indices.max { ends[$0] < ends[$1] }!]
  let best = network(for: chosen, 0)
  var accuracies: [Double] = []
  let duration = time {
    accuracies = train(
      chosen, best, count: validated.lowerBound, epochs: epochs, isFinal: true)
  }
  print("chosen: \(chosen.name); \(epochs) epochs in \(duration)")
  print("held-out digits on the way:", accuracies.map { fixed($0, 4) }.joined(separator: ", "))
  metric("best_cnn_test_accuracy", accuracy(best, on: digits.test, tested))
}
if let epochs = notebook.epochs ?? (isMNIST ? 12 : nil) {
  chooseAndTest(epochs: epochs)
} else {
  print("left out: it takes some minutes; --epochs N trains for N epochs")
}

cell("im2col")
let smallShape = ConvolutionShape(
  ImageShape(batch: 1, height: 4, width: 4, channels: 1), Window(3), outputChannels: 1)
let numberedPixels = numbered.elements
let windowMatrix = ConvolutionLadder.imageToColumns(numberedPixels.span, smallShape)
func numberedCells(_ title: String, _ cells: [Scalar], columns: Int) -> HeatMap {
  HeatMap(
    title: title,
    values: stride(from: 0, to: cells.count, by: columns).map { row in
      Array(cells[row..<row + columns])
    }, range: 1...16, colors: .blues
  ) { fixed($0, 0) }
}
figure(
  "im2col",
  Panels(
    columnCount: 2, panelHeight: 300,
    [
      numberedCells("an image of 4×4", numbered.elements, columns: 4),
      numberedCells("its four windows, a row each", windowMatrix, columns: 9),
    ]),
  caption:
    "im2col: every window becomes a row. The matrix has 36 numbers for the image's 16; the pixels in the middle, 6, 7, 10 and 11, are written four times."
)

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

cell("winograd-diagram")
figure(
  "winograd-diagram",
  Graph(
    nodes: [
      .init("d", detail: "4×4 pixels", column: 0, row: 0),
      .init("Bᵀ d B", detail: "additions", column: 1, row: 0),
      .init("g", detail: "3×3 taps", column: 0, row: 1.2),
      .init("G g Gᵀ", detail: "once a kernel", column: 1, row: 1.2),
      .init("⊙", detail: "16 products", column: 2, row: 0.6, color: Palette.category(1)),
      .init("Aᵀ m A", detail: "additions", column: 3, row: 0.6),
      .init("Y", detail: "2×2 outputs", column: 4, row: 0.6),
    ],
    edges: [(0, 1), (2, 3), (1, 4), (3, 4), (4, 5), (5, 6)].map { Graph.Edge($0.0, $0.1) }),
  caption:
    "Winograd's way, from left to right: only the orange box multiplies, and it is a matrix product over channels and tiles for each of the sixteen places."
)

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
let layerRates = rungs.dropFirst().map { rung in
  layers.map { shape in
    Double(shape.operations) / seconds(rung.function, shape, repetitions: 10) / 1e9
  }
}
var tileOperations = 0
let tileTime = time(repetitions: 10) {
  tileOperations = MatrixProductLadder.tileAlone(panels: 10_000)
}
let peak = Double(tileOperations * Threads.count) / tileTime.seconds / 1e9
figure(
  "ladder",
  BarChart(
    y: Axis("GFLOP/s"), labels: ["56×56×64", "28×28×128", "14×14×256", "7×7×512"],
    groups: Array(zip(rungs.dropFirst().map(\.name), layerRates)),
    levels: [("peak: chapter 2's tile alone, on every core", peak)]),
  caption:
    "The rate of every rung but the first on the four sizes of ResNet-18's 3×3 layers, each of the same number of operations by the definition.",
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
      comparison("gradient with respect to images", size, count: input.count) {
        $0.convolution.convolutionInputGradient(
          gradient.span, weight.span, into: &$1, shape, accumulating: false)
      },
      comparison("gradient with respect to weights", size, count: weight.count) {
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
