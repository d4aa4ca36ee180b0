import Backprop
import CNN
import Datasets
import Foundation
import GAN
import KernelSupport
import Notebook
import Optimizers

let notebook = Notebook(chapter: "08-GAN", trains: true)

cell("game")
let (forward, backward) = (Palette.category(0), Palette.category(1))
figure(
  "game",
  Graph(
    nodes: [
      .init("z", detail: "noise", column: 0, row: 0),
      .init("generator", detail: "G(z)", column: 1, row: 0, color: Palette.category(2)),
      .init("fake x", column: 2, row: 0),
      .init("real x", detail: "data", column: 2, row: 1.2),
      .init("discriminator", detail: "D(x) = σ(s)", column: 3, row: 0.6, color: backward),
      .init("s", detail: "real or fake?", column: 4, row: 0.6),
    ],
    edges: [
      .init(0, 1), .init(1, 2), .init(2, 4), .init(3, 4), .init(4, 5),
      .init(5, 4, label: "D's step", color: backward, isDashed: true, bend: 0.35),
      .init(
        4, 1, label: "G's step: through D, which is frozen", color: Palette.category(2),
        isDashed: true, bend: -0.3),
    ]),
  caption: "The game. Dashed: the way of the gradient in each player's step.")

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
  (-1000...1000).reduce(0.0) { $0 + Double(f(Scalar($1) / 100)) * 0.01 }
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
func slopesOfGenerator(after steps: Int, seed: UInt64) -> (answer: Double, norms: [Double]) {
  var generator = SeededGenerator(seed: seed)
  let artist = GameNetworks.pointGenerator(hidden: 64, using: &generator)
  let critic = GameNetworks.pointDiscriminator(hidden: 64, using: &generator)
  var judging = Player("discriminator", critic, Adam())
  notebook.attempt {
    for _ in 0..<steps {
      let real = Variable(farRing.samples(256, using: &generator))
      let fake = Variable(generated(artist, 256, using: &generator))
      try judging.step {
        GameLoss.nonSaturating.discriminator(real: critic(real), fake: critic(fake))
      }
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
table(
  columns: ["D's steps alone", "mean D(fake)", "‖slope of G‖, saturating", "non-saturating"],
  rows: [0, 30, 100, 300, 1000].map { steps in
    let runs = threeSeeds.map { slopesOfGenerator(after: steps, seed: $0) }
    return [
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
) -> Double {
  var generator = SeededGenerator(seed: seed)
  let critic = GameNetworks.pointDiscriminator(inputs: 1, hidden: 32, using: &generator)
  var judging = Player("critic", critic, Adam(learningRate: 0.002, beta1: 0, beta2: 0.9))
  func batch(_ numbers: [Scalar]) -> Tensor {
    Tensor(
      (0..<256).map { _ in numbers[generator.integer(below: numbers.count)] }, shape: [256, 1])
  }
  notebook.attempt {
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
table(
  columns: ["distributions", "sorted samples", "critic, slopes of 1", "critic, slopes up to 1"],
  rows: pairs.map { name, real, fake in
    [
      name, fixed(SampleScores.wassersteinDistance(real, fake), 3),
      range(threeSeeds.map { criticDistance(real, fake, isOneSided: false, seed: $0) }),
      range(threeSeeds.map { criticDistance(real, fake, isOneSided: true, seed: $0) }),
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
    x: Axis("x, the minimiser", range: -8...8), y: Axis("y, the maximiser", range: -8...8),
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
        fake: critic(packed(Variable(fake))))
      guard rules.penalty > 0 else { return loss }
      return loss
        + rules.penalty * critic.gradientPenalty(between: real, and: fake, using: &generator)
    }
    if let limit = rules.clip { judging.clipWeights(to: limit) }
    let noise = Variable(.noise([batch, 2], using: &generator))
    try drawing.step { rules.loss.generator(fake: critic.frozen(packed(artist(noise)))) }
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
func covers(_ rules: Rules, _ mixture: GaussianMixture, steps: Int) -> [ModeCoverage] {
  notebook.attempt {
    try inParallel(threeSeeds) { seed in
      let artist = try playOnPlane(rules, mixture, steps: steps, seed: seed)
      var generator = SeededGenerator(seed: seed &+ 7)
      return mixture.coverage(of: generated(artist, 2500, using: &generator))
    }
  }
}
func coverageTable(_ contestants: [Rules], _ mixture: GaussianMixture, steps: Int)
  -> [[ModeCoverage]]
{
  let runs = contestants.map { covers($0, mixture, steps: steps) }
  var generator = SeededGenerator(seed: notebook.seed)
  let real = mixture.coverage(of: mixture.samples(2500, using: &generator))
  table(
    columns: ["rules", "modes found", "with 1 % of the points", "share of good points"],
    rows: zip(contestants, runs).map { rules, coverage in
      [
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
  return runs
}
let ringRuns = coverageTable(contestants, ring, steps: 3000)

cell("grid")
let grid = GaussianMixture.grid()
let gridContestants = [
  Rules(name: "non-saturating", rate: 5e-3),
  Rules(name: "packed in twos", rate: 5e-3, pack: 2),
  Rules(name: "Wasserstein, penalty", loss: .wasserstein, rate: 5e-3, penalty: 0.1),
]
let gridRuns = coverageTable(gridContestants, grid, steps: 4000)

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
        layers[layers.count - 1](found).softmax().value.elements
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
    parameters(of: network), Adam(), exampleCount: 10_000, batchSize: 64, generator: generator)
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
func drawn(_ artist: Sequential, _ count: Int, seed: UInt64, noise: Int = 64) -> Tensor {
  var generator = SeededGenerator(seed: seed)
  let batches = stride(from: 0, to: count, by: 250).flatMap { start in
    let z = Variable(.noise([min(250, count - start), noise], using: &generator))
    return Variable.withoutGradients { artist(z).value.elements }
  }
  return Tensor(batches, shape: [count, 28, 28, 1])
}
func playOnDigits(
  _ name: String, _ artist: Sequential, _ critic: Sequential, steps: Int, rate: Scalar,
  seed: UInt64
) -> Sequential {
  var generator = SeededGenerator(seed: seed)
  let rule = Adam(learningRate: rate, beta1: 0.5)
  var (drawing, judging) = (
    Player("generator", artist, rule), Player("discriminator", critic, rule)
  )
  let bar = progress(name, total: steps)
  notebook.attempt {
    for step in 0..<steps {
      let factor = min(1, 2 * (1 - Scalar(step) / Scalar(steps)))
      (drawing.optimizer.learningRate, judging.optimizer.learningRate) = (
        rate * factor, rate * factor
      )
      let indices = (0..<64).map { _ in generator.integer(below: digits.training.count) }
      let real = Variable(pictures(indices, of: digits.training))
      let fake = artist(
        Variable(.noise([64, 64], using: &generator)), .training(seed: generator.next()))
      try judging.step {
        GameLoss.nonSaturating.discriminator(
          real: critic(real), fake: critic(fake.detached()), target: 0.9)
      }
      let loss = try drawing.step { GameLoss.nonSaturating.generator(fake: critic.frozen(fake)) }
      bar.advance(loss: loss)
    }
  }
  bar.finish()
  return artist
}
func imageNetworks(_ isConvolutional: Bool, seed: UInt64) -> (Sequential, Sequential) {
  var generator = SeededGenerator(seed: seed)
  return isConvolutional
    ? (
      GameNetworks.convolutionalGenerator(using: &generator),
      GameNetworks.convolutionalDiscriminator(using: &generator)
    )
    : (
      GameNetworks.denseGenerator(using: &generator),
      GameNetworks.denseDiscriminator(using: &generator)
    )
}
let env = ProcessInfo.processInfo.environment
for (isConv, rate, steps) in [
  (false, env["R0"].map { Scalar($0)! } ?? 5e-4, 1200),
  (true, env["R1"].map { Scalar($0)! } ?? 1e-3, 1200),
] {
  let (a, d) = imageNetworks(isConv, seed: 5)
  let t = time { _ = playOnDigits("x", a, d, steps: steps, rate: rate, seed: 6) }
  let r = read(drawn(a, 4000, seed: 9))
  print(
    isConv, rate, t, "FD", fixed(distance(r), 2), "score", fixed(r.score, 2),
    (0..<10).map { k in r.answers.count { $0 == k } })
  figure(
    "samples\(isConv)",
    ImageGrid(
      images: (0..<40).map { i in Array(drawn(a, 40, seed: 9).elements[i * 784..<(i + 1) * 784]) },
      height: 28, width: 28, columnCount: 10), caption: "x")
}
