import Datasets
import Foundation
import KernelSupport
import Notebook
import Perceptrons

let notebook = Notebook(chapter: "01-Perceptrons", takes: [.epochs])

cell("neuron")
func stream(_ number: UInt64) -> SeededGenerator {
  var seeds = SeededGenerator(seed: notebook.seed)
  seeds.skip(Int(number))
  return seeds.split()
}
let (blue, vermillion, green, purple) = (
  Palette.category(0), Palette.category(1), Palette.category(2), Palette.category(3)
)
let grey = Color(0x555555)
figure(
  "neuron",
  Panels(
    columnCount: 2, panelHeight: 270,
    [
      Graph(
        title: "a sum and a threshold",
        nodes: (0..<3).map { row in
          Graph.Node(
            ["x₁", "x₂", "x₃"][row], column: 0, row: Double(row), shape: .circle)
        } + [
          Graph.Node("z", column: 1.3, row: 1, shape: .circle, color: green),
          Graph.Node("z ≥ θ ?", column: 2.3, row: 1, color: green),
          Graph.Node("y", column: 3.2, row: 1, shape: .circle, color: vermillion),
        ],
        edges: (0..<3).map { Graph.Edge($0, 3, label: ["w₁", "w₂", "w₃"][$0]) }
          + [Graph.Edge(3, 4), Graph.Edge(4, 5)]),
      LineChart(
        title: "its output", x: "z − θ, the sum less the threshold", y: "y",
        series: [Series("", x: [-2.0, 0, 0, 2], y: [0.0, 0, 1, 1], color: green)]),
    ]),
  caption:
    "Diagram of a neuron: it weighs its inputs, adds them up, and fires where the sum reaches θ.")

cell("gates")
let bits: [[Scalar]] = [[0, 0], [0, 1], [1, 0], [1, 1]]
let (and, or, nand) = (ThresholdNeuron.and, ThresholdNeuron.or, ThresholdNeuron.nand)
table(
  columns: ["x₁", "x₂", "AND", "OR", "NAND"],
  rows: bits.map { x in [x[0], x[1], and(x), or(x), nand(x)].map { Int($0) } })
print("NOT 0 =", Int(ThresholdNeuron.not([0])), "  NOT 1 =", Int(ThresholdNeuron.not([1])))

cell("two-bits")
let neurons = [-1, 0, 1].flatMap { (w1: Scalar) in
  [-1, 0, 1].flatMap { (w2: Scalar) in
    [-1.5, -0.5, 0.5, 1.5].map { ThresholdNeuron(weights: [w1, w2], threshold: $0) }
  }
}
let found = Set(neurons.map { neuron in bits.map { Int(neuron($0)) } })
let all = Set((0..<16).map { code in (0..<4).map { code >> $0 & 1 } })
print("\(found.count) of \(all.count) functions of two bits, with \(neurons.count) neurons tried")
print("left over:", all.subtracting(found).map { "\($0)" }.sorted().joined(separator: " and "))

cell("network")
figure(
  "network",
  Graph(
    nodes: [
      Graph.Node("x₁", column: 0, row: 0, shape: .circle),
      Graph.Node("x₂", column: 0, row: 1, shape: .circle),
      Graph.Node("OR", detail: "θ = ½", column: 1.5, row: 0, color: green),
      Graph.Node("NAND", detail: "θ = −1½", column: 1.5, row: 1, color: green),
      Graph.Node("AND", detail: "θ = 1½", column: 3, row: 0.5, color: vermillion),
      Graph.Node("y", column: 4, row: 0.5, shape: .circle, color: vermillion),
    ],
    edges: [
      Graph.Edge(0, 2, label: "1"), Graph.Edge(1, 2), Graph.Edge(0, 3),
      Graph.Edge(1, 3, label: "−1"), Graph.Edge(2, 4, label: "1"), Graph.Edge(3, 4, label: "1"),
      Graph.Edge(4, 5),
    ]),
  caption:
    "The exclusive or as a network: both arrows into OR weigh 1, both arrows into NAND weigh −1.")

cell("exclusive-or")
let xor = ThresholdNetwork.exclusiveOr
table(
  columns: ["x₁", "x₂", "OR", "NAND", "XOR"],
  rows: bits.map { x in xor.activity(x).joined().map { Int($0) } })

cell("exclusive-or-planes")
func plane(
  _ title: String, _ x: String = "x₁", _ y: String = "x₂", _ corners: [[Scalar]] = bits,
  _ answer: ([Scalar]) -> Scalar
) -> DecisionRegions {
  let grid = Grid(x: -0.45...1.45, y: -0.45...1.45, columnCount: 80, rowCount: 80) { point in
    answer([Scalar(point.x), Scalar(point.y)])
  }
  return DecisionRegions(
    title: title, x: x, y: y, classGrid: grid, points: corners.map { Point($0[0], $0[1]) },
    classes: [0, 1, 1, 0])
}
figure(
  "exclusive-or",
  Panels(
    columnCount: 2, panelHeight: 408,
    [
      plane("OR fires") { or($0) }, plane("NAND fires") { nand($0) },
      plane("both fire: XOR") { xor($0)[0] },
      plane("what the third neuron sees", "OR", "NAND", bits.map { [or($0), nand($0)] }) {
        and($0)
      },
    ]),
  caption:
    "In the plane of x₁ and x₂ no line divides the corners; in the plane of OR and NAND one does.")

cell("update")
func arrows(_ title: String, _ w: Point, _ x: Point, old: Point? = nil) -> LineChart {
  let reach = 4 / (w.x * w.x + w.y * w.y).squareRoot()
  let border = [Point(-w.y * reach, w.x * reach), Point(w.y * reach, -w.x * reach)]
  return LineChart(
    title: title, x: Axis("x₁", range: -3...4), y: Axis("x₂", range: -3...4),
    series: [
      Series("w", points: [.zero, w], style: .lineAndMarkers, color: blue),
      Series("where w · x = 0", points: border, style: .dashed, color: grey),
      Series("x, of class 1", points: [x], style: .markers, color: vermillion),
      Series("", points: old.map { [$0, w] } ?? [], style: .dashed, color: vermillion),
    ])
}
let (weightBefore, example) = (Point(2.0, -2.0), Point(1.0, 1.6))
let weightAfter = Point(weightBefore.x + example.x, weightBefore.y + example.y)
figure(
  "update",
  Panels(
    columnCount: 2, panelHeight: 450,
    [
      arrows("before: x on the wrong side", weightBefore, example),
      arrows("after: w + x", weightAfter, example, old: weightBefore),
    ]),
  caption:
    "A mistake on a point of class 1 adds the point to the weights: they turn towards it, and the border turns with them."
)

cell("points")
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
func shuffled(
  _ points: (inputs: [Scalar], labels: [Scalar]), using generator: inout SeededGenerator
) -> (inputs: [Scalar], labels: [Scalar]) {
  let order = generator.permutation(count: points.labels.count)
  return (
    order.flatMap { points.inputs[2 * $0...2 * $0 + 1] }, order.map { points.labels[$0] }
  )
}
var pointGenerator = stream(1)
let points = halfPlanes(count: 200, gap: 0.05, using: &pointGenerator)

cell("perceptron")
var perceptron = Perceptron(inputCount: 2)
let mistakes = perceptron.train(inputs: points.inputs, labels: points.labels, maxEpochs: 1000)
print("mistakes in each pass:", mistakes.map(String.init).joined(separator: ", "))
print(
  "weights:", perceptron.sum.weights.map { fixed($0, 3) }.joined(separator: ", "), terminator: "")
print(", bias:", fixed(perceptron.sum.bias, 0))
let otherOrders = (1...5).map { _ in
  let points = shuffled(points, using: &pointGenerator)
  var perceptron = Perceptron(inputCount: 2)
  let passes = perceptron.train(inputs: points.inputs, labels: points.labels, maxEpochs: 1000)
  return "\(perceptron.mistakeCount) in \(passes.count)"
}
print("mistakes in passes, five other orders:", otherOrders.joined(separator: ", "))

cell("perceptron-figure")
func border(_ sum: WeightedSum) -> [Point] {
  [-1, 1].map { (x: Scalar) in Point(x, -(sum.bias + sum.weights[0] * x) / sum.weights[1]) }
}
let line = WeightedSum(weights: [1, 2], bias: -0.25)
let widest = Separation.widest(of: points.inputs, columns: 2, labels: points.labels)
let dots = points.labels.indices.map { Point(points.inputs[2 * $0], points.inputs[2 * $0 + 1]) }
figure(
  "perceptron",
  Panels(
    columnCount: 2, panelHeight: 452,
    [
      ScatterPlot(
        x: Axis("x₁", range: -1...1), y: Axis("x₂", range: -1...1), points: dots,
        classes: points.labels.map { $0 > 0 ? 1 : 0 }, classNames: ["−1", "1"],
        lines: [
          Series("drawn with", points: border(line), style: .dashed, color: grey),
          Series("learned", points: border(perceptron.sum), color: green),
          Series("widest", points: border(widest), color: purple),
        ]),
      LineChart(
        x: "pass", y: Axis("mistakes in it", range: 0...20),
        series: [
          Series("", y: mistakes.map { Double($0) }, from: 1, style: .lineAndMarkers, color: green)
        ]),
    ]),
  caption:
    "Left: 200 points, the line that they were drawn with, the one that the perceptron has found, and the one with the widest margin. Right: its mistakes."
)

cell("pinned")
let separation = Separation(of: points.inputs, labels: points.labels, by: widest)
let unit = 1 / widest.squaredLength.squareRoot()
func along(_ w: WeightedSum) -> Scalar {
  unit * (zip(w.weights, widest.weights).reduce(w.bias * widest.bias) { $0 + $1.0 * $1.1 })
}
var watched = Perceptron(inputCount: 2)
var (progressMade, lengths): ([Scalar], [Scalar]) = ([0], [0])
for _ in 0..<100 {
  for (row, label) in points.labels.enumerated() {
    guard watched.learn(Array(points.inputs[2 * row...2 * row + 1]), label: label) else { continue }
    progressMade.append(along(watched.sum))
    lengths.append(watched.sum.squaredLength.squareRoot())
  }
}
let crossing = Double(separation.mistakeBound)
let counts = [1, crossing * 2]
let mistakeNumbers = (1..<lengths.count).map { Double($0) }
figure(
  "pinned",
  LineChart(
    x: Axis("k, mistakes so far", scale: .logarithmic), y: Axis("length", scale: .logarithmic),
    series: [
      Series(
        "√k R", x: counts, y: counts.map { $0.squareRoot() * Double(separation.radius) },
        style: .dashed, color: vermillion),
      Series(
        "‖w‖", x: mistakeNumbers, y: lengths.dropFirst().map { Double($0) }, color: vermillion),
      Series(
        "u · w", x: mistakeNumbers, y: progressMade.dropFirst().map { Double($0) }, color: blue),
      Series(
        "k γ", x: counts, y: counts.map { $0 * Double(separation.margin) }, style: .dashed,
        color: blue),
    ]),
  caption:
    "What must grow like k cannot stay below what may only grow like √k: every run ends left of the place where the dashed lines cross."
)
print(
  "R = \(fixed(separation.radius, 3)), γ = \(fixed(separation.margin, 4)), bound \(Int(crossing)), mistakes \(watched.mistakeCount)"
)

cell("bound")
var boundGenerator = stream(2)
var runs: [(bound: Scalar, mistakes: Scalar)] = []
var rows: [[Any]] = []
for gap: Scalar in [0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005] {
  let trials = (1...10).map { _ in
    let points = halfPlanes(count: 200, gap: gap, using: &boundGenerator)
    var perceptron = Perceptron(inputCount: 2)
    let passes = perceptron.train(
      inputs: points.inputs, labels: points.labels, maxEpochs: 100_000)
    precondition(passes.last == 0, "the perceptron did not converge")
    let widest = Separation.widest(of: points.inputs, columns: 2, labels: points.labels)
    let bounds = [line, widest].map {
      Separation(of: points.inputs, labels: points.labels, by: $0).mistakeBound
    }
    return (loose: bounds[0], bound: bounds[1], mistakes: Scalar(perceptron.mistakeCount))
  }
  runs += trials.map { ($0.bound, $0.mistakes) }
  let counts = trials.map { Int($0.mistakes) }
  rows.append([
    fixed(gap, 3), Int(trials.map(\.loose).reduce(0, +) / 10),
    Int(trials.map(\.bound).reduce(0, +) / 10), fixed(Double(counts.reduce(0, +)) / 10, 1),
    "\(counts.min() ?? 0)–\(counts.max() ?? 0)",
  ])
}
table(
  columns: [
    "gap", "bound by the line drawn with", "bound by the widest margin", "mistakes", "of ten runs",
  ], rows: rows)
metric("novikoff_largest_ratio", runs.map { $0.mistakes / $0.bound }.max() ?? .infinity)

cell("bound-figure")
figure(
  "convergence-bound",
  LineChart(
    x: Axis(
      "Novikoff's bound (R/γ)², by the widest margin", scale: .logarithmic, range: 10...20_000),
    y: Axis("mistakes", scale: .logarithmic, range: 1...20_000),
    series: [
      Series("bound", x: [10.0, 2e4], y: [10.0, 2e4], style: .dashed, color: grey),
      Series("70 runs", x: runs.map(\.bound), y: runs.map(\.mistakes), style: .markers),
    ]),
  caption: "The narrower the gap between the classes, the more mistakes; never more than the bound."
)

cell("cycle")
var lost = Perceptron(inputCount: 2)
table(
  columns: ["x₁", "x₂", "label t", "sum z", "w₁", "w₂", "b"],
  rows: zip(bits + bits, [-1, 1, 1, -1, -1, 1, 1, -1] as [Scalar]).map { x, label in
    let sum = lost.sum(x)
    lost.learn(x, label: label)
    return (x + [label, sum] + lost.sum.weights + [lost.sum.bias]).map { Int($0) }
  })

cell("bounded")
var noiseGenerator = stream(3)
let noisySets = (1...3).map { _ in
  let points = halfPlanes(count: 200, gap: 0.05, using: &noiseGenerator)
  let wrong = Set(noiseGenerator.permutation(count: 200).prefix(20))
  return (points.inputs, points.labels.enumerated().map { wrong.contains($0) ? -$1 : $1 })
}
var restless = noisySets.map { _ in Perceptron(inputCount: 2) }
var passesDone = 0
table(
  columns: ["passes", "mistakes so far", "length of (w, b), three sets of points"],
  rows: [1, 10, 100, 1000, 10_000].map { passes in
    for (index, set) in noisySets.enumerated() {
      _ = restless[index].train(inputs: set.0, labels: set.1, maxEpochs: passes - passesDone)
    }
    passesDone = passes
    return [
      passes, restless.map { "\($0.mistakeCount)" }.joined(separator: ", "),
      restless.map { fixed($0.sum.squaredLength.squareRoot(), 2) }.joined(separator: ", "),
    ]
  })

cell("cover")
func coversShare(points: Int, weights: Int) -> Double {
  // By logarithms of binomial coefficients: they leave the range of numbers themselves.
  let n = points - 1
  return (0..<min(points, weights)).reduce(0) { share, k in
    let choices = lgamma(Double(n + 1)) - lgamma(Double(k + 1)) - lgamma(Double(n - k + 1))
    return share + exp(choices - Double(n) * log(2.0))
  }
}
var coverGenerator = stream(4)
let coverCounts = [11, 15, 18, 20, 22, 24, 26, 29, 33, 40]
let dividedShares = coverCounts.map { count in
  let trials = (0..<100).map { _ in
    let inputs = (0..<10 * count).map { _ in coverGenerator.normal() }
    let labels = (0..<count).map { _ in coverGenerator.integer(below: 2) == 0 ? -1 : 1 as Scalar }
    let widest = Separation.widest(of: inputs, columns: 10, labels: labels)
    return Separation(of: inputs, labels: labels, by: widest).margin > 0
  }
  return Double(trials.count { $0 }) / 100
}
print("4 points, 3 weights:", fixed(16 * coversShare(points: 4, weights: 3), 1), "of 16")
let middle = coverCounts.firstIndex(of: 22).map { dividedShares[$0] } ?? .nan
print("22 points, 11 weights: divided in", fixed(middle, 2), "of 100 trials")

cell("cover-figure")
let coverRange = [11, 100].map { weights in
  let counts = Array(stride(from: weights / 2, through: 4 * weights, by: max(1, weights / 11)))
  return Series(
    "Cover's count, \(weights) weights", x: counts.map { Double($0) / Double(weights) },
    y: counts.map { coversShare(points: $0, weights: weights) },
    style: weights == 11 ? .line : .dashed, color: weights == 11 ? blue : green)
}
figure(
  "cover",
  LineChart(
    x: Axis("points / weights", range: 0.5...4), y: "share of labellings that a hyperplane divides",
    series: coverRange + [
      Series(
        "tried, 11 weights", x: coverCounts.map { Double($0) / 11 }, y: dividedShares,
        style: .markers, color: vermillion)
    ]),
  caption:
    "Twice as many points as weights: half of all labellings can be divided, whatever the number of inputs."
)

cell("look")
let digits = notebook.attempt { try DigitDataset.load(from: notebook.dataFolder) }
let trainingCount = max(1, digits.training.count * 9 / 10)
let training = digits.training.prefix(trainingCount)
let validationRange = min(trainingCount, digits.training.count - 1)..<digits.training.count
let validation = (
  inputs: digits.training.scalars(at: validationRange),
  labels: digits.training.labels(at: validationRange)
)
let images = (0..<training.count).map { training.scalars(at: [$0]) }
let labels = training.labels(at: 0..<training.count)
let (height, width) = (training.height, training.width)
let classCount = training.classCount
print("\(digits.name): \(training.count) to learn from, \(validation.labels.count) to choose with,")
print("\(digits.test.count) for the end; \(height) × \(width) pixels from 0, paper, to 1, ink")
let shown = (0..<2).flatMap { copy in
  (0..<classCount).compactMap { digit in
    labels.indices.filter { labels[$0] == digit }.dropFirst(copy).first
  }
}
figure(
  "digits",
  ImageGrid(
    images: shown.map { images[$0] }, height: height, width: width, columnCount: classCount,
    labels: shown.map { "\(labels[$0])" }),
  caption: "Two of each class, with their labels.")

cell("digits")
func accuracy(_ answers: [Int], _ labels: [Int]) -> Double {
  Double(zip(answers, labels).count { $0 == $1 }) / Double(labels.count)
}
func validated(_ classes: [WeightedSum]) -> Double {
  accuracy(classes.winners(of: validation.inputs), validation.labels)
}
let epochs = notebook.epochs ?? 5
let half = max(1, training.count / 2)
var perceptrons: [MulticlassPerceptron] = []
var histories: [[(trained: Double, plain: Double, averaged: Double)]] = []
let report = progress("five times ten perceptrons", total: 5 * epochs, epochs: 5)
for run in 0..<5 {
  var generator = stream(10 + UInt64(run))
  var ten = MulticlassPerceptron(inputCount: height * width, classCount: classCount)
  var history: [(trained: Double, plain: Double, averaged: Double)] = []
  for epoch in 0..<epochs {
    for (seen, index) in generator.permutation(count: training.count).enumerated() {
      ten.learn(images[index], label: labels[index])
      guard (seen + 1) % half == 0 else { continue }
      let trained = Double(epoch) + Double(seen + 1) / Double(training.count)
      history.append((trained, validated(ten.classes), validated(ten.averaged.classes)))
    }
    report.advance()
  }
  perceptrons.append(ten)
  histories.append(history)
}
report.finish()
func spread(_ values: [Double], _ decimals: Int = 3) -> String {
  let mean = fixed(values.reduce(0, +) / Double(values.count), decimals)
  guard let low = values.min(), let high = values.max(), values.count > 1 else { return mean }
  return "\(mean) (\(fixed(low, decimals))–\(fixed(high, decimals)))"
}
let (plain, averaged) = (perceptrons.map(\.classes), perceptrons.map(\.averaged.classes))
func meanWeights(_ models: [[WeightedSum]]) -> [WeightedSum] {
  models[0].indices.map { k in
    var mean = WeightedSum(inputCount: height * width)
    for model in models { mean.add(model[k], by: 1 / Scalar(models.count)) }
    return mean
  }
}
table(
  columns: ["validation accuracy", "mean of five seeds (least–most)"],
  rows: [
    ["plain, at the end", spread(plain.map(validated))],
    ["plain, the best of all half passes", spread(histories.map { $0.map(\.plain).max() ?? 0 })],
    ["averaged over time", spread(averaged.map(validated))],
    ["the weights of the five plain ones averaged", spread([validated(meanWeights(plain))])],
    ["the weights of the five averaged ones averaged", spread([validated(meanWeights(averaged))])],
  ])

cell("averaging-figure")
let trained = histories[0].map(\.trained)
func band(_ name: String, _ color: Color, _ values: [[Double]]) -> Series {
  let columns = values[0].indices.map { i in values.map { $0[i] } }
  return Series(
    name, x: trained, y: columns.map { $0.reduce(0, +) / Double($0.count) }, color: color
  ).with(bandFrom: columns.map { $0.min() ?? 0 }, to: columns.map { $0.max() ?? 0 })
}
figure(
  "averaging",
  LineChart(
    x: "passes over the training digits", y: "validation accuracy",
    series: [
      band("plain", blue, histories.map { $0.map(\.plain) }),
      band("averaged", vermillion, histories.map { $0.map(\.averaged) }),
    ]),
  caption:
    "Mean, least and greatest of five runs. The plain perceptron swings with its latest mistakes; the average of its weights does not."
)

cell("templates")
figure(
  "templates",
  ImageGrid(
    images: (plain[0] + averaged[0]).map(\.weights), height: height, width: width,
    columnCount: classCount, colors: .diverging,
    labels: (0..<2 * classCount).map { "\($0 % classCount)" }),
  caption:
    "The weights of the classes, plain above, averaged below: orange for ink, blue against it; each picture has a scale of its own."
)

cell("bowl")
var bowlGenerator = stream(20)
let bowl = (0..<40).map { _ in
  let x = bowlGenerator.uniform(in: 0..<2)
  return (x: x, t: 1 + 0.5 * x + 0.2 * bowlGenerator.normal())
}
let (bowlInputs, bowlTargets) = (bowl.map(\.x), bowl.map(\.t))
let bottom = LeastSquares.solve(inputs: bowlInputs, columns: 1, targets: bowlTargets)
let bowlCurvature = LeastSquares.largestCurvature(inputs: bowlInputs, columns: 1)
print("bottom: w = \(fixed(bottom.weights[0], 3)), b = \(fixed(bottom.bias, 3))")
print("limit of the rate: 2/λ = \(fixed(2 / bowlCurvature, 3))")
func place(_ sum: WeightedSum) -> Point { Point(sum.weights[0], sum.bias) }
func descent(share: Scalar) -> [Point] {
  var neuron = LinearNeuron(inputCount: 1)
  return [place(neuron.sum)]
    + (1...60).map { _ in
      neuron.descend(inputs: bowlInputs, targets: bowlTargets, rate: share * 2 / bowlCurvature)
      return place(neuron.sum)
    }
}
var hasty = LinearNeuron(inputCount: 1)
let singly =
  [place(hasty.sum)]
  + (0..<5).flatMap { _ in
    bowl.map { example in
      hasty.learn([example.x], target: example.t, rate: 0.1)
      return place(hasty.sum)
    }
  }

cell("bowl-figure")
let landscape = Grid(x: -0.2...1.8, y: -0.2...1.8, columnCount: 80, rowCount: 80) { point in
  let errors = bowl.map { Double($0.t) - point.x * Double($0.x) - point.y }
  return errors.reduce(0) { $0 + $1 * $1 } / Double(2 * errors.count)
}
figure(
  "bowl",
  ContourPlot(
    x: "w", y: "b", grid: landscape, isLogarithmic: true,
    valueLabel: "L, half the mean squared error",
    paths: [
      Series("all at once, 0.95 · 2/λ", points: descent(share: 0.95), style: .lineAndMarkers),
      Series("all at once, 0.3 · 2/λ", points: descent(share: 0.3), style: .lineAndMarkers),
      Series("one example at a time, η = 0.1", points: singly),
    ], marks: [place(bottom)]),
  caption:
    "The loss of 40 points over weight and bias, and three ways down: across the valley and back, along it, and staggering."
)

cell("delta-rule")
let best = LeastSquares.solve(inputs: points.inputs, columns: 2, targets: points.labels)
let curvature = LeastSquares.largestCurvature(inputs: points.inputs, columns: 2)
print(
  "largest curvature λ =", fixed(curvature, 4), "  so the limit is 2/λ =", fixed(2 / curvature, 4))
func distance(_ sum: WeightedSum) -> Scalar {
  var difference = sum
  difference.add(best, by: -1)
  return difference.squaredLength.squareRoot()
}
let descents = [0.5, 0.98, 1.02].map { (share: Scalar) in
  var neuron = LinearNeuron(inputCount: 2)
  return (0...60).map { _ in
    defer {
      neuron.descend(inputs: points.inputs, targets: points.labels, rate: share * 2 / curvature)
    }
    return distance(neuron.sum)
  }
}
print(
  "at 0.98 · 2/λ after 60 steps:", fixed(descents[1][60] / descents[1][10], 3),
  "of step 10's distance;", "at 1.02:", fixed(descents[2][60] / descents[2][10], 1), "times it")
metric("delta_rule_distance", descents[0].last ?? .nan)

cell("delta-rule-figure")
figure(
  "delta-rule",
  LineChart(
    x: "steps", y: Axis("distance from the least squares", scale: .logarithmic),
    series: zip(["0.50", "0.98", "1.02"], descents).map { Series("\($0) · 2/λ", y: $1) }),
  caption: "Just below the limit the delta rule still converges; just above it, it runs away.")

cell("single-examples")
let longest = separation.radius * separation.radius
print(
  "largest ‖x‖² + 1 = \(fixed(longest, 3)), so every step helps its own example below η = \(fixed(2 / longest, 3))"
)
var singleGenerator = stream(21)
table(
  columns: ["η", "distance after 1 pass", "after 10", "after 100"],
  rows: [0.001, 0.01, 0.1, 0.6, 1.2, 1.9].map { (rate: Scalar) in
    var neuron = LinearNeuron(inputCount: 2)
    var distances: [String] = []
    for pass in 1...100 {
      for row in singleGenerator.permutation(count: 200) {
        neuron.learn(
          Array(points.inputs[2 * row...2 * row + 1]), target: points.labels[row], rate: rate)
      }
      let now = distance(neuron.sum)
      if [1, 10, 100].contains(pass) { distances.append(now < 1000 ? fixed(now, 4) : "lost") }
    }
    return [fixed(rate, 3)] + distances
  })

cell("losses")
let margins = stride(from: -3, through: 3, by: 0.05).map { Double($0) }
figure(
  "losses",
  LineChart(
    x: "m = t z, how far the sum is on the right side",
    y: Axis("loss", range: 0...5),
    series: [
      Series(
        "mistake or not", x: [-3.0, 0, 0, 3], y: [1.0, 1, 0, 0], style: .dashed, color: grey),
      Series("perceptron: max(0, −m)", x: margins, y: margins.map { max(0, -$0) }, color: blue),
      Series(
        "squared: ½ (1 − m)²", x: margins, y: margins.map { 0.5 * (1 - $0) * (1 - $0) },
        color: green),
      Series(
        "logistic: ln(1 + e⁻ᵐ)", x: margins, y: margins.map { log1p(exp(-$0)) }, color: vermillion),
      Series(
        "sigmoid, squared: ½ (1 − σ(m))²", x: margins,
        y: margins.map { 0.5 / ((1 + exp($0)) * (1 + exp($0))) }, color: purple),
    ]),
  caption:
    "What one example costs, for t = 1 or −1. Of the solid curves only the purple one is flat where the answer is badly wrong; only the green one rises where it is very right."
)

cell("slopes")
let x = stride(from: -4, through: 4, by: 0.05).map { Scalar($0) }
let kernels = Backend.current.activation
typealias InPlace = (inout MutableSpan<Scalar>) -> Void
typealias Pullback = (Span<Scalar>, inout MutableSpan<Scalar>) -> Void
func changed(_ values: [Scalar], _ kernel: InPlace) -> [Scalar] {
  var values = values
  var span = values.mutableSpan
  kernel(&span)
  return values
}
/// The pullback of a gradient of 1, at the outputs or (GELU) at the inputs.
func slope(_ pullback: Pullback, at values: [Scalar]) -> [Scalar] {
  changed([Scalar](repeating: 1, count: values.count)) { pullback(values.span, &$0) }
}
let sigmoid = changed(x, kernels.sigmoid)
let tanh = changed(x, kernels.tanh)
let relu = changed(x, kernels.relu)
let leaky = changed(x) { kernels.leakyReLU(&$0, slope: 0.1) }
let gelu = changed(x, kernels.gelu)
let slopes = [
  slope(kernels.sigmoidBackward, at: sigmoid), slope(kernels.tanhBackward, at: tanh),
  slope(kernels.reluBackward, at: relu),
  slope({ kernels.leakyReLUBackward(output: $0, slope: 0.1, gradient: &$1) }, at: leaky),
  slope({ kernels.geluBackward(input: $0, gradient: &$1) }, at: x),
]
metric("sigmoid_largest_slope", slopes[0].max() ?? 0)
func slopeText(_ index: Int, at place: Scalar) -> String {
  fixed(slopes[index][Int(((place + 4) / 0.05).rounded())], 4)
}
print("at 4: sigmoid \(slopeText(0, at: 4)), tanh \(slopeText(1, at: 4))")

cell("slopes-figure")
func curves(_ title: String, _ y: Axis, _ values: [[Scalar]], named: Bool) -> LineChart {
  let names = ["sigmoid", "tanh", "ReLU", "leaky ReLU", "GELU"]
  return LineChart(
    title: title, x: Axis("z", range: -4...4), y: y,
    series: zip(names, values).map { name, y in
      Series(named ? name : "", x: x, y: y, style: name == "leaky ReLU" ? .dashed : .line)
    })
}
figure(
  "activations",
  Panels(
    columnCount: 1, panelHeight: 330,
    [
      curves(
        "value", Axis("a", range: -1.5...4), [sigmoid, tanh, relu, leaky, gelu], named: true),
      curves("slope", Axis("da/dz", range: -0.25...1.25), slopes, named: false),
    ]),
  caption:
    "Five activation functions and, below in the same colours, their slopes. Where a slope is near zero, hardly any gradient comes through."
)

cell("clouds")
func clouds(_ name: String, count: Int, using generator: inout SeededGenerator) -> PointSet {
  name == "blobs"
    ? PointSet.blobs(count: count, classCount: 2, noise: 0.6, using: &generator)
    : PointSet.moons(count: count, noise: 0.15, using: &generator)
}
func rightShare(_ neuron: LogisticNeuron, _ set: PointSet) -> Double {
  accuracy(neuron.probabilities(of: set.points).map { $0 > 0.5 ? 1 : 0 }, set.labels)
}
func logisticTrial(_ name: String, run: UInt64, count: Int = 200) -> (
  neuron: LogisticNeuron, set: PointSet, results: [Double]
) {
  var generator = stream(30 + run)
  let set = clouds(name, count: count, using: &generator)
  let targets = set.labels.map { Scalar($0) }
  var neuron = LogisticNeuron(inputCount: 2)
  for _ in 0..<2000 { neuron.descend(inputs: set.points, targets: targets, rate: 1) }
  let others = clouds(name, count: 10_000, using: &generator)
  let loss = Double(neuron.loss(inputs: set.points, targets: targets))
  return (neuron, set, [loss, rightShare(neuron, set), rightShare(neuron, others)])
}

cell("logistic")
let blobs = (0..<5).map { logisticTrial("blobs", run: $0) }
let moons = (0..<5).map { logisticTrial("moons", run: $0) }
table(
  columns: ["classes", "loss", "accuracy on its 200 points", "on 10,000 others"],
  rows: [("blobs", blobs), ("moons", moons)].map { name, trials in
    [name] + (0..<3).map { column in spread(trials.map { $0.results[column] }) }
  })
metric("logistic_blobs_accuracy", blobs.map { $0.results[2] }.reduce(0, +) / 5)
metric("logistic_moons_accuracy", moons.map { $0.results[2] }.reduce(0, +) / 5)
let blobWeights = blobs.map { Double($0.neuron.sum.weights[0]) }
print(
  "w₁ on the blobs: \(spread(blobWeights, 2)); by the formula −2 / 0.6² = \(fixed(-2 / 0.36, 2))")

cell("logistic-figure")
func regions(_ name: String, _ neuron: LogisticNeuron, _ set: PointSet) -> DecisionRegions {
  let (width, height) = (-2.5...2.5, -2.5...2.5)
  let centers = Grid.centers(x: width, y: height)
  let probabilities = neuron.probabilities(of: centers.flatMap { [Scalar($0.x), Scalar($0.y)] })
  return DecisionRegions(
    title: name, x: "x₁", y: "x₂",
    probabilityGrid: Grid(x: width, y: height, values: probabilities),
    points: set.labels.indices.map { Point(set.points[2 * $0], set.points[2 * $0 + 1]) },
    classes: set.labels, classNames: ["class 0", "class 1"])
}
figure(
  "logistic",
  Panels(
    columnCount: 2, panelHeight: 440,
    [
      regions("blobs", blobs[0].neuron, blobs[0].set),
      regions("moons", moons[0].neuron, moons[0].set),
    ]),
  caption:
    "The probability of class 1, from blue for 0 over white for ½ to orange for 1; the line is ½. It is straight, also where the classes are not."
)

cell("calibration")
let bins = (0..<10).map { Double($0) / 10 }
func reliability(_ name: String, _ neuron: LogisticNeuron) -> (
  said: [Double], happened: [Double], far: Double, sure: Double, right: Double
) {
  var generator = stream(40)
  let set = clouds(name, count: 100_000, using: &generator)
  let said = neuron.probabilities(of: set.points).map { Double($0) }
  var (sums, hits, counts) = (
    [Double](repeating: 0, count: 10), [Double](repeating: 0, count: 10),
    [Double](repeating: 0, count: 10)
  )
  for (p, label) in zip(said, set.labels) {
    let bin = min(9, Int(p * 10))
    sums[bin] += p
    hits[bin] += Double(label)
    counts[bin] += 1
  }
  let far = (0..<10).reduce(0) { $0 + abs(sums[$1] - hits[$1]) } / Double(said.count)
  let sure = said.reduce(0) { $0 + max($1, 1 - $1) } / Double(said.count)
  return (
    zip(sums, counts).map { $0 / $1 }, zip(hits, counts).map { $0 / $1 }, far, sure,
    rightShare(neuron, set)
  )
}
let judged = [
  ("blobs, 200", reliability("blobs", blobs[0].neuron)),
  ("blobs, 20,000", reliability("blobs", logisticTrial("blobs", run: 5, count: 20_000).neuron)),
  ("moons, 200", reliability("moons", moons[0].neuron)),
  ("moons, 20,000", reliability("moons", logisticTrial("moons", run: 5, count: 20_000).neuron)),
]
table(
  columns: ["it said, between"] + judged.map { "\($0.0): it was" },
  rows: bins.indices.map { i in
    ["\(fixed(bins[i], 1)) and \(fixed(bins[i] + 0.1, 1))"]
      + judged.map { fixed($0.1.happened[i], 2) }
  } + [["mean distance"] + judged.map { fixed($0.1.far, 3) }])
table(
  columns: ["blobs, 200: draw", "w₁", "mean probability of its answer", "right", "mean distance"],
  rows: blobs.enumerated().map { index, trial in
    let judged = reliability("blobs", trial.neuron)
    return [
      index + 1, fixed(trial.neuron.sum.weights[0], 2), fixed(judged.sure, 3),
      fixed(judged.right, 3), fixed(judged.far, 3),
    ]
  })

cell("calibration-figure")
let reliabilityPanels = [("blobs", judged[..<2]), ("moons", judged[2...])].map { name, pair in
  LineChart(
    title: name, x: Axis("what it said: mean p of a bin", range: 0...1),
    y: Axis("what happened: share of class 1", range: 0...1),
    series: [Series("agreement", x: [0.0, 1], y: [0.0, 1], style: .dashed, color: grey)]
      + zip(pair, [blue, vermillion]).map { one, color in
        Series(
          String(one.0.dropFirst(7)), x: one.1.said, y: one.1.happened, style: .lineAndMarkers,
          color: color)
      })
}
figure(
  "calibration", Panels(columnCount: 2, panelHeight: 440, reliabilityPanels),
  caption:
    "After 200 points and after 20,000. On the blobs the model is right about the world, and with enough points its probabilities can be trusted; on the moons it is not, and more points don't help."
)

cell("diverging")
func marginShare(_ sum: WeightedSum) -> String {
  let own = Separation(of: points.inputs, labels: points.labels, by: sum)
  return fixed(own.margin / separation.margin, 2)
}
let separableTargets = points.labels.map { ($0 + 1) / 2 }
let blobSet = blobs[0].set
let blobTargets = blobSet.labels.map { Scalar($0) }
var (separable, overlapping) = (LogisticNeuron(inputCount: 2), LogisticNeuron(inputCount: 2))
var stepsDone = 0
table(
  columns: [
    "steps", "separable: loss", "‖(w, b)‖", "share of the widest margin", "overlapping: loss",
    "‖(w, b)‖",
  ],
  rows: [10, 100, 1000, 10_000, 50_000].map { steps in
    for _ in stepsDone..<steps {
      separable.descend(inputs: points.inputs, targets: separableTargets, rate: 1)
      overlapping.descend(inputs: blobSet.points, targets: blobTargets, rate: 1)
    }
    stepsDone = steps
    return [
      steps, fixed(separable.loss(inputs: points.inputs, targets: separableTargets), 4),
      fixed(separable.sum.squaredLength.squareRoot(), 1), marginShare(separable.sum),
      fixed(overlapping.loss(inputs: blobSet.points, targets: blobTargets), 4),
      fixed(overlapping.sum.squaredLength.squareRoot(), 2),
    ]
  })

cell("softmax")
let shares = x.map { score in
  changed([score, 0, -1]) { Backend.current.activation.softmax(&$0, columns: 3) }
}
figure(
  "softmax",
  LineChart(
    x: "first sum, z₁", y: "probability",
    series: ["p₁", "p₂  (z₂ = 0)", "p₃  (z₃ = −1)"].enumerated().map { index, name in
      Series(
        name, x: x, y: shares.map { $0[index] }, style: [.line, .dashed, .line][index])
    }),
  caption:
    "Softmax of three sums while the first of them grows: one wins, the others share the rest.")

cell("softmax-model")
/// ∂L/∂z of one example by central differences.
func measuredSlopes(_ z: [Double], label: Int) -> [Double] {
  func loss(_ z: [Double]) -> Double { log(z.reduce(0) { $0 + exp($1) }) - z[label] }
  return z.indices.map { k in
    var (above, below) = (z, z)
    above[k] += 1e-4
    below[k] -= 1e-4
    return (loss(above) - loss(below)) / 2e-4
  }
}
let sums: [Double] = [1, 2, -0.5]
let total = sums.reduce(0) { $0 + exp($1) }
table(
  columns: ["class", "z", "p", "t", "p − t", "measured ∂L/∂z"],
  rows: zip(sums.indices, measuredSlopes(sums, label: 0)).map { k, measured in
    let p = exp(sums[k]) / total
    return [
      k, fixed(sums[k], 1), fixed(p, 6), k == 0 ? 1 : 0, fixed(p - (k == 0 ? 1 : 0), 6),
      fixed(measured, 6),
    ]
  })

cell("batches")
func forEachBatch(using generator: inout SeededGenerator, _ body: ([Scalar], [Int]) -> Void) {
  let order = generator.permutation(count: training.count)
  for start in stride(from: 0, to: order.count, by: 25) {
    let batch = order[start..<min(start + 25, order.count)]
    body(training.scalars(at: batch), training.labels(at: batch))
  }
}
func linearNeurons(rate: Scalar, run: UInt64) -> [WeightedSum] {
  var generator = stream(50 + run)
  var neurons = (0..<classCount).map { _ in LinearNeuron(inputCount: height * width) }
  for _ in 0..<epochs {
    forEachBatch(using: &generator) { inputs, labels in
      for k in neurons.indices {
        neurons[k].descend(inputs: inputs, targets: labels.map { $0 == k ? 1 : -1 }, rate: rate)
      }
    }
  }
  return neurons.map(\.sum)
}
func softmaxRegression(rate: Scalar, run: UInt64) -> SoftmaxRegression {
  var generator = stream(50 + run)
  var model = SoftmaxRegression(inputCount: height * width, classCount: classCount)
  for _ in 0..<epochs {
    forEachBatch(using: &generator) { model.descend(inputs: $0, labels: $1, rate: rate) }
  }
  return model
}

cell("rates")
let linearRates: [Scalar] = [0.001, 0.003, 0.01, 0.03]
let softmaxRates: [Scalar] = [0.03, 0.1, 0.3, 1]
let linearScores = linearRates.map { validated(linearNeurons(rate: $0, run: 0)) }
let softmaxScores = softmaxRates.map { validated(softmaxRegression(rate: $0, run: 0).classes) }
table(
  columns: ["model", "rate: validation accuracy"],
  rows: zip(
    ["linear neurons", "softmax regression"],
    [
      zip(linearRates, linearScores).map { "\($0): \(fixed($1, 3))" },
      zip(softmaxRates, softmaxScores).map { "\($0): \(fixed($1, 3))" },
    ]
  ).map { [$0, $1.joined(separator: ", ")] })
func best(_ rates: [Scalar], _ scores: [Double]) -> Scalar {
  zip(rates, scores).max { $0.1 < $1.1 }!.0
}
let (linearRate, softmaxRate) = (
  best(linearRates, linearScores), best(softmaxRates, softmaxScores)
)

cell("contest")
let testLabels = digits.test.labels(at: 0..<digits.test.count)
let testInputs = digits.test.scalars(at: 0..<digits.test.count)
let meanImages = (0..<classCount).map { k in
  let members = labels.indices.filter { labels[$0] == k }
  var mean = WeightedSum(inputCount: height * width)
  for member in members { mean.add(images[member], by: 1 / Scalar(members.count)) }
  // The nearest mean has the largest x·μ − ½ ‖μ‖².
  mean.bias = 0
  return WeightedSum(weights: mean.weights, bias: -mean.squaredLength / 2)
}
let linear = (1...3).map { linearNeurons(rate: linearRate, run: $0) }
let regressions = (1...3).map { softmaxRegression(rate: softmaxRate, run: $0) }
func tested(_ classes: [WeightedSum]) -> Double {
  accuracy(classes.winners(of: testInputs), testLabels)
}
func most(_ labels: [Int]) -> Int {
  (0..<classCount).max { a, b in labels.count { $0 == a } < labels.count { $0 == b } }!
}
let constant = most(labels)
let contestants: [(name: String, models: [[WeightedSum]])] = [
  ("the nearest mean image", [meanImages]), ("perceptrons, plain", plain),
  ("linear neurons", linear), ("perceptrons, averaged", averaged),
  ("softmax regression", regressions.map(\.classes)),
]
table(
  columns: ["model", "seeds", "validation", "test"],
  rows: [
    [
      "always \(constant)", 1,
      fixed(accuracy(validation.labels.map { _ in constant }, validation.labels), 3),
      fixed(accuracy(testLabels.map { _ in constant }, testLabels), 3),
    ]
  ]
    + contestants.map { name, models in
      [name, models.count, spread(models.map(validated)), spread(models.map(tested))]
    })
func meanTest(_ models: [[WeightedSum]]) -> Double {
  models.map(tested).reduce(0, +) / Double(models.count)
}
metric("perceptron_test_accuracy", meanTest(plain))
metric("averaged_perceptron_test_accuracy", meanTest(averaged))
metric("softmax_regression_test_accuracy", meanTest(regressions.map(\.classes)))
let error = 1 - meanTest(regressions.map(\.classes))
print(
  "standard error of a test accuracy:",
  fixed((error * (1 - error) / Double(testLabels.count)).squareRoot(), 4))

cell("sure")
let said = regressions[0].probabilities(of: testInputs)
let sureness = testLabels.indices.map { row in
  let p = said[row * classCount..<(row + 1) * classCount]
  return (
    p: Double(p.max() ?? 0),
    isRight: p.firstIndex(of: p.max() ?? 0)! - p.startIndex == testLabels[row]
  )
}
table(
  columns: ["probability of its answer", "test digits", "mean probability", "right"],
  rows: zip([0, 0.5, 0.7, 0.9, 0.99], [0.5, 0.7, 0.9, 0.99, 1.01]).map { low, high in
    let members = sureness.filter { $0.p >= low && $0.p < high }
    let count = Double(max(1, members.count))
    return [
      "\(fixed(low, 2)) to \(fixed(min(1, high), 2))", members.count,
      fixed(members.map(\.p).reduce(0, +) / count, 3),
      fixed(Double(members.count { $0.isRight }) / count, 3),
    ]
  })

cell("hopfield")
var valleyGenerator = stream(60)
func randomPattern(_ count: Int, using generator: inout SeededGenerator) -> [Scalar] {
  (0..<count).map { _ in generator.integer(below: 2) == 0 ? -1 : 1 }
}
let three = (0..<3).map { _ in randomPattern(100, using: &valleyGenerator) }
var small = HopfieldNetwork(neuronCount: 100)
for pattern in three { small.store(pattern) }
var walker = three[0]
var heights = [small.energy(walker)]
for next in three[1...] + [three[0].map { -$0 }] {
  for neuron in valleyGenerator.permutation(count: 100) where walker[neuron] != next[neuron] {
    walker[neuron] = next[neuron]
    heights.append(small.energy(walker))
  }
}
let ring = (0..<5).map { i in
  let angle = 2 * Double.pi * Double(i) / 5 - Double.pi / 2
  return Graph.Node(
    "y\(["₁", "₂", "₃", "₄", "₅"][i])", column: 1.1 + 1.1 * cos(angle),
    row: 1.05 + 1.05 * sin(angle),
    shape: .circle, color: i % 2 == 0 ? vermillion : blue)
}
let links = (0..<5).flatMap { i in (0..<5).filter { $0 != i }.map { Graph.Edge(i, $0) } }
figure(
  "hopfield",
  Panels(
    columnCount: 2, panelHeight: 320,
    [
      Graph(title: "every neuron sees all the others", nodes: ring, edges: links),
      LineChart(
        title: "three memories, three valleys", x: "neurons changed, one at a time",
        y: "energy", series: [Series("", y: heights, color: green)]),
    ]),
  caption:
    "Left: five neurons; weights are the same in both directions. Right: the energy of a hundred neurons on the way from one memory to the second, to the third, and to the first one's negative."
)

cell("controls-helpers")
enum Order { case oneByOne, together }
func ending(
  _ weights: [Scalar], _ start: [Scalar], _ order: Order, using generator: inout SeededGenerator
) -> String {
  let count = start.count
  func sum(_ i: Int, _ y: [Scalar]) -> Scalar {
    (0..<count).reduce(0) { $1 == i ? $0 : $0 + weights[i * count + $1] * y[$1] }
  }
  func answer(_ i: Int, _ y: [Scalar]) -> Scalar {
    let z = sum(i, y)
    return z == 0 ? y[i] : z > 0 ? 1 : -1
  }
  var (y, before): ([Scalar], [Scalar]) = (start, [])
  for _ in 0..<100 {
    let old = y
    switch order {
    case .oneByOne: for i in generator.permutation(count: count) { y[i] = answer(i, y) }
    case .together: y = (0..<count).map { answer($0, old) }
    }
    if y == old { return "rest" }
    if order == .together, y == before { return "two states in turn" }
    before = old
  }
  return "still moving"
}

cell("controls")
var controlGenerator = stream(62)
let controls: [(name: String, isSymmetric: Bool, order: Order)] = [
  ("symmetric, one by one", true, .oneByOne), ("symmetric, all together", true, .together),
  ("not symmetric, one by one", false, .oneByOne),
]
table(
  columns: [
    "weights and updates", "comes to rest", "two states in turn", "moves after 100 sweeps",
  ],
  rows: controls.map { name, isSymmetric, order in
    let ends = (0..<100).map { _ in
      let count = 40
      var weights = (0..<count * count).map { _ in controlGenerator.normal() }
      if isSymmetric {
        for i in 0..<count { for j in 0..<i { weights[i * count + j] = weights[j * count + i] } }
      }
      let start = randomPattern(count, using: &controlGenerator)
      return ending(weights, start, order, using: &controlGenerator)
    }
    return [name]
      + ["rest", "two states in turn", "still moving"].map { end in ends.count { $0 == end } }
  })

cell("memory-helpers")
func ink(_ a: [Scalar], _ b: [Scalar]) -> Double {
  let both = zip(a, b).count { $0 > 0 && $1 > 0 }
  return Double(both) / Double(max(1, zip(a, b).count { $0 > 0 || $1 > 0 }))
}
func corrupted(
  _ pattern: [Scalar], percent: Int, using generator: inout SeededGenerator
) -> [Scalar] {
  var cue = pattern
  let pixels = generator.permutation(count: cue.count).prefix(cue.count * percent / 100)
  for pixel in pixels { cue[pixel] = -cue[pixel] }
  return cue
}
func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }
let neuronCount = height * width
let blank = [Scalar](repeating: -1, count: neuronCount)
let sets = (0..<3).map { copy in
  (0..<classCount).compactMap { digit in
    labels.indices.lazy.filter { labels[$0] == digit }.dropFirst(copy).first.map { index in
      images[index].map { $0 > 0.5 ? 1 : -1 as Scalar }
    }
  }
}
let patterns = sets[0]

cell("overlaps")
let overlaps = sets.flatMap { set in
  set.indices.flatMap { b in
    set[..<b].map { Double(HopfieldNetwork.overlap($0, set[b])) }
  }
}
print("overlap of two digits:", spread(overlaps, 2))
print(
  "overlap of a digit and a blank page:",
  spread(sets.joined().map { Double(HopfieldNetwork.overlap($0, blank)) }, 2))

cell("memories")
typealias Recalled = (overlap: Double, ink: Double)
var hebbNetworks = sets.map { _ in HopfieldNetwork(neuronCount: neuronCount) }
var noveltyNetworks = hebbNetworks
var memoryGenerator = stream(61)
var recalled: [(hebb: [Recalled], novelty: [Recalled])] = []
for count in 1...patterns.count {
  var results: (hebb: [Recalled], novelty: [Recalled]) = ([], [])
  for (s, set) in sets.enumerated() where set.count >= count {
    hebbNetworks[s].store(set[count - 1])
    noveltyNetworks[s].storeNovelty(of: set[count - 1])
    for pattern in set.prefix(count) {
      let cue = corrupted(pattern, percent: 25, using: &memoryGenerator)
      let ends = [hebbNetworks[s], noveltyNetworks[s]].map {
        let end = $0.recall(cue, using: &memoryGenerator)
        return (Double(HopfieldNetwork.overlap(end, pattern)), ink(end, pattern))
      }
      results.hebb.append(ends[0])
      results.novelty.append(ends[1])
    }
  }
  recalled.append(results)
}
table(
  columns: ["digits stored", "Hebb: overlap", "Hebb: ink", "novelty: overlap", "novelty: ink"],
  rows: recalled.enumerated().map { index, result in
    [index + 1]
      + [result.hebb, result.novelty].flatMap {
        [fixed(mean($0.map(\.overlap)), 3), fixed(mean($0.map(\.ink)), 3)]
      }
  })
print(
  "cue: ink \(fixed(mean(patterns.map { ink(corrupted($0, percent: 25, using: &memoryGenerator), $0) }), 3))",
  terminator: "")
print("; blank page: ink 0")
metric("hopfield_hebb_overlap", mean(recalled.last!.hebb.map(\.overlap)))
metric("hopfield_novelty_overlap", mean(recalled.last!.novelty.map(\.overlap)))

cell("recall")
let cues = patterns.map { corrupted($0, percent: 25, using: &memoryGenerator) }
let rowsOfDigits = [
  patterns, cues,
  cues.map { hebbNetworks[0].recall($0, using: &memoryGenerator) },
  cues.map { noveltyNetworks[0].recall($0, using: &memoryGenerator) },
]
figure(
  "recall",
  ImageGrid(
    images: rowsOfDigits.flatMap { $0 }, height: height, width: width,
    columnCount: patterns.count,
    labels: rowsOfDigits.flatMap { $0.indices.map { "\($0)" } }),
  caption:
    "From above: stored; a quarter of the pixels flipped; recalled by Hebb's rule; recalled by the rule of novelty."
)

cell("energy")
let remembered = patterns[min(3, patterns.count - 1)]
let falls = [10, 25, 40].map { percent in
  var state = corrupted(remembered, percent: percent, using: &memoryGenerator)
  var energies = [noveltyNetworks[0].energy(state)]
  for _ in 1...2 {
    for neuron in memoryGenerator.permutation(count: neuronCount) {
      let change = noveltyNetworks[0].update(neuron, of: &state)
      energies.append(
        change == 0 ? energies[energies.count - 1] : noveltyNetworks[0].energy(state))
    }
  }
  let flips = zip(energies, energies.dropFirst()).count { $0 != $1 }
  print("\(percent) % flipped: from \(fixed(energies[0], 1))", terminator: "")
  print(" to \(fixed(energies.last!, 1)) in \(flips) flips,", terminator: "")
  print(" overlap with the stored 3:", fixed(HopfieldNetwork.overlap(state, remembered), 3))
  return Series("\(percent) % of the pixels flipped", y: Array(energies.prefix(neuronCount + 80)))
}

cell("energy-figure")
figure(
  "energy",
  LineChart(x: "neurons asked, in random order", y: "energy", series: falls),
  caption: "Every flip lowers the energy, until no neuron wants to change: the floor of a valley.")

cell("capacity-helpers")
/// Hebb's network without its weights: zᵢ = Σₚ ξᵢ (ξ·y) − P yᵢ, kept up to date by one product a flip.
func overlapAfterRecall(
  neurons: Int, memories: Int, using generator: inout SeededGenerator
) -> Double {
  let rows = (0..<neurons).map { _ in
    var (row, bits): ([Scalar], UInt64) = ([], 0)
    row.reserveCapacity(memories)
    for p in 0..<memories {
      if p % 64 == 0 { bits = generator.next() }
      row.append(bits & 1 == 0 ? -1 : 1)
      bits >>= 1
    }
    return row
  }
  var y = rows.map { $0[0] }
  let memory = y
  var products = [Scalar](repeating: 0, count: memories)
  func move(_ i: Int, by factor: Scalar) {
    let row = rows[i]
    var span = products.mutableSpan
    Backend.current.vector.addScaled(row.span, by: factor, to: &span)
  }
  for i in rows.indices { move(i, by: y[i]) }
  for _ in 0..<100 {
    var flips = 0
    for i in generator.permutation(count: neurons) {
      let row = rows[i]
      let z = Backend.current.vector.dot(row.span, products.span) - Scalar(memories) * y[i]
      guard z * y[i] < 0 else { continue }
      y[i] = -y[i]
      move(i, by: 2 * y[i])
      flips += 1
    }
    if flips == 0 { break }
  }
  return Double(HopfieldNetwork.overlap(y, memory))
}

cell("capacity")
let loads = Array(stride(from: 0.06, through: 0.221, by: 0.01))
let sizes = [250, 1000, 4000]
let recalls = sizes.enumerated().map { index, size in
  var generator = stream(70 + UInt64(index))
  return loads.map { load in
    (0..<8).map { _ in
      overlapAfterRecall(
        neurons: size, memories: Int((load * Double(size)).rounded()), using: &generator)
    }
  }
}
table(
  columns: ["P/N"] + sizes.map { "N = \($0): least, median, most" },
  rows: loads.indices.filter { $0 % 2 == 0 }.map { i in
    [fixed(loads[i], 2)]
      + recalls.map { of in
        let sorted = of[i].sorted()
        return
          "\(fixed(sorted[0], 2)), \(fixed((sorted[3] + sorted[4]) / 2, 2)), \(fixed(sorted[7], 2))"
      }
  })
let between = recalls.map { $0.joined().count { $0 > 0.55 && $0 < 0.9 } }
print(
  "recalls that ended between 0.55 and 0.9, of \(8 * loads.count):",
  between.map(String.init).joined(separator: ", "))
metric(
  "hopfield_capacity",
  loads.indices.last { recalls[2][$0].sorted()[4] > 0.9 }.map { loads[$0] } ?? 0)

cell("capacity-figure")
let firstStep = loads.map { 1 - erfc(1 / (2 * $0).squareRoot()) }
figure(
  "capacity",
  Panels(
    columnCount: 1, panelHeight: 250,
    sizes.enumerated().map { index, size in
      LineChart(
        title: "N = \(size)", x: index == 2 ? "patterns stored / neurons, P/N" : "",
        y: Axis("overlap", range: 0...1.05),
        series: [
          Series(
            index == 0 ? "one recall" : "", x: loads.flatMap { load in (0..<8).map { _ in load } },
            y: recalls[index].flatMap { $0 }, style: .markers, color: blue),
          Series(
            index == 0 ? "after the first step, by the tail of the bell curve" : "", x: loads,
            y: firstStep, color: green),
          Series(
            index == 0 ? "0.138" : "", x: [0.138, 0.138], y: [0, 1.05], style: .dashed, color: grey),
        ])
    }),
  caption:
    "Single recalls that began at the memory itself. In the largest network none ends half-way: a memory is kept or lost. The smaller the network, the more gradual is the change."
)

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
