import Attention
import Backprop
import CNN
import Datasets
import Foundation
import KernelSupport
import Notebook
import Optimizers
import RNN
import Transformers

GenerateCommand.runIfAsked()
let notebook = Notebook(chapter: "07-Transformers", takes: [.epochs, .text])

cell("text")
let grammar = StochasticGrammar.seaside
var textGenerator = SeededGenerator(seed: notebook.seed)
let trainingText = grammar.text(atLeast: 60_000, using: &textGenerator)
let validationText = grammar.text(atLeast: 12_000, using: &textGenerator)
let vocabulary = Vocabulary(of: trainingText)
let training = vocabulary.encode(trainingText)!
let validation = vocabulary.encode(validationText)!
print(trainingText.split(separator: "\n").prefix(5).joined(separator: "\n"))
print("…\n\(training.count) characters, \(vocabulary.count) different ones")

cell("floors")
func countingLoss(order: Int) -> Double {
  var counts: [[Int]: [Double]] = [:]
  let none = [Double](repeating: 0.01, count: vocabulary.count)
  for i in order..<training.count {
    counts[Array(training[i - order..<i]), default: none][training[i]] += 1
  }
  let losses = (order..<validation.count).map { i in
    let row = counts[Array(validation[i - order..<i])] ?? none
    return -Foundation.log(row[validation[i]] / row.reduce(0, +))
  }
  return losses.reduce(0, +) / Double(losses.count)
}
let uniformLoss = Foundation.log(Double(vocabulary.count))
let bigramLoss = countingLoss(order: 1)
let entropy = grammar.entropyPerCharacter
table(
  columns: ["model", "looks at", "loss, nats a character"],
  rows: [
    ["every character alike", "nothing", fixed(uniformLoss, 3)],
    ["counts", "nothing", fixed(countingLoss(order: 0), 3)],
    ["counts of pairs", "1 character", fixed(bigramLoss, 3)],
    ["counts", "4 characters", fixed(countingLoss(order: 4), 3)],
    ["the grammar itself", "everything", fixed(entropy, 3)],
  ])

cell("normalise")
func normalised(_ rows: [[Scalar]]) -> [[Scalar]] {
  let x = Variable(Tensor(rows.flatMap(\.self), shape: [rows.count, rows[0].count]))
  let y = LayerNormalization(rows[0].count)(x).value
  return (0..<rows.count).map { Array(y.row($0)) }
}
let plain: [Scalar] = [1, 2, 3, 6]
let examples: [(String, [Scalar])] = [
  ("x", plain), ("10 x", plain.map { 10 * $0 }), ("x + 100", plain.map { $0 + 100 }),
  ("−x", plain.map { -$0 }), ("x with one element moved", [1, 2, 3, 60]),
  ("a constant", [5, 5, 5, 5]),
]
table(
  columns: ["row", "normalised"],
  rows: zip(examples, normalised(examples.map(\.1))).map { example, row in
    [
      "\(example.0): \(example.1.map { fixed($0, 0) }.joined(separator: ", "))",
      row.map { fixed($0, 3) }.joined(separator: ", "),
    ]
  })

cell("norm-gradient")
var checkGenerator = SeededGenerator(seed: notebook.seed)
let normInput = Variable(
  Tensor((0..<21).map { _ in checkGenerator.normal() }, shape: [3, 7]), needsGradient: true)
let norm = LayerNormalization(7)
let upstream = (0..<21).map { _ in checkGenerator.normal() }
let results = GradientCheck().compare(
  [NamedParameter("x", normInput)] + parameters(of: norm), upstream: upstream
) { norm(normInput) }
for result in results { print("\(result.name): relative error \(scientific(result.error, 0))") }
norm(normInput).backward(Tensor(upstream, shape: [3, 7]))
let slopes = normInput.gradient!.row(0)
let alongOnes = slopes.reduce(0, +)
let alongInput = zip(slopes, normInput.value.row(0)).map { $0 * $1 }.reduce(0, +)
let length = slopes.map { $0 * $0 }.reduce(0, +).squareRoot()
print("∂L/∂x of a row: length \(fixed(length, 3)), along (1, …, 1) \(fixed(abs(alongOnes), 5)),")
print("along x \(fixed(abs(alongInput), 5))")

cell("blocks")
let (blue, orange, green) = (Palette.category(0), Palette.category(1), Palette.category(2))
func blockDiagram(_ placement: NormPlacement) -> Graph {
  let isBefore = placement == .before
  let parts: [(String, Color)] =
    isBefore
    ? [
      ("norm", green), ("attention", orange), ("+", blue), ("norm", green),
      ("feed-forward", orange), ("+", blue),
    ]
    : [
      ("attention", orange), ("+", blue), ("norm", green), ("feed-forward", orange),
      ("+", blue), ("norm", green),
    ]
  var nodes = [Graph.Node("x", column: 0, row: 7, color: blue)]
  for (index, part) in parts.enumerated() {
    nodes.append(
      Graph.Node(
        part.0, column: 0, row: 6 - Double(index), shape: part.0 == "+" ? .circle : .box,
        color: part.1))
  }
  nodes.append(Graph.Node("y", column: 0, row: 0, color: blue))
  var edges = (0..<7).map { Graph.Edge($0, $0 + 1) }
  let residuals = isBefore ? [(0, 3), (3, 6)] : [(0, 2), (3, 5)]
  for (start, end) in residuals {
    edges.append(Graph.Edge(start, end, color: blue, bend: isBefore ? 0.45 : 0.62))
  }
  return Graph(
    title: isBefore ? "norm before" : "norm after", nodes: nodes, edges: edges)
}
figure(
  "blocks-diagram", Panels(columnCount: 2, panelHeight: 470, [.before, .after].map(blockDiagram)),
  caption:
    "A Transformer block with the norm before its two parts, and with the norm after them. Blue is the residual path: on the left nothing interrupts it."
)

cell("depth")
struct DepthProfile {
  /// Root mean squares after every block: of the signal, and of its gradient.
  var signals: [Double] = []
  var gradients: [Double] = []
  /// The gradient with respect to the last feed-forward layer's second matrix.
  var lastWeight = 0.0
}
func rootMeanSquare(_ tensor: Tensor) -> Double {
  let sum = tensor.elements.reduce(0.0) { $0 + Double($1) * Double($1) }
  return (sum / Double(tensor.count)).squareRoot()
}
func depthProfile(_ placement: NormPlacement, blocks count: Int, seed: UInt64) -> DepthProfile {
  var generator = SeededGenerator(seed: seed)
  let blocks = (0..<count).map { _ in
    TransformerBlock(64, heads: 4, placement: placement, using: &generator)
  }
  func noise(_ shape: [Int]) -> Tensor {
    Tensor((0..<shape.reduce(1, *)).map { _ in generator.normal() }, shape: shape)
  }
  var states = [Variable(noise([4, 16, 64]), needsGradient: true)]
  for block in blocks {
    let next = block(states[states.count - 1], mask: .causal)
    next.keepsGradient = true
    states.append(next)
  }
  let last = states[states.count - 1]
  let output = placement == .before ? LayerNormalization(64)(last) : last
  output.backward(noise(output.value.shape))
  return DepthProfile(
    signals: states.map { rootMeanSquare($0.value) },
    gradients: states.map { rootMeanSquare($0.gradient!) },
    lastWeight: rootMeanSquare(blocks[count - 1].feedForward.down.weight.gradient!))
}
let depths = [6, 12, 24]
let profiles = NormPlacement.allCases.map { placement in
  depths.map { depth in
    (1...3).map { depthProfile(placement, blocks: depth, seed: notebook.seed + UInt64($0)) }
  }
}
func profileChart(_ title: String, _ of: (DepthProfile) -> [Double]) -> LineChart {
  LineChart(
    title: title, x: "blocks passed", y: Axis("root mean square", scale: .logarithmic),
    series: zip(["norm before", "norm after"], profiles).map { name, runs in
      let curves = runs[2].map(of)
      let means = curves[0].indices.map { i in
        curves.map { $0[i] }.reduce(0, +) / Double(curves.count)
      }
      return Series(name, y: means, style: name == "norm before" ? .line : .dashed).with(
        bandFrom: means.indices.map { i in curves.map { $0[i] }.min()! },
        to: means.indices.map { i in curves.map { $0[i] }.max()! })
    })
}
figure(
  "depth",
  Panels(
    columnCount: 2,
    [profileChart("the signal", \.signals), profileChart("the gradient", \.gradients)]),
  caption:
    "Signal and gradient after every one of 24 fresh blocks; the bands are three seeds. With the norm before, the residual path carries a signal that grows; with the norm after, it is 1 everywhere."
)
table(
  columns: ["blocks"]
    + ["norm before", "norm after"].flatMap { ["signal, \($0)", "last gradient, \($0)"] },
  rows: depths.indices.map { i in
    [depths[i]]
      + profiles.flatMap { placement in
        [
          placement[i].map { fixed($0.signals[depths[i]], 2) }.joined(separator: ", "),
          placement[i].map { fixed($0.lastWeight, 1) }.joined(separator: ", "),
        ]
      }
  })

cell("gpt-diagram")
let gptNodes: [Graph.Node] = [
  .init("tokens", detail: "[B, T]", column: 0, row: 1.5),
  .init("token table", detail: "[V, d]", column: 1, row: 1, color: green),
  .init("positions", detail: "[C, d]", column: 1, row: 2, color: green),
  .init("+", detail: "[B, T, d]", column: 2, row: 1.5),
  .init("block", detail: "causal", column: 3, row: 1.5, color: orange),
  .init("block", detail: "causal", column: 4, row: 1.5, color: orange),
  .init("norm", detail: "[B, T, d]", column: 5, row: 1.5, color: green),
  .init("logits", detail: "[B, T, V]", column: 6, row: 1.5),
]
figure(
  "gpt-diagram",
  Graph(
    nodes: gptNodes,
    edges: [
      .init(0, 1), .init(0, 2), .init(1, 3), .init(2, 3), .init(3, 4), .init(4, 5), .init(5, 6),
      .init(6, 7), .init(1, 7, label: "the same table, transposed", isDashed: true, bend: 0.13),
    ]),
  caption:
    "A GPT with two blocks: B texts of T tokens, a vocabulary of V, a context of C, vectors of length d. The head is the token table again."
)

cell("sizes")
let configuration = GPTConfiguration(
  vocabulary: vocabulary.count, context: 64, width: 64, layers: 2, heads: 4)
table(
  columns: ["model", "vocabulary", "context", "width", "layers", "heads", "parameters"],
  rows: [
    ("ours", configuration), ("nanoGPT's for a processor", .characters),
    ("GPT-2 small", .gpt2Small),
    (
      "GPT-2 large",
      GPTConfiguration(vocabulary: 50_257, context: 1024, width: 1280, layers: 36, heads: 20)
    ),
  ].map { name, sizes in
    [
      name, sizes.vocabulary, sizes.context, sizes.width, sizes.layers, sizes.heads,
      sizes.parameterCount,
    ]
  })

cell("causal")
var firstGenerator = SeededGenerator(seed: notebook.seed)
let untrained = GPT(configuration, using: &firstGenerator)
func logits(_ model: GPT, _ text: String) -> Tensor {
  let ids = vocabulary.encode(text)!
  return model(ids, time: ids.count).value
}
let left = logits(untrained, "two grey sailors")
let right = logits(untrained, "two grey ships w")
let same = (0..<16).map { left.row($0) == right.row($0) }
print(
  "the same bits at the positions",
  same.indices.filter { same[$0] }.map { "\($0)" }.joined(separator: " "))
let firstIDs = Array(training[..<64])
let startLoss = untrained.loss(firstIDs, targets: Array(training[1...64]), time: 64).value.number
print("loss before training \(fixed(startLoss, 3)), of a uniform guess \(fixed(uniformLoss, 3))")

cell("train")
struct TrainedGPT {
  let model: GPT
  var steps: [Int] = []
  var losses: [Double] = []
}
func windows(
  of text: [Int], count: Int, time: Int, using generator: inout SeededGenerator
) -> (ids: [Int], targets: [Int]) {
  var (ids, targets): ([Int], [Int]) = ([], [])
  for _ in 0..<count {
    let start = generator.integer(below: text.count - time)
    ids += text[start..<start + time]
    targets += text[start + 1...start + time]
  }
  return (ids, targets)
}
func validationLoss(_ model: GPT) -> Double {
  let time = model.configuration.context
  var sum = 0.0
  let count = 100
  for window in 0..<count {
    let start = window * (validation.count - time - 1) / count
    let ids = Array(validation[start..<start + time])
    let targets = Array(validation[start + 1...start + time])
    let logits = Variable.withoutGradients { model(ids, time: time) }
    // The second half of a window only: there the model can see at least 32 characters.
    let tail = logits.sliced(time / 2..<time, axis: 1)
    sum += Double(tail.softmaxCrossEntropy(Array(targets[(time / 2)...])).value.number)
  }
  return sum / Double(count)
}
func trainedGPT(seed: UInt64, steps: Int, batch: Int = 12) -> TrainedGPT {
  var generator = SeededGenerator(seed: seed)
  var trained = TrainedGPT(model: GPT(configuration, using: &generator))
  let parameters = parameters(of: trained.model)
  var optimizer = AdamW(learningRate: 0, weightDecay: 0.01)
  let schedule = LinearRamp(to: 3e-3, steps: 50).followed(
    by: CosineDecay(from: 3e-3, steps: steps - 50), after: 50)
  let report = progress("GPT, seed \(seed)", total: steps)
  for step in 0..<steps {
    if step % 100 == 0 {
      trained.steps.append(step)
      trained.losses.append(validationLoss(trained.model))
    }
    let (ids, targets) = windows(
      of: training, count: batch, time: configuration.context, using: &generator)
    parameters.clearGradients()
    let loss = trained.model.loss(
      ids, targets: targets, time: configuration.context, .training(seed: seed))
    loss.backward()
    optimizer.learningRate = schedule.learningRate(at: step)
    optimizer.step(parameters)
    report.advance(loss: loss.value.number)
  }
  report.finish()
  trained.steps.append(steps)
  trained.losses.append(validationLoss(trained.model))
  return trained
}
let runs = (1...3).map { trainedGPT(seed: notebook.seed + UInt64($0), steps: 700) }
let finals = runs.map { $0.losses[$0.losses.count - 1] }
table(
  columns: ["step"] + runs.indices.map { "seed \($0 + 1)" },
  rows: runs[0].steps.indices.map { i in
    [runs[0].steps[i]] + runs.map { fixed($0.losses[i], 3) }
  })
figure(
  "train",
  LineChart(
    x: "step", y: Axis("validation loss, nats a character", scale: .logarithmic),
    series: runs.enumerated().map { index, run in
      Series(
        index == 0 ? "GPT, three seeds" : "", x: run.steps.map { Double($0) }, y: run.losses,
        color: Palette.category(0))
    } + [
      Series(
        "counts of pairs", x: [0.0, 700], y: [bigramLoss, bigramLoss], style: .dashed,
        color: Palette.category(1)),
      Series(
        "the grammar's entropy", x: [0.0, 700], y: [entropy, entropy], style: .dashed,
        color: Palette.category(2)),
    ]),
  caption:
    "Three runs from different seeds. All pass the counts of pairs within the first hundred steps and come to rest on the grammar's entropy."
)
metric("grammar_gpt_loss", finals.reduce(0, +) / 3)
metric("grammar_gpt_excess", finals.reduce(0, +) / 3 - entropy)

cell("samples")
let model = runs[0].model
func sampledText(_ model: GPT, _ sampling: Sampling, count: Int, seed: UInt64) -> String {
  var generator = SeededGenerator(seed: seed)
  let start = vocabulary.encode("\n")!
  return vocabulary.decode(
    model.generate(after: start, count: count, sampling, using: &generator))
}
func share(ofSentences text: String) -> (right: Int, all: Int) {
  let sentences = text.split(separator: "\n").dropLast().map { $0 + "\n" }
  let right = sentences.filter { grammar.logProbability(of: String($0)) > -.infinity }
  return (right.count, sentences.count)
}
print(sampledText(untrained, Sampling(), count: 70, seed: 1))
print("─── after training")
print(sampledText(model, Sampling(), count: 220, seed: 1))

cell("kept")
let scores: [Scalar] = [2.0, 1.5, 1.4, 0.2, -1.0]
table(
  columns: ["rule"] + scores.map { "logit \(fixed($0, 1))" },
  rows: [
    ("softmax", Sampling()), ("temperature 0.5", Sampling(temperature: 0.5)),
    ("temperature 2", Sampling(temperature: 2)), ("top-k 3", Sampling(topK: 3)),
    ("top-p 0.7", Sampling(topP: 0.7)), ("greedy", .greedy),
  ].map { name, sampling in [name] + sampling.probabilities(scores).map { fixed($0, 3) } })

cell("rules")
let rules: [(String, Sampling)] = [
  ("temperature 1", Sampling()), ("temperature 0.7", Sampling(temperature: 0.7)),
  ("temperature 1.5", Sampling(temperature: 1.5)),
  ("temperature 1.5, top-k 5", Sampling(temperature: 1.5, topK: 5)),
  ("temperature 1.5, top-p 0.9", Sampling(temperature: 1.5, topP: 0.9)),
  ("greedy", .greedy),
]
table(
  columns: ["rule", "sentences of the grammar", "of", "different ones"],
  rows: rules.map { name, sampling in
    let text = sampledText(model, sampling, count: 3000, seed: 2)
    let found = share(ofSentences: text)
    return [name, found.right, found.all, Set(text.split(separator: "\n")).count]
  })

cell("maps")
let phrase = "two sailors who see a bird sing"
let phraseIDs = vocabulary.encode(phrase)!
let letters = phrase.map { $0 == " " ? "␣" : String($0) }
let weights = (0..<configuration.layers).map { model.attentionWeights(phraseIDs, block: $0) }
func headMap(_ block: Int, _ head: Int) -> HeatMap {
  let time = phraseIDs.count
  let rows = (0..<time).map { query in
    weights[block].row(head * time + query).map { Double($0) }
  }
  return HeatMap(
    title: "block \(block + 1), head \(head + 1)", x: "looked at", y: "from", values: rows,
    columnLabels: letters, rowLabels: letters, range: 0...1, valueLabel: "weight")
}
/// How far back a head looks on average, and how much goes to the character before.
func habits(_ block: Int, _ head: Int) -> (distance: Double, previous: Double) {
  let time = phraseIDs.count
  var (distance, previous) = (0.0, 0.0)
  for query in 1..<time {
    let row = weights[block].row(head * time + query).map { Double($0) }
    for key in 0...query { distance += row[key] * Double(query - key) }
    previous += row[query - 1]
  }
  return (distance / Double(time - 1), previous / Double(time - 1))
}
let heads = (0..<configuration.layers).flatMap { block in
  (0..<configuration.heads).map { (block: block, head: $0, habits: habits(block, $0)) }
}
let near = heads.min { $0.habits.distance < $1.habits.distance }!
let far = heads.max { $0.habits.distance < $1.habits.distance }!
table(
  columns: ["block", "head", "mean distance, characters", "weight of the one before"],
  rows: heads.map {
    [$0.block + 1, $0.head + 1, fixed($0.habits.distance, 1), fixed($0.habits.previous, 2)]
  })
figure(
  "maps",
  // High enough for the name of every character.
  Panels(
    columnCount: 1, panelHeight: 540,
    [headMap(near.block, near.head), headMap(far.block, far.head)]),
  caption:
    "The head that looks least far back, and the one that looks farthest. Rows are the characters that look, columns those that are looked at; nothing lies above the diagonal."
)

cell("agreement")
func verbProbability(_ model: GPT, _ start: String, _ verb: String) -> Double {
  let ids = vocabulary.encode("\n" + start)!
  var cache = KeyValueCache(for: model)
  var next = model.nextLogits(ids, &cache)
  var logarithm = 0.0
  for id in vocabulary.encode(verb)! {
    logarithm += Foundation.log(Sampling().probabilities(next)[id])
    next = model.nextLogits([id], &cache)
  }
  return Foundation.exp(logarithm)
}
table(
  columns: ["beginning", "“sings”", "“sing.”"],
  rows: [
    "a sailor ", "two sailors ", "a sailor who sees two ships ", "two sailors who see a bird ",
  ].map { start in
    [
      start, fixed(verbProbability(model, start, "sings"), 3),
      fixed(verbProbability(model, start, "sing."), 3),
    ]
  })

cell("warm-up")
/// Runs that know nothing of one another: threads share the runs instead of the kernels.
func shared(_ runs: Int, numbers: Int = 1, _ run: @Sendable (Int) -> [Scalar]) -> [[Scalar]] {
  var results = [Scalar](repeating: 0, count: runs * numbers)
  var span = results.mutableSpan
  span.forEachBlock(of: numbers) { start, block in
    for (index, number) in run(start / numbers).enumerated() { block[index] = number }
  }
  return (0..<runs).map { Array(results[$0 * numbers..<($0 + 1) * numbers]) }
}
func deepRun(
  _ placement: NormPlacement, rate: Scalar, warmUp: Int, seed: UInt64
) -> Scalar {
  var generator = SeededGenerator(seed: seed)
  let (time, steps, batch) = (32, 150, 12)
  let tokens = Embedding(
    vocabulary.count, 32, initializer: .gaussian(standardDeviation: 0.2), using: &generator)
  let blocks = (0..<6).map { _ in
    TransformerBlock(32, heads: 4, placement: placement, using: &generator)
  }
  let finalNorm = LayerNormalization(32)
  let head = Dense(32, vocabulary.count, using: &generator)
  let positions = SinusoidalPositions(32)
  let parameters = parameters(of: [tokens, blocks, finalNorm, head] as [Any])
  var optimizer = Adam(learningRate: 0)
  var last: [Scalar] = []
  for step in 0..<steps {
    let (ids, targets) = windows(of: training, count: batch, time: time, using: &generator)
    parameters.clearGradients()
    let start = positions(tokens(ids, shape: [batch, time]))
    let hidden = blocks.reduce(start) { $1($0, mask: .causal) }
    let loss = head(finalNorm(hidden)).softmaxCrossEntropy(targets)
    loss.backward()
    optimizer.learningRate = rate * min(1, Scalar(step + 1) / Scalar(max(1, warmUp)))
    optimizer.step(parameters)
    if step >= steps - 20 { last.append(loss.value.number) }
  }
  return last.reduce(0, +) / Scalar(last.count)
}
struct Setting: Sendable {
  let placement: NormPlacement
  let rate: Scalar
  let warmUp: Int
}
let rates: [Scalar] = [1e-3, 5e-3]
let settings = NormPlacement.allCases.flatMap { placement in
  rates.flatMap { rate in
    [0, 75].map { Setting(placement: placement, rate: rate, warmUp: $0) }
  }
}
let seeds = (1...3).map { notebook.seed + UInt64($0) }
let deepLosses = shared(3 * settings.count) { run in
  let setting = settings[run / 3]
  return [
    deepRun(setting.placement, rate: setting.rate, warmUp: setting.warmUp, seed: seeds[run % 3])
  ]
}
table(
  columns: ["norm", "rate", "warm-up, steps", "mean loss of steps 131 to 150, three seeds"],
  rows: settings.enumerated().map { index, setting in
    [
      setting.placement.rawValue, fixed(setting.rate, 3), setting.warmUp,
      deepLosses[3 * index..<3 * index + 3].map { fixed($0[0], 3) }.joined(separator: ", "),
    ]
  })

cell("cache-diagram")
let rows = ["x₁", "x₂", "x₃", "x₄"]
let cacheNodes =
  rows.enumerated().flatMap { index, name -> [Graph.Node] in
    let isNew = index == 3
    let color = isNew ? orange : blue
    return [
      .init(name, detail: isNew ? "new" : "", column: 0, row: Double(index), color: color),
      .init(
        "k, v", detail: isNew ? "appended" : "kept", column: 1.4, row: Double(index), color: color),
    ]
  } + [
    .init("q₄", column: 1.4, row: 4, color: orange),
    .init("attention", column: 2.8, row: 2.5, color: orange),
    .init("y₄", column: 3.8, row: 2.5, color: orange),
  ]
figure(
  "cache-diagram",
  Graph(
    nodes: cacheNodes,
    edges: [
      .init(6, 7, color: orange), .init(6, 8, color: orange), .init(8, 9, color: orange),
      .init(0, 1, isDashed: true), .init(2, 3, isDashed: true), .init(4, 5, isDashed: true),
      .init(1, 9, isDashed: true), .init(3, 9, isDashed: true), .init(5, 9, isDashed: true),
      .init(7, 9, color: orange), .init(9, 10, color: orange),
    ]),
  caption:
    "The fourth token arrives. Orange is computed now; keys and values of the first three are still there."
)

cell("cache")
var cacheGenerator = SeededGenerator(seed: notebook.seed)
let large = GPT(
  GPTConfiguration(vocabulary: 65, context: 256, width: 128, layers: 4, heads: 4),
  using: &cacheGenerator)
let story = (0..<256).map { _ in cacheGenerator.integer(below: 65) }
let whole = large(story, time: 256).value
var cache = KeyValueCache(for: large)
var differing = 0
var cachedSeconds: [Double] = []
for (position, token) in story.enumerated() {
  var next: [Scalar] = []
  cachedSeconds.append(time { next = large.nextLogits([token], &cache) }.seconds)
  if next != Array(whole.row(position)) { differing += 1 }
}
print("positions whose logits differ in any bit from the full pass's: \(differing) of 256")
print("the cache holds \(cache.byteCount / 1024) KB")
let lengths = [16, 32, 64, 128, 256]
let fullSeconds = lengths.map { length in
  time(repetitions: 3) {
    Variable.withoutGradients { _ = large(Array(story[..<length]), time: length) }
  }.seconds
}
table(
  columns: ["token number", "full pass", "with the cache", "quotient"],
  rows: zip(lengths, fullSeconds).map { length, seconds in
    let near = cachedSeconds[max(0, length - 9)..<length].sorted()
    let cached = near[near.count / 2]
    return [length, timing(seconds), timing(cached), volatile(fixed(seconds / cached, 1))]
  })

cell("pairs")
let encoding = BytePairEncoding(trainedOn: trainingText, vocabularySize: 300)
func shown(_ token: Int) -> String { ByteAlphabet.text(encoding.tokens[token]) }
table(
  columns: ["rank", "pair", "token", "number"],
  rows: encoding.merges.prefix(12).enumerated().map { rank, pair in
    [
      rank, "\(shown(pair.left)) + \(shown(pair.right))",
      shown(pair.left) + shown(pair.right), 256 + rank,
    ]
  })
let sentence = "two grey sailors who see the sea sing at night.\n"
print(encoding.encode(sentence).map(shown).joined(separator: " | "))
print("\(sentence.utf8.count) bytes, \(encoding.encode(sentence).count) tokens")
print(encoding.encode("naïve 🙂").map(shown).joined(separator: " | "))

cell("pair-diagram")
func mergeDiagram(_ word: String) -> Graph {
  var parts = word.utf8.map { ByteAlphabet.tokens[Int($0)] }
  let bytes = parts.count
  var columns = (0..<bytes).map { Double($0) }
  var nodes = zip(parts, columns).map {
    Graph.Node(shown($0), column: $1, row: 0, color: Palette.category(0))
  }
  var edges: [Graph.Edge] = []
  var places = Array(0..<bytes)
  var row = 0.0
  while true {
    let candidates = parts.indices.dropLast().compactMap { i in
      encoding.merges.firstIndex(of: .init(parts[i], parts[i + 1])).map { (rank: $0, place: i) }
    }
    guard let best = candidates.min(by: { ($0.rank, $0.place) < ($1.rank, $1.place) }) else {
      break
    }
    row += 1
    let i = best.place
    let token = encoding.token(of: encoding.tokens[parts[i]] + encoding.tokens[parts[i + 1]])!
    nodes.append(
      Graph.Node(
        shown(token), detail: "rank \(best.rank)", column: (columns[i] + columns[i + 1]) / 2,
        row: row, color: Palette.category(1)))
    edges += [Graph.Edge(places[i], nodes.count - 1), Graph.Edge(places[i + 1], nodes.count - 1)]
    parts.replaceSubrange(i...i + 1, with: [token])
    columns.replaceSubrange(i...i + 1, with: [(columns[i] + columns[i + 1]) / 2])
    places.replaceSubrange(i...i + 1, with: [nodes.count - 1])
  }
  return Graph(nodes: nodes, edges: edges)
}
figure(
  "pairs-diagram", mergeDiagram(" sailors"),
  caption:
    "How “ sailors” is encoded: the pair of the lowest rank is merged first. Ġ stands for the space."
)

cell("encdec-diagram")
let pairNodes: [Graph.Node] = [
  .init("source", detail: "[B, S]", column: 0, row: 0),
  .init("self-attention", detail: "all of the source", column: 1.3, row: 0, color: orange),
  .init("feed-forward", column: 2.8, row: 0, color: orange),
  .init("memory", detail: "[B, S, d]", column: 4.1, row: 0, color: green),
  .init("target so far", detail: "[B, T]", column: 0, row: 1.6),
  .init("self-attention", detail: "causal", column: 1.3, row: 1.6, color: orange),
  .init("attention", detail: "to the memory", column: 2.8, row: 1.6, color: orange),
  .init("feed-forward", column: 4.1, row: 1.6, color: orange),
  .init("logits", detail: "[B, T, V]", column: 5.3, row: 1.6),
]
figure(
  "encdec-diagram",
  Graph(
    nodes: pairNodes,
    edges: [
      .init(0, 1), .init(1, 2), .init(2, 3), .init(4, 5), .init(5, 6), .init(6, 7), .init(7, 8),
      .init(3, 6, label: "k, v", color: green),
    ]),
  caption:
    "Encoder (above) and decoder (below). Queries come from the target, keys and values of the middle attention from the source."
)

cell("sort")
struct SortTask {
  /// Digits 0…9, and two tokens that begin and end an answer.
  static let (start, end, vocabulary, length) = (10, 11, 12, 8)
  static func batch(
    _ count: Int, using generator: inout SeededGenerator
  ) -> (source: [Int], target: [Int], labels: [Int]) {
    var (source, target, labels): ([Int], [Int], [Int]) = ([], [], [])
    for _ in 0..<count {
      let digits = (0..<length).map { _ in generator.integer(below: 10) }
      source += digits
      target += [start] + digits.sorted()
      labels += digits.sorted() + [end]
    }
    return (source, target, labels)
  }
}
func sorter(seed: UInt64, steps: Int, smoothing: Scalar) -> Transformer {
  var generator = SeededGenerator(seed: seed)
  let model = Transformer(
    vocabulary: SortTask.vocabulary, width: 32, layers: 2, heads: 4, inner: 64, using: &generator)
  let parameters = parameters(of: model)
  var optimizer = Adam(learningRate: 0, beta2: 0.98)
  let schedule = NoamSchedule(width: 32, warmUp: 150, factor: 0.4)
  for step in 0..<steps {
    let (source, target, labels) = SortTask.batch(32, using: &generator)
    parameters.clearGradients()
    let memory = model.memory(source, time: SortTask.length)
    let logits = model.logits(target, time: SortTask.length + 1, memory: memory)
    logits.softmaxCrossEntropy(labels, ignoring: nil, labelSmoothing: smoothing).backward()
    optimizer.learningRate = schedule.learningRate(at: step)
    optimizer.step(parameters)
  }
  return model
}
func sortScore(_ model: Transformer) -> [Scalar] {
  var generator = SeededGenerator(seed: 12_345)
  let (source, target, labels) = SortTask.batch(500, using: &generator)
  let answers = model.greedy(
    source, time: SortTask.length, start: SortTask.start, end: SortTask.end,
    limit: SortTask.length + 2)
  let questions = stride(from: 0, to: source.count, by: SortTask.length).map {
    Array(source[$0..<$0 + SortTask.length])
  }
  let exact = zip(questions, answers).filter { $0.sorted() == $1 }.count
  let loss = Variable.withoutGradients {
    let memory = model.memory(source, time: SortTask.length)
    return model.logits(target, time: SortTask.length + 1, memory: memory)
      .softmaxCrossEntropy(labels).value.number
  }
  return [Scalar(exact), loss]
}
let smoothings: [Scalar] = [0, 0.1]
let sortScores = shared(6, numbers: 2) { run in
  sortScore(sorter(seed: seeds[run % 3], steps: 900, smoothing: smoothings[run / 3]))
}
table(
  columns: ["label smoothing", "sorted right, of 500, three seeds", "plain cross-entropy"],
  rows: smoothings.enumerated().map { index, smoothing in
    let scores = sortScores[3 * index..<3 * index + 3]
    return [
      fixed(smoothing, 1), scores.map { fixed($0[0], 0) }.joined(separator: ", "),
      scores.map { fixed($0[1], 4) }.joined(separator: ", "),
    ]
  })
metric("sort_exact", sortScores[..<3].reduce(0) { $0 + $1[0] } / 1500)

cell("tasks")
/// Sources and the answers to them, as rows of equal length.
struct Pairs {
  var sources: [Int]
  var time: Int
  var lengths: [Int]?
  var answers: [[Int]]
}
/// What an encoder–decoder is to learn; the start and the end are the last two tokens of the vocabulary.
struct PairTask: Sendable {
  let name: String
  let vocabulary: Int
  let width: Int
  let batch: @Sendable (_ count: Int, _ isTest: Bool, inout SeededGenerator) -> Pairs
  /// The share of 1,000 new sources that are answered right as a whole, after so many steps.
  func score(steps: Int, seed: UInt64) -> Scalar {
    var generator = SeededGenerator(seed: seed)
    let (start, end) = (vocabulary - 2, vocabulary - 1)
    let model = Transformer(
      vocabulary: vocabulary, width: width, layers: 2, heads: 4, inner: 2 * width,
      using: &generator)
    let parameters = parameters(of: model)
    var optimizer = Adam(learningRate: 0, beta2: 0.98)
    let ramp = LinearRamp(to: 2e-3, steps: 150)
    let schedule = ramp.followed(by: CosineDecay(from: 2e-3, steps: steps - 150), after: 150)
    for step in 0..<steps {
      let pairs = batch(32, false, &generator)
      parameters.clearGradients()
      let memory = model.memory(pairs.sources, time: pairs.time, lengths: pairs.lengths)
      let logits = model.logits(
        pairs.answers.flatMap { [start] + $0 }, time: pairs.answers[0].count + 1, memory: memory,
        lengths: pairs.lengths)
      logits.softmaxCrossEntropy(pairs.answers.flatMap { $0 + [end] }).backward()
      optimizer.learningRate = schedule.learningRate(at: step)
      optimizer.step(parameters)
    }
    let pairs = batch(1000, true, &generator)
    let found = model.greedy(
      pairs.sources, time: pairs.time, lengths: pairs.lengths, start: start, end: end,
      limit: pairs.answers[0].count + 1)
    return Scalar(zip(found, pairs.answers).filter { $0 == $1 }.count) / 1000
  }
}
func digitTask(_ name: String, _ answer: @escaping @Sendable ([Int]) -> [Int]) -> PairTask {
  PairTask(name: name, vocabulary: 12, width: 32) { count, _, generator in
    let sources = (0..<count).map { _ in (0..<8).map { _ in generator.integer(below: 10) } }
    return Pairs(sources: sources.flatMap(\.self), time: 8, answers: sources.map(answer))
  }
}
let dateSplit = DateSplit(seed: notebook.seed)
let letterCount = DateBatch.sourceCharacters.count
let dateTask = PairTask(
  name: "dates", vocabulary: letterCount + DateBatch.targetCharacters.count + 2, width: 64
) { count, isTest, generator in
  let dates = isTest ? dateSplit.test : dateSplit.training
  let batch = DateBatch(
    (0..<count).map { _ in
      DateExample(dates[generator.integer(below: dates.count)], using: &generator)
    })
  let answers = stride(from: 0, to: batch.targets.count, by: DateBatch.targetLength).map {
    batch.targets[$0..<$0 + DateBatch.targetLength].map { letterCount + $0 }
  }
  return Pairs(
    sources: batch.sources, time: batch.time, lengths: batch.lengths, answers: answers)
}
if let thousands = notebook.epochs {
  let tasks = [dateTask, digitTask("copy") { $0 }, digitTask("sort") { $0.sorted() }]
  let scores = shared(3) { [tasks[$0].score(steps: 1000 * thousands, seed: seeds[0])] }
  for (task, score) in zip(tasks, scores) { metric("\(task.name)_exact_long", score[0]) }
} else {
  print("with --epochs N: copying, sorting and dates, N thousand steps each")
}

cell("classify")
func agreementExamples(
  _ count: Int, using generator: inout SeededGenerator
) -> [(ids: [Int], label: Int)] {
  (0..<count).map { _ in
    var sentence = grammar.sentence(using: &generator)
    let label = generator.integer(below: 2)
    if label == 1 {
      for verb in ["sing", "wait", "rest"] {
        // The last verb of the sentence loses its ending, or gets one.
        if let range = sentence.range(of: verb, options: .backwards) {
          let isSingular = sentence[range.upperBound...].hasPrefix("s")
          sentence =
            isSingular
            ? String(sentence[..<range.upperBound] + sentence[range.upperBound...].dropFirst())
            : String(sentence[..<range.upperBound] + "s" + sentence[range.upperBound...])
          break
        }
      }
    }
    return (vocabulary.encode(sentence)!, label)
  }
}
struct LSTMClassifier {
  let embedding: Embedding
  let lstm: LSTM
  let head: Dense
  func callAsFunction(_ ids: [Int], time: Int, lengths: [Int]) -> Variable {
    let embedded = embedding(ids, shape: [lengths.count, time])
    return head(lstm(embedded, from: [], lengths: lengths).state[0].hidden)
  }
}
func accuracy(
  of parameters: [NamedParameter], steps: Int, seed: UInt64,
  _ logits: ([Int], Int, [Int]) -> Variable
) -> Scalar {
  var generator = SeededGenerator(seed: seed)
  var optimizer = Adam(learningRate: 0)
  func padded(
    _ examples: [(ids: [Int], label: Int)]
  ) -> (ids: [Int], time: Int, lengths: [Int], labels: [Int]) {
    let time = examples.map(\.ids.count).max()!
    return (
      examples.flatMap { $0.ids + [Int](repeating: 0, count: time - $0.ids.count) }, time,
      examples.map(\.ids.count), examples.map(\.label)
    )
  }
  let schedule = LinearRamp(to: 2e-3, steps: 50).followed(
    by: CosineDecay(from: 2e-3, steps: steps - 50), after: 50)
  for step in 0..<steps {
    let batch = padded(agreementExamples(24, using: &generator))
    parameters.clearGradients()
    logits(batch.ids, batch.time, batch.lengths).softmaxCrossEntropy(batch.labels).backward()
    optimizer.learningRate = schedule.learningRate(at: step)
    optimizer.step(parameters)
  }
  var testGenerator = SeededGenerator(seed: 54_321)
  let test = padded(agreementExamples(500, using: &testGenerator))
  let answers = Variable.withoutGradients {
    logits(test.ids, test.time, test.lengths).value.largestColumns()
  }
  return Scalar(zip(answers, test.labels).filter { $0 == $1 }.count) / 500
}
func encoder(_ seed: UInt64) -> EncoderClassifier {
  var generator = SeededGenerator(seed: seed)
  return EncoderClassifier(
    vocabulary: vocabulary.count, context: 80, width: 32, layers: 2, heads: 4, inner: 64,
    classes: 2, using: &generator)
}
func recurrent(_ seed: UInt64) -> LSTMClassifier {
  var generator = SeededGenerator(seed: seed)
  return LSTMClassifier(
    embedding: Embedding(vocabulary.count, 32, using: &generator),
    lstm: LSTM(32, 56, using: &generator), head: Dense(56, 2, using: &generator))
}
let classified = shared(6) { run in
  let seed = seeds[run % 3]
  if run < 3 {
    let model = encoder(seed)
    return [
      accuracy(of: parameters(of: model), steps: 300, seed: seed) {
        model($0, time: $1, lengths: $2)
      }
    ]
  }
  let model = recurrent(seed)
  return [
    accuracy(of: parameters(of: model), steps: 300, seed: seed) {
      model($0, time: $1, lengths: $2)
    }
  ]
}
table(
  columns: ["model", "parameters", "right on 500 new sentences, %, three seeds"],
  rows: [
    ("encoder", parameters(of: encoder(1)).scalarCount, classified[..<3]),
    ("LSTM", parameters(of: recurrent(1)).scalarCount, classified[3...]),
  ].map { name, count, scores in
    [name, count, scores.map { fixed(100 * $0[0], 1) }.joined(separator: ", ")]
  } + [["always “right”", 0, "50"]])

cell("folder")
let folder = FileManager.default.temporaryDirectory.appending(path: "gpt-\(UUID().uuidString)")
var byteGenerator = SeededGenerator(seed: notebook.seed)
let byteModel = GPT(
  GPTConfiguration(vocabulary: encoding.count, context: 32, width: 48, layers: 2, heads: 4),
  using: &byteGenerator)
notebook.attempt { try GPT2Folder(byteModel, encoding).write(to: folder.path) }
let copy = notebook.attempt { try GPT2Folder(contentsOf: folder.path) }
let ids = encoding.encode("two sailors")
let isSame = copy.model(ids, time: ids.count).value == byteModel(ids, time: ids.count).value
print(
  "files:",
  notebook.attempt {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }.joined(separator: ", "))
print("the same logits after writing and reading, to the bit: \(isSame)")
notebook.attempt { try FileManager.default.removeItem(at: folder) }

cell("own-text")
if let file = notebook.textFile {
  let text = notebook.attempt { try TextFile.read(file, atLeast: 2000) }
  let characters = Vocabulary(of: text)
  let tokens = characters.encode(text)!
  let cut = tokens.count * 9 / 10
  let (read, heldOut) = (Array(tokens[..<cut]), Array(tokens[cut...]))
  print(
    "\(tokens.count) characters, \(characters.count) different ones; the last tenth is held out")
  let (time, batch) = (64, 12)
  /// Steps with AdamW, the rate by the share of the work that is done, until there is none left.
  func learn(
    _ name: String, _ parameters: [NamedParameter], rate: Scalar,
    done: (_ steps: Int, _ seconds: Double) -> Double,
    _ loss: (_ ids: [Int], _ targets: [Int]) -> Variable
  ) -> (steps: Int, seconds: Double) {
    var generator = SeededGenerator(seed: notebook.seed)
    // As in GPT's own training: matrices decay; what shifts and scales does not.
    let matrices = parameters.filter { $0.variable.value.shape.count > 1 }
    let vectors = parameters.filter { $0.variable.value.shape.count <= 1 }
    var (decaying, plain) = (
      AdamW(learningRate: 0, beta2: 0.99, weightDecay: 0.1),
      AdamW(learningRate: 0, beta2: 0.99, weightDecay: 0)
    )
    let schedule = LinearRamp(to: rate, steps: 50).followed(
      by: CosineDecay(from: rate, to: rate / 10, steps: 950), after: 50)
    let report = progress("\(name) on \(file)", total: 1000)
    let start = ContinuousClock.now
    var (steps, seconds, shown) = (0, 0.0, 0)
    while done(steps, seconds) < 1 {
      let (ids, targets) = windows(of: read, count: batch, time: time, using: &generator)
      parameters.clearGradients()
      let paid = loss(ids, targets)
      paid.backward()
      _ = parameters.clipGradients(toNorm: 1)
      let now = schedule.learningRate(at: Int(1000 * done(steps, seconds)))
      (decaying.learningRate, plain.learningRate) = (now, now)
      decaying.step(matrices)
      plain.step(vectors)
      steps += 1
      seconds = (ContinuousClock.now - start) / .seconds(1)
      while shown < Int(1000 * min(1, done(steps, seconds))) {
        report.advance(loss: paid.value.number)
        shown += 1
      }
    }
    report.finish()
    return (steps, seconds)
  }
  var sizes = GPTConfiguration.characters
  sizes.vocabulary = characters.count
  var generator = SeededGenerator(seed: notebook.seed)
  let gpt = GPT(sizes, using: &generator)
  let budget = learn(
    "GPT", parameters(of: gpt), rate: 1e-3, done: { steps, _ in Double(steps) / 2000 }
  ) {
    gpt.loss($0, targets: $1, time: time)
  }
  let starts = Array(stride(from: 0, to: heldOut.count - time - 1, by: time))
  let windowLosses = starts.map { start in
    Variable.withoutGradients {
      Double(
        gpt.loss(
          Array(heldOut[start..<start + time]), targets: Array(heldOut[start + 1...start + time]),
          time: time
        ).value.number)
    }
  }
  let gptLoss = windowLosses.reduce(0, +) / Double(windowLosses.count)
  metric("text_gpt_loss", gptLoss)
  var rows: [[Any]] = [
    [
      "GPT", parameters(of: gpt).scalarCount, budget.steps, fixed(budget.seconds, 0),
      fixed(gptLoss, 3),
    ]
  ]
  // Two layers each, with as many parameters as the GPT has, to two per cent.
  let recurrent: [(name: String, layers: [any RecurrentLayer])] = [
    ("LSTM", [LSTM(128, 232, using: &generator), LSTM(232, 240, using: &generator)]),
    ("GRU", [GRU(128, 272, using: &generator), GRU(272, 272, using: &generator)]),
  ]
  for (name, layers) in recurrent {
    let model = CharacterModel(
      tokenCount: characters.count, embeddingWidth: 128, layers: layers, using: &generator)
    let spent = learn(name, parameters(of: model), rate: 4e-3, done: { $1 / budget.seconds }) {
      model($0, batch: batch).logits.softmaxCrossEntropy($1)
    }
    let loss = model.loss(on: heldOut)
    metric("text_\(name.lowercased())_loss", loss)
    rows.append([
      name, parameters(of: model).scalarCount, spent.steps, fixed(spent.seconds, 0), fixed(loss, 3),
    ])
  }
  table(
    columns: ["model", "parameters", "steps", "seconds", "loss on the last tenth, nats"], rows: rows
  )
  let written = gpt.generate(
    after: characters.encode(String(text.prefix(1)))!, count: 400, Sampling(temperature: 0.8),
    using: &generator)
  print(characters.decode(written))
} else {
  print("with --text FILE three models learn from that text")
}

cell("cost")
let gpt2 = GPTConfiguration.gpt2Small
let perToken = 6 * Double(gpt2.parameterCount)
let trainingTokens = 9e9
let operations = perToken * trainingTokens
let gigaflops = 200e9
print("operations a token, forward and backward: \(scientific(perToken, 1))")
print("for 9 billion tokens: \(scientific(operations, 1))")
print("years on two cores at 200 GFLOP/s: \(fixed(operations / gigaflops / 3.156e7, 1))")

cell("kernels")
func kernelSeconds(_ backend: Backend, _ body: (any LayerKernels.Type) -> Void) -> Double {
  time(repetitions: 5) { body(backend.layers) }.seconds
}
let (kernelRows, kernelColumns) = (768, 128)
var noise = SeededGenerator(seed: notebook.seed)
let elements = (0..<kernelRows * kernelColumns).map { _ in noise.normal() }
let ones = [Scalar](repeating: 1, count: kernelColumns)
func kernelRow(_ name: String, _ body: (any LayerKernels.Type) -> Void) -> [Any] {
  let (naive, fast) = (kernelSeconds(.naive, body), kernelSeconds(.fast, body))
  return [name, timing(naive), timing(fast), volatile(fixed(naive / fast, 1))]
}
var output = elements
table(
  columns: ["kernel, 768 × 128", "naive", "fast", "quotient"],
  rows: [
    kernelRow("layer normalisation") { kernels in
      var span = output.mutableSpan
      kernels.layerNormalization(
        elements.span, scale: ones.span, shift: ones.span, epsilon: 1e-5, into: &span)
    },
    kernelRow("its pullback") { kernels in
      var (a, b) = (ones, ones)
      var first = a.mutableSpan
      var second = b.mutableSpan
      var span = output.mutableSpan
      kernels.layerNormalizationBackward(
        elements.span, scale: ones.span, epsilon: 1e-5, gradient: &span, scaleGradient: &first,
        shiftGradient: &second)
    },
    kernelRow("GELU") { kernels in
      var span = output.mutableSpan
      kernels.gelu(elements.span, into: &span)
    },
    kernelRow("its pullback") { kernels in
      var span = output.mutableSpan
      kernels.geluSlopes(elements.span, gradient: &span)
    },
  ])
