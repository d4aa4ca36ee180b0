import Backprop
import CNN
import Datasets
import Foundation
import GAN
import KernelSupport
import Notebook
import Optimizers

let notebook = Notebook(chapter: "08-GAN", takes: [.epochs])

cell("game")
let (drawingColor, judgingColor) = (Palette.category(2), Palette.category(1))
figure(
  "game-diagram",
  Graph(
    nodes: [
      .init("z", detail: "noise", column: 0, row: 1),
      .init("generator G", detail: "x = G(z)", column: 1, row: 1, color: drawingColor),
      .init("fake x", column: 2, row: 1),
      .init("real x", detail: "data", column: 2, row: 2.2),
      .init("discriminator D", detail: "D(x) = σ(s)", column: 3, row: 1.6, color: judgingColor),
      .init("logit s", detail: "real or fake?", column: 4, row: 1.6),
    ],
    edges: [
      .init(0, 1), .init(1, 2), .init(2, 4), .init(3, 4), .init(4, 5),
      .init(5, 4, label: "D's step", color: judgingColor, isDashed: true, bend: 0.35),
      .init(
        5, 1, label: "G's step: through D, which is frozen", color: drawingColor, isDashed: true,
        bend: -0.22),
    ]),
  caption: "The game. Dashed: the way of the gradient in each player's step.")

cell("dcgan")
func chain(_ title: String, _ parts: [(String, String, Color?)]) -> Graph {
  Graph(
    title: title,
    nodes: parts.enumerated().map { index, part in
      part.2.map {
        .init(part.0, detail: part.1, column: Double(index), row: 0, color: $0)
      } ?? .init(part.0, detail: part.1, column: Double(index), row: 0)
    }, edges: (1..<parts.count).map { .init($0 - 1, $0) })
}
figure(
  "dcgan-diagram",
  Panels(
    columnCount: 1, panelHeight: 130,
    [
      chain(
        "generator",
        [
          ("z", "[B, 64]", nil), ("dense, ReLU", "[B, 7, 7, 32]", drawingColor),
          ("4×4 up, norm, ReLU", "[B, 14, 14, 16]", drawingColor),
          ("4×4 up, tanh", "[B, 28, 28, 1]", drawingColor), ("image", "", nil),
        ]),
      chain(
        "discriminator",
        [
          ("image", "[B, 28, 28, 1]", nil), ("4×4 down", "[B, 14, 14, 16]", judgingColor),
          ("4×4 down", "[B, 7, 7, 32]", judgingColor), ("flat", "[B, 1568]", nil),
          ("dense", "[B, 1]", judgingColor), ("logit s", "", nil),
        ]),
    ]),
  caption:
    "The DCGAN of this notebook; below each layer the shape that leaves it. Up: a transposed convolution with stride 2; down: a convolution with stride 2 and leaky ReLU."
)

cell("code-systems")
func codeDiagram(_ title: String, given: String, heads: [(String, String)], isApart: Bool = false)
  -> Graph
{
  let (image, answers) = (4, heads.indices.map { 6 + $0 })
  let rows = heads.count == 1 ? [1.0] : [0.4, 1.6]
  return Graph(
    title: title,
    nodes: [
      .init("noise z", detail: isApart ? "[B, 14]" : "[B, 16]", column: 0, row: 0.4),
      .init(given, column: 0, row: 1.6),
      .init("G", column: 1, row: 1, color: drawingColor),
      .init("real x", column: 2, row: 2.2),
      .init("image", detail: "[B, 28, 28, 1]", column: 2, row: 1),
      .init(isApart ? "D's body" : "body", column: 3, row: isApart ? 0.4 : 1, color: judgingColor),
    ]
      + heads.indices.map { index in
        .init(
          heads[index].0, detail: heads[index].1, column: 4, row: rows[index],
          color: isApart && index == 1 ? drawingColor : judgingColor)
      }
      + (isApart ? [.init("Q's body", column: 3, row: 1.6, color: drawingColor)] : [])
      + (heads.count == 1 ? [.init("label y", column: 3, row: 2.2)] : []),
    edges: [.init(0, 2), .init(1, 2), .init(2, image), .init(image, 5), .init(3, 5)]
      + (isApart
        ? [.init(5, answers[0]), .init(image, 8), .init(8, answers[1])]
        : answers.map { .init(5, $0) })
      + (heads.count == 1 ? [.init(7, answers[0], label: "picks", isDashed: true)] : []))
}
figure(
  "code-diagram",
  Panels(
    columnCount: 1, panelHeight: 210,
    [
      codeDiagram("conditional GAN", given: "label y", heads: [("s + s of y", "do they match?")]),
      codeDiagram(
        "AC-GAN", given: "label y", heads: [("s", "real?"), ("class", "of real and fake")]),
      codeDiagram(
        "InfoGAN", given: "code c, drawn", heads: [("s", "real?"), ("c again", "of fakes only")],
        isApart: true),
    ]),
  caption:
    "Three systems. In the first the label picks which logit counts; in the second a head must name it; in the third nobody knows it but the generator, and a network Q of its own must read it back."
)

cell("optimal")
func density(_ x: Scalar, mean: Scalar, deviation: Scalar) -> Scalar {
  let z = (x - mean) / deviation
  return Scalar.exp(-0.5 * z * z) / (deviation * (2 * Scalar.pi).squareRoot())
}
func realDensity(_ x: Scalar) -> Scalar {
  0.5 * density(x, mean: -1.5, deviation: 0.5) + 0.5 * density(x, mean: 1, deviation: 1)
}
func fakeDensity(_ x: Scalar) -> Scalar { density(x, mean: 0.5, deviation: 1) }
func realNumbers(_ count: Int, using generator: inout SeededGenerator) -> Tensor {
  let numbers = (0..<count).map { _ in
    generator.integer(below: 2) == 0 ? -1.5 + 0.5 * generator.normal() : 1 + generator.normal()
  }
  return Tensor(numbers, shape: [count, 1])
}
var lineGenerator = SeededGenerator(seed: notebook.seed)
let lineJudge = Sequential(
  Dense(1, 32, activation: .tanh, using: &lineGenerator),
  Dense(32, 32, activation: .tanh, using: &lineGenerator), Dense(32, 1, using: &lineGenerator))
var lineJudging = Player("discriminator", lineJudge, Adam(learningRate: 0.01))
notebook.attempt {
  for step in 0..<1500 {
    lineJudging.optimizer.learningRate = 0.01 * (1 - Scalar(step) / 1500)
    let real = Variable(realNumbers(512, using: &lineGenerator))
    let fake = Variable(
      Tensor((0..<512).map { _ in 0.5 + lineGenerator.normal() }, shape: [512, 1]))
    try lineJudging.step {
      GameLoss.nonSaturating.discriminator(real: lineJudge(real), fake: lineJudge(fake))
    }
  }
}
let places = (-40...40).map { Scalar($0) / 10 }
let judged = Variable.withoutGradients {
  lineJudge(Variable(Tensor(places, shape: [places.count, 1]))).sigmoid().value.elements
}
let predictedAnswers = places.map { realDensity($0) / (realDensity($0) + fakeDensity($0)) }
let common = places.indices.filter { realDensity(places[$0]) + fakeDensity(places[$0]) > 0.02 }
let worstAnswer = common.map { abs(judged[$0] - predictedAnswers[$0]) }.max()!
print("largest |D − D*| where there are data: \(fixed(worstAnswer, 3))")
func integral(_ f: (Scalar) -> Scalar) -> Double {
  (-2000...2000).reduce(0.0) { $0 + Double(f(Scalar($1) / 100)) * 0.01 }
}
func divergence(_ p: (Scalar) -> Scalar, _ q: (Scalar) -> Scalar) -> Double {
  integral { x in
    let (a, b) = (p(x), q(x))
    let m = (a + b) / 2
    return 0.5 * (a > 1e-30 ? a * Scalar.log(a / m) : 0) + 0.5
      * (b > 1e-30 ? b * Scalar.log(b / m) : 0)
  }
}
var freshGenerator = SeededGenerator(seed: notebook.seed &+ 1)
let freshReal = Variable(realNumbers(100_000, using: &freshGenerator))
let freshFake = Variable(
  Tensor((0..<100_000).map { _ in 0.5 + freshGenerator.normal() }, shape: [100_000, 1]))
let valueReached = Variable.withoutGradients {
  -GameLoss.nonSaturating.discriminator(real: lineJudge(freshReal), fake: lineJudge(freshFake))
    .value.number
}
print("V(D) on new points: \(fixed(valueReached, 4))")
print(
  "2 JS − ln 4:        \(fixed(2 * divergence(realDensity, fakeDensity) - Double(Scalar.log(4)), 4))"
)
figure(
  "optimal",
  LineChart(
    x: "x", y: "density, or D(x)",
    series: [
      Series("data p", x: places, y: places.map(realDensity), style: .dashed),
      Series("generator q", x: places, y: places.map(fakeDensity), style: .dashed),
      Series("p / (p + q)", x: places, y: predictedAnswers, color: Palette.category(6)),
      Series("D, learned", x: places, y: judged, color: Palette.category(3)),
    ]), caption: "The best discriminator, as derived and as learned.")

cell("slopes")
table(
  columns: ["D(fake)", "slope, saturating", "slope, non-saturating", "least squares, slope at s"],
  rows: [0.001, 0.01, 0.1, 0.5, 0.9].map { (d: Scalar) in
    let logit = Scalar.log(d / (1 - d))
    let slopes = [GameLoss.saturating, .nonSaturating, .leastSquares].map { loss in
      let s = Variable(Tensor([logit], shape: [1, 1]), needsGradient: true)
      loss.generator(fake: s).backward()
      return fixed(s.gradient!.elements[0], 4)
    }
    return [fixed(d, 3)] + slopes
  })

cell("stall")
let ring = GaussianMixture.ring()
let farRing = GaussianMixture(centers: ring.centers.map { $0 + [4, 0] }, deviation: 0.01)
func generated(_ artist: Sequential, _ count: Int, using generator: inout SeededGenerator) -> Tensor
{
  Variable.withoutGradients { artist(Variable(.noise([count, 2], using: &generator))).value }
}
func slopesOfGenerator(
  after steps: Int, seed: UInt64
) throws -> (answer: Double, norms: [Double]) {
  var generator = SeededGenerator(seed: seed)
  let artist = GameNetworks.pointGenerator(hidden: 64, using: &generator)
  let critic = GameNetworks.pointDiscriminator(hidden: 64, using: &generator)
  var judging = Player("discriminator", critic, Adam())
  for _ in 0..<steps {
    let real = Variable(farRing.samples(256, using: &generator))
    let fake = Variable(generated(artist, 256, using: &generator))
    try judging.step {
      GameLoss.nonSaturating.discriminator(real: critic(real), fake: critic(fake))
    }
  }
  let noise = Variable(.noise([1000, 2], using: &generator))
  let found = parameters(of: artist)
  let norms = [GameLoss.saturating, .nonSaturating].map { loss in
    found.clearGradients()
    loss.generator(fake: critic.frozen(artist(noise))).backward()
    return Double(found.gradientNorm)
  }
  let answer = Variable.withoutGradients { critic(artist(noise)).sigmoid().mean().value.number }
  return (Double(answer), norms)
}
let threeSeeds = (1...3).map { notebook.seed &* 100 &+ UInt64($0) }
func range(_ numbers: [Double], _ digits: Int = 3) -> String {
  let sorted = numbers.sorted()
  return
    "\(fixed(sorted[sorted.count / 2], digits)) (\(fixed(sorted[0], digits))–\(fixed(sorted.last!, digits)))"
}
let stepsAlone = [0, 30, 100, 300, 1000]
let stalls = notebook.attempt {
  try inParallel(stepsAlone, threeSeeds) { try slopesOfGenerator(after: $0, seed: $1) }
}
table(
  columns: ["D's steps alone", "mean D(fake)", "‖slope of G‖, saturating", "non-saturating"],
  rows: zip(stepsAlone, stalls).map { steps, runs in
    [
      steps, range(runs.map(\.answer), 4), range(runs.map { $0.norms[0] }, 4),
      range(runs.map { $0.norms[1] }, 2),
    ]
  })

cell("distances")
let shifts: [Scalar] = [0, 0.5, 1, 2, 4, 8]
table(
  columns: ["shift θ", "Jensen–Shannon", "its slope", "Wasserstein", "its slope"],
  rows: shifts.map { shift in
    func js(_ shift: Scalar) -> Double {
      divergence({ density($0, mean: 0, deviation: 0.5) }) {
        density($0, mean: shift, deviation: 0.5)
      }
    }
    let slope = (js(shift + 0.05) - js(shift - 0.05)) / 0.1
    return [
      fixed(shift, 1), fixed(js(shift), 4), fixed(slope, 4), fixed(shift, 1),
      shift == 0 ? "±1" : "1",
    ]
  })

cell("critic")
func criticDistance(
  _ real: [Scalar], _ fake: [Scalar], isOneSided: Bool, seed: UInt64
) throws -> Double {
  var generator = SeededGenerator(seed: seed)
  let critic = GameNetworks.pointDiscriminator(inputs: 1, hidden: 32, using: &generator)
  var judging = Player("critic", critic, Adam(learningRate: 0.002, beta1: 0, beta2: 0.9))
  func batch(_ numbers: [Scalar]) -> Tensor {
    Tensor(
      (0..<256).map { _ in numbers[generator.integer(below: numbers.count)] }, shape: [256, 1])
  }
  for step in 0..<800 {
    judging.optimizer.learningRate = 0.005 * (1 - Scalar(step) / 800)
    let (x, y) = (batch(real), batch(fake))
    try judging.step {
      GameLoss.wasserstein.discriminator(real: critic(Variable(x)), fake: critic(Variable(y)))
        + 10
        * critic.gradientPenalty(
          between: x, and: y, isOneSided: isOneSided, using: &generator)
    }
  }
  return Variable.withoutGradients {
    Double(
      -GameLoss.wasserstein.discriminator(
        real: critic(Variable(Tensor(real, shape: [real.count, 1]))),
        fake: critic(Variable(Tensor(fake, shape: [fake.count, 1])))
      ).value.number)
  }
}
func normals(_ count: Int, mean: Scalar, deviation: Scalar, stream: UInt64) -> [Scalar] {
  var generator = SeededGenerator(seed: notebook.seed &* 100 &+ stream)
  return (0..<count).map { _ in mean + deviation * generator.normal() }
}
let pairs: [(name: String, real: [Scalar], fake: [Scalar])] = [
  (
    "the same", normals(4000, mean: 0, deviation: 1, stream: 1),
    normals(4000, mean: 0, deviation: 1, stream: 2)
  ),
  (
    "shifted by 2", normals(4000, mean: 2, deviation: 1, stream: 3),
    normals(4000, mean: 0, deviation: 1, stream: 4)
  ),
  (
    "wider: σ 2 and 1", normals(4000, mean: 0, deviation: 2, stream: 5),
    normals(4000, mean: 0, deviation: 1, stream: 6)
  ),
  (
    "two lumps and one",
    normals(2000, mean: -2, deviation: 0.5, stream: 7)
      + normals(2000, mean: 2, deviation: 0.5, stream: 8),
    normals(4000, mean: 0, deviation: 1, stream: 9)
  ),
]
let criticDistances = [false, true].map { isOneSided in
  notebook.attempt {
    try inParallel(pairs, threeSeeds) { pair, seed in
      try criticDistance(pair.real, pair.fake, isOneSided: isOneSided, seed: seed)
    }
  }
}
table(
  columns: ["distributions", "sorted samples", "critic, slopes of 1", "critic, slopes up to 1"],
  rows: pairs.indices.map { index in
    let (name, real, fake) = pairs[index]
    return [
      name, fixed(SampleScores.wassersteinDistance(real, fake), 3),
      range(criticDistances[0][index]),
      range(criticDistances[1][index]),
    ]
  })

cell("penalty")
var penaltyGenerator = SeededGenerator(seed: notebook.seed)
let checkedCritics: [(name: String, critic: Sequential, shape: [Int])] = [
  (
    "dense layers, tanh",
    Sequential(
      Dense(3, 6, activation: .tanh, using: &penaltyGenerator),
      Dense(6, 5, activation: .tanh, using: &penaltyGenerator),
      Dense(5, 1, using: &penaltyGenerator)), [4, 3]
  ),
  (
    "convolutions, tanh",
    Sequential(
      Conv2D(
        2, 3, kernel: 4, stride: 2, padding: .all(1), activation: .tanh, using: &penaltyGenerator),
      Conv2D(3, 4, kernel: 3, activation: .tanh, using: &penaltyGenerator), Flatten(),
      Dense(4, 1, using: &penaltyGenerator)), [4, 6, 6, 2]
  ),
]
table(
  columns: ["critic", "first weights", "second weights", "third weights"],
  rows: checkedCritics.map { name, critic, shape in
    let points = Variable(.noise(shape, using: &penaltyGenerator))
    let weights = parameters(of: critic).filter { $0.name.hasSuffix("weight") }
    let upstream = (0..<shape[0]).map { _ in penaltyGenerator.normal() }
    let results = GradientCheck().compare(weights, upstream: upstream) {
      critic.scoresAndInputGradients(at: points).gradients.exampleNorms()
    }
    return [name] + results.map { scientific($0.error, 0) }
  })

cell("circle")
let rateOfGame = 0.2
func plays(_ name: String, _ update: (Point) -> Point) -> (name: String, points: [Point]) {
  var points = [Point(1.0, 0.0)]
  for _ in 0..<100 { points.append(update(points.last!)) }
  return (name, points)
}
let η = rateOfGame
let gamePaths = [
  plays("simultaneous") { Point($0.x - η * $0.y, $0.y + η * $0.x) },
  plays("alternating") {
    let x = $0.x - η * $0.y
    return Point(x, $0.y + η * x)
  },
  plays("extragradient") {
    let ahead = Point($0.x - η * $0.y, $0.y + η * $0.x)
    return Point($0.x - η * ahead.y, $0.y + η * ahead.x)
  },
]
func radius(_ p: Point) -> Double { (p.x * p.x + p.y * p.y).squareRoot() }
let predictedFactors = [1 + η * η, 1, 1 - η * η + η * η * η * η]
table(
  columns: [
    "updates", "factor a step, squared: predicted", "distance after 100 steps: predicted",
    "measured",
  ],
  rows: zip(gamePaths, predictedFactors).map { path, factor in
    let predicted = (0..<100).reduce(1.0) { d, _ in d * factor }.squareRoot()
    return [path.name, fixed(factor, 4), fixed(predicted, 3), fixed(radius(path.points[100]), 3)]
  })
figure(
  "circle",
  ScatterPlot(
    x: Axis("x, the minimiser", range: -8.3...8.3), y: Axis("y, the maximiser", range: -6...6),
    points: [.zero],
    lines: gamePaths.map { Series($0.name, points: $0.points) }),
  caption: "A hundred steps of the game V = x y from the same start; the dot is its equilibrium.")

cell("ring")
struct Rules: Sendable {
  let name: String
  var loss = GameLoss.nonSaturating
  var rate: Scalar = 1e-3
  var pack = 1
  var penalty: Scalar = 0
  var clip: Scalar? = nil
  var isSpectral = false
}
func playOnPlane(
  _ rules: Rules, _ mixture: GaussianMixture, steps: Int, batch: Int = 128, seed: UInt64,
  watch: (Int, Sequential) -> Void = { _, _ in }
) throws -> Sequential {
  var generator = SeededGenerator(seed: seed)
  let artist = GameNetworks.pointGenerator(hidden: 64, using: &generator)
  let critic =
    rules.isSpectral
    ? GameNetworks.spectralPointDiscriminator(inputs: 2, hidden: 64, using: &generator)
    : GameNetworks.pointDiscriminator(inputs: 2 * rules.pack, hidden: 64, using: &generator)
  let rule = Adam(learningRate: rules.rate, beta1: rules.loss == .wasserstein ? 0 : 0.5)
  var (drawing, judging) = (Player("generator", artist, rule), Player("critic", critic, rule))
  func packed(_ points: Variable) -> Variable {
    points.reshaped([batch / rules.pack, 2 * rules.pack])
  }
  for step in 0..<steps {
    let rate = rules.rate * (1 - Scalar(step) / Scalar(steps))
    (drawing.optimizer.learningRate, judging.optimizer.learningRate) = (rate, rate)
    let real = mixture.samples(batch, using: &generator)
    let fake = generated(artist, batch, using: &generator)
    try judging.step {
      let loss = rules.loss.discriminator(
        real: critic(packed(Variable(real)), .training(seed: 1)),
        fake: critic(packed(Variable(fake)), .evaluation))
      guard rules.penalty > 0 else { return loss }
      return loss
        + rules.penalty * critic.gradientPenalty(between: real, and: fake, using: &generator)
    }
    if let limit = rules.clip { judging.clipWeights(to: limit) }
    let noise = Variable(.noise([batch, 2], using: &generator))
    try drawing.step {
      rules.loss.generator(fake: critic.frozen(packed(artist(noise)), .evaluation))
    }
    watch(step + 1, artist)
  }
  return artist
}
let contestants = [
  Rules(name: "saturating", loss: .saturating),
  Rules(name: "non-saturating"),
  Rules(name: "least squares", loss: .leastSquares),
  Rules(name: "packed in twos", pack: 2),
  Rules(name: "spectral normalisation", isSpectral: true),
  Rules(name: "Wasserstein, clipped", loss: .wasserstein, clip: 0.1),
  Rules(name: "Wasserstein, penalty", loss: .wasserstein, rate: 5e-3, penalty: 0.1),
]
let snapshotSteps = [50, 250, 1000, 2000]
struct Outcome: Sendable {
  let coverage: ModeCoverage
  let snapshots: [Tensor]
}
func contest(_ contestants: [Rules], _ mixture: GaussianMixture, steps: Int) -> [[Outcome]] {
  let outcomes = notebook.attempt {
    try inParallel(contestants, threeSeeds) { rules, seed in
      var snapshots: [Tensor] = []
      let artist = try playOnPlane(rules, mixture, steps: steps, seed: seed) { step, artist in
        guard snapshotSteps.contains(step) else { return }
        var generator = SeededGenerator(seed: 3)
        snapshots.append(generated(artist, 300, using: &generator))
      }
      var generator = SeededGenerator(seed: seed &+ 7)
      let points = generated(artist, 2500, using: &generator)
      return Outcome(coverage: mixture.coverage(of: points), snapshots: snapshots)
    }
  }
  var generator = SeededGenerator(seed: notebook.seed)
  let real = mixture.coverage(of: mixture.samples(2500, using: &generator))
  table(
    columns: ["rules", "modes found", "with 1 % of the points", "share of good points"],
    rows: zip(contestants, outcomes).map { rules, outcomes in
      let coverage = outcomes.map(\.coverage)
      return [
        rules.name, range(coverage.map { Double($0.found) }, 0),
        range(coverage.map { Double($0.found(withShare: 0.01)) }, 0),
        range(coverage.map(\.goodShare)),
      ]
    } + [
      [
        "the data themselves", "\(real.found)", "\(real.found(withShare: 0.01))",
        fixed(real.goodShare, 3),
      ]
    ])
  return outcomes
}
let ringRuns = contest(contestants, ring, steps: 2000)

cell("collapse")
func scatter(_ title: String, _ points: Tensor, _ side: Double) -> ScatterPlot {
  ScatterPlot(
    title: title, x: Axis("x₁", range: -side...side), y: Axis("x₂", range: -side...side),
    points: (0..<points.rows).map { Point(points.elements[2 * $0], points.elements[2 * $0 + 1]) })
}
figure(
  "collapse",
  Panels(
    columnCount: 4, panelHeight: 215,
    [("GAN", ringRuns[1][0]), ("WGAN", ringRuns[6][0])].flatMap { name, run in
      zip(snapshotSteps, run.snapshots).map { scatter("\(name), step \($0)", $1, 1.4) }
    }),
  caption:
    "Three hundred points of a generator on its way to the ring, without and with a penalised critic."
)

cell("grid")
let grid = GaussianMixture.grid()
let gridContestants = [
  Rules(name: "non-saturating", rate: 5e-3),
  Rules(name: "Wasserstein, penalty", loss: .wasserstein, rate: 5e-3, penalty: 0.1),
]
let gridRuns = contest(gridContestants, grid, steps: 4000)
func median(_ numbers: [Int]) -> Double { Double(numbers.sorted()[numbers.count / 2]) }
metric("ring_modes", ringRuns.map { median($0.map(\.coverage.found)) }.max()!)
metric("grid_modes", gridRuns.map { median($0.map(\.coverage.found)) }.max()!)

cell("transposed")
func grown(_ side: Int, _ kernel: Extent, _ stride: Extent, _ padding: Int, _ extra: Extent)
  -> TransposedConvolutionShape
{
  TransposedConvolutionShape(
    ImageShape(batch: 1, height: side, width: side, channels: 2),
    Window(kernel, stride: stride, padding: .all(padding)), outputPadding: extra,
    outputChannels: 3)
}
let growing: [(side: Int, kernel: Extent, stride: Extent, padding: Int, extra: Extent)] = [
  (1, 7, 1, 0, 0), (7, 4, 2, 1, 0), (7, 3, 2, 1, 0), (7, 3, 2, 1, 1), (7, 5, 2, 2, 1),
]
table(
  columns: [
    "image", "kernel", "stride", "padding", "output padding", "output", "⟨A x, y⟩", "⟨x, Aᵀ y⟩",
  ],
  rows: growing.map { side, kernel, stride, padding, extra in
    let shape = grown(side, kernel, stride, padding, extra)
    var generator = SeededGenerator(seed: notebook.seed)
    func random(_ sizes: [Int]) -> Variable { Variable(.noise(sizes, using: &generator)) }
    let (x, y) = (random(shape.output.sizes), random(shape.input.sizes))
    let (weight, window) = (random(shape.weightSizes), shape.adjoint.geometry.window)
    let there = x.convolution(weight, window) * y
    let back = x * y.transposedConvolution(weight, window, outputPadding: extra)
    return [
      side, kernel.width, stride.width, padding, extra.width, shape.output.width,
      fixed(there.sum().value.number, 4), fixed(back.sum().value.number, 4),
    ]
  })

cell("checkerboard")
func painted(_ kernel: Extent) -> [[Double]] {
  let image = Variable(Tensor(repeating: 1, shape: [1, 6, 6, 1]))
  let weight = Variable(
    Tensor(repeating: 1, shape: [kernel.height, kernel.width, 1, 1]))
  let y = image.transposedConvolution(weight, Window(kernel, stride: 2)).value
  return (0..<y.shape[1]).map { row in
    (0..<y.shape[2]).map { Double(y.elements[row * y.shape[2] + $0]) }
  }
}
figure(
  "checkerboard",
  Panels(
    columnCount: 3, panelHeight: 200,
    [3, 4, 5].map { (kernel: Extent) in
      HeatMap(
        title: "kernel \(kernel), stride 2", values: painted(kernel), range: 0...9, colors: .blues)
    }),
  caption: "How many windows paint each pixel of the output: uneven, even, uneven.")
func inkByPlace(_ kernel: Extent, padding: Int, extra: Extent) -> [Double] {
  var sums = [0.0, 0, 0, 0]
  for seed in 1...50 as ClosedRange<UInt64> {
    var generator = SeededGenerator(seed: seed)
    let layer = ConvTranspose2D(
      32, 1, kernel: kernel, stride: 2, padding: .all(padding), outputPadding: extra,
      using: &generator)
    let y = layer(Variable(.noise([1, 14, 14, 32], using: &generator))).value.elements
    for row in 4..<24 {
      for column in 4..<24 {
        let value = Double(y[row * 28 + column])
        sums[row % 2 * 2 + column % 2] += value * value / 5000
      }
    }
  }
  return sums.map { $0.squareRoot() }
}
table(
  columns: ["kernel", "row, column even", "even, odd", "odd, even", "odd, odd"],
  rows: [(3, 1, 1), (4, 1, 0), (5, 2, 1)].map { (kernel: Extent, padding: Int, extra: Extent) in
    ["\(kernel)"] + inkByPlace(kernel, padding: padding, extra: extra).map { fixed($0, 3) }
  })

cell("digits")
let digits = notebook.attempt { try DigitDataset.load(from: notebook.dataFolder) }
func pictures(_ indices: some Collection<Int>, of set: ImageSet) -> Tensor {
  Tensor(
    set.scalars(at: indices).map { 2 * $0 - 1 }, shape: [indices.count, set.height, set.width, 1])
}
struct Reading {
  let statistics: FeatureStatistics
  let probabilities: Tensor
  var score: Double { SampleScores.classifierScore(probabilities) }
  var answers: [Int] { probabilities.largestColumns() }
}
struct Reader {
  let network: Sequential
  func callAsFunction(_ images: Tensor) -> Reading {
    let (count, length, layers) = (images.shape[0], 784, network.layers)
    let body = Sequential(layers.dropLast())
    var (features, answers): ([Scalar], [Scalar]) = ([], [])
    for start in stride(from: 0, to: count, by: 250) {
      let batch = Array(images.elements[start * length..<min(count, start + 250) * length])
      let input = Variable(Tensor(batch, shape: [batch.count / length, 28, 28, 1]))
      let found = Variable.withoutGradients { body(input) }
      features += found.value.elements
      answers += Variable.withoutGradients {
        layers[layers.count - 1](found, .evaluation).softmax().value.elements
      }
    }
    return Reading(
      statistics: FeatureStatistics(Tensor(features, shape: [count, features.count / count])),
      probabilities: Tensor(answers, shape: [count, 10]))
  }
}
func trainedReader() -> Reader {
  var generator = SeededGenerator(seed: notebook.seed)
  let network = ImageNetworks.threeConvolutions(using: &generator)
  var trainer = Trainer(
    network, Adam(), exampleCount: 10_000, batchSize: 64, generator: generator)
  trainer.run(epochs: 3) { batch, _ in
    network(Variable(pictures(batch, of: digits.training)))
      .softmaxCrossEntropy(digits.training.labels(at: batch))
  }
  return Reader(network: network)
}
let read = trainedReader()
let realReading = read(pictures(10_000..<14_000, of: digits.training))
let testReading = read(pictures(0..<4000, of: digits.test))
let readerAccuracy =
  Double(zip(testReading.answers, digits.test.labels(at: 0..<4000)).count { $0 == $1 }) / 4000
func blurred(_ images: Tensor, _ noise: Scalar) -> Tensor {
  var generator = SeededGenerator(seed: notebook.seed)
  return Tensor(images.elements.map { $0 + noise * generator.normal() }, shape: images.shape)
}
func distance(_ reading: Reading) -> Double {
  realReading.statistics.squaredFrechetDistance(to: reading.statistics)
}
print("the reader's test accuracy: \(fixed(readerAccuracy, 4))")
table(
  columns: ["4,000 images", "Fréchet distance to real ones", "classifier score"],
  rows: [
    ["other real ones", fixed(distance(testReading), 2), fixed(testReading.score, 2)],
    ["the same with noise, σ = 0.3"]
      + { [fixed(distance($0), 2), fixed($0.score, 2)] }(
        read(blurred(pictures(0..<4000, of: digits.test), 0.3))),
    ["nothing but noise, σ = 1"]
      + { [fixed(distance($0), 2), fixed($0.score, 2)] }(
        read(blurred(Tensor(shape: [4000, 28, 28, 1]), 1))),
    ["zeros only, each of them real"]
      + { [fixed(distance($0), 2), fixed($0.score, 2)] }(
        read(
          pictures(
            (10_000..<20_000).filter { digits.training.labels[$0] == 0 }, of: digits.training))),
  ])

cell("images")
func drawn(_ artist: Sequential, _ inputs: Tensor) -> Tensor {
  let (count, width) = (inputs.rows, inputs.columns)
  let pixels = stride(from: 0, to: count, by: 250).flatMap { start in
    let end = min(start + 250, count)
    let batch = Tensor(
      Array(inputs.elements[start * width..<end * width]), shape: [end - start, width])
    return Variable.withoutGradients { artist(Variable(batch), .evaluation).value.elements }
  }
  return Tensor(pixels, shape: [count, 28, 28, 1])
}
struct Studio: Sendable {
  let name: String
  let isConvolutional: Bool
  let rate: Scalar
  func networks(_ generator: inout SeededGenerator) -> (artist: Sequential, critic: Sequential) {
    isConvolutional
      ? (
        GameNetworks.convolutionalGenerator(channels: 32, using: &generator),
        GameNetworks.convolutionalDiscriminator(channels: 32, using: &generator)
      )
      : (
        GameNetworks.denseGenerator(using: &generator),
        GameNetworks.denseDiscriminator(using: &generator)
      )
  }
}
func playOnDigits(_ studio: Studio, steps: Int, seed: UInt64) throws -> Sequential {
  var generator = SeededGenerator(seed: seed)
  let (artist, critic) = studio.networks(&generator)
  let rule = Adam(learningRate: studio.rate, beta1: 0.5)
  var drawing = Player("generator", artist, rule)
  var judging = Player("discriminator", critic, rule)
  for step in 0..<steps {
    let rate = studio.rate * min(1, 2 - 2 * Scalar(step) / Scalar(steps))
    (drawing.optimizer.learningRate, judging.optimizer.learningRate) = (rate, rate)
    let indices = (0..<64).map { _ in generator.integer(below: digits.training.count) }
    let real = Variable(pictures(indices, of: digits.training))
    let noise = Variable(.noise([64, 64], using: &generator))
    let fake = artist(noise, .training(seed: generator.next()))
    try judging.step {
      GameLoss.nonSaturating.discriminator(
        real: critic(real), fake: critic(fake.detached()), target: 0.9)
    }
    try drawing.step { GameLoss.nonSaturating.generator(fake: critic.frozen(fake)) }
  }
  return artist
}
let studios = [
  Studio(name: "dense layers", isConvolutional: false, rate: 1e-3),
  Studio(name: "DCGAN", isConvolutional: true, rate: 4e-3),
]
let imageSteps = notebook.epochs.map { $0 * 312 } ?? 800
func between(_ a: [Scalar], _ b: [Scalar], _ share: Scalar) -> [Scalar] {
  zip(a, b).map { (1 - share) * $0 + share * $1 }
}
struct Exhibition: Sendable {
  let samples: Tensor
  let interpolation: Tensor
}
let exhibitions = notebook.attempt {
  try inParallel(studios, threeSeeds) { studio, seed in
    let artist = try playOnDigits(studio, steps: imageSteps, seed: seed)
    var generator = SeededGenerator(seed: seed &+ 7)
    let noise = Tensor.noise([4000, 64], using: &generator)
    let path = (0..<3).flatMap { row in
      (0..<10).flatMap { step in
        between(Array(noise.row(2 * row)), Array(noise.row(2 * row + 1)), Scalar(step) / 9)
      }
    }
    return Exhibition(
      samples: drawn(artist, noise), interpolation: drawn(artist, Tensor(path, shape: [30, 64])))
  }
}
let readings = exhibitions.map { runs in runs.map { read($0.samples) } }
table(
  columns: [
    "4,000 images", "Fréchet distance, three seeds", "classifier score", "rarest class",
    "commonest",
  ],
  rows: studios.indices.map { index in
    let own = readings[index]
    let shares = own.map { reading in
      (0..<10).map { k in Double(reading.answers.count { $0 == k }) / 4000 }
    }
    return [
      studios[index].name, range(own.map(distance), 1), range(own.map(\.score), 2),
      range(shares.map { $0.min()! }), range(shares.map { $0.max()! }),
    ]
  } + [
    [
      "other real ones", fixed(distance(testReading), 2), fixed(testReading.score, 2), "0.100",
      "0.100",
    ]
  ])
func images(_ tensor: Tensor, _ count: Int) -> [[Scalar]] {
  (0..<count).map { Array(tensor.elements[$0 * 784..<($0 + 1) * 784]) }
}
figure(
  "samples",
  ImageGrid(
    images: images(pictures(0..<20, of: digits.training), 20)
      + images(exhibitions[0][0].samples, 20)
      + images(exhibitions[1][0].samples, 20), height: 28, width: 28, columnCount: 10, range: -1...1
  ),
  caption:
    "The first twenty of each, in two rows: real digits, the dense GAN's, the DCGAN's. Nobody picked them."
)
func medianDistance(_ index: Int) -> Double {
  readings[index].map(distance).sorted()[1]
}
metric("frechet_dense", medianDistance(0))
metric("frechet_dcgan", medianDistance(1))

cell("interpolation")
figure(
  "interpolation",
  ImageGrid(
    images: images(exhibitions[1][0].interpolation, 30), height: 28, width: 28, columnCount: 10,
    range: -1...1),
  caption:
    "Ten steps along a straight line in z, from one noise to another: three pairs, the first of the seed."
)

cell("codes")
enum Codes: String, CaseIterable, Sendable {
  case conditional = "conditional GAN"
  case auxiliary = "AC-GAN"
}
func coded(_ codes: [Int], noise: Int = 16, using generator: inout SeededGenerator) -> Tensor {
  let noise = Variable(.noise([codes.count, noise], using: &generator))
  return Variable.concatenated([noise, 3 * Variable(.oneHot(codes, classes: 10))], axis: 1).value
}
/// Two players, the generator with the higher rate; both fall to 0 in the second half.
struct Duel {
  let artist: Sequential
  var drawing: Player<Adam>
  var judging: Player<Adam>
  let rates: (artist: Scalar, critic: Scalar)
  init(_ artist: Sequential, _ critic: Any, rates: (artist: Scalar, critic: Scalar)) {
    (self.artist, self.rates) = (artist, rates)
    drawing = Player("generator", artist, Adam(learningRate: rates.artist, beta1: 0.5))
    judging = Player("discriminator", critic, Adam(learningRate: rates.critic, beta1: 0.5))
  }
  mutating func setRates(step: Int, of steps: Int) {
    let share = min(1, 2 - 2 * Scalar(step) / Scalar(steps))
    drawing.optimizer.learningRate = share * rates.artist
    judging.optimizer.learningRate = share * rates.critic
  }
}
func realBatch(_ generator: inout SeededGenerator) -> (images: Variable, labels: [Int]) {
  let indices = (0..<64).map { _ in generator.integer(below: digits.training.count) }
  return (
    Variable(pictures(indices, of: digits.training)), digits.training.labels(at: indices)
  )
}
func playWithLabels(_ kind: Codes, steps: Int, seed: UInt64) throws -> Sequential {
  var generator = SeededGenerator(seed: seed)
  let artist = GameNetworks.convolutionalGenerator(noise: 26, channels: 32, using: &generator)
  let critic = HeadedDiscriminator(
    GameNetworks.convolutionalBody(channels: 32, using: &generator), features: 49 * 32,
    answers: 10, using: &generator)
  var duel = Duel(artist, critic, rates: (4e-3, 1e-3))
  let loss = GameLoss.nonSaturating
  for step in 0..<steps {
    duel.setRates(step: step, of: steps)
    let (real, labels) = realBatch(&generator)
    let codes = (0..<64).map { _ in generator.integer(below: 10) }
    let input = Variable(coded(codes, using: &generator))
    let fake = artist(input, .training(seed: generator.next()))
    try duel.judging.step {
      if kind == .conditional {
        return loss.discriminator(
          real: critic.judged(real, by: labels), fake: critic.judged(fake.detached(), by: codes),
          target: 0.9)
      }
      let (realLogit, realAnswers) = critic(real)
      let (fakeLogit, fakeAnswers) = critic(fake.detached())
      return loss.discriminator(real: realLogit, fake: fakeLogit, target: 0.9)
        + fakeAnswers.softmaxCrossEntropy(codes) + realAnswers.softmaxCrossEntropy(labels)
    }
    try duel.drawing.step {
      let frozen = critic.frozen
      if kind == .conditional { return loss.generator(fake: frozen.judged(fake, by: codes)) }
      let (logit, answers) = frozen(fake)
      return loss.generator(fake: logit) + answers.softmaxCrossEntropy(codes)
    }
  }
  return artist
}
let codedSteps = notebook.epochs.map { $0 * 312 } ?? 1200
let askedFor = (0..<4000).map { $0 % 10 }
let works = notebook.attempt {
  try inParallel(Codes.allCases) { kind in
    let artist = try playWithLabels(kind, steps: codedSteps, seed: threeSeeds[0])
    var generator = SeededGenerator(seed: 11)
    return drawn(artist, coded(askedFor, using: &generator))
  }
}
let codedReadings = works.map { read($0) }
func agreement(_ a: [Int], _ b: [Int]) -> Double {
  Double(zip(a, b).count { $0 == $1 }) / Double(a.count)
}
func spreadInClasses(_ samples: Tensor, _ labels: [Int]) -> Double {
  let spreads = (0..<10).map { k in
    let chosen = labels.indices.filter { labels[$0] == k }.prefix(200)
    let pixels = chosen.flatMap { samples.elements[$0 * 784..<($0 + 1) * 784] }
    return SampleScores.meanPairDistance(Tensor(pixels, shape: [chosen.count, 784]))
  }
  return spreads.reduce(0, +) / 10
}
let realLabels = digits.test.labels(at: 0..<4000)
table(
  columns: ["system", "drawn as asked", "distance inside a class", "Fréchet distance"],
  rows: Codes.allCases.indices.map { index in
    [
      Codes.allCases[index].rawValue, fixed(agreement(codedReadings[index].answers, askedFor), 3),
      fixed(spreadInClasses(works[index], askedFor), 1), fixed(distance(codedReadings[index]), 1),
    ]
  } + [
    [
      "real digits", fixed(readerAccuracy, 3),
      fixed(spreadInClasses(pictures(0..<4000, of: digits.test), realLabels), 1),
      fixed(distance(testReading), 1),
    ]
  ])
figure(
  "codes",
  ImageGrid(
    images: works.flatMap { images($0, 20) }, height: 28, width: 28, columnCount: 10,
    range: -1...1),
  caption:
    "Two of every digit, 0 to 9 from the left, in two rows each: conditional GAN and AC-GAN.")
metric("conditional_accuracy", agreement(codedReadings[0].answers, askedFor))

cell("info")
/// Everything that a hand may do to a digit and that leaves it the same digit.
let carelessHand = Augmentation(
  RandomZoom(share: 0.2), RandomShear(degrees: 20), RandomRotation(degrees: 10),
  RandomShift(pixels: 2))
func playInfo(steps: Int, seed: UInt64) throws -> (artist: Sequential, reader: CodeReader) {
  var generator = SeededGenerator(seed: seed)
  let artist = GameNetworks.convolutionalGenerator(noise: 26, channels: 32, using: &generator)
  let critic = GameNetworks.convolutionalDiscriminator(channels: 32, using: &generator)
  let reader = CodeReader(categories: 10, numbers: 2, channels: 32, using: &generator)
  var duel = Duel(artist, critic, rates: (2e-3, 2e-3))
  var reading = Player("Q", reader, Adam(learningRate: 2e-3, beta1: 0.5))
  let loss = GameLoss.nonSaturating
  for step in 0..<steps {
    duel.setRates(step: step, of: steps)
    reading.optimizer.learningRate = duel.judging.optimizer.learningRate
    let real = realBatch(&generator).images
    let (input, code) = infoInput((0..<64).map { _ in generator.integer(below: 10) }, &generator)
    let fake = artist(Variable(input), .training(seed: generator.next()))
    try duel.judging.step {
      loss.discriminator(real: critic(real), fake: critic(fake.detached()), target: 0.9)
    }
    // Paper is −1 and what moves in from beyond the border 0: so the images are lifted by 1 meanwhile.
    let lifted = carelessHand(
      Tensor(fake.value.elements.map { $0 + 1 }, shape: fake.value.shape), using: &generator)
    let distorted = Variable(Tensor(lifted.elements.map { $0 - 1 }, shape: lifted.shape))
    try reading.step { reader.loss(fake.detached(), distorted: distorted, code) }
    try duel.drawing.step {
      loss.generator(fake: critic.frozen(fake)) + reader.frozen.loss(fake, code)
    }
  }
  return (artist, reader)
}
/// Noise, a category and two numbers, side by side: what the generator gets.
func infoInput(
  _ categories: [Int], _ generator: inout SeededGenerator
) -> (input: Tensor, code: ImageCode) {
  let numbers = Tensor(
    (0..<2 * categories.count).map { _ in generator.uniform(in: -1..<1) },
    shape: [categories.count, 2])
  let first = Variable(coded(categories, noise: 14, using: &generator))
  return (
    Variable.concatenated([first, Variable(numbers)], axis: 1).value,
    ImageCode(categories: categories, numbers: numbers)
  )
}
struct InfoWork: Sendable {
  let samples: Tensor
  let categoriesOfOwn: [Int]
  let categoriesOfTest: [Int]
  let categoriesOfKnown: [Int]
  let numbersOfKnown: Tensor
}
var penGenerator = SeededGenerator(seed: notebook.seed)
let knownDigits = KnownDigits(count: 2000, using: &penGenerator)
let infoWorks = notebook.attempt {
  try inParallel(Array(threeSeeds[..<2])) { seed in
    let (artist, reader) = try playInfo(steps: codedSteps, seed: seed)
    var generator = SeededGenerator(seed: 11)
    let samples = drawn(artist, infoInput(askedFor, &generator).input)
    func found(_ images: Tensor) -> (categories: [Int], numbers: Tensor) {
      Variable.withoutGradients {
        let (category, numbers) = reader(Variable(images))
        return (category.value.largestColumns(), numbers.value)
      }
    }
    let own = Tensor(Array(samples.elements.prefix(1000 * 784)), shape: [1000, 28, 28, 1])
    let known = found(pictures(0..<2000, of: knownDigits.images))
    return InfoWork(
      samples: samples, categoriesOfOwn: found(own).categories,
      categoriesOfTest: found(pictures(0..<2000, of: digits.test)).categories,
      categoriesOfKnown: known.categories, numbersOfKnown: known.numbers)
  }
}
func counts(_ a: [Int], _ b: [Int], rows: Int) -> [[Double]] {
  var counts = [[Double]](repeating: [Double](repeating: 0, count: 10), count: rows)
  for (row, column) in zip(a, b) { counts[row][column] += 1 }
  return counts
}
let infoReadings = infoWorks.map { read($0.samples) }
let infoDistances = infoReadings.map { fixed(distance($0), 1) }
let (firstHalf, secondHalf) = (
  digits.test.labels(at: 0..<1000), digits.test.labels(at: 1000..<2000)
)
/// Codes matched to digits one to one on one half of the real images, counted on the other.
let infoErrors = infoWorks.map { work in
  let digitOf = CodeScores.bestAssignment(
    counts(Array(work.categoriesOfTest[..<1000]), firstHalf, rows: 10))
  return 1 - agreement(work.categoriesOfTest[1000...].map { digitOf[$0] }, secondHalf)
}
table(
  columns: ["InfoGAN"] + infoWorks.indices.map { "seed \($0 + 1)" },
  rows: [
    ["read back from new drawings"]
      + infoWorks.map { fixed(agreement($0.categoriesOfOwn, askedFor), 3) },
    ["Fréchet distance of the drawings"] + infoDistances,
    ["drawings in their code's commonest digit"]
      + infoReadings.map { reading in
        let found = counts(askedFor, reading.answers, rows: 10)
        return fixed(found.reduce(0) { $0 + $1.max()! } / 4000, 3)
      },
    ["real images in their digit's commonest code"]
      + infoWorks.map { work in
        let found = counts(
          knownDigits.images.labels.map { Int($0) }, work.categoriesOfKnown, rows: 10)
        return fixed(found.reduce(0) { $0 + $1.max()! } / 2000, 3)
      },
    ["real images in their shape's commonest code"]
      + infoWorks.map { work in
        let found = counts(
          knownDigits.shapes, work.categoriesOfKnown, rows: KnownDigits.shapeCount)
        return fixed(found.reduce(0) { $0 + $1.max()! } / 2000, 3)
      },
    ["error of codes as digits, real images"] + infoErrors.map { fixed($0, 3) },
  ])
metric("infogan_error", infoErrors.reduce(0, +) / 2)
figure(
  "info-images",
  ImageGrid(
    images: infoWorks.flatMap { images($0.samples, 20) }, height: 28, width: 28, columnCount: 10,
    range: -1...1),
  caption:
    "Two of every code, 0 to 9 from the left, in two rows for each seed: InfoGAN, which has never seen a label."
)
figure(
  "info",
  HeatMap(
    x: "digit, as the reader sees it", y: "code",
    values: counts(askedFor, infoReadings[0].answers, rows: 10).map { $0.map { $0 / 400 } },
    columnLabels: (0..<10).map(String.init), rowLabels: (0..<10).map(String.init),
    range: 0...1, colors: .blues, valueLabel: "share of the code's images"),
  caption:
    "What InfoGAN's ten codes became, first seed. A row with one dark square is a code with one meaning."
)

cell("continuous")
let truths = [("lean", knownDigits.leans), ("half the pen's width", knownDigits.penRadii)]
let correlations = infoWorks.map { work in
  (0..<2).map { column in
    let found = (0..<2000).map { work.numbersOfKnown.elements[2 * $0 + column] }
    return truths.map { CodeScores.correlation(found, $0.1) }
  }
}
table(
  columns: ["number that Q reads from real images"] + truths.map { "correlation with \($0.0)" },
  rows: infoWorks.indices.flatMap { seed -> [[Any]] in
    (0..<2).map { column -> [Any] in
      ["seed \(seed + 1), number \(column + 1)"]
        + correlations[seed][column].map { fixed($0, 2) }
    }
  })
func strongest(_ truth: Int) -> Double {
  correlations.reduce(0) { $0 + $1.map { abs($0[truth]) }.max()! } / Double(correlations.count)
}
metric("infogan_lean_correlation", strongest(0))
metric("infogan_width_correlation", strongest(1))

cell("styles")
var styleGenerator = SeededGenerator(seed: notebook.seed)
let learning = StyledDigits(count: 2000, using: &styleGenerator)
let heldOut = StyledDigits(count: 500, using: &styleGenerator)
let goals: [PenStyle] = [.bold, .outline, .dotted, .slanted]
let thinDigits = pictures(0..<500, of: heldOut[.thin])
func partners(_ style: PenStyle) -> Tensor { pictures(0..<500, of: heldOut[style]) }
func inkBetween(_ a: Tensor, _ b: Tensor) -> Double {
  Double(Variable(a).meanAbsoluteError(b).value.number) / 2
}
let lines = goals.map { goal in
  AffineIntensity(
    from: pictures(0..<200, of: learning[.thin]).elements,
    to: pictures(0..<200, of: learning[goal]).elements)
}
let nothingDone = goals.map { inkBetween(thinDigits, partners($0)) }
let lineDrawn = zip(goals, lines).map { goal, line in
  inkBetween(Tensor(line(thinDigits.elements), shape: thinDigits.shape), partners(goal))
}
table(
  columns: ["from thin to", "do nothing", "best line a x + b", "a", "b"],
  rows: goals.indices.map {
    [
      goals[$0].rawValue, fixed(nothingDone[$0], 4), fixed(lineDrawn[$0], 4),
      fixed(lines[$0].slope, 2), fixed(lines[$0].offset, 2),
    ]
  })
figure(
  "styles",
  ImageGrid(
    images: PenStyle.allCases.flatMap { images(partners($0), 8) }, height: 28, width: 28,
    columnCount: 8, range: -1...1),
  caption:
    "The first eight held-out digits in all five styles, from above: thin, bold, outline, dotted, slanted. A column is one hand's digit."
)

cell("unet-diagram")
let bridgeColor = Palette.category(4)
figure(
  "unet-diagram",
  Graph(
    nodes: [
      .init("x", detail: "28×28×1", column: 0, row: 0),
      .init("conv 4×4, stride 2", detail: "14×14×16", column: 0.4, row: 1, color: drawingColor),
      .init("conv 4×4, stride 2", detail: "7×7×32", column: 0.8, row: 2, color: drawingColor),
      .init("conv 3×3", detail: "7×7×32", column: 2, row: 3, color: drawingColor),
      .init(
        "transposed 4×4", detail: "14×14×16, dropout", column: 3.2, row: 2, color: drawingColor),
      .init("transposed 4×4", detail: "28×28×16", column: 3.6, row: 1, color: drawingColor),
      .init("conv 3×3, tanh", detail: "28×28×1", column: 4, row: 0, color: drawingColor),
    ],
    edges: [
      .init(0, 1), .init(1, 2), .init(2, 3), .init(3, 4), .init(4, 5), .init(5, 6),
      .init(1, 5, label: "bridge, 14×14×16", color: bridgeColor),
      .init(0, 6, label: "bridge, 28×28×1", color: bridgeColor),
    ]),
  caption:
    "Diagram of the U-Net: down to a quarter, up again; the bridges carry what stood where. Between its convolutions: instance normalisation."
)

cell("cycles-diagram")
func cycle(
  _ row: Double, _ names: [String], _ style: String, _ other: String, first: Int
) -> (nodes: [Graph.Node], edges: [Graph.Edge]) {
  let (x, there, back) = (names[0], names[1], names[2])
  return (
    [
      .init(x, detail: style, column: 0, row: row),
      .init(there, column: 1, row: row, color: drawingColor),
      .init("\(there)(\(x))", detail: "\(other)?", column: 2, row: row),
      .init(back, column: 3, row: row, color: drawingColor),
      .init("\(back)(\(there)(\(x)))", detail: "\(x) again?", column: 4, row: row),
      .init("critic of \(other)", column: 2, row: row + 1, color: judgingColor),
      .init("real \(other)", column: 0.8, row: row + 1),
    ],
    [(0, 1), (1, 2), (2, 3), (3, 4), (2, 5), (6, 5)].map { .init(first + $0.0, first + $0.1) } + [
      .init(
        first + 4, first, label: "λ |\(back)(\(there)(\(x))) − \(x)|", color: drawingColor,
        isDashed: true, bend: -0.1)
    ]
  )
}
let (upper, lower) = (
  cycle(0.9, ["x", "G", "F"], "thin", "bold", first: 0),
  cycle(3.3, ["y", "F", "G"], "bold", "thin", first: 7)
)
figure(
  "cycles-diagram", Graph(nodes: upper.nodes + lower.nodes, edges: upper.edges + lower.edges),
  caption:
    "Diagram of the two cycles. No arrow compares G(x) with a partner: there is none in the data."
)

cell("stargan-diagram")
figure(
  "stargan-diagram",
  Graph(
    nodes: [
      .init("x and t", detail: "image, wanted style", column: 0, row: 0.9),
      .init("G", column: 1, row: 0.9, color: drawingColor),
      .init("G(x, t)", detail: "28×28×1", column: 2, row: 0.9),
      .init("G", detail: "the same", column: 3, row: 0.9, color: drawingColor),
      .init("G(G(x, t), s)", detail: "x again?", column: 4, row: 0.9),
      .init("critic's body", column: 2, row: 1.9, color: judgingColor),
      .init("D", detail: "real?", column: 1.4, row: 2.9, color: judgingColor),
      .init("S", detail: "which style?", column: 2.6, row: 2.9, color: judgingColor),
      .init("s", detail: "style of x", column: 3, row: 1.9), .init("real x", column: 0.8, row: 1.9),
    ],
    edges: [
      .init(0, 1), .init(1, 2), .init(2, 3), .init(3, 4), .init(2, 5), .init(5, 6), .init(5, 7),
      .init(8, 3), .init(9, 5),
      .init(
        4, 0, label: "λ |G(G(x, t), s) − x|", color: drawingColor, isDashed: true, bend: -0.1),
    ]),
  caption:
    "Diagram of StarGAN: one translator, told the style, there and back; a critic with two heads.")

cell("translation")
func translated(_ images: Tensor, by translate: (Variable) -> Variable) -> Tensor {
  let pixels = stride(from: 0, to: images.count, by: 100 * 784).flatMap { start in
    let batch = Array(images.elements[start..<min(images.count, start + 100 * 784)])
    let input = Variable(Tensor(batch, shape: [batch.count / 784, 28, 28, 1]))
    return Variable.withoutGradients { translate(input).value.elements }
  }
  return Tensor(pixels, shape: images.shape)
}
struct Lesson: Sendable {
  let seed: UInt64
  let steps: Int
  let rate: Scalar = 2e-3
  func run(_ step: (_ rate: Scalar, _ draw: () -> Int, _ seed: UInt64) throws -> Void) throws {
    var generator = SeededGenerator(seed: seed &+ 7)
    for index in 0..<steps {
      let falling = rate * min(1, 2 - 2 * Scalar(index) / Scalar(steps))
      let dropped = generator.next()
      try step(falling, { generator.integer(below: 2000) }, dropped)
    }
  }
  func batch(_ draw: () -> Int, _ style: PenStyle) -> Tensor {
    pictures((0..<8).map { _ in draw() }, of: learning[style])
  }
}
enum Master: Sendable {
  case pairs(PenStyle, adversity: Scalar)
  case cycles(PenStyle, fidelity: Scalar, identity: Scalar)
  case star
}
let noises: [Scalar] = [0, 0.05, 0.1, 0.2, 0.4]
struct Learned: Sendable {
  var images: [PenStyle: Tensor] = [:]
  var withoutNoise: Tensor?
  var againWithOtherNoise: Tensor?
  var returnsOfOwn: [Double] = []
  var returnsOfPartner: [Double] = []
}
func learn(_ master: Master, _ lesson: Lesson) throws -> Learned {
  var generator = SeededGenerator(seed: lesson.seed)
  var learned = Learned()
  switch master {
  case .pairs(let goal, let adversity):
    var model = Pix2Pix(adversity: adversity, using: &generator)
    try lesson.run { rate, draw, seed in
      let indices = (0..<8).map { _ in draw() }
      try model.step(
        from: pictures(indices, of: learning[.thin]), to: pictures(indices, of: learning[goal]),
        rate: rate, seed: seed)
    }
    learned.images[goal] = translated(thinDigits) { model.translator($0, .training(seed: 1)) }
    if goal == .bold {
      learned.againWithOtherNoise = translated(thinDigits) {
        model.translator($0, .training(seed: 2))
      }
      learned.withoutNoise = translated(thinDigits) { model.translator($0, .evaluation) }
    }
  case .cycles(let goal, let fidelity, let identity):
    var model = CycleGAN(fidelity: fidelity, identity: identity, using: &generator)
    try lesson.run { rate, draw, _ in
      let x = lesson.batch(draw, .thin)
      try model.step(x, lesson.batch(draw, goal), rate: rate)
    }
    let own = translated(thinDigits) { model.forth($0, .evaluation) }
    learned.images[goal] = own
    func returns(_ images: Tensor) -> [Double] {
      let inkOrPaper = Tensor(images.elements.map { $0 < 0 ? -1 : 1 }, shape: images.shape)
      return (noises.map { blurred(images, $0) } + [inkOrPaper]).map { spoiled in
        inkBetween(translated(spoiled) { model.back($0, .evaluation) }, thinDigits)
      }
    }
    learned.returnsOfOwn = returns(own)
    learned.returnsOfPartner = returns(partners(goal))
  case .star:
    let styles = PenStyle.allCases
    var model = StarGAN(styles: styles.count, using: &generator)
    try lesson.run { rate, draw, _ in
      let given = (0..<8).map { _ in draw() % styles.count }
      let wanted = given.map { ($0 + 1 + draw() % (styles.count - 1)) % styles.count }
      let pixels = given.flatMap { pictures([draw()], of: learning[styles[$0]]).elements }
      try model.step(Tensor(pixels, shape: [8, 28, 28, 1]), given, to: wanted, rate: rate)
    }
    for (number, goal) in styles.enumerated() {
      learned.images[goal] = translated(thinDigits) {
        model.translated($0, to: [Int](repeating: number, count: $0.value.shape[0]))
      }
    }
  }
  return learned
}
let isLong = notebook.epochs != nil
let translationSteps = notebook.epochs.map { $0 * 250 } ?? 500
let translationSeeds = isLong ? threeSeeds : Array(threeSeeds.prefix(1))
let cycleGoals: [PenStyle] = isLong ? goals : [.bold, .outline]
let masters: [(name: String, all: [Master])] = [
  ("CycleGAN, unpaired", cycleGoals.map { .cycles($0, fidelity: 10, identity: 0.5) }),
  ("StarGAN, unpaired", [.star]),
  ("pix2pix, pairs", goals.map { .pairs($0, adversity: 1) }),
  ("L1 alone, pairs", goals.map { .pairs($0, adversity: 0) }),
  ("CycleGAN, no identity", [.cycles(.outline, fidelity: 10, identity: 0)]),
  ("the same, λ = 2", [.cycles(.outline, fidelity: 2, identity: 0)]),
]
let lessons = masters.enumerated().flatMap { place, masters in
  masters.all.flatMap { master in
    translationSeeds.map { seed -> (place: Int, master: Master, lesson: Lesson) in
      let steps = if case .star = master { 3 * translationSteps } else { translationSteps }
      return (place, master, Lesson(seed: seed, steps: steps))
    }
  }
}
let taught = notebook.attempt { try inParallel(lessons) { try learn($0.master, $0.lesson) } }
func results(_ place: Int, _ goal: PenStyle) -> [Learned] {
  zip(lessons, taught).filter { $0.place == place && $1.images[goal] != nil }.map(\.1)
}
func errors(_ place: Int, _ goal: PenStyle) -> [Double] {
  results(place, goal).map { inkBetween($0.images[goal]!, partners(goal)) }
}
func spread(_ errors: [Double]) -> String {
  errors.isEmpty ? "–" : errors.count == 1 ? fixed(errors[0], 4) : range(errors, 4)
}
let baselines: [[Any]] = [
  ["do nothing"] + nothingDone.map { fixed($0, 4) }, ["best line"] + lineDrawn.map { fixed($0, 4) },
]
let translators: [[Any]] = masters.indices.map { place in
  [masters[place].name] + goals.map { spread(errors(place, $0)) }
}
table(
  columns: ["from thin to"] + goals.map(\.rawValue), rows: baselines + translators)
let noisy = results(2, .bold)[0]
print(
  "pix2pix, bold: without noise \(fixed(inkBetween(noisy.withoutNoise!, partners(.bold)), 4)); "
    + "two noises apart by \(fixed(inkBetween(noisy.images[.bold]!, noisy.againWithOtherNoise!), 4))"
)
func middle(_ numbers: [Double]) -> Double { numbers.sorted()[numbers.count / 2] }
metric("translation_nothing", nothingDone[0])
metric("translation_line", lineDrawn[0])
for (place, name) in ["cyclegan_l1", "stargan_l1", "pix2pix_l1"].enumerated() {
  metric(name, middle(errors(place, .bold)))
}

cell("translations")
func shown(_ goal: PenStyle) -> [Tensor] {
  [thinDigits] + [2, 0, 5, 1].compactMap { results($0, goal).first?.images[goal] }
    + [partners(goal)]
}
func translations(_ goal: PenStyle, _ rows: String) {
  figure(
    "translations-\(goal)",
    ImageGrid(
      images: shown(goal).flatMap { images($0, 10) }, height: 28, width: 28, columnCount: 10,
      range: -1...1),
    caption: "From thin to \(goal), the first ten held-out digits. From above: \(rows).")
}
translations(.bold, "source, pix2pix, CycleGAN, StarGAN, the true partner")
translations(
  .outline,
  "source, pix2pix, CycleGAN, CycleGAN with λ = 2 and no identity loss, StarGAN, the true partner")
figure(
  "stargan",
  ImageGrid(
    images: PenStyle.allCases.flatMap { images(results(1, $0)[0].images[$0]!, 10) }, height: 28,
    width: 28, columnCount: 10, range: -1...1),
  caption:
    "StarGAN's one network, asked for thin, bold, outline, dotted and slanted, from above; its source is the thin digit each time."
)

cell("hidden")
func returnRows(_ place: Int, _ goal: PenStyle, _ name: String) -> [[Any]] {
  let found = results(place, goal)
  func row(_ name: String, _ all: [[Double]]) -> [Any] {
    [name] + (0...noises.count).map { index in spread(all.map { $0[index] }) }
  }
  return [
    row("its own \(name)", found.map(\.returnsOfOwn)),
    row("the true \(goal)", found.map(\.returnsOfPartner)),
  ]
}
table(
  columns: ["back to thin from", "unspoiled"] + noises.dropFirst().map { "σ = \(fixed($0, 2))" } + [
    "ink or paper"
  ],
  rows: cycleGoals.flatMap { returnRows(0, $0, "\($0)") }
    + returnRows(5, .outline, "outline, λ = 2"))

cell("kernels")
func comparison(_ name: String, _ kernel: (Backend) -> Void) -> [Any] {
  let naive = time(repetitions: 1) { kernel(.naive) }
  let fast = time(repetitions: 20) { kernel(.fast) }
  return [name, naive, fast, volatile("× " + fixed(naive.seconds / fast.seconds, 0))]
}
func kernelRows() -> [[Any]] {
  [(7, 64, 32), (14, 32, 1)].flatMap { (side: Int, inputs: Int, outputs: Int) -> [[Any]] in
    let shape = TransposedConvolutionShape(
      ImageShape(batch: 16, height: side, width: side, channels: inputs),
      Window(4, stride: 2, padding: .all(1)), outputPadding: 0, outputChannels: outputs)
    var generator = SeededGenerator(seed: notebook.seed)
    let small = Tensor.noise(shape.input.sizes, using: &generator).elements
    let weight = Tensor.noise(shape.weightSizes, using: &generator).elements
    var large = Tensor.noise(shape.output.sizes, using: &generator)
    var (smallGradient, weightGradient) = (
      Tensor(shape: shape.input.sizes), Tensor(shape: shape.weightSizes)
    )
    let title = "16×\(side)×\(side)×\(inputs) to \(outputs)"
    return [
      comparison("forward, \(title)") { backend in
        large.update {
          backend.convolution.convolutionInputGradient(
            small.span, weight.span, into: &$0, shape.adjoint, accumulating: false)
        }
      },
      comparison("with respect to the images") { backend in
        let upstream = large.elements
        smallGradient.update {
          backend.convolution.convolution(
            upstream.span, weight.span, bias: Span(), into: &$0, shape.adjoint)
        }
      },
      comparison("with respect to the weights") { backend in
        let upstream = large.elements
        weightGradient.update {
          backend.convolution.convolutionWeightGradient(
            upstream.span, small.span, into: &$0, shape.adjoint, accumulating: false)
        }
      },
    ]
  }
}
table(
  columns: ["transposed convolution, 4×4, stride 2", "naive", "fast", "gain"], rows: kernelRows())
