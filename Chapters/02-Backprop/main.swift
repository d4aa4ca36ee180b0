import Backprop
import Datasets
import KernelSupport
import Notebook
import Perceptrons

let notebook = Notebook(chapter: "02-Backprop", takes: [.epochs])

cell("layer")
func product(_ a: Tensor, _ b: Tensor) -> Tensor {
  let (left, right) = (a.elements, b.elements)
  let shape = MatrixProductShape(rows: a.rows, columns: b.columns, inner: a.columns)
  var c = Tensor(shape: [a.rows, b.columns])
  c.update {
    Naive.matrixProduct(left.span, right.span, into: &$0, shape, accumulating: false)
  }
  return c
}
let examples = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
let weights = Tensor([1, 0, 0, 1, 1, -1], shape: [3, 2])
let sums = product(examples, weights)
print("first example: ", sums.row(0).map { fixed($0, 0) })
print("second example:", sums.row(1).map { fixed($0, 0) })

cell("ladder")
func gigaflops(_ rung: MatrixProductLadder.Rung, size: Int) -> Double {
  var generator = SeededGenerator(seed: notebook.seed)
  let a = (0..<size * size).map { _ in generator.normal() }
  let b = (0..<size * size).map { _ in generator.normal() }
  var product = Tensor(shape: [size, size])
  let shape = MatrixProductShape(rows: size, columns: size, inner: size)
  let duration = time(repetitions: max(3, 200_000_000 / shape.operations)) {
    product.update { rung(a.span, b.span, &$0, shape) }
  }
  return Double(shape.operations) / duration.seconds / 1e9
}
let rungs = MatrixProductLadder.rungs
let rates = rungs.map { gigaflops($0.function, size: 512) }
table(
  columns: ["rung", "GFLOP/s", "against the rung below", "against the definition"],
  rows: rungs.indices.map { i in
    [
      rungs[i].name, volatile(fixed(rates[i], 1)),
      i == 0 ? "" : volatile("× " + fixed(rates[i] / rates[i - 1], 1)),
      volatile("× " + fixed(rates[i] / rates[0], 1)),
    ]
  })

cell("ladder-by-size")
let sizes = [32, 64, 128, 256, 512, 1024]
let ratesBySize = rungs.map { rung in
  sizes.map { size in
    let isSlow = size > 512 && rungs.prefix(2).contains { $0.name == rung.name }
    return isSlow ? Double.nan : gigaflops(rung.function, size: size)
  }
}
figure(
  "ladder",
  LineChart(
    x: Axis("rows and columns of both matrices", scale: .logarithmic),
    y: Axis("GFLOP/s", scale: .logarithmic),
    series: rungs.indices.reversed().map { i in
      Series(rungs[i].name, x: sizes.map(Double.init), y: ratesBySize[i], style: .lineAndMarkers)
    }),
  caption: "The rate of every rung against the size of the matrices.", isVolatile: true)

cell("jacobian")
let w: [[Scalar]] = [[0.5, -1, 2], [1, 0.25, -0.5]]
func layer(_ x: [Scalar]) -> [Scalar] {
  (0..<3).map { j in
    let z = x[0] * w[0][j] + x[1] * w[1][j]
    return 1 / (1 + Scalar.exp(-z))
  }
}
let point: [Scalar] = [0.75, -0.5]
let h: Scalar = 0x1p-8
table(
  columns: ["i", "j", "formula", "measured"],
  rows: (0..<2).flatMap { i in
    (0..<3).map { j in
      let y = layer(point)[j]
      let right = layer(point.indices.map { point[$0] + ($0 == i ? h : 0) })[j]
      let left = layer(point.indices.map { point[$0] - ($0 == i ? h : 0) })[j]
      return [
        i, j, fixed(y * (1 - y) * w[i][j], 4), fixed((right - left) / (2 * h), 4),
      ]
    }
  })

cell("layers-diagram")
let forward = Palette.category(0)
let backward = Palette.category(1)
func layersDiagram() -> Graph {
  var nodes: [Graph.Node] = []
  var edges: [Graph.Edge] = []
  let sizes = [2, 4, 1]
  let names = ["x", "a", "y"]
  let indices = sizes.indices.map { layer in
    (0..<sizes[layer]).map { unit in
      nodes.append(
        .init(
          names[layer] + (sizes[layer] == 1 ? "" : "[\(unit)]"), column: Double(2 * layer),
          row: Double(unit) + Double(4 - sizes[layer]) / 2, shape: .circle, color: forward))
      return nodes.count - 1
    }
  }
  for layer in 1..<sizes.count {
    for start in indices[layer - 1] {
      for end in indices[layer] { edges.append(.init(start, end, color: forward)) }
    }
  }
  nodes.append(.init("L", detail: "compared with t", column: 5.6, row: 1.5, color: backward))
  edges.append(.init(6, 7, color: forward))
  // One path of the way back, bent so that both directions can be seen.
  edges.append(.init(7, 6, label: "δ", color: backward, isDashed: true, bend: 0.3))
  for hidden in indices[1] {
    edges.append(.init(6, hidden, color: backward, isDashed: true, bend: 0.12))
  }
  return Graph(
    nodes: nodes, edges: edges,
    frames: [.init("W, b: 2 × 4 and 4", columns: 0...2, rows: 0...3)])
}
figure(
  "layers-diagram", layersDiagram(),
  caption:
    "Diagram of the network 2-4-1: sums and activations flow along the blue arrows; the delta of the output goes back along the dashed ones, through the same weights, to every hidden unit."
)

cell("xor")
let corners: [[Scalar]] = [[0, 0], [0, 1], [1, 0], [1, 1]]
let differs: [[Scalar]] = [[0], [1], [1], [0]]
var xorGenerator = SeededGenerator(seed: notebook.seed)
var xor = HandwrittenNetwork(
  sizes: [2, 4, 1], hiddenUnit: .sigmoid, loss: .binaryCrossEntropy, using: &xorGenerator)
var xorLosses: [Scalar] = []
for _ in 0..<2000 {
  xorLosses.append(xor.meanLoss(inputs: corners, targets: differs))
  let gradients = xor.gradients(inputs: corners, targets: differs)
  xor.descend(along: gradients, learningRate: 1)
}
for corner in corners {
  print("XOR", corner.map { fixed($0, 0) }, "≈", fixed(xor.activations(for: corner)[2][0], 3))
}
figure(
  "xor",
  LineChart(
    x: "steps", y: Axis("binary cross-entropy", scale: .logarithmic),
    series: [Series("", y: xorLosses)]),
  caption: "The loss of the handwritten 2-4-1 network on the four corners of XOR.")

cell("variable")
let x = Variable(Tensor(3), needsGradient: true)
let y = x * x + x
y.backward()
print("y =", y.value.number, "  dy/dx =", x.gradient!.number)

cell("graph")
func known(_ number: Scalar) -> Variable { Variable(Tensor(number), needsGradient: true) }
let (input, weight, bias) = (known(2), known(-0.75), known(0.5))
let weighted = input * weight
let sum = weighted + bias
let output = sum.sigmoid()
let loss = output.meanSquaredError(Tensor(1))
for variable in [weighted, sum, output, loss] { variable.keepsGradient = true }
loss.backward()
func node(_ name: String, _ variable: Variable, column: Double, row: Double) -> Graph.Node {
  let (value, slope) = (variable.value.number, variable.gradient!.number)
  return Graph.Node(
    name, detail: "\(fixed(value, 3)) | \(fixed(slope, 3))", column: column, row: row,
    color: Palette.category(name.count == 1 ? 0 : 1))
}
figure(
  "graph",
  Graph(
    nodes: [
      node("x", input, column: 0, row: 0), node("w", weight, column: 0, row: 1),
      node("b", bias, column: 1, row: 1), node("x · w", weighted, column: 1, row: 0),
      node("x · w + b", sum, column: 2, row: 0), node("y = σ", output, column: 3, row: 0),
      node("(y − 1)²", loss, column: 4, row: 0),
    ],
    edges: [(0, 3), (1, 3), (3, 4), (2, 4), (4, 5), (5, 6)].map { Graph.Edge($0.0, $0.1) }),
  caption: "One neuron's computation as the variables recorded it: value | gradient of the loss.")

cell("digits")
let digits = notebook.attempt { try DigitDataset.load(from: notebook.dataFolder) }
print(
  "\(digits.name): \(digits.training.count) images to learn from, "
    + "\(digits.test.count) to be tested on")
func batch(_ indices: some Collection<Int>, of images: ImageSet) -> Variable {
  Variable(
    Tensor(images.scalars(at: indices), shape: [indices.count, images.pixelsPerImage]))
}
func oneHot(_ labels: [Int]) -> [[Scalar]] {
  labels.map { label in (0..<10).map { $0 == label ? 1 : 0 } }
}

cell("agreement")
var generator = SeededGenerator(seed: notebook.seed)
var byHand = HandwrittenNetwork(
  sizes: [784, 30, 10], hiddenUnit: .sigmoid, loss: .softmaxCrossEntropy, using: &generator)
let hidden = Dense(784, 30, activation: .sigmoid, using: &generator)
let last = Dense(30, 10, using: &generator)
for (layer, copy) in zip([hidden, last], byHand.layers) {
  layer.weight.setValue(Tensor(copy.weight.flatMap(\.self), shape: layer.weight.value.shape))
}
let automatic = parameters(of: [hidden, last])
func largestDifference(_ layers: [HandwrittenNetwork.Layer], _ tensors: [Tensor]) -> Scalar {
  let numbers = layers.flatMap { $0.weight.flatMap(\.self) + $0.bias }
  return zip(numbers, tensors.flatMap(\.elements)).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
for step in 1...100 {
  let indices = ((step - 1) * 10..<step * 10).map { $0 % digits.training.count }
  let labels = digits.training.labels(at: indices)
  let images = batch(indices, of: digits.training)
  automatic.clearGradients()
  last(hidden(images)).softmaxCrossEntropy(labels).backward()
  let gradients = byHand.gradients(
    inputs: (0..<10).map { Array(images.value.row($0)) }, targets: oneHot(labels))
  if step == 1 {
    let computed = automatic.map { $0.variable.gradient! }
    let largest = computed.flatMap(\.elements).reduce(0) { max($0, abs($1)) }
    print("largest gradient:               ", scientific(largest, 1))
    print("largest difference of gradients:", scientific(largestDifference(gradients, computed), 1))
  }
  byHand.descend(along: gradients, learningRate: 0.5)
  automatic.descend(learningRate: 0.5)
}
print(
  "largest difference of parameters after 100 steps:",
  scientific(largestDifference(byHand.layers, automatic.map(\.variable.value)), 1))

cell("step-size")
func quotient<Number: BinaryFloatingPoint>(_ x: Number) -> Number { x / (1 + x * x) }
let exactSlope = 0.48
func errors<Number: BinaryFloatingPoint>(
  _ steps: [Number], _ slope: (_ x: Number, _ h: Number) -> Number
) -> [Double] {
  steps.map { abs(Double(slope(0.5, $0)) - exactSlope) / exactSlope }
}
func twoPoints<Number: BinaryFloatingPoint>(_ x: Number, _ h: Number) -> Number {
  (quotient(x + h) - quotient(x - h)) / (2 * h)
}
func fourPoints<Number: BinaryFloatingPoint>(_ x: Number, _ h: Number) -> Number {
  let near = quotient(x + h) - quotient(x - h)
  let far = quotient(x + 2 * h) - quotient(x - 2 * h)
  return (8 * near - far) / (12 * h)
}
let exponents = Array(1...36)
let steps = exponents.map { Double(sign: .plus, exponent: -$0, significand: 1) }
let shortSteps = steps.prefix(22).map { Float($0) }
let slopeErrors: [(name: String, x: [Double], errors: [Double])] = [
  ("one side, double", steps, errors(steps) { (quotient($0 + $1) - quotient($0)) / $1 }),
  ("two points, double", steps, errors(steps, twoPoints)),
  ("four points, double", steps, errors(steps, fourPoints)),
  ("four points, single", shortSteps.map(Double.init), errors(shortSteps, fourPoints)),
]
figure(
  "step-size",
  LineChart(
    x: Axis("step h", scale: .logarithmic), y: Axis("relative error", scale: .logarithmic),
    series: slopeErrors.map { Series($0.name, x: $0.x, y: $0.errors) }),
  caption: "The error of a measured slope against the step it was measured with.")
table(
  columns: ["formula", "best step", "error there"],
  rows: slopeErrors.map { name, x, errors in
    let best = errors.indices.min { errors[$0] < errors[$1] }!
    return [name, scientific(x[best], 1), scientific(errors[best], 0)]
  })

cell("gradient-check")
var checkGenerator = SeededGenerator(seed: notebook.seed)
let smooth = [
  Dense(4, 5, activation: .tanh, using: &checkGenerator),
  Dense(5, 3, using: &checkGenerator),
]
let inputs = Variable(Tensor((0..<24).map { _ in checkGenerator.normal() }, shape: [6, 4]))
let results = GradientCheck().compare(parameters(of: smooth)) {
  smooth[1](smooth[0](inputs)).softmaxCrossEntropy([0, 1, 2, 2, 1, 0])
}
table(
  columns: ["parameter", "computed", "measured", "relative error"],
  rows: results.map {
    [$0.name, fixed($0.computed, 5), fixed($0.measured, 5), scientific($0.error, 0)]
  })

cell("wrong-gradient")
func carelessSquare(_ x: Variable) -> Variable {
  let square = Tensor(x.value.elements.map { $0 * $0 }, shape: x.value.shape)
  return Variable(square, from: [x]) { gradient in
    let slopes = zip(gradient.elements, x.value.elements).map { $0 * $1 }  // The 2 is missing.
    x.addGradient(Tensor(slopes, shape: x.value.shape))
  }
}
let numbers = Variable(Tensor([0.5, -1, 2], shape: [3]), needsGradient: true)
print(GradientCheck().compare([NamedParameter("x", numbers)]) { carelessSquare(numbers).sum() }[0])
print("tolerated:", GradientCheck.tolerance)

cell("symmetry")
func hiddenUnits(startingFrom initializer: Initializer) -> (distinct: Int, accuracy: Double) {
  var generator = SeededGenerator(seed: notebook.seed)
  let first = Dense(
    784, 30, activation: .sigmoid, initializer: initializer, using: &generator)
  let network = Sequential(first, Dense(30, 10, initializer: initializer, using: &generator))
  _ = descendOneEpoch(
    parameters(of: network), exampleCount: min(20_000, digits.training.count), batchSize: 10,
    learningRate: 0.5, using: &generator
  ) {
    network(batch($0, of: digits.training))
      .softmaxCrossEntropy(digits.training.labels(at: $0))
  }
  let weight = first.weight.value
  let units = Set((0..<30).map { j in (0..<784).map { weight.elements[$0 * 30 + j] } })
  return (units.count, accuracy(of: network, on: digits.test))
}
func accuracy(of network: Sequential, on images: ImageSet) -> Double {
  var correct = 0
  for start in stride(from: 0, to: images.count, by: 500) {
    let indices = start..<min(start + 500, images.count)
    let answers = Variable.withoutGradients { network(batch(indices, of: images)) }
    for (answer, label) in zip(answers.value.largestColumns(), images.labels(at: indices))
    where answer == label {
      correct += 1
    }
  }
  return Double(correct) / Double(images.count)
}
table(
  columns: ["weights begin", "different hidden units", "test accuracy"],
  rows: [("at zero", Initializer.zeros), ("random (Xavier)", .xavier)].map { name, initializer in
    let (distinct, accuracy) = hiddenUnits(startingFrom: initializer)
    return [name, distinct, fixed(accuracy, 3)]
  })

cell("spread")
let scales: [(name: String, initializer: Initializer, variance: Double)] = [
  ("Gaussian, σ = 1", .gaussian(standardDeviation: 1), 1),
  ("He", .he, 2.0 / 256),
  ("Xavier", .xavier, 2.0 / 512),
  ("Gaussian, σ = 0.01", .gaussian(standardDeviation: 0.01), 1e-4),
]
func spreads(_ initializer: Initializer) -> [Double] {
  var generator = SeededGenerator(seed: notebook.seed)
  var x = Variable(Tensor((0..<100 * 256).map { _ in generator.normal() }, shape: [100, 256]))
  return (0...10).map { layer in
    if layer > 0 {
      x = Dense(256, 256, activation: .relu, initializer: initializer, using: &generator)(x)
    }
    let squares = x.value.elements.reduce(0.0) { $0 + Double($1) * Double($1) }
    return (squares / Double(x.value.count)).squareRoot()
  }
}
let measuredSpreads = scales.map { spreads($0.initializer) }
table(
  columns: ["weights", "predicted factor a layer", "predicted after 10", "measured after 10"],
  rows: zip(scales, measuredSpreads).map { scale, measured in
    let factor = (256 * scale.variance / 2).squareRoot()
    let product = (0..<10).reduce(1) { product, _ in product * factor }
    return [
      scale.name, fixed(factor, 3), scientific(product, 1), scientific(measured[10], 1),
    ]
  })
figure(
  "spread",
  LineChart(
    x: "layer", y: Axis("spread of the activations", scale: .logarithmic),
    series: zip(scales, measuredSpreads).map { Series($0.name, y: $1, style: .lineAndMarkers) }),
  caption: "The spread of the activations through ten layers of 256 ReLU units.")

cell("deep-start")
func losses(startingFrom initializer: Initializer) -> [Double] {
  var generator = SeededGenerator(seed: notebook.seed)
  let layerSizes = [784, 64, 64, 64, 64, 64, 64, 64, 64, 10]
  let layers = zip(layerSizes, layerSizes.dropFirst()).map { inputs, outputs in
    Dense(
      inputs, outputs, activation: outputs == 10 ? .linear : .relu, initializer: initializer,
      using: &generator)
  }
  var sums = [Double](repeating: 0, count: 25)
  var step = 0
  _ = descendOneEpoch(
    parameters(of: layers), exampleCount: min(20_000, digits.training.count), batchSize: 32,
    learningRate: 0.02,
    using: &generator
  ) { indices in
    layers.reduce(batch(indices, of: digits.training)) { $1($0) }
      .softmaxCrossEntropy(digits.training.labels(at: indices))
  } afterStep: { loss in
    sums[step / 25] += Double(loss) / 25
    step += 1
  }
  return sums
}
func lossText(_ loss: Double) -> String { loss.isNaN ? "not a number" : fixed(loss, 3) }
let starts = scales.map { losses(startingFrom: $0.initializer) }
table(
  columns: ["weights", "loss of the first 25 steps", "loss of the last 25 steps"],
  rows: zip(scales, starts).map { [$0.name, lossText($1[0]), lossText($1[24])] })
figure(
  "deep-start",
  LineChart(
    x: "steps", y: Axis("loss", range: 0...3),
    series: zip(scales, starts).map { scale, losses in
      Series(scale.name, x: losses.indices.map { Double($0 * 25 + 13) }, y: losses)
    }),
  caption: "The first epoch of a network with eight hidden layers, from four beginnings.")

cell("spirals")
var spiralGenerator = SeededGenerator(seed: notebook.seed)
let spirals = PointSet.spirals(count: 300, turns: 1.25, using: &spiralGenerator)
let arms = Tensor(spirals.labels.map { Scalar($0) }, shape: [spirals.count, 1])
let area = -1.15...1.15
func regions(hiddenUnits: Int) -> DecisionRegions {
  var generator = SeededGenerator(seed: notebook.seed)
  let network = Sequential(
    Dense(2, hiddenUnits, activation: .tanh, initializer: .he, using: &generator),
    Dense(hiddenUnits, hiddenUnits, activation: .tanh, initializer: .he, using: &generator),
    Dense(hiddenUnits, 1, using: &generator))
  for _ in 0..<400 {
    _ = descendOneEpoch(
      parameters(of: network), exampleCount: spirals.count, batchSize: 10, learningRate: 0.1,
      using: &generator
    ) { indices in
      let points = indices.flatMap { [spirals.points[2 * $0], spirals.points[2 * $0 + 1]] }
      let labels = indices.map { arms.elements[$0] }
      return network(Variable(Tensor(points, shape: [indices.count, 2])))
        .binaryCrossEntropy(Tensor(labels, shape: [indices.count, 1]))
    }
  }
  let centers = Grid.centers(x: area, y: area)
  let points = Tensor(centers.flatMap { [Scalar($0.x), Scalar($0.y)] }, shape: [centers.count, 2])
  let answers = Variable.withoutGradients { network(Variable(points)).sigmoid() }
  let own = Variable.withoutGradients {
    network(Variable(Tensor(spirals.points, shape: [spirals.count, 2])))
  }
  let correct = zip(own.value.elements, spirals.labels).count { ($0 > 0) == ($1 == 1) }
  print("\(hiddenUnits) units a layer: \(correct) of \(spirals.count) points are right")
  return DecisionRegions(
    title: "\(hiddenUnits) units a layer",
    probabilityGrid: Grid(x: area, y: area, values: answers.value.elements),
    points: (0..<spirals.count).map {
      Point(spirals.points[2 * $0], spirals.points[2 * $0 + 1])
    },
    classes: spirals.labels)
}
figure(
  "spirals", Panels(columnCount: 3, [2, 6, 24].map { regions(hiddenUnits: $0) }),
  caption: "What networks with two hidden layers make of two spirals.")

cell("mlp")
func train(
  _ name: String, _ network: Sequential, epochs: Int, batchSize: Int, learningRate: Scalar,
  using generator: inout SeededGenerator,
  loss: (_ output: Variable, _ labels: [Int]) -> Variable
) -> (losses: [Double], accuracies: [Double], time: Timing) {
  let images = digits.training
  let stepCount = (images.count + batchSize - 1) / batchSize
  let progress = progress(name, total: epochs * stepCount, epochs: epochs)
  var (losses, accuracies): ([Double], [Double]) = ([], [])
  let duration = time {
    for _ in 1...epochs {
      let epochLoss = descendOneEpoch(
        parameters(of: network), exampleCount: images.count, batchSize: batchSize,
        learningRate: learningRate, using: &generator
      ) { indices in
        loss(network(batch(indices, of: images)), images.labels(at: indices))
      } afterStep: {
        progress.advance(loss: $0)
      }
      losses.append(epochLoss)
      accuracies.append(accuracy(of: network, on: digits.test))
    }
  }
  progress.finish()
  return (losses, accuracies, duration)
}
var mlpGenerator = SeededGenerator(seed: notebook.seed)
let mlp = ClassicNetworks.multilayerPerceptron(using: &mlpGenerator)
let firstLayer = parameters(of: mlp)[0].variable
let firstWeights = firstLayer.value
let mlpRun = train(
  "784-64-64-10", mlp, epochs: notebook.epochs ?? 10, batchSize: 32, learningRate: 0.01,
  using: &mlpGenerator
) { output, labels in output.softmaxCrossEntropy(labels) }
print("\(parameters(of: mlp).scalarCount) parameters, trained in \(mlpRun.time)")
metric("mlp_test_accuracy", mlpRun.accuracies.last!)
figure(
  "mlp",
  Panels(
    columnCount: 2,
    [
      LineChart(
        x: "epoch", y: Axis("training loss", scale: .logarithmic),
        series: [Series("", y: mlpRun.losses, from: 1, style: .lineAndMarkers)]),
      LineChart(
        x: "epoch", y: "test accuracy",
        series: [Series("", y: mlpRun.accuracies, from: 1, style: .lineAndMarkers)]),
    ]),
  caption: "The 784-64-64-10 network learns digits.")

cell("hidden-units")
func image(_ unit: Int, of weights: Tensor) -> [Scalar] {
  (0..<784).map { weights.elements[$0 * 64 + unit] }
}
let learned = Tensor(
  zip(firstLayer.value.elements, firstWeights.elements).map { $0 - $1 }, shape: [784, 64])
figure(
  "hidden-units",
  ImageGrid(
    images: (0..<12).map { image($0, of: firstLayer.value) }
      + (0..<24).map { image($0, of: learned) },
    height: 28, width: 28, columnCount: 12, colors: .diverging),
  caption: "Weights from the image to units of the first layer. Top row: twelve units as they are. "
    + "Below: what training added to the first 24.")
let blank = (0..<784).filter { pixel in
  (0..<digits.training.count).allSatisfy { digits.training.pixels[$0 * 784 + pixel] == 0 }
}
let unchanged = (0..<784).filter { firstLayer.value.row($0) == firstWeights.row($0) }
print("pixels that never carry ink:             ", blank.count)
print("pixels whose weights are as they were drawn:", unchanged.count, unchanged == blank)

cell("mistakes")
let shown = digits.test.prefix(2000)
let answers = Variable.withoutGradients { mlp(batch(0..<shown.count, of: shown)) }
let wrong = answers.value.largestColumns().enumerated()
  .filter { $1 != Int(shown.labels[$0]) }.prefix(20)
if wrong.isEmpty {
  print("None of the test digits is misread.")
} else {
  figure(
    "mistakes",
    ImageGrid(
      images: wrong.map { shown[$0.offset].map(Double.init) }, height: 28, width: 28,
      columnCount: 10, labels: wrong.map { "\(shown.labels[$0.offset])>\($0.element)" }),
    caption:
      "Test digits that the network misreads: left of the > what it is, right what the network says."
  )
}

cell("nielsen")
var nielsenGenerator = SeededGenerator(seed: notebook.seed)
let nielsen = ClassicNetworks.nielsen(using: &nielsenGenerator)
let nielsenRun = train(
  "784-30-10", nielsen, epochs: notebook.epochs ?? 30, batchSize: 10, learningRate: 3,
  using: &nielsenGenerator
) { output, labels in
  5 * output.meanSquaredError(Tensor(oneHot(labels).flatMap(\.self), shape: [labels.count, 10]))
}
print("\(parameters(of: nielsen).scalarCount) parameters, trained in \(nielsenRun.time)")
metric("nielsen_test_accuracy", nielsenRun.accuracies.last!)
figure(
  "nielsen",
  LineChart(
    x: "epoch", y: "test accuracy",
    series: [
      Series("784-30-10, sigmoid, squared error", y: nielsenRun.accuracies, from: 1),
      Series("784-64-64-10, ReLU, cross-entropy", y: mlpRun.accuracies, from: 1),
    ]),
  caption: "Nielsen's network and the one before it.")

cell("kernels")
func comparison(_ name: String, _ kernel: (Backend) -> Void) -> [Any] {
  let naive = time(repetitions: 5) { kernel(.naive) }
  let fast = time(repetitions: 50) { kernel(.fast) }
  return [name, naive, fast, volatile("× " + fixed(naive.seconds / fast.seconds, 1))]
}
func comparisons() -> [[Any]] {
  var generator = SeededGenerator(seed: notebook.seed)
  let a = (0..<256 * 256).map { _ in generator.normal() }
  let b = (0..<256 * 256).map { _ in generator.normal() }
  let labels = (0..<256).map { _ in generator.integer(below: 256) }
  var c = Tensor(a, shape: [256, 256])
  var row = Tensor(shape: [256])
  func product(_ backend: Backend, leftTransposed: Bool = false, rightTransposed: Bool = false) {
    let shape = MatrixProductShape(
      rows: 256, columns: 256, inner: 256, leftTransposed: leftTransposed,
      rightTransposed: rightTransposed)
    c.update { backend.matrix.matrixProduct(a.span, b.span, into: &$0, shape, accumulating: false) }
  }
  return [
    comparison("matrix product A B") { product($0) },
    comparison("matrix product Aᵀ B") { product($0, leftTransposed: true) },
    comparison("matrix product A Bᵀ") { product($0, rightTransposed: true) },
    comparison("bias to every row") { backend in
      let bias = row.elements
      c.update { backend.matrix.addRow(bias.span, to: &$0) }
    },
    comparison("column sums") { backend in
      row.update { backend.matrix.columnSums(a.span, into: &$0, accumulating: false) }
    },
    comparison("row sums") { backend in
      row.update { backend.matrix.rowSums(a.span, into: &$0, accumulating: false) }
    },
    comparison("sum") { backend in c.update { backend.arithmetic.add(b.span, to: &$0) } },
    comparison("element-wise product") { backend in
      c.update { backend.arithmetic.multiply(&$0, by: b.span) }
    },
    comparison("mean squared error") { backend in
      _ = backend.loss.meanSquaredError(a.span, b.span)
    },
    comparison("binary cross-entropy") { backend in
      _ = backend.loss.binaryCrossEntropy(logits: a.span, b.span)
    },
    comparison("softmax cross-entropy") { backend in
      c.update { _ = backend.loss.softmaxCrossEntropy(&$0, columns: 256, labels: labels.span) }
    },
    comparison("its backward pass") { backend in
      c.update {
        backend.loss.softmaxCrossEntropyBackward(
          columns: 256, labels: labels.span, upstream: 1, gradient: &$0)
      }
    },
    comparison("step of gradient descent") { backend in
      c.update { backend.vector.addScaled(b.span, by: -0.01, to: &$0) }
    },
  ]
}
table(columns: ["kernel, 256 × 256", "naive", "fast", "gain"], rows: comparisons())
