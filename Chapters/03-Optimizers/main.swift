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
        title: bowl.name,
        grid: Grid(x: -0.6...1.2, y: -2.2...2.2) {
          0.5 * ($0.x * $0.x + Double(condition) * $0.y * $0.y)
        },
        paths: [
          Series("plain", points: path(of: plain, on: bowl, steps: 40)),
          Series("momentum", points: path(of: momentum, on: bowl, steps: 40)),
        ],
        marks: [.zero])
    }), caption: "Forty steps on two bowls, each rule with its best rate.")

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
let products = (0...80).map { Double($0) / 20 }
let momenta = (0..<50).map { Double($0) / 50 }
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
        columnLabels: products.indices.map { $0 % 20 == 0 ? fixed(products[$0], 0) : "" },
        rowLabels: momenta.reversed().map {
          Int(($0 * 50).rounded()) % 10 == 0 ? fixed($0, 1) : ""
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
      .init("v", detail: "β₂ v + (1 − β₂) g²", column: 1.4, row: 1.6),
      .init("m̂", detail: "m / (1 − β₁ᵗ)", column: 2.8, row: 0.4),
      .init("√v̂ + ε", detail: "v̂ = v / (1 − β₂ᵗ)", column: 2.8, row: 1.6),
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
var (m, v, keptMean, keptSquare) = (0.0, 0.0, 1.0, 1.0)
for step in 1...3000 {
  (m, v) = (0.9 * m + 0.1 * 5, 0.999 * v + 0.001 * 25)
  (keptMean, keptSquare) = (0.9 * keptMean, 0.999 * keptSquare)
  if [1, 2, 5, 10, 30, 100, 1000, 3000].contains(step) {
    let corrected = m / (1 - keptMean) / (v / (1 - keptSquare)).squareRoot()
    firstSteps.append([
      step, fixed(m, 3), fixed(v, 3), fixed(m / v.squareRoot(), 2), fixed(corrected, 2),
    ])
  }
}
table(columns: ["t", "m", "v", "m / √v", "m̂ / √v̂"], rows: firstSteps)

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
func landscape(_ surface: Surface, x: ClosedRange<Double>, y: ClosedRange<Double>) -> ContourPlot {
  ContourPlot(
    title: surface.name, grid: valueGrid(surface, x: x, y: y), isLogarithmic: true,
    paths: valleyRules.filter { ["SGD", "momentum", "RMSProp", "Adam"].contains($0.name) }.map {
      Series($0.name, points: path(of: $0.rule, on: surface, steps: 1000))
    }, marks: [surface.minimum])
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
    [
      landscape(rosenbrock, x: -1.6...1.6, y: -0.6...1.8),
      landscape(beale, x: -0.5...4, y: -0.8...1.9),
    ]), caption: "A thousand steps in two curved valleys; the cross is the minimum.")

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
        grid: Grid(x: -1.2...1.2, y: -0.4...1.4) {
          $0.x * $0.x - 0.5 * $0.y * $0.y + 0.25 * $0.y * $0.y * $0.y * $0.y
        },
        paths: saddlePaths.enumerated().map {
          Series($1.name, points: $1.points, color: Palette.category($0))
        }, marks: [Point(0.0, 1.0)]),
      LineChart(
        x: "steps", y: "y", series: saddlePaths.map { Series($0.name, y: $0.points.map(\.y)) }),
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
  _ sizes: [Int] = [784, 64, 64, 10], dropout: Scalar = 0
) -> (network: Sequential, generator: SeededGenerator) {
  var generator = SeededGenerator(seed: notebook.seed)
  let network = digitNetwork(sizes, dropout: dropout, using: &generator)
  return (network, generator)
}
let learned = 0..<5000
let validated = 5000..<8000
print("\(digits.name): learning from \(learned.count), choosing by \(validated.count) others")

cell("sweep")
func means(of numbers: [Double], over count: Int) -> [Double] {
  stride(from: 0, to: numbers.count - count + 1, by: count).map {
    numbers[$0..<$0 + count].reduce(0, +) / Double(count)
  }
}
func learn(
  with rule: some Optimizer, epochs: Int, schedule: (any Schedule)? = nil
) -> (losses: [Double], last: Evaluation) {
  let (network, generator) = newNetwork()
  var trainer = Trainer(
    network, rule, exampleCount: learned.count, batchSize: 32,
    generator: generator)
  trainer.schedule = schedule
  var losses: [Double] = []
  trainer.run(epochs: epochs) { batch, _ in
    loss(network, batch)
  } afterStep: { _, loss in
    losses.append(Double(loss))
  }
  return (losses, evaluate(network, on: digits.training, validated))
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
  ("AdamW", [0.0003, 0.001, 0.003, 0.01], { AdamW(learningRate: $0) }),
  ("Lion", [0.0001, 0.0003, 0.001, 0.003], { Lion(learningRate: $0) }),
]
var bestRates: [Scalar] = []
table(
  columns: ["rule", "rates", "validation loss with each", "best rate"],
  rows: contestants.map { name, rates, rule in
    let losses = rates.map { learn(with: rule($0), epochs: 2).last.loss }
    let best = rates[losses.indices.min { losses[$0] < losses[$1] }!]
    bestRates.append(best)
    return [
      name, rates.map { "\($0)" }.joined(separator: ", "),
      losses.map { $0.isNaN ? "not a number" : fixed($0, 3) }.joined(separator: ", "), "\(best)",
    ]
  })

cell("contest")
let contest = zip(contestants, bestRates).map { contestant, rate in
  let rule = contestant.rule(rate)
  return learn(with: rule, epochs: 5)
}
table(
  columns: ["rule", "loss of the last 100 steps", "validation loss", "validation accuracy"],
  rows: zip(contestants, contest).map { contestant, run in
    [
      contestant.name, fixed(run.losses.suffix(100).reduce(0, +) / 100, 3),
      fixed(run.last.loss, 3), fixed(run.last.accuracy!, 3),
    ]
  })
figure(
  "contest",
  LineChart(
    x: "steps", y: Axis("training loss", scale: .logarithmic),
    series: zip(contestants, contest).map { contestant, run in
      let losses = means(of: run.losses, over: 39)
      return Series(
        contestant.name, x: losses.indices.map { Double($0) * 39 + 20 }, y: losses)
    }), caption: "Eight rules, each with its best rate, on the same network and the same batches.")

cell("range-test")
struct Growth: Schedule {
  let (first, last): (Scalar, Scalar)
  let steps: Int
  func learningRate(at step: Int) -> Scalar {
    first * Scalar.exp(Scalar.log(last / first) * Scalar(step) / Scalar(steps - 1))
  }
}
func rangeTest(momentum: Scalar) -> [(rate: Double, loss: Double)] {
  let (network, generator) = newNetwork()
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
let rangeTests = [(name: "SGD", momentum: Scalar(0)), (name: "momentum", momentum: 0.9)].map {
  (name: $0.name, seen: rangeTest(momentum: $0.momentum))
}
for (name, seen) in rangeTests {
  let smooth = (4..<seen.count).map { step in
    seen[step - 4...step].reduce(0) { $0 + $1.loss } / 5
  }
  let lowest = smooth.indices.min { smooth[$0] < smooth[$1] }!
  let lost = smooth.indices.first { $0 > lowest && !(smooth[$0] < 2.3) }
  print(
    "\(name): lowest at \(fixed(seen[lowest + 4].rate, 3)), worse than guessing from "
      + (lost.map { fixed(seen[$0 + 4].rate, 2) } ?? "nowhere") + " on")
}
figure(
  "range-test",
  LineChart(
    x: Axis("learning rate", scale: .logarithmic), y: Axis("training loss", range: 0...4),
    series: rangeTests.map { name, seen in
      Series(name, x: seen.map(\.rate), y: seen.map { min($0.loss, 4) })
    }), caption: "One epoch in which the rate grows from a ten-thousandth to ten.")

cell("sharpness")
let probeImages = images(0..<500, of: digits.training).value
let probeTargets = Tensor(
  digits.training.labels(at: 0..<500).flatMap { label in (0..<10).map { $0 == label ? 1 : 0 } },
  shape: [500, 10])
func gradient(
  _ network: Sequential, moved direction: [Tensor] = [], by size: Scalar = 0
) -> (loss: Double, slopes: [Tensor]) {
  let found = parameters(of: network).map(\.variable)
  let values = found.map(\.value)
  for (parameter, way) in zip(found, direction) {
    let moved = zip(parameter.value.elements, way.elements).map { $0 + size * $1 }
    parameter.setValue(Tensor(moved, shape: way.shape))
  }
  parameters(of: network).clearGradients()
  let loss = network(Variable(probeImages)).meanSquaredError(probeTargets)
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
  of network: Sequential, along direction: inout [Tensor], rounds: Int
) -> Double {
  var curvature = 0.0
  for _ in 0..<rounds {
    let (up, down) = (
      gradient(network, moved: direction, by: 0.01), gradient(network, moved: direction, by: -0.01)
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
func sharpnessRun(rate: Scalar?, steps: Int) -> (losses: [Double], curvatures: [Double]) {
  var generator = SeededGenerator(seed: notebook.seed)
  let network = digitNetwork(
    [784, 32, 32, 10], activation: .tanh, initializer: .xavier, using: &generator)
  let found = parameters(of: network)
  var direction = found.map { parameter in
    Tensor(
      parameter.variable.value.elements.map { _ in generator.normal() / 200 },
      shape: parameter.variable.value.shape)
  }
  var curvatures = [largestCurvature(of: network, along: &direction, rounds: 30)]
  var losses: [Double] = []
  for step in 0..<steps {
    if step > 0, step % 10 == 0 {
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
            fixed(share, 1), x: products.indices.map { Double($0) * 10 }, y: products)
        }),
    ]),
  caption:
    "Gradient descent on 500 digits with five rates, named by ηλ/2 before training: the loss, and how much of the limit the largest curvature takes up."
)

cell("batch-size")
let batchSizes = [8, 32, 128, 512]
let batchRuns = batchSizes.map { size in
  let (network, generator) = newNetwork()
  let count = digits.training.count
  var trainer = Trainer(
    network, SGD(learningRate: 0.1), exampleCount: 400 * size, batchSize: size,
    generator: generator)
  var (losses, seconds): ([Double], [Double]) = ([], [])
  let clock = ContinuousClock()
  let start = clock.now
  trainer.run(epochs: 1) { batch, _ in
    loss(network, batch.map { $0 % count })
  } afterStep: { _, loss in
    losses.append(Double(loss))
    seconds.append((clock.now - start) / .seconds(1))
  }
  return (losses: losses, seconds: seconds)
}
table(
  columns: ["batch", "loss after 100 steps", "after 400 steps", "spread of the last 50", "time"],
  rows: zip(batchSizes, batchRuns).map { size, run in
    let last = run.losses.suffix(50)
    let mean = last.reduce(0, +) / 50
    let spread = (last.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 50).squareRoot()
    return [
      size, fixed(run.losses[80..<120].reduce(0, +) / 40, 3), fixed(mean, 3), fixed(spread, 3),
      timing(run.seconds[399]),
    ]
  })
func batchChart(x: Axis, _ place: (_ losses: [Double], _ seconds: [Double]) -> [Double])
  -> LineChart
{
  LineChart(
    x: x, y: Axis("training loss", scale: .logarithmic),
    series: zip(batchSizes, batchRuns).map { size, run in
      let places = place(run.losses, run.seconds)
      return Series(
        "\(size)", x: stride(from: 10, to: 400, by: 20).map { places[$0] },
        y: means(of: run.losses, over: 20))
    })
}
figure(
  "batch-steps", batchChart(x: "steps") { losses, _ in losses.indices.map(Double.init) },
  caption: "Progress by step with batches of four sizes.")
figure(
  "batch-seconds",
  batchChart(x: Axis("seconds", scale: .logarithmic)) { _, seconds in seconds },
  caption: "The same runs by the clock.", isVolatile: true)

cell("depth")
let depth = 20
let depthWidth = 128
let units: [(name: String, activation: Activation, slope: Scalar)] = [
  ("sigmoid", .sigmoid, 0.25), ("tanh", .tanh, 1), ("ReLU", .relu, Scalar(0.5).squareRoot()),
]
let beginnings: [(name: String, initializer: Initializer, deviation: Scalar)] = [
  ("σ = 0.01", .gaussian(standardDeviation: 0.01), 0.01),
  ("Xavier", .xavier, (1 / Scalar(depthWidth)).squareRoot()),
  ("He", .he, (2 / Scalar(depthWidth)).squareRoot()),
]
func slopeSizes(_ activation: Activation, _ initializer: Initializer) -> [Double] {
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
let sizesByDepth = depthCases.map { slopeSizes($0.unit.activation, $0.beginning.initializer) }
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
  HeatMap(
    x: "layer", y: "", values: sizesByDepth, columnLabels: (1...depth).map(String.init),
    rowLabels: depthCases.map { "\($0.unit.name), \($0.beginning.name)" }, scale: .logarithmic,
    valueLabel: "size of the gradient"),
  caption: "The gradient by each layer's output, in networks of 20 layers before training.")

cell("clipping")
func deepRun(limit: Scalar?) -> (losses: [Double], norms: [Double]) {
  var generator = SeededGenerator(seed: notebook.seed)
  let network = digitNetwork(
    [784, 64, 64, 64, 64, 64, 64, 10], initializer: .gaussian(standardDeviation: 0.25),
    using: &generator)
  var trainer = Trainer(
    network, SGD(learningRate: 0.1), exampleCount: learned.count, batchSize: 32,
    generator: generator)
  var (losses, norms): ([Double], [Double]) = ([], [])
  trainer.adjustGradients = { parameters in
    norms.append(Double(parameters.gradientNorm))
    if let limit { parameters.clipGradients(toNorm: limit) }
  }
  trainer.run(epochs: 3) { batch, _ in
    loss(network, batch)
  } afterStep: { _, loss in
    losses.append(Double(loss))
  }
  return (losses, norms)
}
let clippingRuns: [(name: String, losses: [Double], norms: [Double])] = [
  ("not clipped", nil), ("clipped at 5", 5),
].map { (name: String, limit: Scalar?) in
  let run = deepRun(limit: limit)
  return (name, run.losses, run.norms)
}
table(
  columns: ["run", "norm, first step", "largest norm", "loss, first step", "mean of the last 100"],
  rows: clippingRuns.map { name, losses, norms in
    let last = losses.suffix(100).reduce(0, +) / 100
    return [
      name, fixed(norms[0], 1), scientific(norms.filter(\.isFinite).max()!, 1),
      fixed(losses[0], 2), last.isFinite ? fixed(last, 3) : "not a number",
    ]
  })
figure(
  "clipping",
  Panels(
    columnCount: 2,
    [
      LineChart(
        x: "steps", y: Axis("norm of the gradient", scale: .logarithmic, range: 1e-2...1e5),
        series: clippingRuns.map { Series($0.name, y: $0.norms) }),
      LineChart(
        x: "steps", y: Axis("loss", scale: .logarithmic, range: 0.1...100),
        series: clippingRuns.map { Series($0.name, y: $0.losses) }),
    ]), caption: "One run with two ends.")

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
  var relativeSteps: [Double] = []
  for step in 0..<200 {
    let found = parameters(of: one)
    found.clearGradients()
    let loss = one(images).softmaxCrossEntropy(answers)
    loss.backward()
    losses.append(Double(loss.value.number))
    if step == 0 {
      relativeSteps = found.filter { $0.name.hasSuffix("weight") }.map {
        Double(patient.rate) * size([$0.variable.gradient!]) / size([$0.variable.value])
      }
    }
    found.descend(learningRate: patient.rate)
  }
  // An epoch, and the validation images.
  let network = newNetwork()
  for start in stride(from: 0, to: 2000, by: 20) {
    let (images, answers) = batch(start..<start + 20)
    parameters(of: network).clearGradients()
    network(images).softmaxCrossEntropy(answers).backward()
    parameters(of: network).descend(learningRate: patient.rate)
  }
  let broken = newNetwork().layers.indices.first { index in
    let output = Sequential(Array(newNetwork().layers[...index]))(images)
    return output.value.elements.contains { !$0.isFinite }
  }
  return [
    patient.name, fixed(losses[0], 2), fixed(losses[199], 3),
    relativeSteps.map { scientific($0, 0) }.joined(separator: ", "),
    fixed(evaluate(network, on: digits.training, validated).accuracy!, 2),
    broken.map { "layer \($0)" } ?? "none",
  ]
}
table(
  columns: [
    "patient", "first loss", "one batch, 200 steps", "first step / weight, by layer",
    "validation accuracy", "first not finite",
  ], rows: patients.map(examine))

cell("over-fitting")
func learnFewDigits(dropout: Scalar, penalty: Scalar) -> [EpochRecord] {
  let (network, generator) = newNetwork([784, 128, 128, 10], dropout: dropout)
  let weights = parameters(of: network).filter { $0.name.hasSuffix("weight") }
  var trainer = Trainer(
    network, Adam(), exampleCount: 500, batchSize: 32, generator: generator)
  trainer.run(epochs: 60) { batch, generator in
    let phase = Phase.training(seed: dropout > 0 ? generator.next() : 0)
    let loss = loss(network, batch, phase)
    return penalty > 0 ? loss + weights.l2Penalty(penalty) : loss
  } evaluate: {
    evaluate(network, on: digits.training, validated)
  }
  return trainer.progress.history
}
let remedies: [(name: String, history: [EpochRecord])] = [
  ("nothing", 0, 0), ("L2, λ = 0.003", 0, 0.003), ("dropout, ½", 0.5, 0),
  ("both", 0.5, 0.003),
].map { (name: String, dropout: Scalar, penalty: Scalar) in
  (name, learnFewDigits(dropout: dropout, penalty: penalty))
}
table(
  columns: ["remedy", "training loss", "validation loss", "its lowest", "validation accuracy"],
  rows: remedies.map { name, history in
    let last = history[59]
    return [
      name, fixed(last.trainingLoss, 4), fixed(last.evaluation!.loss, 3),
      fixed(history.map { $0.evaluation!.loss }.min()!, 3), fixed(last.evaluation!.accuracy!, 3),
    ]
  })
figure(
  "over-fitting",
  Panels(
    columnCount: 2,
    [
      LineChart(
        x: "epoch", y: Axis("training loss", scale: .logarithmic),
        series: remedies.map { Series($0.name, y: $0.history.map(\.trainingLoss), from: 1) }),
      LineChart(
        x: "epoch", y: Axis("validation loss", scale: .logarithmic),
        series: remedies.map {
          Series($0.name, y: $0.history.map { $0.evaluation!.loss }, from: 1)
        }),
    ]), caption: "What a network does with five hundred digits.")

cell("early-stopping")
let (hasty, hastyGenerator) = newNetwork([784, 128, 128, 10])
var hastyTrainer = Trainer(
  hasty, Adam(), exampleCount: 500, batchSize: 32, generator: hastyGenerator)
hastyTrainer.earlyStopping = EarlyStopping(patience: 5)
hastyTrainer.run(epochs: 60) { batch, _ in
  loss(hasty, batch)
} evaluate: {
  evaluate(hasty, on: digits.training, validated)
}
let rested = evaluate(hasty, on: digits.training, validated)
print("stopped after \(hastyTrainer.progress.history.count) epochs of 60")
print(
  "restored those of epoch \(hastyTrainer.earlyStopping!.bestIndex! + 1): loss \(fixed(rested.loss, 3))"
)
print("validation accuracy \(fixed(rested.accuracy!, 3))")

cell("schedules")
let scheduledSteps = 5 * 157
let (cosine, warmUp) = (
  CosineDecay(from: 0.01, steps: scheduledSteps),
  LinearRamp(to: 0.01, steps: 100)
    .followed(by: CosineDecay(from: 0.01, steps: scheduledSteps - 100), after: 100)
)
let schedules: [(name: String, schedule: any Schedule)] = [
  ("constant", ConstantRate(0.01)),
  ("step", StepDecay(from: 0.01, factor: 0.3, every: scheduledSteps / 4)),
  ("cosine", cosine), ("warm-up + cosine", warmUp),
]
let scheduled = schedules.map { learn(with: Adam(), epochs: 5, schedule: $0.schedule) }
table(
  columns: [
    "schedule", "loss of the first 50 steps", "of the last 100", "validation loss", "accuracy",
  ],
  rows: zip(schedules, scheduled).map { schedule, run in
    [
      schedule.name, fixed(run.losses.prefix(50).reduce(0, +) / 50, 3),
      fixed(run.losses.suffix(100).reduce(0, +) / 100, 3), fixed(run.last.loss, 3),
      fixed(run.last.accuracy!, 3),
    ]
  })
figure(
  "schedules",
  Panels(
    columnCount: 2,
    [
      LineChart(
        x: "steps", y: "learning rate",
        series: schedules.map { schedule in
          Series(
            schedule.name,
            y: (0..<scheduledSteps).map { Double(schedule.schedule.learningRate(at: $0)) })
        }),
      LineChart(
        x: "steps", y: Axis("training loss", scale: .logarithmic),
        series: zip(schedules, scheduled).map { schedule, run in
          let losses = means(of: run.losses, over: 39)
          return Series(schedule.name, x: losses.indices.map { Double($0) * 39 + 20 }, y: losses)
        }),
    ]), caption: "Four schedules, and Adam under each of them.")

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
print("same parameters, state and history:", resumedTrainer.checkpoint == wholeTrainer.checkpoint)
let contents = notebook.attempt { try SafeTensors(contentsOf: file) }
print(contents.tensors.keys.sorted().prefix(4).joined(separator: "\n"))
try? FileManager.default.removeItem(atPath: file)

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
