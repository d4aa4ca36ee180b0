import Backprop
import Datasets
import Foundation
import KernelSupport
import Notebook
import Optimizers

let notebook = Notebook(chapter: "03-Optimizers", takes: [.epochs, .checkpoints])

cell("rate")
struct Surface {
  let name: String
  let height: (_ x: Variable, _ y: Variable) -> Variable
  let start: Point
  let minimum: Point
}
func path(of rule: any Optimizer, on surface: Surface, steps: Int) -> [Point] {
  var rule = rule
  let x = Variable(Tensor(Scalar(surface.start.x)), needsGradient: true)
  let y = Variable(Tensor(Scalar(surface.start.y)), needsGradient: true)
  let coordinates = [NamedParameter("x", x), NamedParameter("y", y)]
  return [surface.start]
    + (0..<steps).map { _ in
      coordinates.clearGradients()
      surface.height(x, y).backward()
      rule.step(coordinates)
      return Point(x.value.number, y.value.number)
    }
}
func bowl(condition: Scalar) -> Surface {
  Surface(
    name: "κ = \(fixed(condition, 0))", height: { x, y in 0.5 * (x * x + condition * (y * y)) },
    start: Point(1.0, 1.0), minimum: .zero)
}
table(
  columns: ["η λ", "predicted factor", "predicted after 50 steps", "measured"],
  rows: [0.1, 0.5, 1, 1.5, 1.9, 2, 2.1].map { (product: Scalar) in
    let end = path(of: SGD(learningRate: product / 4), on: bowl(condition: 4), steps: 50)[50]
    let predicted = (0..<50).reduce(1.0) { distance, _ in distance * (1 - Double(product)) }
    return [
      fixed(product, 1), fixed(1 - product, 1), scientific(abs(predicted), 1),
      scientific(abs(end.y), 1),
    ]
  })

cell("parabola")
/// One colour for one rule in all of this chapter.
func color(of rule: String) -> Color {
  let names = ["SGD", "momentum", "Nesterov", "AdaGrad", "RMSProp", "Adam", "Lion"]
  return Palette.category([0, 1, 4, 7, 2, 3, 5][names.firstIndex(of: rule)!])
}
let grey = Palette.category(8)
figure(
  "parabola",
  Panels(
    columnCount: 3, panelHeight: 300,
    [0.5, 1.5, 2.1].map { (product: Double) in
      let sides = (-50...50).map { Double($0) / 20 }
      let places = (0..<9).map { 2 * pow(1 - product, Double($0)) }.filter { abs($0) < 2.5 }
      return LineChart(
        title: "ηλ = \(fixed(product, 1))", x: Axis("w", range: -2.5...2.5),
        y: Axis("L(w) / λ", range: 0...3),
        series: [
          Series("", x: sides, y: sides.map { $0 * $0 / 2 }, color: grey),
          Series(
            "", x: places, y: places.map { $0 * $0 / 2 }, style: .lineAndMarkers,
            color: color(of: "SGD")),
        ])
    }),
  caption: "Gradient descent from w = 2: it slides, it jumps to and fro, it is thrown out.")

cell("bowls")
func distance(_ a: Point, _ b: Point) -> Double {
  ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).squareRoot()
}
func rulesForBowl(condition: Scalar) -> (plain: SGD, momentum: SGD) {
  let root = condition.squareRoot()
  let factor = (root - 1) / (root + 1)
  return (
    SGD(learningRate: 2 / (1 + condition)),
    SGD(learningRate: 4 / ((root + 1) * (root + 1)), momentum: factor * factor)
  )
}
func stepsToAThousandth(_ rule: SGD, condition: Scalar) -> Int {
  let bowl = bowl(condition: condition)
  return path(of: rule, on: bowl, steps: 4000).lastIndex { distance($0, .zero) > 1e-3 }! + 1
}
table(
  columns: [
    "κ", "factor, plain", "steps predicted", "steps", "factor, momentum", "steps predicted",
    "steps",
  ],
  rows: [4, 25, 100, 400].map { (condition: Scalar) in
    let (plain, momentum) = rulesForBowl(condition: condition)
    let root = condition.squareRoot()
    let factors = [(condition - 1) / (condition + 1), (root - 1) / (root + 1)]
    let predictions = factors.map { fixed(Scalar.log(1e-3) / Scalar.log($0), 0) }
    return [
      fixed(condition, 0), fixed(factors[0], 3), predictions[0],
      stepsToAThousandth(plain, condition: condition), fixed(factors[1], 3), predictions[1],
      stepsToAThousandth(momentum, condition: condition),
    ]
  })
figure(
  "bowls",
  Panels(
    columnCount: 2,
    [4, 25].map { (condition: Scalar) in
      let (plain, momentum) = rulesForBowl(condition: condition)
      let bowl = bowl(condition: condition)
      return ContourPlot(
        title: bowl.name, x: "x", y: "y",
        grid: Grid(x: -2.2...2.2, y: -2.2...2.2) {
          0.5 * ($0.x * $0.x + Double(condition) * $0.y * $0.y)
        },
        paths: [
          Series(
            "plain", points: path(of: plain, on: bowl, steps: 40), color: color(of: "SGD")),
          Series(
            "momentum", points: path(of: momentum, on: bowl, steps: 40),
            color: color(of: "momentum")),
        ],
        marks: [.zero])
    }), caption: "Forty steps on two bowls, each rule with its best rate.")

cell("look-ahead")
func arrow(_ name: String, _ start: Point, _ end: Point, _ color: Color) -> Series {
  let (x, y) = (end.x - start.x, end.y - start.y)
  let head = 0.12 / (x * x + y * y).squareRoot()
  let sides = [1.0, -1.0].map { side in
    Point(end.x - head * (x - 0.5 * side * y), end.y - head * (y + 0.5 * side * x))
  }
  return Series(name, points: [start, end, sides[0], end, sides[1]], color: color)
}
func lookAhead(_ title: String, nesterov: Bool) -> ContourPlot {
  let (here, carried, rate) = (Point(-1.6, 0.9), Point(0.9, -1.4), 0.25)
  let ahead = Point(here.x + carried.x, here.y + carried.y)
  let place = nesterov ? ahead : here
  let end = Point(ahead.x - rate * place.x, ahead.y - rate * 4 * place.y)
  return ContourPlot(
    title: title, x: "x", y: "y",
    grid: Grid(x: -2.2...0.8, y: -1.8...1.2) { 0.5 * ($0.x * $0.x + 4 * $0.y * $0.y) },
    paths: [
      arrow("−ημv", here, ahead, grey),
      arrow("−ηg", ahead, end, color(of: "SGD")),
      arrow("the step", here, end, color(of: nesterov ? "Nesterov" : "momentum")),
      Series("g is taken here", points: [place], style: .markers, color: Palette.category(6)),
    ], marks: [.zero])
}
figure(
  "look-ahead",
  Panels(
    columnCount: 2,
    [lookAhead("momentum", nesterov: false), lookAhead("Nesterov", nesterov: true)]),
  caption: "The same place and velocity, and two steps: the gradient here, or where we are led.")

cell("pace")
func pace(product: Double, momentum: Double, nesterov: Bool) -> Double {
  // r² − b r + c = 0, the recursion of one direction.
  let shrunk = nesterov ? 1 - product : 1
  let b = nesterov ? (1 + momentum) * shrunk : 1 + momentum - product
  let c = momentum * shrunk
  let discriminant = b * b - 4 * c
  return discriminant < 0 ? c.squareRoot() : (abs(b) + discriminant.squareRoot()) / 2
}
func measuredPace(product: Double, momentum: Double, nesterov: Bool) -> Double {
  let rule = SGD(
    learningRate: Scalar(product), momentum: Scalar(momentum), nesterov: nesterov)
  let reached = path(of: rule, on: bowl(condition: 1), steps: 200).map { abs(Double($0.x)) }
  // The largest of a whole swing, early and late; where it grows beyond all numbers, sooner.
  let grows = !reached[200].isFinite || reached[200] > 1
  let (early, late) = grows ? (10..<20, 30..<40) : (60..<100, 160..<200)
  let ratio = reached[late].max()! / reached[early].max()!
  return ratio.isNaN ? 0 : pow(ratio, 1 / Double(late.lowerBound - early.lowerBound))
}
table(
  columns: ["ηλ", "μ", "momentum: factor", "measured", "Nesterov: factor", "measured"],
  rows: [
    (0.1, 0.5), (0.1, 0.9), (1, 0.9), (1.3, 0.9), (1.4, 0.9), (3.7, 0.9), (3.9, 0.9),
  ].map {
    (product: Double, momentum: Double) in
    [fixed(product, 1), fixed(momentum, 1)]
      + [false, true].flatMap { nesterov in
        [
          fixed(pace(product: product, momentum: momentum, nesterov: nesterov), 3),
          fixed(measuredPace(product: product, momentum: momentum, nesterov: nesterov), 3),
        ]
      }
  })
let products = (0...72).map { Double($0) / 18 }
let momenta = (0...48).map { Double($0) / 48 }
figure(
  "pace",
  Panels(
    columnCount: 2,
    [("momentum", false), ("Nesterov", true)].map { (name: String, nesterov: Bool) in
      HeatMap(
        title: name, x: "ηλ", y: "μ",
        values: momenta.reversed().map { momentum in
          products.map { product in
            min(1, pace(product: product, momentum: momentum, nesterov: nesterov))
          }
        },
        columnLabels: products.indices.map { $0 % 18 == 0 ? fixed(products[$0], 0) : "" },
        rowLabels: momenta.reversed().map {
          Int(($0 * 48).rounded()) % 12 == 0 ? fixed($0, 2) : ""
        }, valueLabel: "factor a step")
    }),
  caption:
    "The factor by which a direction shrinks in a step, for every ηλ and μ; 1 or more is no convergence."
)

cell("adam-diagram")
figure(
  "adam-diagram",
  Graph(
    nodes: [
      .init("g", detail: "the gradient", column: 0, row: 1, color: Palette.category(1)),
      .init("m", detail: "β₁ m + (1 − β₁) g", column: 1.4, row: 0.4),
      .init("q", detail: "β₂ q + (1 − β₂) g²", column: 1.4, row: 1.6),
      .init("m̂", detail: "m / (1 − β₁ᵗ)", column: 2.8, row: 0.4),
      .init("√q̂ + ε", detail: "q̂ = q / (1 − β₂ᵗ)", column: 2.8, row: 1.6),
      .init("÷", column: 4.2, row: 1, shape: .circle),
      .init("−η", column: 4.9, row: 1, shape: .circle),
      .init("w", detail: "the weight", column: 5.7, row: 1, color: Palette.category(2)),
    ],
    edges: [
      .init(0, 1), .init(0, 2), .init(1, 3), .init(2, 4), .init(3, 5),
      .init(4, 5), .init(5, 6), .init(6, 7),
    ]),
  caption:
    "Diagram of one step of Adam: the upper way is momentum's and says where to, the lower one is RMSProp's and says how far a typical gradient reaches."
)

cell("adam-start")
var firstSteps: [[Any]] = []
var (m, q, keptMean, keptSquare) = (0.0, 0.0, 1.0, 1.0)
for step in 1...3000 {
  (m, q) = (0.9 * m + 0.1 * 5, 0.999 * q + 0.001 * 25)
  (keptMean, keptSquare) = (0.9 * keptMean, 0.999 * keptSquare)
  if [1, 2, 5, 10, 30, 100, 1000, 3000].contains(step) {
    let corrected = m / (1 - keptMean) / (q / (1 - keptSquare)).squareRoot()
    firstSteps.append([
      step, fixed(m, 3), fixed(q, 3), fixed(m / q.squareRoot(), 2), fixed(corrected, 2),
    ])
  }
}
table(columns: ["t", "m", "q", "m / √q", "m̂ / √q̂"], rows: firstSteps)

cell("decay")
func meanWeights(after rule: any Optimizer, slopeScales: [Scalar]) -> [String] {
  var rule = rule
  var generator = SeededGenerator(seed: notebook.seed)
  let weights = Variable(
    Tensor(repeating: 1, shape: [slopeScales.count, 1000]), needsGradient: true)
  let parameters = [NamedParameter("weights", weights)]
  for _ in 0..<1000 {
    parameters.clearGradients()
    let slopes = slopeScales.flatMap { scale in (0..<1000).map { _ in scale * generator.normal() } }
    weights.addGradient(Tensor(slopes, shape: weights.value.shape))
    rule.step(parameters)
  }
  return slopeScales.indices.map { fixed(weights.value.row($0).reduce(0, +) / 1000, 3) }
}
table(
  columns: ["rule", "gradients of size 10", "of size 1", "of size 0.1"],
  rows: [
    ["Adam with an L2 penalty"]
      + meanWeights(after: Adam(learningRate: 0.01, weightDecay: 0.1), slopeScales: [10, 1, 0.1]),
    ["AdamW"]
      + meanWeights(after: AdamW(learningRate: 0.01, weightDecay: 0.1), slopeScales: [10, 1, 0.1]),
  ])

cell("valleys")
func constant(_ number: Scalar) -> Variable { Variable(Tensor(number)) }
func square(_ x: Variable) -> Variable { x * x }
let rosenbrock = Surface(
  name: "Rosenbrock",
  height: { x, y in square(constant(1) - x) + 100 * square(y - x * x) },
  start: Point(-1.2, 1.0), minimum: Point(1.0, 1.0))
let beale = Surface(
  name: "Beale",
  height: { x, y in
    square(constant(1.5) - x + x * y) + square(constant(2.25) - x + x * y * y)
      + square(constant(2.625) - x + x * y * y * y)
  }, start: Point(1.0, 1.6), minimum: Point(3.0, 0.5))
func rules(
  plain: Scalar, momentum: Scalar, adaGrad: Scalar, adaptive: Scalar, lion: Scalar
) -> [(name: String, rule: any Optimizer)] {
  [
    ("SGD", SGD(learningRate: plain)),
    ("momentum", SGD(learningRate: momentum, momentum: 0.9)),
    ("Nesterov", SGD(learningRate: momentum, momentum: 0.9, nesterov: true)),
    ("AdaGrad", AdaGrad(learningRate: adaGrad)),
    ("RMSProp", RMSProp(learningRate: adaptive)),
    ("Adam", Adam(learningRate: adaptive)),
    ("Lion", Lion(learningRate: lion)),
  ]
}
let valleyRules = rules(plain: 0.001, momentum: 0.0005, adaGrad: 0.5, adaptive: 0.02, lion: 0.005)
func valueGrid(_ surface: Surface, x: ClosedRange<Double>, y: ClosedRange<Double>) -> Grid {
  Grid(x: x, y: y) { point in
    let height = Variable.withoutGradients {
      surface.height(constant(Scalar(point.x)), constant(Scalar(point.y)))
    }
    return max(height.value.number, 0.01)
  }
}
func landscapes(
  _ surface: Surface, x: ClosedRange<Double>, y: ClosedRange<Double>
) -> [ContourPlot] {
  [["momentum", "Nesterov", "SGD"], ["Adam", "RMSProp", "AdaGrad", "Lion"]].map { shown in
    ContourPlot(
      title: surface.name, x: "x", y: "y", grid: valueGrid(surface, x: x, y: y),
      isLogarithmic: true,
      paths: shown.map { name in
        let rule = valleyRules.first { $0.name == name }!.rule
        return Series(
          name, points: path(of: rule, on: surface, steps: 1000),
          style: name == "Nesterov" ? .dashed : .line, color: color(of: name))
      }, marks: [surface.minimum])
  }
}
table(
  columns: ["rule", "Rosenbrock: distance after 1000 steps", "Beale"],
  rows: valleyRules.map { name, rule in
    [name]
      + [rosenbrock, beale].map { surface in
        fixed(distance(path(of: rule, on: surface, steps: 1000)[1000], surface.minimum), 3)
      }
  })
figure(
  "valleys",
  Panels(
    columnCount: 2,
    landscapes(rosenbrock, x: -1.6...1.6, y: -0.6...1.8)
      + landscapes(beale, x: -0.5...4, y: -0.8...1.9)),
  caption: "A thousand steps in two curved valleys; the cross is the minimum.")

cell("saddle")
let saddle = Surface(
  name: "saddle", height: { x, y in square(x) - 0.5 * square(y) + 0.25 * square(square(y)) },
  start: Point(1.0, 1e-4), minimum: Point(0.0, 1.0))
let half = Scalar(0.5).squareRoot()
let turnedSaddle = Surface(
  name: "turned saddle", height: { u, v in saddle.height(half * (u + v), half * (u - v)) },
  start: Point(Double(half) * (1.0 + 1e-4), Double(half) * (1.0 - 1e-4)),
  minimum: Point(Double(half), -Double(half)))
let saddleRules = rules(plain: 0.05, momentum: 0.05, adaGrad: 0.05, adaptive: 0.05, lion: 0.05)
  .filter { ["SGD", "momentum", "AdaGrad", "Adam"].contains($0.name) }
let saddlePaths = saddleRules.map {
  (name: $0.name, points: path(of: $0.rule, on: saddle, steps: 250))
}
func stepsAway(_ heights: [Double]) -> String {
  heights.firstIndex { abs($0) > 0.5 }.map(String.init) ?? "more than \(heights.count - 1)"
}
table(
  columns: ["rule", "steps until |y| > 0.5", "the same, turned by 45°"],
  rows: zip(saddlePaths, saddleRules).map { along, rule in
    let across = path(of: rule.rule, on: turnedSaddle, steps: 1500)
    return [
      along.name, stepsAway(along.points.map(\.y)),
      stepsAway(across.map { Double(half) * ($0.x - $0.y) }),
    ]
  })
figure(
  "saddle",
  Panels(
    columnCount: 2,
    [
      ContourPlot(
        x: "x", y: "y",
        grid: Grid(x: -1.2...1.2, y: -0.4...1.4) {
          $0.x * $0.x - 0.5 * $0.y * $0.y + 0.25 * $0.y * $0.y * $0.y * $0.y
        },
        paths: saddlePaths.map {
          Series($0.name, points: $0.points, color: color(of: $0.name))
        }, marks: [Point(0.0, 1.0)]),
      LineChart(
        x: "steps", y: "y",
        series: saddlePaths.map {
          Series($0.name, y: $0.points.map(\.y), color: color(of: $0.name))
        }),
    ]), caption: "Away from a saddle, on the map and against time.")

cell("digits")
let digits = notebook.attempt { try DigitDataset.load(from: notebook.dataFolder) }
func digitNetwork(
  _ sizes: [Int], activation: Activation = .relu, initializer: Initializer = .he,
  dropout: Scalar = 0, using generator: inout SeededGenerator
) -> Sequential {
  var layers: [any Layer] = []
  for (index, size) in zip(sizes, sizes.dropFirst()).enumerated() {
    let isLast = index == sizes.count - 2
    layers.append(
      Dense(
        size.0, size.1, activation: isLast ? .linear : activation, initializer: initializer,
        using: &generator))
    if !isLast && dropout > 0 { layers.append(Dropout(dropout)) }
  }
  return Sequential(layers)
}
func images(_ indices: some Collection<Int>, of set: ImageSet) -> Variable {
  Variable(Tensor(set.scalars(at: indices), shape: [indices.count, set.pixelsPerImage]))
}
func evaluate(_ network: Sequential, on set: ImageSet, _ range: Range<Int>) -> Evaluation {
  var (loss, correct) = (0.0, 0)
  for start in stride(from: range.lowerBound, to: range.upperBound, by: 500) {
    let indices = start..<min(start + 500, range.upperBound)
    let labels = set.labels(at: indices)
    let output = Variable.withoutGradients {
      network(images(indices, of: set), .evaluation)
    }
    let batchLoss = Variable.withoutGradients { output.softmaxCrossEntropy(labels) }
    loss += Double(batchLoss.value.number) * Double(indices.count)
    correct += zip(output.value.largestColumns(), labels).count { $0 == $1 }
  }
  return Evaluation(
    loss: loss / Double(range.count), accuracy: Double(correct) / Double(range.count))
}
func loss(
  _ network: Sequential, _ batch: some Collection<Int>, _ phase: Phase = .training(seed: 0)
) -> Variable {
  network(images(batch, of: digits.training), phase)
    .softmaxCrossEntropy(digits.training.labels(at: batch))
}
func newNetwork(
  _ sizes: [Int] = [784, 64, 64, 10], initializer: Initializer = .he, dropout: Scalar = 0,
  seed: UInt64 = notebook.seed
) -> (network: Sequential, generator: SeededGenerator) {
  var generator = SeededGenerator(seed: seed)
  let network = digitNetwork(
    sizes, initializer: initializer, dropout: dropout, using: &generator)
  return (network, generator)
}
// 3,072 are six batches of 512: no epoch ends with a small batch, whose step would be as long as any.
let (learned, validated, reported) = (0..<3072, 3072..<5072, 5072..<8072)
/// Seeds for repetitions: none is the one that anything is chosen with.
let seeds: [UInt64] = [1, 2, 3].map { notebook.seed &* 100 &+ $0 }
func mean(_ numbers: some Collection<Double>) -> Double {
  numbers.reduce(0, +) / Double(numbers.count)
}
func spread(_ numbers: [Double], _ decimals: Int = 3) -> String {
  guard numbers.allSatisfy(\.isFinite) else { return "not a number" }
  let (low, high) = (numbers.min()!, numbers.max()!)
  return "\(fixed(mean(numbers), decimals)) (\(fixed(low, decimals)) to \(fixed(high, decimals)))"
}
print(digits.name)
figure(
  "split",
  Graph(
    nodes: [
      .init("learn", detail: "3,072: weights", column: 0, row: 0),
      .init(
        "choose", detail: "2,000: rates, epochs", column: 1.7, row: 0, color: Palette.category(1)),
      .init(
        "report", detail: "3,000: the tables", column: 3.4, row: 0, color: Palette.category(2)),
      .init("the rest", detail: "for the last run", column: 5, row: 0, color: grey),
      .init(
        "test", detail: "\(digits.test.count): once", column: 6.4, row: 0,
        color: Palette.category(3)),
    ], edges: [.init(0, 1), .init(1, 2), .init(2, 3), .init(3, 4)]),
  caption:
    "Five parts of the images: what is found with one part is judged on the next, and nothing comes back."
)

cell("sweep")
struct Learning {
  var losses: [Double] = []
  /// After every epoch, on the images that choose.
  var validation: [Evaluation] = []
  /// On the images that report, after the epoch that those chose.
  var report: Evaluation!
}
func learn(
  with rule: some Optimizer, epochs: Int = 5, schedule: (any Schedule)? = nil,
  initializer: Initializer = .he, sizes: [Int] = [784, 64, 64, 10], dropout: Scalar = 0,
  averaging decay: Scalar? = nil, seed: UInt64 = notebook.seed
) -> Learning {
  let (network, generator) = newNetwork(
    sizes, initializer: initializer, dropout: dropout, seed: seed)
  var trainer = Trainer(
    network, rule, exampleCount: learned.count, batchSize: 32, generator: generator)
  trainer.schedule = schedule
  var average = decay.map { WeightAverage(decay: $0) }
  var learning = Learning()
  trainer.run(epochs: epochs) { batch, generator in
    loss(network, batch, .training(seed: dropout > 0 ? generator.next() : 0))
  } afterStep: { trainer, loss in
    learning.losses.append(Double(loss))
    average?.add(trainer.parameters)
  } evaluate: {
    average?.exchange(with: parameters(of: network))
    let now = evaluate(network, on: digits.training, validated)
    if !learning.validation.contains(where: { $0.loss <= now.loss }) {
      learning.report = evaluate(network, on: digits.training, reported)
    }
    average?.exchange(with: parameters(of: network))
    learning.validation.append(now)
    return now
  }
  return learning
}
let contestants: [(name: String, rates: [Scalar], rule: (Scalar) -> any Optimizer)] = [
  ("SGD", [0.03, 0.1, 0.3, 1], { SGD(learningRate: $0) }),
  ("momentum", [0.003, 0.01, 0.03, 0.1], { SGD(learningRate: $0, momentum: 0.9) }),
  (
    "Nesterov", [0.003, 0.01, 0.03, 0.1],
    { SGD(learningRate: $0, momentum: 0.9, nesterov: true) }
  ),
  ("AdaGrad", [0.003, 0.01, 0.03, 0.1], { AdaGrad(learningRate: $0) }),
  ("RMSProp", [0.0003, 0.001, 0.003, 0.01], { RMSProp(learningRate: $0) }),
  ("Adam", [0.0003, 0.001, 0.003, 0.01], { Adam(learningRate: $0) }),
  ("Lion", [0.0001, 0.0003, 0.001, 0.003], { Lion(learningRate: $0) }),
]
func best(_ rates: [Scalar], _ losses: [Double]) -> Scalar {
  rates[losses.indices.min { !(losses[$0] >= losses[$1]) }!]
}
var bestRates: [Scalar] = []
table(
  columns: [
    "rule", "rates", "validation loss after 2 epochs", "after 5", "best after 2", "after 5",
  ],
  rows: contestants.map { name, rates, rule in
    let runs = rates.map { learn(with: rule($0)).validation }
    let (early, late) = (runs.map { $0[1].loss }, runs.map { $0[4].loss })
    bestRates.append(best(rates, late))
    return [
      name, rates.map { "\($0)" }.joined(separator: ", "),
      early.map { fixed($0, 3) }.joined(separator: ", "),
      late.map { fixed($0, 3) }.joined(separator: ", "), best(rates, early), best(rates, late),
    ]
  })

cell("random-search")
struct Trial {
  let (rate, gap): (Double, Double)
  let loss: Double
}
var draws = SeededGenerator(seed: notebook.seed)
func logUniform(
  _ low: Double, _ high: Double, using generator: inout SeededGenerator
) -> Double {
  low * pow(high / low, Double(generator.uniform()))
}
let trials = (0..<24).map { _ in
  let (rate, gap) = (logUniform(0.001, 1, using: &draws), logUniform(0.01, 1, using: &draws))
  let rule = SGD(learningRate: Scalar(rate), momentum: Scalar(1 - gap))
  return Trial(rate: rate, gap: gap, loss: learn(with: rule, epochs: 2).validation[1].loss)
}
table(
  columns: ["η", "1 − μ", "η / (1 − μ)", "validation loss"],
  rows: trials.sorted { !($0.loss >= $1.loss) }.prefix(6).map {
    [fixed($0.rate, 4), fixed($0.gap, 3), fixed($0.rate / $0.gap, 2), fixed($0.loss, 3)]
  })
figure(
  "random-search",
  LineChart(
    x: Axis("η", scale: .logarithmic, range: 0.0008...1.2),
    y: Axis("1 − μ", scale: .logarithmic, range: 0.008...1.2),
    series: [
      ("loss below 0.37", { $0 < 0.37 }, Palette.category(2)),
      ("0.37 to 0.6", { (0.37..<0.6).contains($0) }, Palette.category(4)),
      ("above, or not a number", { !($0 < 0.6) }, Palette.category(8)),
    ].map { (name: String, isIn: (Double) -> Bool, color: Color) in
      let those = trials.filter { isIn($0.loss) }
      return Series(
        name, x: those.map(\.rate), y: those.map(\.gap), style: .markers, color: color)
    }
      + [0.1, 0.3, 1].map { (effective: Double) in
        Series(
          "η / (1 − μ) = \(fixed(effective, 1))", x: [effective * 0.008, effective * 1.2],
          y: [0.008, 1.2], style: .dashed,
          color: Palette.category(effective == 0.3 ? 0 : 9))
      }), caption: "Twenty-four settings of momentum, drawn at random on logarithmic scales.")

cell("contest")
let contest = zip(contestants, bestRates).map { contestant, rate in
  (name: contestant.name, runs: seeds.map { learn(with: contestant.rule(rate), seed: $0) })
}
table(
  columns: ["rule", "rate", "training loss at the end", "loss on the report", "accuracy"],
  rows: zip(bestRates, contest).map { rate, one in
    [
      one.name, rate, spread(one.runs.map { mean($0.losses.suffix(100)) }),
      spread(one.runs.map(\.report.loss)), spread(one.runs.map { $0.report.accuracy! }),
    ]
  })
func chart(of names: [String]) -> LineChart {
  LineChart(
    x: "epoch", y: Axis("validation loss", scale: .logarithmic, range: 0.15...1),
    series: contest.filter { names.contains($0.name) }.map { name, runs in
      let epochs = (0..<5).map { epoch in runs.map { $0.validation[epoch].loss } }
      return Series(name, y: epochs.map { mean($0) }, from: 1, color: color(of: name))
        .with(bandFrom: epochs.map { $0.min()! }, to: epochs.map { $0.max()! })
    })
}
figure(
  "contest",
  Panels(
    columnCount: 2,
    [
      chart(of: ["SGD", "momentum", "Nesterov", "AdaGrad"]),
      chart(of: ["RMSProp", "Adam", "Lion"]),
    ]),
  caption: "Seven rules, each with its best rate: means and ranges of three seeds.")

cell("range-test")
struct Growth: Schedule {
  let (first, last): (Scalar, Scalar)
  let steps: Int
  func learningRate(at step: Int) -> Scalar {
    first * Scalar.exp(Scalar.log(last / first) * Scalar(step) / Scalar(steps - 1))
  }
}
func means(of numbers: [Double], over count: Int) -> [Double] {
  stride(from: 0, to: numbers.count - count + 1, by: count).map { mean(numbers[$0..<$0 + count]) }
}
func rangeTest(momentum: Scalar, seed: UInt64) -> [(rate: Double, loss: Double)] {
  let (network, generator) = newNetwork(seed: seed)
  var trainer = Trainer(
    network, SGD(learningRate: 1e-4, momentum: momentum), exampleCount: learned.count,
    batchSize: 32, generator: generator)
  trainer.schedule = Growth(first: 1e-4, last: 10, steps: trainer.progress.batchCount)
  var seen: [(rate: Double, loss: Double)] = []
  trainer.run(epochs: 1) { batch, _ in
    loss(network, batch)
  } afterStep: { trainer, loss in
    seen.append((Double(trainer.optimizer.learningRate), Double(loss)))
  }
  return seen
}
func lowest(_ seen: [(rate: Double, loss: Double)]) -> Double {
  let smooth = means(of: seen.map(\.loss), over: 5)
  return seen[smooth.indices.min { !(smooth[$0] >= smooth[$1]) }! * 5 + 2].rate
}
let rangeTests = [(name: "SGD", momentum: Scalar(0)), (name: "momentum", momentum: 0.9)].map {
  rule in
  (name: rule.name, runs: seeds.map { rangeTest(momentum: rule.momentum, seed: $0) })
}
for (name, runs) in rangeTests { print("\(name): lowest at", spread(runs.map(lowest))) }
figure(
  "range-test",
  LineChart(
    x: Axis("learning rate", scale: .logarithmic), y: Axis("training loss", range: 0...4),
    series: rangeTests.flatMap { name, runs in
      runs.enumerated().map { index, seen in
        let (rates, losses) = (
          means(of: seen.map(\.rate), over: 4), means(of: seen.map(\.loss), over: 4)
        )
        return Series(
          index == 0 ? name : "", x: rates, y: losses.map { min($0, 4) }, color: color(of: name))
      }
    }), caption: "One epoch in which the rate grows from a ten-thousandth to ten; three seeds.")

cell("sharpness")
let probeImages = images(0..<500, of: digits.training).value
let probeTargets = Tensor(
  digits.training.labels(at: 0..<500).flatMap { label in (0..<10).map { $0 == label ? 1 : 0 } },
  shape: [500, 10])
func gradient(
  _ network: Sequential, on images: Tensor = probeImages, moved direction: [Tensor] = [],
  by size: Scalar = 0
) -> (loss: Double, slopes: [Tensor]) {
  let found = parameters(of: network).map(\.variable)
  let values = found.map(\.value)
  for (parameter, way) in zip(found, direction) {
    let moved = zip(parameter.value.elements, way.elements).map { $0 + size * $1 }
    parameter.setValue(Tensor(moved, shape: way.shape))
  }
  parameters(of: network).clearGradients()
  let loss = network(Variable(images)).meanSquaredError(probeTargets)
  loss.backward()
  for (parameter, value) in zip(found, values) { parameter.setValue(value) }
  return (Double(loss.value.number), found.map { $0.gradient! })
}
func size(_ parts: [Tensor]) -> Double {
  parts.reduce(0.0) { sum, part in
    part.elements.reduce(sum) { $0 + Double($1) * Double($1) }
  }.squareRoot()
}
func largestCurvature(
  of network: Sequential, on images: Tensor = probeImages, along direction: inout [Tensor],
  rounds: Int
) -> Double {
  var curvature = 0.0
  for _ in 0..<rounds {
    let (up, down) = (
      gradient(network, on: images, moved: direction, by: 0.01),
      gradient(network, on: images, moved: direction, by: -0.01)
    )
    let product = zip(up.slopes, down.slopes).map { up, down in
      Tensor(zip(up.elements, down.elements).map { ($0 - $1) / 0.02 }, shape: up.shape)
    }
    curvature = zip(direction, product).reduce(0) { sum, pair in
      zip(pair.0.elements, pair.1.elements).reduce(sum) { $0 + Double($1.0) * Double($1.1) }
    }
    let length = Scalar(size(product))
    direction = product.map { Tensor($0.elements.map { $0 / length }, shape: $0.shape) }
  }
  return curvature
}
func randomDirection(
  _ parameters: [NamedParameter], using generator: inout SeededGenerator
) -> [Tensor] {
  parameters.map { parameter in
    Tensor(
      parameter.variable.value.elements.map { _ in generator.normal() / 200 },
      shape: parameter.variable.value.shape)
  }
}
func sharpnessRun(rate: Scalar?, steps: Int) -> (losses: [Double], curvatures: [Double]) {
  var generator = SeededGenerator(seed: notebook.seed)
  let network = digitNetwork(
    [784, 32, 32, 10], activation: .tanh, initializer: .xavier, using: &generator)
  let found = parameters(of: network)
  var direction = randomDirection(found, using: &generator)
  var curvatures = [largestCurvature(of: network, along: &direction, rounds: 30)]
  var losses: [Double] = []
  for step in 0..<steps {
    if step > 0, step % 20 == 0 {
      curvatures.append(largestCurvature(of: network, along: &direction, rounds: 4))
    }
    losses.append(gradient(network).loss)
    found.descend(learningRate: rate ?? 0)
  }
  return (losses, curvatures)
}
let firstCurvature = sharpnessRun(rate: nil, steps: 0).curvatures[0]
print("largest curvature before training:", fixed(firstCurvature, 3))
let shares = [0.1, 0.3, 0.9, 1.5, 4]
let sharpnessRuns = shares.map {
  sharpnessRun(rate: Scalar($0 * 2 / firstCurvature), steps: 400)
}
table(
  columns: ["η λ / 2 before", "η", "loss before", "after 10 steps", "after 400", "η λ / 2 after"],
  rows: zip(shares, sharpnessRuns).map { share, run in
    [
      fixed(share, 1), fixed(share * 2 / firstCurvature, 2), fixed(run.losses[0], 4),
      fixed(run.losses[10], 4), fixed(run.losses[399], 4),
      fixed(run.curvatures.last! / firstCurvature * share, 2),
    ]
  })
figure(
  "sharpness",
  Panels(
    columnCount: 2,
    [
      LineChart(
        x: "steps", y: Axis("loss", scale: .logarithmic),
        series: zip(shares, sharpnessRuns).map { Series(fixed($0, 1), y: $1.losses) }),
      LineChart(
        x: "steps", y: Axis("η λ / 2", range: 0...2),
        series: zip(shares, sharpnessRuns).map { share, run in
          let products = run.curvatures.map { min(2, $0 / firstCurvature * share) }
          return Series(
            fixed(share, 1), x: products.indices.map { Double($0) * 20 }, y: products)
        }),
    ]),
  caption:
    "Gradient descent on 500 digits with five rates, named by ηλ/2 before training: the loss, and how much of the limit the largest curvature takes up."
)

cell("inputs")
typealias Pixels = (Tensor) -> Tensor
func eachPixel(_ change: @escaping (_ pixel: Scalar, _ index: Int) -> Scalar) -> Pixels {
  { images in
    let changed = images.elements.enumerated().map { change($1, $0 % images.columns) }
    return Tensor(changed, shape: images.shape)
  }
}
func columnMeans(_ images: Tensor) -> [Scalar] {
  (0..<images.columns).map { column in
    let pixels = stride(from: column, to: images.count, by: images.columns)
    return pixels.reduce(0) { $0 + images.elements[$1] } / Scalar(images.rows)
  }
}
let pixelMeans = columnMeans(probeImages)
let pixelDeviations = columnMeans(
  eachPixel { ($0 - pixelMeans[$1]) * ($0 - pixelMeans[$1]) }(probeImages)
).map { $0.squareRoot() }
let inputs: [(name: String, change: Pixels)] = [
  ("black paper: 1 − x", eachPixel { pixel, _ in 1 - pixel }),
  ("as they are", eachPixel { pixel, _ in pixel }),
  ("mean taken away", eachPixel { $0 - pixelMeans[$1] }),
  ("and divided by s", eachPixel { ($0 - pixelMeans[$1]) / max(pixelDeviations[$1], 0.1) }),
]
table(
  columns: [
    "input", "‖mean image‖²", "λ max, predicted", "λ max", "η", "loss, 20 steps", "200 steps",
    "accuracy on the report",
  ],
  rows: inputs.map { name, change in
    var generator = SeededGenerator(seed: notebook.seed)
    let network = digitNetwork(
      [784, 10], initializer: .gaussian(standardDeviation: 0.001), using: &generator)
    let found = parameters(of: network)
    let images = change(probeImages)
    let middle = columnMeans(images).reduce(0) { $0 + $1 * $1 }
    var direction = randomDirection(found, using: &generator)
    let curvature = largestCurvature(of: network, on: images, along: &direction, rounds: 60)
    let rate = 1.9 / curvature
    let losses = (0...200).map { _ in
      let loss = gradient(network, on: images).loss
      found.descend(learningRate: Scalar(rate))
      return loss
    }
    let others = change(
      Tensor(
        digits.training.scalars(at: reported), shape: [reported.count, images.columns]))
    let answers = network(Variable(others)).value.largestColumns()
    let right = zip(answers, digits.training.labels(at: reported)).count { $0 == $1 }
    return [
      name, fixed(middle, 1), "≥ \(fixed(0.2 * (middle + 1), 1))", fixed(curvature, 1),
      fixed(rate, 3),
      fixed(losses[20], 4), fixed(losses[200], 4), fixed(Double(right) / Double(reported.count), 3),
    ]
  })

cell("noise-scale")
func squaredNorm(_ network: Sequential, _ batch: [Int]) -> Double {
  parameters(of: network).clearGradients()
  loss(network, batch).backward()
  let norm = Double(parameters(of: network).gradientNorm)
  return norm * norm
}
func noiseScale(
  _ network: Sequential, using generator: inout SeededGenerator
) -> (signal: Double, noise: Double) {
  let (small, large) = (8, 512)
  let order = generator.permutation(count: learned.count)
  let norms = [small, large].map { size in
    mean(
      (0..<learned.count / size).map {
        squaredNorm(network, Array(order[$0 * size..<($0 + 1) * size]))
      })
  }
  let (a, b) = (Double(small), Double(large))
  return ((b * norms[1] - a * norms[0]) / (b - a), (norms[0] - norms[1]) / (1 / a - 1 / b))
}
let noiseScales = seeds.map { seed in
  var (network, generator) = newNetwork(seed: seed)
  var trainer = Trainer(
    network, SGD(learningRate: 0.03), exampleCount: learned.count, batchSize: 32,
    generator: generator)
  return [0, 1, 2, 5].map { epochs in
    trainer.run(epochs: epochs) { batch, _ in loss(network, batch) }
    return noiseScale(network, using: &generator)
  }
}
table(
  columns: ["epochs", "‖G‖²", "tr Σ", "noise scale tr Σ / ‖G‖²"],
  rows: [0, 1, 2, 5].enumerated().map { index, epochs in
    let those = noiseScales.map { $0[index] }
    return [
      epochs, spread(those.map(\.signal), 2), spread(those.map(\.noise), 0),
      spread(those.map { $0.noise / $0.signal }, 0),
    ]
  })

cell("batch-size")
struct BatchRun {
  var (examples, seconds, losses): ([Double], [Double], [Double]) = ([], [], [])
}
func batchRun(size: Int, rate: Scalar, seed: UInt64) -> BatchRun {
  let (network, generator) = newNetwork(seed: seed)
  var trainer = Trainer(
    network, SGD(learningRate: rate), exampleCount: learned.count, batchSize: size,
    generator: generator)
  var run = BatchRun()
  var seconds = 0.0
  for epoch in 1...3 {
    seconds +=
      time {
        trainer.run(epochs: epoch) { batch, _ in loss(network, batch) }
      }.seconds
    run.examples.append(Double(epoch * learned.count))
    run.seconds.append(seconds)
    run.losses.append(evaluate(network, on: digits.training, reported).loss)
  }
  return run
}
let batchSizes = [8, 32, 128, 512]
let batchRates: [Scalar] = [0.025, 0.1, 0.4, 1.6]
let batchRuns = batchSizes.map { size in
  batchRates.map { rate in
    seeds.map { batchRun(size: size, rate: rate, seed: $0) }
  }
}
table(
  columns: ["batch", "steps"] + batchRates.map { "η = \($0)" } + ["time"],
  rows: zip(batchSizes, batchRuns).map { size, runs in
    [size, 3 * ((learned.count + size - 1) / size)]
      + runs.map { spread($0.map { $0.losses[2] }, 2) }
      + [timing(mean(runs[1].map { $0.seconds[2] }))]
  })
let bestBatchRuns = zip(batchSizes, batchRuns).map { size, runs in
  let losses = runs.map { rate in mean(rate.map { $0.losses[2] }) }
  let place = losses.indices.min { !(losses[$0] >= losses[$1]) }!
  return (name: "\(size), η = \(batchRates[place])", runs: runs[place])
}
func batchChart(_ x: Axis, _ place: (BatchRun) -> [Double]) -> LineChart {
  LineChart(
    x: x, y: Axis("loss on the report", scale: .logarithmic),
    series: bestBatchRuns.map { name, runs in
      Series(
        name, x: (0..<3).map { epoch in mean(runs.map { place($0)[epoch] }) },
        y: (0..<3).map { epoch in mean(runs.map { $0.losses[epoch] }) },
        style: .lineAndMarkers)
    })
}
figure(
  "batch-examples", batchChart("examples seen") { $0.examples },
  caption: "Four batch sizes, each with its best of the four rates, after equally many examples.")
figure(
  "batch-seconds", batchChart(Axis("seconds", scale: .logarithmic)) { $0.seconds },
  caption: "The same runs by the clock.", isVolatile: true)

cell("depth")
let depth = 20
let depthWidth = 128
let units: [(name: String, activation: Activation, slope: Scalar)] = [
  ("sigmoid", .sigmoid, 0.25), ("tanh", .tanh, 1), ("ReLU", .relu, Scalar(0.5).squareRoot()),
]
let beginnings: [(name: String, initializer: Initializer, deviation: Scalar)] = [
  ("s = 0.01", .gaussian(standardDeviation: 0.01), 0.01),
  ("Xavier", .xavier, (1 / Scalar(depthWidth)).squareRoot()),
  ("He", .he, (2 / Scalar(depthWidth)).squareRoot()),
]
func gradientSizes(_ activation: Activation, _ initializer: Initializer) -> [Double] {
  var generator = SeededGenerator(seed: notebook.seed)
  let network = digitNetwork(
    [784] + [Int](repeating: depthWidth, count: depth) + [10], activation: activation,
    initializer: initializer, using: &generator)
  var signal = images(0..<100, of: digits.training)
  let outputs = network.layers.map { layer in
    signal = layer(signal, .evaluation)
    signal.keepsGradient = true
    return signal
  }
  signal.softmaxCrossEntropy(digits.training.labels(at: 0..<100)).backward()
  return outputs.dropLast().map { output in
    let squares = output.gradient!.elements.reduce(0.0) { $0 + Double($1) * Double($1) }
    return (squares / Double(output.value.count)).squareRoot()
  }
}
let depthCases = units.flatMap { unit in beginnings.map { (unit: unit, beginning: $0) } }
let sizesByDepth = depthCases.map { gradientSizes($0.unit.activation, $0.beginning.initializer) }
table(
  columns: [
    "units", "weights", "predicted factor a layer", "measured", "layer 1 against layer 20",
  ],
  rows: zip(depthCases, sizesByDepth).map { depthCase, sizes in
    let predicted =
      Scalar(depthWidth).squareRoot() * depthCase.beginning.deviation * depthCase.unit.slope
    let ratio = sizes[0] / sizes[depth - 1]
    let factor = Scalar.exp(Scalar.log(Scalar(ratio)) / Scalar(depth - 1))
    return [
      depthCase.unit.name, depthCase.beginning.name, fixed(predicted, 3), fixed(factor, 3),
      scientific(ratio, 0),
    ]
  })
figure(
  "depth",
  Panels(
    columnCount: 3, panelHeight: 320,
    units.map { unit in
      LineChart(
        title: unit.name, x: "layer",
        y: Axis("gradient / layer 20's", scale: .logarithmic, range: 1e-6...10),
        series: zip(depthCases, sizesByDepth).filter { $0.0.unit.name == unit.name }.enumerated()
          .flatMap { index, one in
            let factor =
              Double(depthWidth).squareRoot() * Double(one.0.beginning.deviation * unit.slope)
            let color = Palette.category(index)
            return [
              Series(
                one.0.beginning.name, y: one.1.map { $0 / one.1[depth - 1] }, from: 1, color: color),
              Series(
                "", y: (1...depth).map { pow(factor, Double(depth - $0)) }, from: 1,
                style: .dashed, color: color),
            ]
          })
    }),
  caption:
    "The gradient with respect to each layer's output, before training; dashed what was predicted. What falls below the frame goes on falling."
)

cell("clipping")
struct DeepRun {
  var (losses, norms): ([Double], [Double]) = ([], [])
  var report = 0.0
}
func deepRun(rate: Scalar, limit: Scalar?, _ initializer: Initializer, seed: UInt64) -> DeepRun {
  let (network, generator) = newNetwork(
    [784, 64, 64, 64, 64, 64, 64, 10], initializer: initializer, seed: seed)
  var trainer = Trainer(
    network, SGD(learningRate: rate), exampleCount: learned.count, batchSize: 32,
    generator: generator)
  var run = DeepRun()
  trainer.adjustGradients = { parameters in
    run.norms.append(Double(parameters.gradientNorm))
    if let limit { parameters.clipGradients(toNorm: limit) }
  }
  trainer.run(epochs: 3) { batch, _ in
    loss(network, batch)
  } afterStep: { _, loss in
    run.losses.append(Double(loss))
  }
  run.report = evaluate(network, on: digits.training, reported).loss
  return run
}
let wide = Initializer.gaussian(standardDeviation: 0.25)
let clippingRuns: [(name: String, runs: [DeepRun])] = [
  ("s = 0.25, η = 0.1", 0.1, nil, wide),
  ("clipped at 5", 0.1, 5, wide),
  ("not clipped, η = 0.004", 0.004, nil, wide),
  ("He's weights, η = 0.1", 0.1, nil, .he),
].map { (name: String, rate: Scalar, limit: Scalar?, initializer: Initializer) in
  (name, seeds.map { deepRun(rate: rate, limit: limit, initializer, seed: $0) })
}
table(
  columns: [
    "run", "norm, first step", "ended in a number", "training loss at the end",
    "loss on the report",
  ],
  rows: clippingRuns.map { name, runs in
    [
      name, spread(runs.map { $0.norms[0] }, 0),
      "\(runs.count { $0.losses.allSatisfy(\.isFinite) }) of \(runs.count)",
      spread(runs.map { mean($0.losses.suffix(100)) }), spread(runs.map(\.report)),
    ]
  })
figure(
  "clipping",
  Panels(
    columnCount: 2,
    [
      LineChart(
        x: Axis("steps", range: 0...30),
        y: Axis("norm of the gradient", scale: .logarithmic, range: 1...1e5),
        series: clippingRuns.map { Series($0.name, y: $0.runs[0].norms, style: .lineAndMarkers) }),
      LineChart(
        x: "steps", y: Axis("training loss", scale: .logarithmic, range: 0.1...100),
        series: clippingRuns.map {
          let losses = means(of: $0.runs[0].losses, over: 10)
          return Series($0.name, x: losses.indices.map { Double($0) * 10 + 5 }, y: losses)
        }),
    ]),
  caption:
    "Left: the first thirty gradients with one seed, before clipping. Right: the loss; the first run has left the frame after a few steps."
)

cell("first-checks")
struct Patient {
  let name: String
  var initializer = Initializer.he
  var rate: Scalar = 0.1
  var hasShuffledLabels = false
  var hasBrokenPixel = false
}
let patients = [
  Patient(name: "healthy"),
  Patient(name: "large weights", initializer: .gaussian(standardDeviation: 1)),
  Patient(name: "tiny weights", initializer: .gaussian(standardDeviation: 0.001)),
  Patient(name: "rate / 1000", rate: 0.0001),
  Patient(name: "rate × 30", rate: 3),
  Patient(name: "labels shuffled", hasShuffledLabels: true),
  Patient(name: "a pixel that is NaN", hasBrokenPixel: true),
]
func examine(_ patient: Patient) -> [Any] {
  var generator = SeededGenerator(seed: notebook.seed)
  let order = patient.hasShuffledLabels ? generator.permutation(count: 2000) : Array(0..<2000)
  let labels = digits.training.labels(at: order)
  func batch(_ indices: some Collection<Int>) -> (Variable, [Int]) {
    var pixels = digits.training.scalars(at: indices)
    if patient.hasBrokenPixel { pixels[300] = .nan }
    return (
      Variable(Tensor(pixels, shape: [indices.count, digits.training.pixelsPerImage])),
      indices.map { labels[$0] }
    )
  }
  func newNetwork() -> Sequential {
    var generator = SeededGenerator(seed: notebook.seed)
    return digitNetwork(
      [784, 64, 64, 10], initializer: patient.initializer, using: &generator)
  }
  // One batch, again and again.
  let one = newNetwork()
  let (images, answers) = batch(0..<32)
  var losses: [Double] = []
  var firstSteps: [Scalar] = []
  let found = parameters(of: one)
  for step in 0..<200 {
    let before = found.map(\.variable.value)
    found.clearGradients()
    let loss = one(images).softmaxCrossEntropy(answers)
    loss.backward()
    losses.append(Double(loss.value.number))
    found.descend(learningRate: patient.rate)
    if step == 0 { firstSteps = found.relativeChanges(since: before) }
  }
  // An epoch, and the validation images.
  let network = newNetwork()
  for start in stride(from: 0, to: 2000, by: 20) {
    let (images, answers) = batch(start..<start + 20)
    parameters(of: network).clearGradients()
    network(images).softmaxCrossEntropy(answers).backward()
    parameters(of: network).descend(learningRate: patient.rate)
  }
  let broken = newNetwork().firstNonFiniteLayer(for: images)
  return [
    patient.name, fixed(losses[0], 2), fixed(losses[199], 3),
    zip(found, firstSteps).filter { $0.0.name.hasSuffix("weight") }
      .map { scientific($0.1, 0) }.joined(separator: ", "),
    fixed(evaluate(network, on: digits.training, validated).accuracy!, 2),
    broken.map { "layer \($0)" } ?? "none",
  ]
}
table(
  columns: [
    "patient", "first loss", "one batch, 200 steps", "first step / weight, by layer",
    "validation accuracy", "first not finite",
  ], rows: patients.map(examine))

cell("thinned")
func thinned(_ title: String, dropped: Set<Int>) -> Graph {
  let sizes = [4, 5, 5, 2]
  let places = sizes.indices.flatMap { layer in (0..<sizes[layer]).map { (layer, $0) } }
  return Graph(
    title: title,
    nodes: places.enumerated().map { index, place in
      let row = Double(place.1) - Double(sizes[place.0] - 1) / 2 + 2
      return Graph.Node(
        "", column: Double(place.0) * 1.5, row: row, shape: .circle,
        color: dropped.contains(index) ? grey : Palette.category(0))
    },
    edges: places.indices.flatMap { start in
      places.indices.filter {
        places[$0].0 == places[start].0 + 1 && !dropped.contains(start) && !dropped.contains($0)
      }.map { Graph.Edge(start, $0) }
    })
}
figure(
  "thinned",
  Panels(
    columnCount: 3, panelHeight: 250,
    [
      thinned("used", dropped: []), thinned("one example", dropped: [5, 7, 9, 11]),
      thinned("the next", dropped: [4, 10, 12, 13]),
    ]), caption: "Dropout with p = ½: each example trains what is left of the hidden units.")

cell("over-fitting")
struct Remedy {
  let name: String
  var dropout: Scalar = 0
  var magnitudes: Scalar = 0
  var decay: Scalar = 0
}
struct FewDigits {
  let history: [EpochRecord]
  let report: Evaluation
  let smallShare: Double
}
func learnFewDigits(_ remedy: Remedy, seed: UInt64) -> FewDigits {
  let (network, generator) = newNetwork(
    dropout: remedy.dropout, seed: seed)
  let weights = parameters(of: network).filter { $0.name.hasSuffix("weight") }
  var trainer = Trainer(
    network, AdamW(weightDecay: remedy.decay), exampleCount: 500, batchSize: 32,
    generator: generator)
  trainer.run(epochs: 40) { batch, generator in
    let phase = Phase.training(seed: remedy.dropout > 0 ? generator.next() : 0)
    let loss = loss(network, batch, phase)
    return remedy.magnitudes > 0 ? loss + weights.l1Penalty(remedy.magnitudes) : loss
  } evaluate: {
    evaluate(network, on: digits.training, validated.prefix(1000))
  }
  let magnitudes = weights[0].variable.value.elements.map { abs($0) }
  return FewDigits(
    history: trainer.progress.history, report: evaluate(network, on: digits.training, reported),
    smallShare: Double(magnitudes.count { $0 < 1e-3 }) / Double(magnitudes.count))
}
func chosen(_ remedies: [Remedy]) -> Remedy {
  let lowest = remedies.map { remedy in
    learnFewDigits(remedy, seed: notebook.seed).history.map { $0.evaluation!.loss }.min()!
  }
  return remedies[lowest.indices.min { lowest[$0] < lowest[$1] }!]
}
let decay = chosen([0.3, 1, 3].map { Remedy(name: "decay, α = \($0)", decay: $0) })
let magnitudes = chosen(
  [0.0001, 0.0003].map { Remedy(name: "L1, α = \($0)", magnitudes: $0) })
let dropout = chosen([0.25, 0.5].map { Remedy(name: "dropout, p = \($0)", dropout: $0) })
let remedies = [
  Remedy(name: "nothing"), decay, magnitudes, dropout,
  Remedy(name: "decay and dropout", dropout: dropout.dropout, decay: decay.decay),
]
let fewDigits = remedies.map { remedy in
  seeds.map { learnFewDigits(remedy, seed: $0) }
}
table(
  columns: [
    "remedy", "training loss", "lowest validation loss", "loss on the report", "accuracy",
    "weights below 0.001",
  ],
  rows: zip(remedies, fewDigits).map { remedy, runs in
    [
      remedy.name, fixed(mean(runs.map { $0.history[39].trainingLoss }), 4),
      spread(runs.map { $0.history.map { $0.evaluation!.loss }.min()! }),
      spread(runs.map(\.report.loss)), spread(runs.map { $0.report.accuracy! }),
      fixed(mean(runs.map(\.smallShare)), 2),
    ]
  })
func remedyChart(_ y: Axis, _ value: (EpochRecord) -> Double) -> LineChart {
  LineChart(
    x: "epoch", y: y,
    series: zip(remedies, fewDigits).enumerated().map { index, one in
      let epochs = (0..<40).map { epoch in one.1.map { value($0.history[epoch]) } }
      return Series(
        one.0.name, y: epochs.map { mean($0) }, from: 1,
        color: Palette.category([0, 1, 4, 2, 3][index])
      ).with(bandFrom: epochs.map { $0.min()! }, to: epochs.map { $0.max()! })
    })
}
figure(
  "over-fitting",
  Panels(
    columnCount: 2,
    [
      remedyChart(Axis("training loss", scale: .logarithmic)) { $0.trainingLoss },
      remedyChart(Axis("validation loss", range: 0.3...0.8)) { $0.evaluation!.loss },
    ]), caption: "What a network does with five hundred digits: means and ranges of three seeds.")

cell("early-stopping")
let (hasty, hastyGenerator) = newNetwork()
var hastyTrainer = Trainer(
  hasty, Adam(), exampleCount: 500, batchSize: 32, generator: hastyGenerator)
hastyTrainer.earlyStopping = EarlyStopping(patience: 5)
hastyTrainer.run(epochs: 60) { batch, _ in
  loss(hasty, batch)
} evaluate: {
  evaluate(hasty, on: digits.training, validated)
}
let rested = evaluate(hasty, on: digits.training, validated)
let restedReport = evaluate(hasty, on: digits.training, reported)
print("stopped after \(hastyTrainer.progress.history.count) epochs of 60")
print(
  "restored those of epoch \(hastyTrainer.earlyStopping!.bestIndex! + 1): loss \(fixed(rested.loss, 3))"
)
print(
  "on the report: loss \(fixed(restedReport.loss, 3)), accuracy \(fixed(restedReport.accuracy!, 3))"
)

cell("noise")
func noisyBowl(rate: Double) -> (variance: Double, ofMeans: Double) {
  var generator = SeededGenerator(seed: notebook.seed)
  var (w, sum, squares, squaresOfMeans) = (0.0, 0.0, 0.0, 0.0)
  for step in 1...400_000 {
    w -= rate * (w + Double(generator.normal()))
    squares += w * w
    sum += w
    if step % 1000 == 0 {
      squaresOfMeans += sum * sum / 1e6
      sum = 0
    }
  }
  return (squares / 400_000, squaresOfMeans / 400)
}
table(
  columns: [
    "η", "V predicted", "V measured", "excess loss", "V of means of 1,000 steps, predicted",
    "measured",
  ],
  rows: [0.01, 0.1, 0.5, 1].map { rate in
    let (variance, ofMeans) = noisyBowl(rate: rate)
    return [
      fixed(rate, 2), fixed(rate / (2 - rate), 4), fixed(variance, 4), fixed(variance / 2, 4),
      fixed(1 / 1000.0, 4), fixed(ofMeans, 4),
    ]
  })

cell("schedules")
let scheduledSteps = 5 * 96
let (cosine, warmUp) = (
  CosineDecay(from: 0.01, steps: scheduledSteps),
  LinearRamp(to: 0.01, steps: 100)
    .followed(by: CosineDecay(from: 0.01, steps: scheduledSteps - 100), after: 100)
)
let schedules: [(name: String, schedule: any Schedule, averaging: Scalar?)] = [
  ("constant, 0.01", ConstantRate(0.01), nil),
  ("constant, 0.003", ConstantRate(0.003), nil),
  ("step", StepDecay(from: 0.01, factor: 0.3, every: scheduledSteps / 4), nil),
  ("cosine", cosine, nil), ("warm-up + cosine", warmUp, nil),
  ("0.01, weights averaged", ConstantRate(0.01), 0.99),
]
let scheduled = schedules.map { schedule in
  seeds.map {
    learn(with: Adam(), schedule: schedule.schedule, averaging: schedule.averaging, seed: $0)
  }
}
table(
  columns: ["schedule", "first 50 losses", "last 100", "loss on the report", "accuracy"],
  rows: zip(schedules, scheduled).map { schedule, runs in
    [
      schedule.name, fixed(mean(runs.map { mean($0.losses.prefix(50)) }), 3),
      fixed(mean(runs.map { mean($0.losses.suffix(100)) }), 3), spread(runs.map(\.report.loss)),
      spread(runs.map { $0.report.accuracy! }),
    ]
  })
figure(
  "schedules",
  Panels(
    columnCount: 2,
    [
      LineChart(
        x: "steps", y: "learning rate",
        series: schedules.prefix(5).map { schedule in
          Series(
            schedule.name,
            y: (0..<scheduledSteps).map { Double(schedule.schedule.learningRate(at: $0)) })
        }),
      LineChart(
        x: "epoch", y: Axis("validation loss", scale: .logarithmic),
        series: zip(schedules, scheduled).map { schedule, runs in
          let epochs = (0..<5).map { epoch in runs.map { $0.validation[epoch].loss } }
          return Series(schedule.name, y: epochs.map { mean($0) }, from: 1)
            .with(bandFrom: epochs.map { $0.min()! }, to: epochs.map { $0.max()! })
        }),
    ]), caption: "Schedules, and Adam under each of them: means and ranges of three seeds.")

cell("checkpoint")
struct PowerCut: Error {}
let file = FileManager.default.temporaryDirectory
  .appending(path: "optimizers-\(ProcessInfo.processInfo.processIdentifier).safetensors").path
func newTrainer() -> (network: Sequential, trainer: Trainer<Adam>) {
  let (network, generator) = newNetwork(dropout: 0.2)
  let trainer = Trainer(
    network, Adam(), exampleCount: 2000, batchSize: 32, generator: generator)
  return (network, trainer)
}
var (whole, wholeTrainer) = newTrainer()
wholeTrainer.run(epochs: 3) { loss(whole, $0, .training(seed: $1.next())) }

var (killed, killedTrainer) = newTrainer()
do {
  try killedTrainer.run(epochs: 3) { batch, generator in
    loss(killed, batch, .training(seed: generator.next()))
  } afterStep: { trainer, _ in
    try trainer.save(to: file, everySteps: 50)
    if trainer.progress.stepCount == 123 { throw PowerCut() }
  }
} catch {
  print("killed after step \(killedTrainer.progress.stepCount)")
}

var (resumed, resumedTrainer) = newTrainer()
notebook.attempt { try resumedTrainer.resume(from: file) }
print("resumed at step \(resumedTrainer.progress.stepCount)")
resumedTrainer.run(epochs: 3) { loss(resumed, $0, .training(seed: $1.next())) }
func bits(_ network: Sequential) -> [UInt64] {
  parameters(of: network).flatMap { $0.variable.value.elements.map { UInt64($0.bitPattern) } }
}
print("same bits in every parameter:", bits(resumed) == bits(whole))
print("same state and history:", resumedTrainer.checkpoint == wholeTrainer.checkpoint)
let contents = notebook.attempt { try SafeTensors(contentsOf: file) }
print(contents.tensors.keys.sorted().prefix(4).joined(separator: "\n"))
try? FileManager.default.removeItem(atPath: file)

cell("ablation")
let afterWarmUp = LinearRamp(to: 0.01, steps: 100)
  .followed(by: ConstantRate(0.01), after: 100)
struct Recipe {
  let name: String
  var initializer = Initializer.he
  var dropout: Scalar = 0.25
  var decay: Scalar = 0.05
  var schedule: any Schedule = warmUp
}
let recipes = [
  Recipe(name: "all five"),
  Recipe(name: "Xavier for He", initializer: .xavier),
  Recipe(name: "no dropout", dropout: 0),
  Recipe(name: "no decay", decay: 0),
  Recipe(name: "no warm-up", schedule: cosine),
  Recipe(name: "no cosine", schedule: afterWarmUp),
]
table(
  columns: ["recipe", "loss on the report", "accuracy"],
  rows: recipes.map { recipe in
    let runs = seeds.map { seed in
      learn(
        with: AdamW(weightDecay: recipe.decay), schedule: recipe.schedule,
        initializer: recipe.initializer, dropout: recipe.dropout,
        seed: seed)
    }
    return [
      recipe.name, spread(runs.map(\.report.loss)), spread(runs.map { $0.report.accuracy! }, 4),
    ]
  })

cell("best")
let isMNIST = notebook.dataFolder != nil
let bestSizes = isMNIST ? [784, 512, 256, 10] : [784, 256, 128, 10]
let bestEpochs = notebook.epochs ?? (isMNIST ? 12 : 10)
let (best, bestGenerator) = newNetwork(bestSizes, dropout: 0.25)
var bestTrainer = Trainer(
  best, AdamW(weightDecay: 0.05), exampleCount: digits.training.count,
  batchSize: 128, generator: bestGenerator)
let bestSteps = bestEpochs * bestTrainer.progress.batchCount
let bestSchedule = LinearRamp(to: 0.002, steps: bestSteps / 10)
  .followed(
    by: CosineDecay(from: 0.002, steps: bestSteps - bestSteps / 10), after: bestSteps / 10)
bestTrainer.schedule = bestSchedule
if let checkpoint = notebook.checkpointToLoad {
  notebook.attempt { try bestTrainer.resume(from: checkpoint) }
}
let bestProgress = progress(
  bestSizes.map(String.init).joined(separator: "-"),
  total: bestSteps - bestTrainer.progress.stepCount, epochs: bestEpochs)
let bestTime = time {
  notebook.attempt {
    try bestTrainer.run(epochs: bestEpochs) { batch, generator in
      loss(best, batch, .training(seed: generator.next()))
    } afterStep: { trainer, loss in
      bestProgress.advance(loss: loss)
      if let file = notebook.checkpointToSave { try trainer.save(to: file, everySteps: 100) }
    }
  }
}
bestProgress.finish()
if let file = notebook.checkpointToSave { notebook.attempt { try bestTrainer.save(to: file) } }
print("\(parameters(of: best).scalarCount) parameters, trained in \(bestTime)")
metric(
  "best_mlp_test_accuracy",
  evaluate(best, on: digits.test, 0..<digits.test.count).accuracy!)

cell("kernels")
func comparison(_ name: String, bytes: Int, _ kernel: (Backend) -> Void) -> [Any] {
  let naive = time(repetitions: 3) { kernel(.naive) }
  let fast = time(repetitions: 20) { kernel(.fast) }
  return [
    name, bytes, naive, fast, volatile("× " + fixed(naive.seconds / fast.seconds, 1)),
    volatile(fixed(Double(bytes) / fast.seconds / 1000, 1)),
  ]
}
func comparisons() -> [[Any]] {
  var generator = SeededGenerator(seed: notebook.seed)
  let gradient = (0..<1_000_000).map { _ in generator.normal() }
  var value = Tensor(gradient, shape: [1_000_000])
  var (mean, squares) = (Tensor(shape: [1_000_000]), Tensor(shape: [1_000_000]))
  let step = AdamStep(number: 10, rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
  return [
    comparison("gradient descent", bytes: 12) { backend in
      value.update { backend.update.descend(&$0, gradient.span, rate: 1e-3, weightDecay: 0) }
    },
    comparison("momentum", bytes: 20) { backend in
      value.update { value in
        mean.update {
          backend.update.descendWithMomentum(
            &value, gradient.span, velocity: &$0, rate: 1e-3, momentum: 0.9, dampening: 0,
            weightDecay: 0, nesterov: false)
        }
      }
    },
    comparison("AdaGrad", bytes: 20) { backend in
      value.update { value in
        squares.update {
          backend.update.adaGrad(
            &value, gradient.span, squareSum: &$0, rate: 1e-3, epsilon: 1e-10, weightDecay: 0)
        }
      }
    },
    comparison("RMSProp", bytes: 20) { backend in
      value.update { value in
        squares.update {
          backend.update.rmsProp(
            &value, gradient.span, meanSquare: &$0, rate: 1e-3, decay: 0.99, epsilon: 1e-8,
            weightDecay: 0)
        }
      }
    },
    comparison("Adam", bytes: 28) { backend in
      value.update { value in
        mean.update { mean in
          squares.update {
            backend.update.adam(
              &value, gradient.span, firstMoment: &mean, secondMoment: &$0, step)
          }
        }
      }
    },
    comparison("Lion", bytes: 20) { backend in
      value.update { value in
        mean.update {
          backend.update.lion(
            &value, gradient.span, mean: &$0, rate: 1e-3, beta1: 0.9, beta2: 0.99, weightDecay: 0)
        }
      }
    },
    comparison("dropout", bytes: 8) { backend in
      mean.update { backend.regularization.dropout(&$0, rate: 0.5, seed: 1) }
    },
    comparison("clamp", bytes: 8) { backend in
      value.update { backend.regularization.clamp(&$0, limit: 1) }
    },
    comparison("sum of magnitudes", bytes: 4) { backend in
      _ = backend.regularization.sumOfMagnitudes(gradient.span)
    },
    comparison("its backward pass", bytes: 12) { backend in
      value.update {
        backend.regularization.sumOfMagnitudesBackward(gradient.span, upstream: 1, gradient: &$0)
      }
    },
  ]
}
table(
  columns: ["kernel", "bytes a number", "naive", "fast", "gain", "GB/s"], rows: comparisons())
