import Datasets
import KernelSupport
import Notebook
import Perceptrons

let notebook = Notebook(chapter: "01-Perceptrons", trains: true)
var generator = SeededGenerator(seed: notebook.seed)

cell("gates")
let bits: [[Scalar]] = [[0, 0], [0, 1], [1, 0], [1, 1]]
let (and, or, nand) = (ThresholdNeuron.and, ThresholdNeuron.or, ThresholdNeuron.nand)
table(
  columns: ["x₁", "x₂", "AND", "OR", "NAND"],
  rows: bits.map { x in [x[0], x[1], and(x), or(x), nand(x)].map { Int($0) } })
print("NOT 0 =", Int(ThresholdNeuron.not([0])), "  NOT 1 =", Int(ThresholdNeuron.not([1])))

cell("exclusive-or")
let xor = ThresholdNetwork.exclusiveOr
table(
  columns: ["x₁", "x₂", "OR", "NAND", "XOR"],
  rows: bits.map { x in xor.activity(x).joined().map { Int($0) } })
let corners = bits.map { Point($0[0], $0[1]) }
func plane(_ title: String, _ answer: ([Scalar]) -> Scalar) -> DecisionRegions {
  let grid = Grid(x: -0.5...1.5, y: -0.5...1.5, columnCount: 80, rowCount: 80) { point in
    answer([Scalar(point.x), Scalar(point.y)])
  }
  return DecisionRegions(
    title: title, x: "x₁", y: "x₂", classGrid: grid, points: corners, classes: [0, 1, 1, 0])
}
figure(
  "exclusive-or",
  Panels(
    columnCount: 3,
    [plane("OR", or.callAsFunction), plane("NAND", nand.callAsFunction)]
      + [plane("both: XOR") { xor($0)[0] }]),
  caption: "Each hidden neuron draws one line; only between the two lines do both of them fire.")

cell("perceptron")
func halfPlanes(
  count: Int, gap: Scalar, using generator: inout SeededGenerator
) -> (inputs: [Scalar], labels: [Scalar]) {
  var (inputs, labels): ([Scalar], [Scalar]) = ([], [])
  while labels.count < count {
    let x = [generator.uniform(in: -1..<1), generator.uniform(in: -1..<1)]
    let distance = (x[0] + 2 * x[1] - 0.25) / Scalar(5).squareRoot()
    guard abs(distance) >= gap else { continue }
    inputs += x
    labels.append(distance > 0 ? 1 : -1)
  }
  return (inputs, labels)
}
let points = halfPlanes(count: 200, gap: 0.05, using: &generator)
var perceptron = Perceptron(inputCount: 2)
let mistakes = perceptron.train(inputs: points.inputs, labels: points.labels, maxEpochs: 1000)
print("mistakes in each pass:", mistakes.map(String.init).joined(separator: ", "))
print(
  "weights:", perceptron.sum.weights.map { fixed($0, 3) }.joined(separator: ", "), terminator: "")
print(", bias:", fixed(perceptron.sum.bias, 0))

let dots = points.labels.indices.map { Point(points.inputs[2 * $0], points.inputs[2 * $0 + 1]) }
let halves = Grid(x: -1...1, y: -1...1, columnCount: 160, rowCount: 160) { point in
  perceptron([Scalar(point.x), Scalar(point.y)]) > 0 ? 1.0 : 0
}
figure(
  "perceptron",
  DecisionRegions(
    x: "x₁", y: "x₂", classGrid: halves, points: dots,
    classes: points.labels.map { $0 > 0 ? 1 : 0 }, classNames: ["−1", "1"]),
  caption:
    "What the perceptron has learned: 200 points, and the two half-planes it divides them into.")

cell("bound")
let line = WeightedSum(weights: [1, 2], bias: -0.25)
var runs: [(bound: Scalar, mistakes: Scalar)] = []
var rows: [[Any]] = []
for gap: Scalar in [0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005] {
  let trials = (1...10).map { _ in
    let points = halfPlanes(count: 200, gap: gap, using: &generator)
    var perceptron = Perceptron(inputCount: 2)
    let passes = perceptron.train(
      inputs: points.inputs, labels: points.labels, maxEpochs: 100_000)
    precondition(passes.last == 0, "the perceptron did not converge")
    let separation = Separation(of: points.inputs, labels: points.labels, by: line)
    return (bound: separation.mistakeBound, mistakes: Scalar(perceptron.mistakeCount))
  }
  runs += trials
  let bounds = trials.map(\.bound)
  let counts = trials.map(\.mistakes)
  rows.append([
    fixed(gap, 3), Int(bounds.min() ?? 0), Int(counts.reduce(0, +) / 10), Int(counts.max() ?? 0),
  ])
}
table(
  columns: ["gap", "smallest bound", "mistakes, mean of 10", "mistakes, most"], rows: rows)
metric("novikoff_largest_ratio", runs.map { $0.mistakes / $0.bound }.max() ?? .infinity)
figure(
  "convergence-bound",
  LineChart(
    x: Axis("Novikoff's bound (R/γ)²", scale: .logarithmic, range: 10...200_000),
    y: Axis("mistakes", scale: .logarithmic, range: 1...200_000),
    series: [
      Series("bound", x: [10.0, 2e5], y: [10.0, 2e5], style: .dashed),
      Series("70 runs", x: runs.map(\.bound), y: runs.map(\.mistakes), style: .markers),
    ]),
  caption: "The narrower the gap between the classes, the more mistakes; never more than the bound."
)

cell("cycle")
var lost = Perceptron(inputCount: 2)
table(
  columns: ["x₁", "x₂", "label", "sum", "w₁", "w₂", "b"],
  rows: zip(bits + bits, [-1, 1, 1, -1, -1, 1, 1, -1] as [Scalar]).map { x, label in
    let sum = lost.sum(x)
    lost.learn(x, label: label)
    return (x + [label, sum] + lost.sum.weights + [lost.sum.bias]).map { Int($0) }
  })

cell("digits")
let digits = notebook.attempt { try DigitDataset.load(from: notebook.dataFolder) }
let testInputs = digits.test.scalars(at: 0..<digits.test.count)
let testLabels = digits.test.labels(at: 0..<digits.test.count)
func accuracy(_ perceptron: MulticlassPerceptron) -> Double {
  let answers = perceptron.classify(testInputs)
  return Double(zip(answers, testLabels).count { $0 == $1 }) / Double(testLabels.count)
}
var ten = MulticlassPerceptron(inputCount: digits.training.pixelsPerImage, classCount: 10)
var history: [(trained: Double, plain: Double, averaged: Double)] = []
let epochs = notebook.epochs ?? 10
let report = progress("ten perceptrons", total: 4 * epochs, epochs: epochs)
for epoch in 0..<epochs {
  let order = generator.permutation(count: digits.training.count)
  for (seen, index) in order.enumerated() {
    let label = Int(digits.training.labels[index])
    ten.learn(digits.training.scalars(at: [index]), label: label)
    guard (seen + 1) % (order.count / 4) == 0 else { continue }
    let trained = Double(epoch) + Double(seen + 1) / Double(order.count)
    history.append((trained, accuracy(ten), accuracy(ten.averaged)))
    report.advance()
  }
}
report.finish()
print("\(digits.name): \(digits.training.count) to learn from, \(digits.test.count) for the test")
metric("perceptron_test_accuracy", accuracy(ten))
metric("averaged_perceptron_test_accuracy", accuracy(ten.averaged))
let lastQuarters = history.suffix(20).map(\.plain)
print("plain, over the last five passes:", fixed(lastQuarters.min() ?? 0, 3), terminator: "")
print(" to", fixed(lastQuarters.max() ?? 0, 3))
figure(
  "averaging",
  LineChart(
    x: "passes over the training digits", y: Axis("test accuracy", range: 0.8...0.95),
    series: [
      Series("plain", x: history.map(\.trained), y: history.map(\.plain)),
      Series("averaged", x: history.map(\.trained), y: history.map(\.averaged)),
    ]),
  caption:
    "The plain perceptron swings with its latest mistakes; the average of its weights does not.")

cell("templates")
let templates = ten.classes.map(\.weights) + ten.averaged.classes.map(\.weights)
figure(
  "templates",
  ImageGrid(
    images: templates, height: digits.training.height, width: digits.training.width,
    columnCount: 10, colors: .diverging),
  caption:
    "The weights of the ten classes, plain above, averaged below: orange for ink, blue against it.")

cell("delta-rule")
let best = LeastSquares.solve(inputs: points.inputs, columns: 2, targets: points.labels)
let curvature = LeastSquares.largestCurvature(inputs: points.inputs, columns: 2)
print(
  "largest curvature λ =", fixed(curvature, 4), "  so the limit is 2/λ =", fixed(2 / curvature, 4))
let descents = [0.5, 0.98, 1.02].map { (share: Scalar) in
  var neuron = LinearNeuron(inputCount: 2)
  let distances = (0...60).map { _ in
    var difference = neuron.sum
    difference.add(best, by: -1)
    neuron.descend(
      inputs: points.inputs, targets: points.labels, rate: share * 2 / curvature)
    return difference.squaredLength.squareRoot()
  }
  return Series("\(fixed(share, 2)) · 2/λ", y: distances)
}
figure(
  "delta-rule",
  LineChart(
    x: "steps", y: Axis("distance from the least squares", scale: .logarithmic),
    series: descents),
  caption: "Just below the limit the delta rule still converges; just above it, it runs away.")
metric("delta_rule_distance", descents[0].points.last?.y ?? .nan)

cell("slopes")
let x = stride(from: -4, through: 4, by: 0.05).map { Scalar($0) }
func curve(
  _ name: String, _ function: (inout MutableSpan<Scalar>) -> Void
) -> Series {
  var y = x
  var span = y.mutableSpan
  function(&span)
  return Series(name, x: x, y: y)
}
func slope(
  _ name: String, _ function: (inout MutableSpan<Scalar>) -> Void,
  _ pullback: (Span<Scalar>, inout MutableSpan<Scalar>) -> Void
) -> Series {
  var y = x
  var span = y.mutableSpan
  function(&span)
  var slopes = [Scalar](repeating: 1, count: x.count)
  var gradient = slopes.mutableSpan
  pullback(y.span, &gradient)
  return Series(name, x: x, y: slopes)
}
let kernels = Backend.current.activation
let values = [
  curve("sigmoid", kernels.sigmoid), curve("tanh", kernels.tanh), curve("ReLU", kernels.relu),
  curve("leaky ReLU") { kernels.leakyReLU(&$0, slope: 0.1) }, curve("GELU", kernels.gelu),
]
let slopes = [
  slope("sigmoid", kernels.sigmoid, kernels.sigmoidBackward),
  slope("tanh", kernels.tanh, kernels.tanhBackward),
  slope("ReLU", kernels.relu, kernels.reluBackward),
  slope("leaky ReLU") {
    kernels.leakyReLU(&$0, slope: 0.1)
  } _: {
    kernels.leakyReLUBackward(output: $0, slope: 0.1, gradient: &$1)
  },
  slope("GELU") { _ in
  } _: {
    kernels.geluBackward(input: $0, gradient: &$1)
  },
]
figure(
  "activations",
  Panels(
    columnCount: 2, panelHeight: 360,
    [
      LineChart(
        title: "value", x: Axis("x", range: -4...4), y: Axis("y", range: -1.5...3), series: values),
      LineChart(
        title: "slope", x: Axis("x", range: -4...4), y: Axis("dy/dx", range: -0.25...1.25),
        series: slopes),
    ]),
  caption:
    "Five activation functions and their slopes. Where a slope is near zero, nothing is learned.")
metric("sigmoid_largest_slope", slopes[0].points.map(\.y).max() ?? 0)

cell("softmax")
let shares = x.map { score in
  var scores: [Scalar] = [score, 0, -1]
  var span = scores.mutableSpan
  Backend.current.activation.softmax(&span, columns: 3)
  return scores
}
figure(
  "softmax",
  LineChart(
    x: "first score, x₁", y: "probability",
    series: ["p₁", "p₂  (x₂ = 0)", "p₃  (x₃ = −1)"].enumerated().map { index, name in
      Series(name, x: x, y: shares.map { $0[index] })
    }),
  caption:
    "Softmax of three scores while the first of them grows: one wins, the others share the rest.")

cell("logistic")
func regions(_ title: String, _ points: PointSet) -> DecisionRegions {
  var neuron = LogisticNeuron(inputCount: 2)
  let targets = points.labels.map { Scalar($0) }
  for _ in 0..<2000 { neuron.descend(inputs: points.points, targets: targets, rate: 1) }
  let right = zip(neuron.probabilities(of: points.points), points.labels)
    .count { ($0 > 0.5) == ($1 == 1) }
  print(
    title, "  loss", fixed(neuron.loss(inputs: points.points, targets: targets), 4), terminator: "")
  print("  accuracy", fixed(Double(right) / Double(points.count), 3))
  metric("logistic_\(title)_accuracy", Double(right) / Double(points.count))
  let (width, height) = (-2.0...3.0, -2.0...2.0)
  let centers = Grid.centers(x: width, y: height)
  let probabilities = neuron.probabilities(of: centers.flatMap { [Scalar($0.x), Scalar($0.y)] })
  return DecisionRegions(
    title: title, probabilityGrid: Grid(x: width, y: height, values: probabilities),
    points: points.labels.indices.map { Point(points.points[2 * $0], points.points[2 * $0 + 1]) },
    classes: points.labels)
}
let blobs = PointSet.blobs(count: 200, classCount: 2, noise: 0.6, using: &generator)
let moons = PointSet.moons(count: 200, noise: 0.15, using: &generator)
figure(
  "logistic", Panels(columnCount: 2, [regions("blobs", blobs), regions("moons", moons)]),
  caption:
    "A logistic neuron knows where it is unsure. Its border is a line, also where the classes are not."
)

cell("memories")
let patterns = (0..<10).compactMap { digit in
  digits.training.labels.firstIndex(of: UInt8(digit)).map { index in
    digits.training.scalars(at: [index]).map { $0 > 0.5 ? 1 : -1 as Scalar }
  }
}
let neuronCount = digits.training.pixelsPerImage
let pairs = (1..<10).flatMap { b in (0..<b).map { a in (a, b) } }
let overlaps = pairs.map { a, b in HopfieldNetwork.overlap(patterns[a], patterns[b]) }
print(
  "overlap of two digits:", fixed(overlaps.min() ?? 0, 2), "to", fixed(overlaps.max() ?? 0, 2),
  terminator: "")
print(", mean", fixed(overlaps.reduce(0, +) / 45, 2))
func corrupted(
  _ pattern: [Scalar], percent: Int, using generator: inout SeededGenerator
) -> [Scalar] {
  var cue = pattern
  let pixels = generator.permutation(count: cue.count).prefix(cue.count * percent / 100)
  for pixel in pixels { cue[pixel] = -cue[pixel] }
  return cue
}
var hebb = HopfieldNetwork(neuronCount: neuronCount)
var novelty = HopfieldNetwork(neuronCount: neuronCount)
var recalled: [(hebb: Scalar, novelty: Scalar)] = []
for count in 1...10 {
  hebb.store(patterns[count - 1])
  novelty.storeNovelty(of: patterns[count - 1])
  var total: (hebb: Scalar, novelty: Scalar) = (0, 0)
  for pattern in patterns.prefix(count) {
    let cue = corrupted(pattern, percent: 25, using: &generator)
    total.hebb += HopfieldNetwork.overlap(hebb.recall(cue, using: &generator), pattern)
    total.novelty += HopfieldNetwork.overlap(novelty.recall(cue, using: &generator), pattern)
  }
  recalled.append((total.hebb / Scalar(count), total.novelty / Scalar(count)))
}
table(
  columns: ["digits stored", "overlap, Hebb", "overlap, novelty"],
  rows: recalled.enumerated().map { [$0 + 1, fixed($1.hebb, 3), fixed($1.novelty, 3)] })
metric("hopfield_hebb_overlap", recalled[9].hebb)
metric("hopfield_novelty_overlap", recalled[9].novelty)

cell("recall")
let cues = patterns.map { corrupted($0, percent: 25, using: &generator) }
let rowsOfDigits =
  patterns + cues + cues.map { hebb.recall($0, using: &generator) }
  + cues.map { novelty.recall($0, using: &generator) }
figure(
  "recall",
  ImageGrid(
    images: rowsOfDigits, height: digits.training.height, width: digits.training.width,
    columnCount: 10),
  caption:
    "Stored; a quarter of the pixels flipped; recalled by Hebb's rule; by the rule of novelty.")

cell("energy")
let three = patterns[3]
let falls = [10, 25, 40].map { percent in
  var state = corrupted(three, percent: percent, using: &generator)
  var energies = [novelty.energy(state)]
  for _ in 1...2 {
    for neuron in generator.permutation(count: neuronCount) {
      let change = novelty.update(neuron, of: &state)
      energies.append(change == 0 ? energies[energies.count - 1] : novelty.energy(state))
    }
  }
  print("\(percent) % flipped: from \(fixed(energies[0], 1))", terminator: "")
  print(" to \(fixed(novelty.energy(state), 1)),", terminator: "")
  print(" overlap with the stored 3:", fixed(HopfieldNetwork.overlap(state, three), 3))
  return Series("\(percent) % of the pixels flipped", y: energies)
}
figure(
  "energy",
  LineChart(x: "neurons updated", y: "energy", series: falls),
  caption: "Every flip lowers the energy, until no neuron wants to change: the floor of a valley.")

cell("capacity")
let size = 1000
let loads = stride(from: 0.02, through: 0.24, by: 0.01).map { $0 }
let kept = loads.map { load in
  let overlaps = (1...3).flatMap { _ in
    let patterns = (0..<Int((load * Double(size)).rounded())).map { _ in
      (0..<size).map { _ in generator.integer(below: 2) == 0 ? -1 : 1 as Scalar }
    }
    var network = HopfieldNetwork(neuronCount: size)
    for pattern in patterns { network.store(pattern) }
    return patterns.prefix(10).map { pattern in
      HopfieldNetwork.overlap(network.recall(pattern, using: &generator), pattern)
    }
  }
  return overlaps.reduce(0, +) / Scalar(overlaps.count)
}
figure(
  "capacity",
  LineChart(
    x: "patterns stored / neurons", y: Axis("overlap of what is recalled", range: 0...1.05),
    series: [
      Series("recalled, N = \(size)", x: loads, y: kept.map { Double($0) }, style: .lineAndMarkers),
      Series("0.138 N", x: [0.138, 0.138], y: [0.0, 1.05], style: .dashed),
    ]),
  caption:
    "A memory does not fade as it fills; it collapses, close to where theory says that it must.")
metric("hopfield_capacity", loads.indices.last { kept[$0] > 0.95 }.map { loads[$0] } ?? 0)

cell("speed")
func numbers(_ count: Int) -> [Scalar] {
  var generator = SeededGenerator(seed: 1)
  return (0..<count).map { _ in generator.uniform(in: -4..<4) }
}
func compare(
  _ kernel: String, _ size: String,
  by run: (_ backend: Backend, _ elements: inout MutableSpan<Scalar>) -> Void
) -> [Any] {
  let seconds = [Backend.naive, .fast].map { backend in
    (0..<50).map { _ in
      var elements = numbers(100_000)
      var span = elements.mutableSpan
      return Threads.$count.withValue(1) { time { run(backend, &span) }.seconds }
    }.min() ?? .nan
  }
  let gain = volatile("\(fixed(seconds[0] / seconds[1], 1))×")
  return [kernel, size, timing(seconds[0]), timing(seconds[1]), gain]
}
let (long, matrix, vector) = (numbers(100_000), numbers(512 * 512), numbers(512))
func multiply(transposed: Bool) -> [Any] {
  var product = [Scalar](repeating: 0, count: 512)
  return compare("matrixVector\(transposed ? ", transposed" : "")", "512 × 512") { backend, _ in
    var result = product.mutableSpan
    backend.vector.matrixVector(
      matrix.span, columns: 512, transposed: transposed, vector.span, into: &result,
      accumulating: false)
  }
}
table(
  columns: ["kernel", "size", "naive", "fast", "gain"],
  rows: [
    compare("dot", "100,000") { _ = $0.vector.dot(long.span, $1.span) },
    compare("addScaled", "100,000") { $0.vector.addScaled(long.span, by: 0.1, to: &$1) },
    multiply(transposed: false), multiply(transposed: true),
    compare("sigmoid", "100,000") { $0.activation.sigmoid(&$1) },
    compare("tanh", "100,000") { $0.activation.tanh(&$1) },
    compare("relu", "100,000") { $0.activation.relu(&$1) },
    compare("reluBackward", "100,000") {
      $0.activation.reluBackward(output: long.span, gradient: &$1)
    },
    compare("gelu", "100,000") { $0.activation.gelu(&$1) },
    compare("softmax", "10,000 × 10") { $0.activation.softmax(&$1, columns: 10) },
    compare("softmaxBackward", "100 × 1000") {
      $0.activation.softmaxBackward(output: long.span, columns: 1000, gradient: &$1)
    },
  ])
