import Backprop
import Datasets
import Foundation
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
/// Random numbers for a run of a cell, whatever other cells draw.
func stream(_ number: Int) -> SeededGenerator {
  var seeds = SeededGenerator(seed: notebook.seed)
  seeds.skip(number)
  return seeds.split()
}
/// The mean of several runs, with the least and the greatest.
func spread(_ values: [some BinaryFloatingPoint], _ decimals: Int = 3) -> String {
  let numbers = values.map { Double($0) }
  let mean = fixed(numbers.reduce(0, +) / Double(numbers.count), decimals)
  guard let low = numbers.min(), let high = numbers.max(), numbers.count > 1 else { return mean }
  return "\(mean) (\(fixed(low, decimals))–\(fixed(high, decimals)))"
}
let (blue, vermillion, green) = (Palette.category(0), Palette.category(1), Palette.category(2))
let grey = Color(0x555555)
let (forward, backward) = (blue, vermillion)
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
    x: "steps", y: Axis("binary cross-entropy", range: 0...0.8),
    series: [
      Series("2-4-1 network", y: xorLosses),
      Series("ln 2", x: [0, 2000.0], y: [0.693, 0.693], style: .dashed, color: grey),
    ]),
  caption:
    "The loss of the handwritten 2-4-1 network on the four corners of XOR: a plateau at the price of answering maybe, and a fall."
)

cell("xor-success")
func learnedXOR(hiddenUnits: Int, run: Int) -> (
  network: HandwrittenNetwork, loss: Scalar, right: Int
) {
  var generator = stream(100 * hiddenUnits + run)
  var network = HandwrittenNetwork(
    sizes: [2, hiddenUnits, 1], hiddenUnit: .sigmoid, loss: .binaryCrossEntropy, using: &generator)
  for _ in 0..<2000 {
    network.descend(along: network.gradients(inputs: corners, targets: differs), learningRate: 1)
  }
  let right = zip(corners, differs).count { corner, target in
    (network.activations(for: corner)[2][0] > 0.5) == (target[0] == 1)
  }
  return (network, network.meanLoss(inputs: corners, targets: differs), right)
}
let xorRuns = inParallel([2, 3, 4], Array(0..<100)) { learnedXOR(hiddenUnits: $0, run: $1) }
table(
  columns: ["hidden units", "all four right", "three right", "two or fewer", "median loss"],
  rows: zip([2, 3, 4], xorRuns).map { hiddenUnits, runs in
    [
      hiddenUnits, runs.count { $0.right == 4 }, runs.count { $0.right == 3 },
      runs.count { $0.right < 3 }, fixed(runs.map(\.loss).sorted()[50], 3),
    ]
  })

cell("xor-plane")
let solved = xorRuns[0].first { $0.right == 4 }?.network ?? xor
let hiddenCorners = corners.map { solved.activations(for: $0)[1] }
func plane(
  _ title: String, _ x: String, _ y: String, _ points: [[Scalar]],
  _ probability: ([Scalar]) -> Scalar
) -> DecisionRegions {
  DecisionRegions(
    title: title, x: x, y: y,
    probabilityGrid: Grid(x: -0.2...1.2, y: -0.2...1.2, columnCount: 80, rowCount: 80) {
      probability([Scalar($0.x), Scalar($0.y)])
    }, points: points.map { Point($0[0], $0[1]) }, classes: [0, 1, 1, 0])
}
figure(
  "xor-plane",
  Panels(
    columnCount: 2, panelHeight: 400,
    [
      plane("what goes in", "x₁", "x₂", corners) { solved.activations(for: $0)[2][0] },
      plane("what the last neuron sees", "a₁", "a₂", hiddenCorners) { a in
        let last = solved.layers[1]
        let z = last.bias[0] + a[0] * last.weight[0][0] + a[1] * last.weight[1][0]
        return 1 / (1 + Scalar.exp(-z))
      },
    ]),
  caption:
    "A 2-2-1 network that has learned XOR: in the plane of its hidden units one straight border is enough, and two corners have become nearly one."
)
print(
  "corners in the hidden plane:",
  hiddenCorners.map { "(\(fixed($0[0], 2)), \(fixed($0[1], 2)))" }.joined(separator: " "))

cell("shapes")
figure(
  "shapes",
  Graph(
    nodes: [
      .init("A", detail: "n × nᵢₙ", column: 0, row: 1, color: forward),
      .init("W", detail: "nᵢₙ × nₒᵤₜ", column: 1, row: 0, color: forward),
      .init("Z = AW + b", detail: "n × nₒᵤₜ", column: 1, row: 1, color: forward),
      .init("b", detail: "nₒᵤₜ", column: 2, row: 0, color: forward),
      .init("f(Z)", detail: "n × nₒᵤₜ", column: 2.2, row: 1, color: forward),
      .init("ΔWᵀ", detail: "n × nᵢₙ", column: 0, row: 2.2, color: backward),
      .init("Δ", detail: "n × nₒᵤₜ", column: 1, row: 2.2, color: backward),
      .init("upstream", detail: "n × nₒᵤₜ", column: 2.2, row: 2.2, color: backward),
      .init("AᵀΔ", detail: "nᵢₙ × nₒᵤₜ", column: 0.5, row: 3.2, color: backward),
      .init("column sums of Δ", detail: "nₒᵤₜ", column: 1.6, row: 3.2, color: backward),
    ],
    edges: [(0, 2), (1, 2), (3, 2), (2, 4)].map { .init($0.0, $0.1, color: forward) }
      + [(7, 6), (6, 5), (6, 8), (6, 9)].map {
        .init($0.0, $0.1, label: $0.0 == 7 ? "⊙ f′(Z)" : "", color: backward, isDashed: true)
      }),
  caption:
    "Diagram of a layer's shapes for n examples. Above, what is computed; below, the gradient of each thing, in the shape of that thing: ΔWᵀ of A, AᵀΔ of W, the column sums of Δ of b."
)

cell("variable")
let x = Variable(Tensor(3), needsGradient: true)
let y = x * x + x
y.backward()
print("y =", y.value.number, "  dy/dx =", x.gradient!.number)

cell("fan-out")
func squareAndAdd() -> Graph {
  let x = Variable(Tensor(3), needsGradient: true)
  let square = x * x
  let y = square + x
  square.keepsGradient = true
  y.keepsGradient = true
  y.backward()
  func number(_ variable: Variable) -> String {
    "\(fixed(variable.value.number, 0)) | \(fixed(variable.gradient!.number, 0))"
  }
  return Graph(
    nodes: [
      .init("x", detail: number(x), column: 0, row: 1.1, color: forward),
      .init("x · x", detail: number(square), column: 1.5, row: 0, color: forward),
      .init("x · x + x", detail: number(y), column: 3, row: 1.1, color: forward),
    ],
    edges: [
      .init(0, 1, color: forward), .init(0, 1, color: forward, bend: 0.1),
      .init(1, 2, color: forward), .init(0, 2, color: forward),
      .init(2, 1, label: "1", color: backward, isDashed: true, bend: 0.12),
      .init(1, 0, label: "3 + 3", color: backward, isDashed: true, bend: 0.12),
      .init(2, 0, label: "1", color: backward, isDashed: true, bend: 0.06),
    ])
}
figure(
  "fan-out", squareAndAdd(),
  caption:
    "Diagram of x · x + x at 3, with value | gradient in each box. Three arrows leave x, so three shares come back along the dashed ones: 3 + 3 + 1 = 7."
)

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
    name, detail: "\(fixed(value, 3)) | \(fixed(slope, 3))".replacing("-", with: "−"),
    column: column, row: row, color: forward)
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
// Five sixths to learn from and the rest for choices: of MNIST's 60,000 images Nielsen's 50,000.
let training = digits.training.prefix(digits.training.count * 5 / 6)
let validation = ImageSet(
  pixels: Array(digits.training.pixels.dropFirst(training.count * 784)),
  labels: Array(digits.training.labels.dropFirst(training.count)), height: 28, width: 28)
print("\(digits.name): \(training.count) images to learn from, \(validation.count) to choose with,")
print("\(digits.test.count) for the end")
func batch(_ indices: some Collection<Int>, of images: ImageSet) -> Variable {
  Variable(
    Tensor(images.scalars(at: indices), shape: [indices.count, images.pixelsPerImage]))
}
func oneHot(_ labels: [Int]) -> [[Scalar]] {
  labels.map { label in (0..<10).map { $0 == label ? 1 : 0 } }
}
figure(
  "digits",
  ImageGrid(
    images: (0..<24).map { training[$0].map(Double.init) }, height: 28, width: 28, columnCount: 12,
    labels: (0..<24).map { "\(training.labels[$0])" }),
  caption: "The first of the digits to learn from, with their labels.")

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
  let indices = ((step - 1) * 10..<step * 10).map { $0 % training.count }
  let labels = training.labels(at: indices)
  let images = batch(indices, of: training)
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
    series: slopeErrors.map { Series($0.name, x: $0.x, y: $0.errors) }
      + [
        Series("h", x: [1e-7, 0.5], y: [2e-8, 0.1], style: .dashed, color: grey),
        Series("h²", x: [1e-5, 0.5], y: [2e-12, 5e-3], style: .dashed, color: grey),
        Series("h⁴", x: [1e-3, 0.5], y: [8e-14, 5e-3], style: .dashed, color: grey),
      ]),
  caption:
    "The error of a measured slope against the step it was measured with; the dashed guides rise like h, h² and h⁴."
)
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
let beginnings: [(name: String, initializer: Initializer, everyWeight: Scalar?)] = [
  ("all 0", .zeros, 0), ("all 0.1", .zeros, 0.1),
  ("normal, s = 0.000001", .gaussian(standardDeviation: 1e-6), nil), ("Xavier", .xavier, nil),
]
func hiddenUnits(_ beginning: Int, run: Int) -> (distinct: Int, accuracy: Double) {
  var generator = stream(1000 + run)
  let (_, initializer, everyWeight) = beginnings[beginning]
  let layers = [(784, 30, Activation.sigmoid), (30, 10, .linear)].map {
    inputs, outputs, activation in
    let layer = Dense(
      inputs, outputs, activation: activation, initializer: initializer, using: &generator)
    if let everyWeight {
      layer.weight.setValue(Tensor(repeating: everyWeight, shape: [inputs, outputs]))
    }
    return layer
  }
  let network = Sequential(layers[0], layers[1])
  _ = descendOneEpoch(
    parameters(of: network), exampleCount: min(training.count, 20_000), batchSize: 10,
    learningRate: 0.5, using: &generator
  ) { network(batch($0, of: training)).softmaxCrossEntropy(training.labels(at: $0)) }
  let weight = layers[0].weight.value
  let units = Set((0..<30).map { j in (0..<784).map { weight.elements[$0 * 30 + j] } })
  return (units.count, accuracy(of: network, on: validation))
}
let grown = inParallel(Array(beginnings.indices), Array(0..<3)) { hiddenUnits($0, run: $1) }
table(
  columns: ["weights begin", "different hidden units", "validation accuracy, three seeds"],
  rows: zip(beginnings, grown).map { beginning, runs in
    [
      beginning.name,
      Set(runs.map { "\($0.distinct)" }).sorted().joined(separator: ", "),
      spread(runs.map(\.accuracy)),
    ]
  })

cell("spread")
let scales: [(name: String, initializer: Initializer, variance: Double, color: Color)] = [
  ("normal, s = 1", .gaussian(standardDeviation: 1), 1, vermillion),
  ("He", .he, 2.0 / 256, blue),
  ("Xavier", .xavier, 2.0 / 512, green),
  ("normal, s = 0.01", .gaussian(standardDeviation: 0.01), 1e-4, Palette.category(3)),
]
func rootMeanSquare(_ tensor: Tensor) -> Double {
  let squares = tensor.elements.reduce(0.0) { $0 + Double($1) * Double($1) }
  return (squares / Double(tensor.count)).squareRoot()
}
func spreads(_ initializer: Initializer, run: Int) -> [Double] {
  var generator = stream(2000 + run)
  var x = Variable(Tensor((0..<32 * 256).map { _ in generator.normal() }, shape: [32, 256]))
  return (0...10).map { layer in
    if layer > 0 {
      x = Dense(256, 256, activation: .relu, initializer: initializer, using: &generator)(x)
    }
    return rootMeanSquare(x.value)
  }
}
let measuredSpreads = scales.enumerated().map { index, scale in
  (0..<10).map { spreads(scale.initializer, run: 10 * index + $0) }
}
table(
  columns: [
    "weights", "factor a layer", "predicted after 10", "measured / predicted, ten networks",
  ],
  rows: zip(scales, measuredSpreads).map { scale, runs in
    let factor = (256 * scale.variance / 2).squareRoot()
    let product = (0..<10).reduce(1) { product, _ in product * factor }
    return [
      scale.name, fixed(factor, 3), scientific(product, 1),
      spread(runs.map { $0[10] / product }, 2),
    ]
  })
figure(
  "spread",
  LineChart(
    x: "layer", y: Axis("root of the mean square of the activations", scale: .logarithmic),
    series: zip(scales, measuredSpreads).map { scale, runs in
      let layers = (0...10).map { layer in runs.map { $0[layer] }.sorted() }
      return Series(
        scale.name, y: layers.map { $0[5] }, style: .lineAndMarkers, color: scale.color
      )
      .with(bandFrom: layers.map { $0[0] }, to: layers.map { $0[9] })
    }),
  caption:
    "The size of the activations through ten layers of 256 ReLU units: the median of ten networks, and their range as a band hardly wider than the line."
)

cell("both-ways")
let widths = [512, 256, 128, 64, 32]
let rules: [(name: String, variance: (_ inputs: Double, _ outputs: Double) -> Double)] = [
  ("2 / inputs, for the way forward", { inputs, _ in 2 / inputs }),
  ("2 / outputs, for the way back", { _, outputs in 2 / outputs }),
  ("4 / (inputs + outputs), the compromise", { 4 / ($0 + $1) }),
]
func bothWays(
  _ rule: (_ inputs: Double, _ outputs: Double) -> Double, run: Int
) -> (forward: Double, backward: Double) {
  var generator = stream(3000 + run)
  func noise(_ shape: [Int]) -> Tensor {
    Tensor((0..<shape[0] * shape[1]).map { _ in generator.normal() }, shape: shape)
  }
  let x = Variable(noise([64, widths[0]]), needsGradient: true)
  let upstream = noise([64, widths[4]])
  let y = zip(widths, widths.dropFirst()).reduce(x) { x, sizes in
    let variance = rule(Double(sizes.0), Double(sizes.1))
    return Dense(
      sizes.0, sizes.1, activation: .relu,
      initializer: .gaussian(standardDeviation: Scalar(variance.squareRoot())), using: &generator)(
        x)
  }
  y.backward(upstream)
  return (
    rootMeanSquare(y.value) / rootMeanSquare(x.value),
    rootMeanSquare(x.gradient!) / rootMeanSquare(upstream)
  )
}
table(
  columns: [
    "variance of the weights", "signal ×, predicted", "measured", "gradient ×, predicted",
    "measured",
  ],
  rows: rules.indices.map { rule in
    let runs = (0..<20).map { bothWays(rules[rule].variance, run: 20 * rule + $0) }
    let sizes = zip(widths, widths.dropFirst()).map { (Double($0), Double($1)) }
    let signal = sizes.reduce(1) { $0 * $1.0 * rules[rule].variance($1.0, $1.1) / 2 }
    let gradient = sizes.reduce(1) { $0 * $1.1 * rules[rule].variance($1.0, $1.1) / 2 }
    return [
      rules[rule].name, fixed(signal.squareRoot(), 2), spread(runs.map(\.forward), 2),
      fixed(gradient.squareRoot(), 2), spread(runs.map(\.backward), 2),
    ]
  })

cell("deep-start")
typealias Start = (losses: [Double], loss: Double, accuracy: Double)
func firstSteps(_ initializer: Initializer, rate: Scalar, run: Int) -> Start {
  var generator = stream(4000 + run)
  let layerSizes = [784, 64, 64, 64, 64, 64, 64, 64, 64, 10]
  let network = Sequential(
    zip(layerSizes, layerSizes.dropFirst()).map { inputs, outputs in
      Dense(
        inputs, outputs, activation: outputs == 10 ? .linear : .relu, initializer: initializer,
        using: &generator)
    })
  func loss(_ indices: some Collection<Int>, of images: ImageSet) -> Variable {
    network(batch(indices, of: images)).softmaxCrossEntropy(images.labels(at: indices))
  }
  var sums = [Double](repeating: 0, count: 20)
  var step = 0
  _ = descendOneEpoch(
    parameters(of: network), exampleCount: 16_000, batchSize: 32, learningRate: rate,
    using: &generator
  ) {
    loss($0, of: training)
  } afterStep: { loss in
    sums[step / 25] += Double(loss) / 25
    step += 1
  }
  let end = Variable.withoutGradients { loss(0..<1000, of: validation) }
  return (sums, Double(end.value.number), accuracy(of: network, on: validation.prefix(1000)))
}
let ratesToTry: [Scalar] = [1e-7, 1e-5, 1e-3, 0.01, 0.1, 1]
let searched = inParallel(scales.map(\.initializer), ratesToTry) {
  firstSteps($0, rate: $1, run: 0).accuracy
}
let bestRates = searched.map { accuracies in
  ratesToTry[accuracies.indices.max { accuracies[$0] < accuracies[$1] }!]
}
let starts = inParallel(Array(scales.indices), [1, 2, 3]) {
  firstSteps(scales[$0].initializer, rate: bestRates[$0], run: $1)
}
let sameRate = inParallel(scales.map(\.initializer), [1, 2, 3]) {
  firstSteps($0, rate: 0.02, run: $1)
}
table(
  columns: [
    "weights", "accuracy at rate 0.02, three seeds", "best of six rates, 10⁻⁷ to 1",
    "accuracy there", "loss there",
  ],
  rows: scales.indices.map { index in
    [
      scales[index].name, spread(sameRate[index].map(\.accuracy), 2),
      scientific(bestRates[index], 0), spread(starts[index].map(\.accuracy), 2),
      spread(starts[index].map(\.loss), 2),
    ]
  })

cell("deep-start-figure")
func curves(_ title: String, _ starts: [[Start]], named: Bool) -> LineChart {
  LineChart(
    title: title, x: "steps", y: Axis("training loss", range: 0...3),
    series: zip(scales, starts).map { scale, runs in
      let columns = (0..<20).map { i in
        runs.map { $0.losses[i].isFinite ? $0.losses[i] : .infinity }.sorted()
      }
      return Series(
        named ? scale.name : "", x: (0..<20).map { Double($0 * 25 + 13) },
        y: columns.map { $0[1] }, color: scale.color
      ).with(bandFrom: columns.map { $0[0] }, to: columns.map { $0[2] })
    })
}
figure(
  "deep-start",
  Panels(
    columnCount: 2, panelHeight: 360,
    [
      curves("all at rate 0.02", sameRate, named: true),
      curves("each at its own best rate", starts, named: false),
    ]),
  caption:
    "The first 500 steps of a network with eight hidden layers from four beginnings: the middle of three runs, with their range. Weights of deviation 1 are off the scale."
)

cell("spirals")
let area = -1.15...1.15
func spiralPoints(_ count: Int, run: Int) -> PointSet {
  var generator = stream(5000 + run)
  return PointSet.spirals(count: count, turns: 1.25, using: &generator)
}
let spirals = spiralPoints(300, run: 0)
let otherSpirals = spiralPoints(2000, run: 1)
func points(_ set: PointSet) -> Variable {
  Variable(Tensor(set.points, shape: [set.count, 2]))
}
func spiralNetwork(
  _ hidden: [Int], _ initializer: Initializer = .he, epochs: Int = 400, run: Int
) -> Sequential {
  var generator = stream(5100 + run)
  let layers = zip([2] + hidden, hidden).map { inputs, outputs in
    Dense(inputs, outputs, activation: .tanh, initializer: initializer, using: &generator)
  }
  let network = Sequential(layers + [Dense(hidden[hidden.count - 1], 1, using: &generator)])
  for _ in 0..<epochs {
    _ = descendOneEpoch(
      parameters(of: network), exampleCount: spirals.count, batchSize: 10, learningRate: 0.1,
      using: &generator
    ) { indices in
      let points = indices.flatMap { [spirals.points[2 * $0], spirals.points[2 * $0 + 1]] }
      let labels = indices.map { Scalar(spirals.labels[$0]) }
      return network(Variable(Tensor(points, shape: [indices.count, 2])))
        .binaryCrossEntropy(Tensor(labels, shape: [indices.count, 1]))
    }
  }
  return network
}
func rightShare(_ network: Sequential, of set: PointSet) -> Double {
  let answers = Variable.withoutGradients { network(points(set)) }.value.elements
  let right = zip(answers, set.labels).count { ($0 > 0) == ($1 == 1) }
  return Double(right) / Double(set.count)
}
let spiralKinds: [(size: Int, name: String, initializer: Initializer)] = [
  (2, "He", .he), (6, "He", .he), (24, "He", .he), (24, "Xavier", .xavier),
]
let spiralRuns = inParallel(spiralKinds, Array(0..<5)) { kind, run in
  spiralNetwork([kind.size, kind.size], kind.initializer, run: run)
}
table(
  columns: ["units a layer", "start", "right of its 300 points, five seeds", "of 2,000 others"],
  rows: zip(spiralKinds, spiralRuns).map { kind, networks in
    [
      kind.size, kind.name, spread(networks.map { rightShare($0, of: spirals) }),
      spread(networks.map { rightShare($0, of: otherSpirals) }),
    ]
  })

cell("spirals-figure")
func regions(_ title: String, _ network: Sequential) -> DecisionRegions {
  let centers = Grid.centers(x: area, y: area)
  let points = Tensor(centers.flatMap { [Scalar($0.x), Scalar($0.y)] }, shape: [centers.count, 2])
  let answers = Variable.withoutGradients { network(Variable(points)).sigmoid() }
  return DecisionRegions(
    title: title, x: "x₁", y: "x₂",
    probabilityGrid: Grid(x: area, y: area, values: answers.value.elements),
    points: (0..<spirals.count).map { Point(spirals.points[2 * $0], spirals.points[2 * $0 + 1]) },
    classes: spirals.labels)
}
figure(
  "spirals",
  Panels(
    columnCount: 3,
    zip(spiralKinds, spiralRuns).prefix(3).map { regions("\($0.size) units a layer", $1[0]) }),
  caption: "What networks with two hidden layers make of two spirals, the first of five runs each.")

cell("bent-space")
let bottlenecks = (0..<5).map { spiralNetwork([24, 2], run: 10 + $0) }
print("right of its 300 points:", spread(bottlenecks.map { rightShare($0, of: spirals) }))
let bender = bottlenecks.max { rightShare($0, of: spirals) < rightShare($1, of: spirals) }!
let (bending, dividing) = (
  Sequential(Array(bender.layers.dropLast())), Sequential(bender.layers[2])
)
let bentPoints = Variable.withoutGradients { bending(points(spirals)) }.value
let bentAnswers = Variable.withoutGradients {
  let centers = Grid.centers(x: area, y: area)
  let places = Tensor(centers.flatMap { [Scalar($0.x), Scalar($0.y)] }, shape: [centers.count, 2])
  return dividing(Variable(places)).sigmoid()
}.value
figure(
  "bent-space",
  Panels(
    columnCount: 2, panelHeight: 400,
    [
      regions("what goes in", bender),
      DecisionRegions(
        title: "what the last neuron sees", x: "a₁", y: "a₂",
        probabilityGrid: Grid(x: area, y: area, values: bentAnswers.elements),
        points: (0..<spirals.count).map {
          Point(bentPoints.row($0).first!, bentPoints.row($0).last!)
        },
        classes: spirals.labels),
    ]),
  caption:
    "The spirals before and after the hidden layers of a 2-24-2-1 network: on the right, in the plane of its last two hidden units, one straight border divides nearly all of them."
)

cell("approximation")
func wanted(_ x: Double) -> Double { sin(6 * x) }
/// The output of a network 1-n-1 with weights by hand: a smooth step halfway between every two neighbours.
func staircase(_ units: Int, _ x: Double) -> Double {
  let steepness = 8 * Double(units)
  return (0..<units).reduce(wanted(0)) { sum, i in
    let (left, right) = (Double(i) / Double(units), Double(i + 1) / Double(units))
    let step = wanted(right) - wanted(left)
    return sum + step / (1 + exp(-steepness * (x - (left + right) / 2)))
  }
}
let approximated = (0...1000).map { Double($0) / 1000 }
table(
  columns: ["hidden units", "bound: 3 / units", "largest error"],
  rows: [4, 8, 16, 32, 64].map { units in
    let error = approximated.map { abs(staircase(units, $0) - wanted($0)) }.max() ?? .nan
    return [units, fixed(3 / Double(units), 3), fixed(error, 3)]
  })
figure(
  "approximation",
  LineChart(
    x: "x", y: "output",
    series: [
      Series("sin 6x", x: approximated, y: approximated.map(wanted), style: .dashed, color: grey)
    ]
      + [4, 16].map { units in
        Series(
          "\(units) hidden units", x: approximated, y: approximated.map { staircase(units, $0) })
      }),
  caption: "A network with one hidden layer, its weights set by hand: a step for every hidden unit."
)

cell("mlp")
struct TrainingRun {
  var network: Sequential
  var losses: [Double] = []
  var learned: [Double] = []
  var validated: [Double] = []
}
func train(
  _ name: String, _ network: Sequential, epochs: Int, batchSize: Int, learningRate: Scalar,
  using generator: inout SeededGenerator, loss: (_ output: Variable, _ labels: [Int]) -> Variable,
  afterEpoch: () -> Void = {}
) -> TrainingRun {
  let stepCount = (training.count + batchSize - 1) / batchSize
  let progress = progress(name, total: epochs * stepCount, epochs: epochs)
  var run = TrainingRun(network: network)
  for _ in 1...epochs {
    let epochLoss = descendOneEpoch(
      parameters(of: network), exampleCount: training.count, batchSize: batchSize,
      learningRate: learningRate, using: &generator
    ) { indices in
      loss(network(batch(indices, of: training)), training.labels(at: indices))
    } afterStep: {
      progress.advance(loss: $0)
    }
    run.losses.append(epochLoss)
    run.learned.append(accuracy(of: network, on: training.prefix(4000)))
    run.validated.append(accuracy(of: network, on: validation))
    afterEpoch()
  }
  progress.finish()
  return run
}
var firstWeights = Tensor(0)
let mlpRuns = (0..<3).map { run in
  var generator = stream(6000 + run)
  let network = ClassicNetworks.multilayerPerceptron(using: &generator)
  if run == 0 { firstWeights = parameters(of: network)[0].variable.value }
  return train(
    "784-64-64-10", network, epochs: notebook.epochs ?? 10, batchSize: 32, learningRate: 0.01,
    using: &generator
  ) { output, labels in output.softmaxCrossEntropy(labels) }
}
let mlp = mlpRuns[0].network
let mlpTests = mlpRuns.map { accuracy(of: $0.network, on: digits.test) }
print("\(parameters(of: mlp).scalarCount) parameters; three seeds:")
print("accuracy on what it learned from:", spread(mlpRuns.map { $0.learned.last! }))
print("validation accuracy:             ", spread(mlpRuns.map { $0.validated.last! }))
print("test accuracy:                   ", spread(mlpTests, 4))
metric("mlp_test_accuracy", mlpTests.reduce(0, +) / 3)

cell("mlp-figure")
func band(_ name: String, _ color: Color, _ runs: [[Double]], style: Series.Style = .line) -> Series
{
  let columns = runs[0].indices.map { i in runs.map { $0[i] } }
  return Series(
    name, y: columns.map { $0.reduce(0, +) / Double($0.count) }, from: 1, style: style, color: color
  ).with(bandFrom: columns.map { $0.min()! }, to: columns.map { $0.max()! })
}
figure(
  "mlp",
  Panels(
    columnCount: 2, panelHeight: 360,
    [
      LineChart(
        x: "epoch", y: Axis("training loss", scale: .logarithmic, range: 0.1...2),
        series: [band("", blue, mlpRuns.map(\.losses))]),
      LineChart(
        x: "epoch", y: Axis("accuracy", range: 0.85...1),
        series: [
          band("on what it learned from", blue, mlpRuns.map(\.learned)),
          band("validation", vermillion, mlpRuns.map(\.validated), style: .dashed),
        ]),
    ]),
  caption:
    "The 784-64-64-10 network learns digits; three seeds, with their range. The gap on the right is what was learned of these digits only."
)

cell("hidden-units")
func image(_ unit: Int, of weights: Tensor) -> [Scalar] {
  (0..<784).map { weights.elements[$0 * 64 + unit] }
}
let firstLayer = parameters(of: mlp)[0].variable
let learned = Tensor(
  zip(firstLayer.value.elements, firstWeights.elements).map { $0 - $1 }, shape: [784, 64])
figure(
  "hidden-units",
  ImageGrid(
    images: (0..<12).map { image($0, of: firstLayer.value) }
      + (0..<24).map { image($0, of: learned) },
    height: 28, width: 28, columnCount: 12, colors: .diverging, range: -0.25...0.25,
    labels: (0..<12).map { "\($0 + 1)" } + (0..<24).map { "+\($0 + 1)" }),
  caption:
    "Weights from the image to units of the first layer, from blue at −0.25 over white at 0 to orange at 0.25. Top row: units 1 to 12 as they are. Below, with a plus: what training added to units 1 to 24."
)
print(
  "largest weight:", fixed(firstLayer.value.elements.map(abs).max()!, 2),
  " largest change:", fixed(learned.elements.map(abs).max()!, 2))
let blank = (0..<784).filter { pixel in
  (0..<training.count).allSatisfy { training.pixels[$0 * 784 + pixel] == 0 }
}
let unchanged = (0..<784).filter { firstLayer.value.row($0) == firstWeights.row($0) }
print("pixels that never carry ink:             ", blank.count)
print("pixels whose weights are as they were drawn:", unchanged.count, unchanged == blank)

cell("confusion")
func answers(_ network: Sequential, to images: ImageSet) -> [Int] {
  Variable.withoutGradients { network(batch(0..<images.count, of: images)) }.value.largestColumns()
}
let testAnswers = answers(mlp, to: digits.test)
var confusions = [[Double]](repeating: [Double](repeating: 0, count: 10), count: 10)
for (answer, label) in zip(testAnswers, digits.test.labels) { confusions[Int(label)][answer] += 1 }
let perClass = confusions.map { $0.reduce(0, +) }
let confused = (0..<10).flatMap { truth in
  (0..<10).filter { $0 != truth }.map { (truth, $0, Int(confusions[truth][$0])) }
}.sorted { ($1.2, $0.0) < ($0.2, $1.0) }
print(
  "most often:",
  confused.prefix(4).map { "\($0.0) taken for \($0.1) (\($0.2) times)" }.joined(separator: ", "))
let recalls = (0..<10).map { confusions[$0][$0] / perClass[$0] }
print("right by class, 0 to 9:", recalls.map { fixed($0, 3) }.joined(separator: " "))
figure(
  "confusion",
  HeatMap(
    x: "what the network says", y: "what it is",
    values: (0..<10).map { truth in
      (0..<10).map { truth == $0 ? .nan : confusions[truth][$0] }
    }, columnLabels: (0..<10).map(String.init), rowLabels: (0..<10).map(String.init),
    colors: .blues, valueLabel: "test digits",
    annotation: { $0.isNaN ? "" : $0 == 0 ? "·" : String(Int($0)) }),
  caption:
    "Which digits the first network takes for which, on the test set; the right answers, on the diagonal, are left grey."
)

cell("mistakes")
let wrong = digits.test.labels.indices.filter { testAnswers[$0] != Int(digits.test.labels[$0]) }
  .prefix(20)
if wrong.isEmpty {
  print("None of the test digits is misread.")
} else {
  figure(
    "mistakes",
    ImageGrid(
      images: wrong.map { digits.test[$0].map(Double.init) }, height: 28, width: 28,
      columnCount: 10, labels: wrong.map { "\(digits.test.labels[$0])>\(testAnswers[$0])" }),
    caption:
      "Test digits that the network misreads: left of the > what it is, right what the network says."
  )
}

cell("shift")
func shifted(_ images: ImageSet, right: Int, down: Int) -> ImageSet {
  var pixels = [UInt8](repeating: 0, count: images.pixels.count)
  for image in 0..<images.count {
    for y in max(0, down)..<min(28, 28 + down) {
      for x in max(0, right)..<min(28, 28 + right) {
        pixels[image * 784 + y * 28 + x] =
          images.pixels[
            image * 784 + (y - down) * 28 + x - right]
      }
    }
  }
  return ImageSet(pixels: pixels, labels: images.labels, height: 28, width: 28)
}
let directions = [(1, 0), (-1, 0), (0, 1), (0, -1)]
let judged = validation.prefix(1000)
let ink = judged.pixels.reduce(0) { $0 + Int($1) }
table(
  columns: ["pixels moved", "accuracy, three networks", "ink still in the picture"],
  rows: [0, 1, 2, 3, 4, 6].map { pixels in
    let moved = directions.map { right, down in
      shifted(judged, right: pixels * right, down: pixels * down)
    }
    let accuracies = mlpRuns.map { run in
      moved.map { accuracy(of: run.network, on: $0) }.reduce(0, +) / 4
    }
    let left = moved.map { Double($0.pixels.reduce(0) { $0 + Int($1) }) / Double(ink) }
    return [pixels, spread(accuracies), fixed(left.reduce(0, +) / 4, 3)]
  })

cell("nielsen")
func halfSquaredError(_ output: Variable, _ labels: [Int]) -> Variable {
  5 * output.meanSquaredError(Tensor(oneHot(labels).flatMap(\.self), shape: [labels.count, 10]))
}
var testedByEpoch: [[Double]] = []
let nielsenRuns = (0..<5).map { run in
  var generator = stream(7000 + run)
  let network = ClassicNetworks.nielsen(using: &generator)
  var tested: [Double] = []
  let trained = train(
    "784-30-10", network, epochs: notebook.epochs ?? (notebook.dataFolder == nil ? 5 : 30),
    batchSize: 10, learningRate: 3, using: &generator, loss: halfSquaredError
  ) {
    tested.append(accuracy(of: network, on: digits.test))
  }
  testedByEpoch.append(tested)
  return trained
}
let chosenEpochs = nielsenRuns.map { run in
  run.validated.indices.max { run.validated[$0] < run.validated[$1] }!
}
let nielsenTests = zip(testedByEpoch, chosenEpochs).map { $0[$1] }
print(
  "\(parameters(of: nielsenRuns[0].network).scalarCount) parameters, \(testedByEpoch[0].count) epochs"
)
table(
  columns: ["test accuracy", "mean of five seeds (least–most)"],
  rows: [
    ["after the last epoch", spread(testedByEpoch.map { $0.last! }, 4)],
    ["after the epoch that validation chose", spread(nielsenTests, 4)],
    [
      "Nielsen's way: the best of all epochs on the test set",
      spread(testedByEpoch.map { $0.max()! }, 4),
    ],
  ])
metric("nielsen_test_accuracy", nielsenTests.reduce(0, +) / 5)

cell("equal-steps")
struct Contestant {
  var name: String
  var rates: [Scalar]
  var color: Color
  var make: (_ generator: inout SeededGenerator) -> Sequential
  var loss: (_ output: Variable, _ labels: [Int]) -> Variable
}
let contestants = [
  Contestant(
    name: "784-64-64-10, ReLU, cross-entropy", rates: [0.03, 0.1, 0.3], color: blue,
    make: { ClassicNetworks.multilayerPerceptron(using: &$0) },
    loss: { $0.softmaxCrossEntropy($1) }),
  Contestant(
    name: "784-30-10, sigmoid, squared error", rates: [1, 3, 10], color: vermillion,
    make: { ClassicNetworks.nielsen(using: &$0) }, loss: halfSquaredError),
]
func contest(_ contestant: Contestant, rate: Scalar, run: Int) -> TrainingRun {
  var generator = stream(8000 + run)
  let network = contestant.make(&generator)
  return train(
    contestant.name, network, epochs: 3, batchSize: 10, learningRate: rate, using: &generator,
    loss: contestant.loss)
}
let contestRates = contestants.map { contestant in
  let validated = contestant.rates.map { contest(contestant, rate: $0, run: 0).validated.last! }
  return contestant.rates[validated.indices.max { validated[$0] < validated[$1] }!]
}
let contestRuns = zip(contestants, contestRates).map { contestant, rate in
  (1...3).map { contest(contestant, rate: rate, run: $0) }
}
table(
  columns: [
    "three epochs in batches of ten", "rate that validation chose",
    "validation accuracy, three other seeds",
  ],
  rows: contestants.indices.map { index in
    [
      contestants[index].name, fixed(contestRates[index], 2),
      spread(contestRuns[index].map { $0.validated.last! }),
    ]
  })
figure(
  "nielsen",
  LineChart(
    x: Axis("epoch, in batches of ten", range: 1...3), y: "validation accuracy",
    series: contestants.indices.map { index in
      band(
        contestants[index].name, contestants[index].color, contestRuns[index].map(\.validated),
        style: index == 0 ? .line : .dashed)
    }),
  caption:
    "Two networks at equal steps, each at the rate that is best for it: the mean of three seeds, and their range."
)

cell("ladder")
func gigaflops(
  _ rung: MatrixProductLadder.Rung, size: Int, repetitions: Int
) -> Double {
  var generator = SeededGenerator(seed: notebook.seed)
  let a = (0..<size * size).map { _ in generator.normal() }
  let b = (0..<size * size).map { _ in generator.normal() }
  var product = Tensor(shape: [size, size])
  let shape = MatrixProductShape(rows: size, columns: size, inner: size)
  let duration = time(repetitions: max(repetitions, 200_000_000 / shape.operations)) {
    product.update { rung(a.span, b.span, &$0, shape) }
  }
  return Double(shape.operations) / duration.seconds / 1e9
}
let rungs = MatrixProductLadder.rungs
let sizes = [32, 64, 128, 256, 512, 1024]
let rates = rungs.indices.map { i in
  sizes.map { size in
    // The two lowest rungs would take longer at 1024 than all the rest.
    let isSlow = i < 2
    return isSlow && size > 512
      ? .nan : gigaflops(rungs[i].function, size: size, repetitions: isSlow ? 3 : 12)
  }
}
var tileOperations = 0
let tileTime = time(repetitions: 20) {
  tileOperations = MatrixProductLadder.tileAlone(panels: 10_000)
}
let peak = Double(tileOperations) / tileTime.seconds / 1e9
let at512 = rates.map { $0[4] }
table(
  columns: ["rung, 512 × 512", "GFLOP/s", "against the rung below", "of a core's peak"],
  rows: rungs.indices.map { i in
    [
      rungs[i].name, volatile(fixed(at512[i], 1)),
      i == 0 ? "" : volatile("× " + fixed(at512[i] / at512[i - 1], 1)),
      volatile(fixed(100 * at512[i] / peak, i < 3 ? 1 : 0) + " %"),
    ]
  } + [["a core's peak: the tile alone", volatile(fixed(peak, 1)), "", ""]])
let sizeRange = [32.0, 1024]
figure(
  "ladder",
  LineChart(
    x: Axis("rows and columns of both matrices", scale: .logarithmic),
    y: Axis("GFLOP/s", scale: .logarithmic),
    series: [
      Series("peak of a core", x: sizeRange, y: [peak, peak], style: .dashed, color: grey)
    ]
      + rungs.indices.reversed().map { i in
        Series(
          rungs[i].name, x: sizes.map(Double.init), y: rates[i], style: .lineAndMarkers,
          color: Palette.category(i))
      }),
  caption:
    "The rate of every rung against the size of the matrices, and what one core could do at most.",
  isVolatile: true)

cell("tile")
figure(
  "tile",
  Graph(
    nodes: [
      .init("A", detail: "its rows", column: 0, row: 0.5, color: forward),
      .init("B", detail: "N × N", column: 0, row: 1.5, color: forward),
      .init("C", detail: "N × N", column: 0, row: 2.5, color: green),
      .init("panels of B", detail: "16 columns each", column: 1.2, row: 1.5, color: forward),
      .init("panel of A", detail: "6 rows", column: 2.4, row: 0.5, color: forward),
      .init("16 of B, 1 of A", detail: "3 registers", column: 3.7, row: 1, color: forward),
      .init("tile 6 × 16", detail: "12 registers", column: 3.7, row: 2.2, color: green),
    ],
    edges: [
      .init(0, 4, color: forward), .init(1, 3, label: "copied once", color: forward),
      .init(3, 5, label: "streams by", color: forward), .init(4, 5, color: forward),
      .init(5, 6, label: "96 multiply-adds", color: green),
      .init(6, 2, label: "stored once", color: green),
    ],
    frames: [
      .init("memory", columns: 0...0, rows: 0...2.5),
      .init("second or third level", columns: 1.2...1.2, rows: 0...2.5),
      .init("first level", columns: 2.4...2.4, rows: 0...2.5),
      .init("registers", columns: 3.6...3.8, rows: 0...2.5),
    ]),
  caption:
    "Diagram of who lives where. A panel of A stays in the nearest cache while all panels of B stream past it; sums of up to 512 products never leave their registers before they are complete."
)

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
