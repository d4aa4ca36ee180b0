import Attention
import Backprop
import Datasets
import Foundation
import KernelSupport
import Notebook
import Optimizers
import RNN

let notebook = Notebook(chapter: "06-Attention")

cell("points")
func stream(_ number: UInt64) -> SeededGenerator {
  var seeds = SeededGenerator(seed: notebook.seed)
  seeds.skip(Int(number))
  return seeds.split()
}
func curve(_ x: Scalar) -> Scalar { 2 * Scalar.sin(x) + 0.4 * x }
func noisyPoints(_ count: Int, _ generator: inout SeededGenerator) -> (x: [Scalar], y: [Scalar]) {
  let x = (0..<count).map { _ in generator.uniform(in: 0..<8) }.sorted()
  return (x, x.map { curve($0) + 0.5 * generator.normal() })
}
var pointGenerator = stream(1)
let known = noisyPoints(50, &pointGenerator)
let asked = (0...160).map { Scalar($0) / 20 }
let trueCurve = Series("the truth", x: asked, y: asked.map(curve), style: .dashed)
figure(
  "points",
  LineChart(
    x: "x", y: "y",
    series: [trueCurve, Series("50 noisy points", x: known.x, y: known.y, style: .markers)]),
  caption: "Fifty points of a curve, with noise of standard deviation 0.5.")

cell("kernel-regression")
func regressed(_ queries: [Scalar], sharpness w: Scalar) -> (values: [Scalar], weights: Tensor) {
  let scores = queries.flatMap { x in known.x.map { -0.5 * w * w * (x - $0) * (x - $0) } }
  let weights = Variable(Tensor(scores, shape: [1, queries.count, known.x.count])).softmax(
    mask: .none)
  let values = Variable(Tensor(known.y, shape: [1, known.y.count, 1]))
  return (weights.batchedProduct(values).value.elements, weights.value)
}
func rootMeanSquare(_ errors: [Scalar]) -> Scalar {
  (errors.reduce(0) { $0 + $1 * $1 } / Scalar(errors.count)).squareRoot()
}
table(
  columns: ["w", "error", "points that share a query's weight"],
  rows: [0.01, 0.5, 1, 2, 4, 8, 16, 64].map { (w: Scalar) in
    let (values, weights) = regressed(asked, sharpness: w)
    let shares = (0..<weights.rows).map { 1 / weights.row($0).reduce(0) { $0 + $1 * $1 } }
    return [
      fixed(w, 2), fixed(rootMeanSquare(zip(values, asked.map(curve)).map { $0 - $1 }), 3),
      fixed(shares.reduce(0, +) / Scalar(shares.count), 1),
    ]
  })

cell("learned-scale")
let sharpness = Variable(Tensor([1], shape: [1, 1]), needsGradient: true)
let distances = known.x.flatMap { x in known.x.map { -0.5 * (x - $0) * (x - $0) } }
let others = AttentionMask.allowing(AttentionPattern(queries: 50, keys: 50) { $0 != $1 })
func leaveOneOutLoss(_ sharpness: Variable) -> Variable {
  let squares = Variable(Tensor(distances, shape: [2500, 1]))
  let scores = squares.matrixProduct(sharpness * sharpness).reshaped([1, 50, 50])
  let values = Variable(Tensor(known.y, shape: [1, 50, 1]))
  return scores.softmax(mask: others).batchedProduct(values)
    .meanSquaredError(Tensor(known.y, shape: [1, 50, 1]))
}
var rule = Adam(learningRate: 0.1)
for step in 0...200 {
  sharpness.clearGradient()
  let loss = leaveOneOutLoss(sharpness)
  loss.backward()
  if step.isMultiple(of: 40) {
    print(
      "step \(step): w = \(fixed(sharpness.value.number, 3)), left-out error "
        + fixed(loss.value.number.squareRoot(), 3))
  }
  rule.step([NamedParameter("sharpness", sharpness)])
}
let learned = regressed(asked, sharpness: sharpness.value.number)
let learnedError = rootMeanSquare(zip(learned.values, asked.map(curve)).map { $0 - $1 })
let best = (1...400).map { Scalar($0) / 20 }.map { w in
  (w, rootMeanSquare(zip(regressed(asked, sharpness: w).values, asked.map(curve)).map { $0 - $1 }))
}.min { $0.1 < $1.1 }!
print(
  "error with the learned w: \(fixed(learnedError, 3)); the best of 400 values, chosen with the "
    + "truth: \(fixed(best.1, 3)) at w = \(fixed(best.0, 2))")

cell("regression-figure")
figure(
  "regression",
  Panels(
    columnCount: 2, panelHeight: 300,
    [
      LineChart(
        title: "three values of w", x: "x", y: "y",
        series: [trueCurve]
          + [(0.5, "w = 0.5"), (sharpness.value.number, "learned"), (64, "w = 64")].map {
            (w: Scalar, name: String) in
            Series(name, x: asked, y: regressed(asked, sharpness: w).values)
          }),
      HeatMap(
        title: "weights of the learned one", x: "key: point, from left to right",
        y: "query: x, from 0 to 8",
        values: stride(from: 0, to: asked.count, by: 8).map { Array(learned.weights.row($0)) },
        valueLabel: "weight"),
    ]),
  caption:
    "Left: too wide, learned, too narrow. Right: every query spreads its weight over the points near it."
)

cell("by-hand")
let q = Tensor([1, 0, 0, 2], shape: [1, 2, 2])
let k = Tensor([2, 0, 0, 1, 2, 2], shape: [1, 3, 2])
let v = Tensor([10, 0, 0, 10, 5, 5], shape: [1, 3, 2])
func rows(_ tensor: Tensor, _ decimals: Int) -> String {
  (0..<tensor.rows).map { row in
    "(" + tensor.row(row).map { fixed($0, decimals) }.joined(separator: ", ") + ")"
  }.joined(separator: " ")
}
print("weights:", rows(q.attentionWeights(key: k), 3))
print("outputs:", rows(Variable(q).attention(key: Variable(k), value: Variable(v)).value, 3))
print("causal:", rows(q.attentionWeights(key: k, mask: .causal), 3))

cell("scale")
func scaleStudy(_ width: Int, scaled: Bool) -> [Any] {
  var generator = stream(UInt64(width))
  let gaussian = Initializer.gaussian(standardDeviation: 1)
  let q = gaussian.tensor(shape: [1, 400, width], using: &generator)
  let k = gaussian.tensor(shape: [1, 32, width], using: &generator)
  let factor: Scalar = scaled ? 1 / Scalar(width).squareRoot() : 1
  let scores = factor * Variable(q).batchedProduct(Variable(k), rightTransposed: true)
  let logits = Variable(scores.value, needsGradient: true)
  let weights = logits.softmax()
  let upstream = gaussian.tensor(shape: [1, 400, 32], using: &generator)
  weights.backward(upstream)
  let largest = (0..<400).map { weights.value.row($0).max()! }.reduce(0, +) / 400
  let gradient = logits.gradient!
  let all = rootMeanSquare(gradient.elements)
  let still = (0..<400).count { rootMeanSquare(Array(gradient.row($0))) < all / 4 }
  return [
    width, scaled ? "1/√d" : "1",
    fixed(scores.value.elements.reduce(0) { $0 + $1 * $1 } / 12_800, 2), fixed(largest, 3),
    scientific(all, 1), fixed(Double(still) / 400, 3),
  ]
}
table(
  columns: [
    "d", "scale", "variance of a score", "largest weight of 32", "gradient with respect to a score",
    "queries with less than a quarter of it",
  ],
  rows: [false, true].flatMap { scaled in
    [4, 16, 64, 256].map { scaleStudy($0, scaled: scaled) }
  })

cell("dates")
let split = DateSplit(seed: notebook.seed)
func dates(_ dates: [CalendarDate], _ count: Int, _ generator: inout SeededGenerator) -> DateBatch {
  DateBatch(
    (0..<count).map { _ in
      DateExample(dates[generator.integer(below: dates.count)], using: &generator)
    })
}
var dateGenerator = stream(2)
let (validation, test) = (
  dates(split.validation, 500, &dateGenerator), dates(split.test, 2000, &dateGenerator)
)
table(
  columns: [
    "what is read", "what is to be written", "what tells the month’s last digit",
    "what tells the day’s last digit",
  ],
  rows: validation.examples.prefix(10).map { example in
    let characters = Array(example.source)
    let part = { (place: Int) in "“" + String(characters[example.copies[place]]) + "”" }
    return [example.source, example.target, part(6), part(9)]
  })
let lengths = test.examples.map(\.source.count)
print(
  "\(split.training.count), \(split.validation.count) and \(split.test.count) dates to learn from, to "
    + "choose by and to test with; \(lengths.min()!) to \(lengths.max()!) characters")

cell("seq2seq-diagram")
let (orange, green) = (Palette.category(1), Palette.category(2))
var nodes: [Graph.Node] = []
for (column, texts) in [("m", "m₁"), ("a", "m₂"), ("r", "m₃"), ("…", "…"), ("9", "mₙ")].enumerated()
{
  nodes.append(Graph.Node(texts.0, column: Double(column), row: 3, shape: .circle))
  nodes.append(Graph.Node(texts.1, column: Double(column), row: 2))
}
for (column, texts) in [("2", "h₁"), ("0", "h₂"), ("…", "…")].enumerated() {
  let place = Double(column + 7)
  nodes.append(Graph.Node(texts.1, column: place, row: 2, color: orange))
  nodes.append(Graph.Node(texts.0, column: place, row: 0, shape: .circle, color: orange))
}
nodes.append(Graph.Node("c₁ = Σ p m", detail: "context", column: 3.2, row: 0.6, color: green))
var edges = (0..<8).map { Graph.Edge(2 * $0, 2 * $0 + 1) }
edges += [(1, 3), (3, 5), (5, 7), (7, 9)].flatMap { [Graph.Edge($0, $1), Graph.Edge($1, $0)] }
edges += [(9, 10), (10, 12), (12, 14)].map { Graph.Edge($0, $1) }
edges += (0..<5).map { Graph.Edge(2 * $0 + 1, 16, label: $0 == 1 ? "p₁₂" : "", color: green) }
edges.append(Graph.Edge(10, 16, label: "query", color: green, isDashed: true, bend: -0.08))
edges.append(Graph.Edge(16, 11, color: green))
figure(
  "seq2seq",
  Graph(
    nodes: nodes, edges: edges,
    frames: [
      Graph.Frame("encoder", columns: 0...4, rows: 1.7...3),
      Graph.Frame("decoder", columns: 5.5...9, rows: 1.7...2.3),
    ]),
  caption:
    "Diagram: the encoder leaves a vector m for every character; each step of the decoder asks for a mean of them."
)

cell("dates-training")
enum Reader: String, CaseIterable {
  case additive = "additive attention"
  case product = "scaled dot product"
  case none = "no attention"
  func network(_ generator: inout SeededGenerator) -> DateTranslator {
    switch self {
    case .additive:
      DateTranslator(units: 24, using: &generator) { width, memory, generator in
        AdditiveAttention(width, memory, units: 24, using: &generator)
      }
    case .product:
      DateTranslator(units: 24, using: &generator) { width, memory, generator in
        ScaledDotProductAttention(width, memory, units: 24, using: &generator)
      }
    case .none: DateTranslator(units: 28, using: &generator, attention: nil)
    }
  }
}
let dateSteps = 400
func trained(_ reader: Reader, seed: UInt64) -> (network: DateTranslator, curve: [Scalar]) {
  var generator = stream(100 + seed)
  let network = reader.network(&generator)
  let parameters = parameters(of: network)
  var rule = Adam()
  var curve: [Scalar] = []
  for step in 0..<dateSteps {
    let batch = dates(split.training, 32, &generator)
    parameters.clearGradients()
    network.loss(batch).backward()
    _ = parameters.clipGradients(toNorm: 1)
    rule.learningRate = 0.01 * min(1, 2 * (1 - Scalar(step) / Scalar(dateSteps)))
    rule.step(parameters)
    if step % 50 == 49 {
      let (texts, weights) = network.translate(validation)
      curve.append(DateScores(texts, weights, validation.examples).exactMatch)
    }
  }
  return (network, curve)
}
let bar = progress("dates", total: 9)
let runs = Reader.allCases.map { reader in
  (0..<3).map { seed in
    defer { bar.advance() }
    return trained(reader, seed: UInt64(seed))
  }
}
bar.finish()
figure(
  "dates-training",
  LineChart(
    x: "steps of 32 strings", y: Axis("share of dates that are right", range: 0...1),
    series: Reader.allCases.indices.map { index in
      let curves = runs[index].map(\.curve)
      let places = curves[0].indices
      return Series(
        Reader.allCases[index].rawValue, x: places.map { Double($0 + 1) * 50 },
        y: places.map { place in curves.map { $0[place] }.reduce(0, +) / 3 }
      ).with(
        bandFrom: places.map { place in curves.map { $0[place] }.min()! },
        to: places.map { place in curves.map { $0[place] }.max()! })
    }),
  caption:
    "Validation dates translated without a mistake; mean of three seeds, bands from the worst to the best."
)

cell("dates-test")
struct Outcome {
  let texts: [String]
  let weights: Tensor?
  let scores: DateScores
}
let outcomes = runs.map { seeds in
  seeds.map { run in
    let (texts, weights) = run.network.translate(test)
    return Outcome(
      texts: texts, weights: weights, scores: DateScores(texts, weights, test.examples))
  }
}
func spread(_ values: [Scalar], _ decimals: Int = 3) -> String {
  values.map { fixed($0, decimals) }.joined(separator: ", ")
}
table(
  columns: [
    "network", "parameters", "right dates, three seeds", "alignment", "copies only",
  ],
  rows: Reader.allCases.indices.map { index in
    let scores = outcomes[index].map(\.scores)
    let attends = Reader.allCases[index] != .none
    return [
      Reader.allCases[index].rawValue, parameters(of: runs[index][0].network).scalarCount,
      spread(scores.map(\.exactMatch)), attends ? spread(scores.map(\.alignment)) : "–",
      attends ? spread(scores.map(\.copyAlignment)) : "–",
    ]
  })
func mean(_ values: [Scalar]) -> Scalar { values.reduce(0, +) / Scalar(values.count) }
metric("dates_exact_match", mean(outcomes[0].map(\.scores.exactMatch)))
metric("dates_alignment", mean(outcomes[0].map(\.scores.alignment)))
metric("dates_exact_match_dot_product", mean(outcomes[1].map(\.scores.exactMatch)))
metric("dates_alignment_dot_product", mean(outcomes[1].map(\.scores.alignment)))
metric("dates_exact_match_without_attention", mean(outcomes[2].map(\.scores.exactMatch)))

cell("dates-length")
let groups = [6...9, 10...14, 15...19, 20...24, 25...lengths.max()!]
figure(
  "dates-length",
  BarChart(
    y: Axis("share of dates that are right", range: 0...1),
    labels: groups.map { "\($0.lowerBound)–\($0.upperBound) characters" },
    groups: Reader.allCases.indices.map { index in
      (
        Reader.allCases[index].rawValue,
        groups.map { group in
          let members = test.examples.indices.filter { group.contains(lengths[$0]) }
          let right = outcomes[index].map { outcome in
            members.count { outcome.texts[$0] == test.examples[$0].target }
          }
          return Double(right.reduce(0, +)) / Double(3 * max(1, members.count))
        }
      )
    }),
  caption:
    "Test dates that are right, by the number of characters that are read; three seeds together.")

cell("alignment")
func alignmentMap(_ index: Int) -> HeatMap {
  let example = test.examples[index]
  let weights = outcomes[0][0].weights!
  return HeatMap(
    x: "what is read", y: "what is written",
    values: (0..<10).map { place in
      Array(weights.row(index * 10 + place).prefix(example.source.count))
    },
    columnLabels: example.source.map { $0 == " " ? "␣" : String($0) },
    rowLabels: example.target.map { String($0) }, range: 0...1, valueLabel: "weight")
}
let shown = [22...26, 10...12].map { range in
  test.examples.indices.first {
    range.contains(lengths[$0]) && outcomes[0][0].texts[$0] == test.examples[$0].target
      && (range.lowerBound < 20 || test.examples[$0].source.contains(","))
  }!
}
figure(
  "alignment", Panels(columnCount: 1, panelHeight: 330, shown.map(alignmentMap)),
  caption: "Where each character of the answer looked, for two test dates.")

cell("controls")
func shuffled(_ weights: Tensor, _ generator: inout SeededGenerator) -> Tensor {
  let order = generator.permutation(count: test.count)
  return Tensor(
    order.flatMap { index in (0..<10).flatMap { Array(weights.row(index * 10 + $0)) } },
    shape: weights.shape)
}
func chance(_ examples: [DateExample]) -> Scalar {
  mean(
    examples.flatMap { example in
      example.causes.filter { !$0.isEmpty }.map {
        Scalar($0.count) / Scalar(example.source.count)
      }
    })
}
func withShuffledWeights(_ outcomes: [Outcome], _ generator: SeededGenerator) -> [Scalar] {
  var generator = generator
  return outcomes.map {
    DateScores($0.texts, shuffled($0.weights!, &generator), test.examples).alignment
  }
}
var untrainedGenerator = stream(4)
let untrained = Reader.additive.network(&untrainedGenerator).translate(test)
table(
  columns: ["alignment of", "three seeds"],
  rows: [
    ["additive attention", spread(outcomes[0].map(\.scores.alignment))],
    ["scaled dot product", spread(outcomes[1].map(\.scores.alignment))],
    [
      "additive, with the weights of another date",
      spread(withShuffledWeights(outcomes[0], stream(3))),
    ],
    [
      "an untrained network",
      fixed(DateScores(untrained.texts, untrained.weights, test.examples).alignment, 3),
    ],
    ["a character taken at random", fixed(chance(test.examples), 3)],
  ])
struct UniformAttention: AttentionLayer {
  func scores(_ query: Variable, _ memory: Variable) -> Variable {
    let (q, m) = (query.value.shape, memory.value.shape)
    return Variable(Tensor(shape: [q[0], q[1], m[1]]))
  }
}
print(
  "right dates with every weight the same:",
  spread(
    runs[0].map { run in
      var blind = run.network
      blind.attention = UniformAttention()
      let (texts, weights) = blind.translate(test)
      return DateScores(texts, weights, test.examples).exactMatch
    }))

cell("head-diagram")
figure(
  "heads",
  Graph(
    nodes: [
      Graph.Node("x", detail: "[T, width]", column: 0, row: 1),
      Graph.Node("q | k | v", detail: "[T, 3·width]", column: 1.7, row: 1),
      Graph.Node(
        "head 1", detail: "softmax(q₁k₁ᵀ/√d) v₁", column: 3.7, row: 0, color: Palette.category(2)),
      Graph.Node(
        "head 2", detail: "softmax(q₂k₂ᵀ/√d) v₂", column: 3.7, row: 1, color: Palette.category(2)),
      Graph.Node(
        "head 3", detail: "softmax(q₃k₃ᵀ/√d) v₃", column: 3.7, row: 2, color: Palette.category(2)),
      Graph.Node("side by side", detail: "[T, width]", column: 5.6, row: 1),
      Graph.Node("y", detail: "[T, width]", column: 7.2, row: 1, color: Palette.category(1)),
    ],
    edges: [
      Graph.Edge(0, 1, label: "W"), Graph.Edge(1, 2), Graph.Edge(1, 3), Graph.Edge(1, 4),
      Graph.Edge(2, 5), Graph.Edge(3, 5), Graph.Edge(4, 5), Graph.Edge(5, 6, label: "Wₒ"),
    ]),
  caption: "Diagram of multi-head attention: a head is a range of columns of one product's result.")

cell("equivariance")
var layerGenerator = stream(5)
let layer = MultiHeadAttention(24, heads: 3, using: &layerGenerator)
let sentence = Initializer.gaussian(standardDeviation: 1).tensor(
  shape: [1, 10, 24], using: &layerGenerator)
let order = layerGenerator.permutation(count: 10)
func reordered(_ x: Tensor) -> Tensor {
  Tensor(order.flatMap { Array(x.row($0)) }, shape: x.shape)
}
func largestDifference(_ x: Tensor, _ y: Tensor) -> Scalar {
  zip(x.elements, y.elements).map { abs($0 - $1) }.max()!
}
let positions = SinusoidalPositions(24)
let plain = layer(Variable(sentence)).value
table(
  columns: ["input", "largest |layer(reordered x) − reordered layer(x)|"],
  rows: [
    [
      "x",
      scientific(
        largestDifference(layer(Variable(reordered(sentence))).value, reordered(plain)), 1),
    ],
    [
      "x with positions added",
      scientific(
        largestDifference(
          layer(positions(Variable(reordered(sentence)))).value,
          reordered(layer(positions(Variable(sentence))).value)), 1),
    ],
  ])

cell("masks")
let causal = layer(Variable(sentence), mask: .causal, .evaluation).value
func bits(_ x: Tensor, _ rows: Range<Int>) -> [Scalar] { rows.flatMap { Array(x.row($0)) } }
var changedSentence = sentence
changedSentence.update { for c in 6 * 24..<10 * 24 { $0[c] = .nan } }
let changed = layer(Variable(changedSentence), mask: .causal, .evaluation).value
print(
  "rows 0 to 5 after rows 6 to 9 became NaN: the same bits:",
  bits(causal, 0..<6) == bits(changed, 0..<6))
print(
  "rows 6 to 9:", bits(changed, 6..<10).allSatisfy(\.isNaN) ? "NaN, as they should be" : "numbers")
let nothing = layer(Variable(sentence), mask: .lengths([0]), .evaluation).value
print("nothing to look at: all outputs 0:", nothing.elements.allSatisfy { $0 == 0 })
func maskMap(_ title: String, _ mask: AttentionMask, _ queries: Int, _ keys: Int) -> HeatMap {
  let zeros = Tensor(shape: [1, queries, 2])
  let weights = zeros.attentionWeights(key: Tensor(shape: [1, keys, 2]), mask: mask)
  return HeatMap(
    title: title, x: "key", y: "query",
    values: (0..<queries).map { Array(weights.row($0)) }, columnLabels: (0..<keys).map { "\($0)" },
    rowLabels: (0..<queries).map { "\($0)" }, range: 0...1, valueLabel: "weight")
}
figure(
  "masks",
  Panels(
    columnCount: 3, panelHeight: 260,
    [
      maskMap("causal", .causal, 6, 6), maskMap("causal, 3 queries", .causal, 3, 6),
      maskMap("lengths([4])", .lengths([4]), 6, 6),
    ]), caption: "The weights of equal keys under three masks; three queries are the last three.")

cell("two-heads")
struct Looker {
  let embedding: Embedding
  let positions: SinusoidalPositions
  let attention: MultiHeadAttention
  let first: Dense
  let second: Dense
  init(heads: Int, using generator: inout SeededGenerator) {
    embedding = Embedding(8, 32, using: &generator)
    positions = SinusoidalPositions(32)
    attention = MultiHeadAttention(32, heads: heads, using: &generator)
    (first, second) = (Dense(32, 8, using: &generator), Dense(32, 8, using: &generator))
  }
  func callAsFunction(_ tokens: [Int]) -> (Variable, Variable) {
    let y = attention(
      positions(embedding(tokens, shape: [tokens.count / 16, 16])), mask: .causal, .evaluation)
    return (first(y), second(y))
  }
}
func earlier(_ tokens: [Int], by distance: Int, time: Int) -> [Int] {
  tokens.indices.map { $0 % time < distance ? 8 : tokens[$0 - distance] }
}
func sequences(_ count: Int, time: Int, _ generator: inout SeededGenerator) -> [Int] {
  (0..<count * time).map { _ in generator.integer(below: 8) }
}
func share(_ logits: Variable, _ labels: [Int]) -> Scalar {
  let counted = labels.indices.filter { labels[$0] < 8 }
  let answers = logits.value.largestColumns()
  return Scalar(counted.count { answers[$0] == labels[$0] }) / Scalar(counted.count)
}
func trainedLooker(heads: Int, seed: UInt64) -> Looker {
  var generator = stream(200 + seed)
  let looker = Looker(heads: heads, using: &generator)
  let parameters = parameters(of: looker)
  var rule = Adam()
  for step in 0..<400 {
    let tokens = sequences(32, time: 16, &generator)
    parameters.clearGradients()
    let (one, three) = looker(tokens)
    let loss =
      one.softmaxCrossEntropy(earlier(tokens, by: 1, time: 16), ignoring: 8)
      + three.softmaxCrossEntropy(earlier(tokens, by: 3, time: 16), ignoring: 8)
    loss.backward()
    rule.learningRate = 0.01 * (1 - Scalar(step) / 400)
    rule.step(parameters)
  }
  return looker
}
func scores(_ looker: Looker) -> (one: Scalar, three: Scalar) {
  var generator = stream(300)
  let tokens = sequences(200, time: 16, &generator)
  let (one, three) = Variable.withoutGradients { looker(tokens) }
  return (
    share(one, earlier(tokens, by: 1, time: 16)), share(three, earlier(tokens, by: 3, time: 16))
  )
}
func without(head: Int, _ looker: Looker) -> (one: Scalar, three: Scalar) {
  let weight = looker.attention.output.weight
  let kept = weight.value
  defer { weight.setValue(kept) }
  var cut = kept
  let rows = kept.rows / looker.attention.heads
  cut.update { for i in head * rows * 32..<(head + 1) * rows * 32 { $0[i] = 0 } }
  weight.setValue(cut)
  return scores(looker)
}
let lookers = (0..<3).map { trainedLooker(heads: 2, seed: UInt64($0)) }
table(
  columns: ["network", "the token before", "the one three before"],
  rows: [1, 2].flatMap { heads in
    (0..<3).map { seed in
      let looker = heads == 2 ? lookers[seed] : trainedLooker(heads: 1, seed: UInt64(seed))
      let found = scores(looker)
      return [
        "\(heads) head\(heads == 1 ? "" : "s"), seed \(seed)", fixed(found.one, 3),
        fixed(found.three, 3),
      ]
    }
  }
    + lookers.indices.flatMap { seed in
      (0..<2).map { head in
        let found = without(head: head, lookers[seed])
        return ["seed \(seed) without head \(head)", fixed(found.one, 3), fixed(found.three, 3)]
      }
    })

cell("head-figure")
func headMap(_ looker: Looker, head: Int) -> HeatMap {
  var generator = stream(301)
  let tokens = sequences(1, time: 16, &generator)
  let packed = looker.attention.queryKeyValue(
    looker.positions(looker.embedding(tokens, shape: [1, 16])))
  let weights = packed.sliced(0..<32, axis: -1).value.attentionWeights(
    key: packed.sliced(32..<64, axis: -1).value, heads: 2, mask: .causal)
  return HeatMap(
    title: "head \(head)", x: "key", y: "query",
    values: (0..<16).map { Array(weights.row(head * 16 + $0)) },
    columnLabels: (0..<16).map { "\($0)" }, rowLabels: (0..<16).map { "\($0)" }, range: 0...1,
    valueLabel: "weight")
}
figure(
  "two-heads",
  Panels(columnCount: 2, panelHeight: 330, (0..<2).map { headMap(lookers[0], head: $0) }),
  caption: "What the two heads of seed 0 look at in one sequence.")

cell("sinusoids")
let wave = SinusoidalPositions(32).table(0..<64)
func product(_ i: Int, _ j: Int, _ x: Tensor) -> Scalar {
  zip(x.row(i), x.row(j)).reduce(0) { $0 + $1.0 * $1.1 }
}
figure(
  "sinusoids",
  Panels(
    columnCount: 2, panelHeight: 320,
    [
      HeatMap(
        title: "the table", x: "column", y: "position",
        values: (0..<64).map { Array(wave.row($0)) },
        valueLabel: "value"),
      HeatMap(
        title: "products of two positions", x: "position", y: "position",
        values: (0..<64).map { i in (0..<64).map { product(i, $0, wave) } }, valueLabel: "product"),
    ]),
  caption:
    "Sinusoidal positions: fast waves left, slow ones right; products depend on the distance alone."
)

cell("rotary")
var rotaryGenerator = stream(6)
let pair = Initializer.gaussian(standardDeviation: 1).tensor(
  shape: [2, 1, 16], using: &rotaryGenerator)
func rotatedScore(_ i: Int, _ j: Int) -> Scalar {
  let q = Variable(Tensor(Array(pair.row(0)), shape: [1, 1, 16]))
  let k = Variable(Tensor(Array(pair.row(1)), shape: [1, 1, 16]))
  return q.rotated(RotaryPositions(), width: 16, from: i)
    .batchedProduct(k.rotated(RotaryPositions(), width: 16, from: j), rightTransposed: true).value
    .number
}
table(
  columns: ["j − i", "i = 0", "i = 5", "i = 100", "i = 1000"],
  rows: [0, 1, 2, 7].map { distance in
    [distance] + [0, 5, 100, 1000].map { fixed(rotatedScore($0, $0 + distance), 4) }
  })

cell("extrapolation")
enum Positions: String, CaseIterable {
  case none, learned, sinusoidal, rotary
}
struct Recaller {
  let embedding: Embedding
  let learned: LearnedPositions?
  let sinusoidal: SinusoidalPositions?
  let attention: MultiHeadAttention
  let output: Dense
  init(_ kind: Positions, using generator: inout SeededGenerator) {
    embedding = Embedding(8, 32, using: &generator)
    learned = kind == .learned ? LearnedPositions(longest: 128, width: 32, using: &generator) : nil
    sinusoidal = kind == .sinusoidal ? SinusoidalPositions(32) : nil
    attention = MultiHeadAttention(
      32, heads: 2, rotary: kind == .rotary ? RotaryPositions() : nil, using: &generator)
    output = Dense(32, 8, using: &generator)
  }
  func callAsFunction(_ tokens: [Int], time: Int) -> Variable {
    var x = embedding(tokens, shape: [tokens.count / time, time])
    if let learned { x = learned(x) }
    if let sinusoidal { x = sinusoidal(x) }
    return output(attention(x, mask: .causal, .evaluation))
  }
}
let times = [16, 24, 32, 64, 128]
func recall(_ kind: Positions, seed: UInt64) -> [Scalar] {
  var generator = stream(400 + seed)
  let recaller = Recaller(kind, using: &generator)
  let parameters = parameters(of: recaller)
  var rule = Adam()
  for step in 0..<500 {
    let tokens = sequences(32, time: 16, &generator)
    parameters.clearGradients()
    recaller(tokens, time: 16)
      .softmaxCrossEntropy(earlier(tokens, by: 3, time: 16), ignoring: 8).backward()
    rule.learningRate = 0.01 * (1 - Scalar(step) / 500)
    rule.step(parameters)
  }
  return times.map { time in
    var generator = stream(500)
    let tokens = sequences(3200 / time, time: time, &generator)
    let logits = Variable.withoutGradients { recaller(tokens, time: time) }
    return share(logits, earlier(tokens, by: 3, time: time))
  }
}
let recalls = Positions.allCases.map { kind in (0..<3).map { recall(kind, seed: UInt64($0)) } }
table(
  columns: ["positions"] + times.map { "length \($0)" },
  rows: Positions.allCases.indices.map { index in
    [Positions.allCases[index].rawValue]
      + times.indices.map { place in spread(recalls[index].map { $0[place] }, 2) }
  })
figure(
  "extrapolation",
  LineChart(
    x: Axis("length of the sequence", scale: .logarithmic),
    y: Axis("share of recalled tokens", range: 0...1),
    series: Positions.allCases.indices.map { index in
      let found = recalls[index]
      return Series(
        Positions.allCases[index].rawValue, x: times.map { Double($0) },
        y: times.indices.map { place in mean(found.map { $0[place] }) }, style: .lineAndMarkers
      ).with(
        bandFrom: times.indices.map { place in found.map { $0[place] }.min()! },
        to: times.indices.map { place in found.map { $0[place] }.max()! })
    }),
  caption: "Recalling the token three before, trained at length 16: mean and spread of three seeds."
)

cell("online")
var (largest, sum, answer) = (-Scalar.infinity, Scalar(0), Scalar(0))
let streamed: [(score: Scalar, value: Scalar)] = [(1, 10), (3, 20), (2, 30), (5, 40), (0, 50)]
table(
  columns: ["score", "value", "m", "factor", "l", "y", "y / l"],
  rows: streamed.map { score, value in
    let now = max(largest, score)
    let factor = Scalar.exp(largest - now)
    let p = Scalar.exp(score - now)
    (sum, answer, largest) = (sum * factor + p, answer * factor + p * value, now)
    return [
      fixed(score, 0), fixed(value, 0), fixed(now, 0), fixed(factor, 4), fixed(sum, 4),
      fixed(answer, 3), fixed(answer / sum, 4),
    ]
  })
let atOnce = Variable(Tensor(streamed.map(\.score), shape: [1, 5])).softmax().value.elements
print("all at once:", fixed(zip(atOnce, streamed).reduce(0) { $0 + $1.0 * $1.1.value }, 4))

cell("tiles-diagram")
figure(
  "tiles",
  Graph(
    nodes: [
      Graph.Node("24 queries", column: 0, row: 1),
      Graph.Node(
        "keys 0…127", detail: "values 0…127", column: 1.4, row: 0, color: Palette.category(1)),
      Graph.Node(
        "keys 128…255", detail: "values 128…255", column: 3, row: 0, color: Palette.category(1)),
      Graph.Node(
        "keys 256…", detail: "masked: skipped", column: 4.8, row: 0,
        color: Palette.category(1)),
      Graph.Node(
        "m, l, y", detail: "after one tile", column: 1.4, row: 1, color: Palette.category(2)),
      Graph.Node("m, l, y", detail: "after two", column: 3, row: 1, color: Palette.category(2)),
      Graph.Node("y / l", detail: "m + ln l", column: 4.8, row: 1, color: Palette.category(2)),
    ],
    edges: [
      Graph.Edge(0, 4), Graph.Edge(1, 4), Graph.Edge(4, 5, label: "· e^(m−m′)"), Graph.Edge(2, 5),
      Graph.Edge(5, 6), Graph.Edge(3, 6, isDashed: true),
    ]),
  caption:
    "Diagram of fused attention: a block of queries meets one tile of keys after another; a query keeps a maximum, a sum and a vector."
)

cell("ladder")
func operands(_ shape: AttentionShape) -> [Tensor] {
  var generator = stream(7)
  let gaussian = Initializer.gaussian(standardDeviation: 1)
  return [shape.queries, shape.keys, shape.keys].map {
    gaussian.tensor(shape: [shape.batch, $0, shape.rowWidth], using: &generator)
  }
}
func run(_ rung: AttentionLadder.Rung, _ shape: AttentionShape, _ operands: [Tensor]) -> Tensor {
  let (q, k, v) = (operands[0].elements, operands[1].elements, operands[2].elements)
  var output = Tensor(shape: [shape.batch, shape.queries, shape.rowWidth])
  output.update { rung(q.span, k.span, v.span, &$0, shape) }
  return output
}
let ladderShape = AttentionShape(batch: 2, heads: 4, queries: 256, keys: 256, width: 64)
let ladderOperands = operands(ladderShape)
let rungs = AttentionLadder.rungs
let rungOutputs = rungs.map { run($0.function, ladderShape, ladderOperands) }
let rungTimes = rungs.indices.map { index in
  time(repetitions: index == 0 || index == 2 ? 1 : 10) {
    _ = run(rungs[index].function, ladderShape, ladderOperands)
  }
}
table(
  columns: ["rung", "time", "against the definition", "largest difference from it"],
  rows: rungs.indices.map { i in
    [
      rungs[i].name, rungTimes[i],
      volatile("× " + fixed(rungTimes[0].seconds / rungTimes[i].seconds, 1)),
      scientific(largestDifference(rungOutputs[i], rungOutputs[0]), 1),
    ]
  })
print("online in loops and in tiles: the same bits:", rungOutputs[2] == rungOutputs[3])

cell("length")
struct LengthRow {
  let length: Int
  let matrices: Timing
  let fused: Timing
}
let lengthRows = [256, 512, 1024, 2048, 4096, 8192].map { length in
  let shape = AttentionShape(batch: 1, heads: 1, queries: length, keys: length, width: 64)
  let operands = operands(shape)
  let repetitions = max(1, 1024 / length)
  return LengthRow(
    length: length,
    matrices: time(repetitions: repetitions) {
      _ = run(AttentionLadder.matrices, shape, operands)
    }, fused: time(repetitions: repetitions) { _ = run(AttentionLadder.tiled, shape, operands) })
}
func megabytes(_ scalars: Int) -> String {
  fixed(Double(scalars * MemoryLayout<Scalar>.size) / 1e6, 2)
}
table(
  columns: ["length", "square of scores, MB", "packed tiles, MB", "matrices", "fused", "gain"],
  rows: lengthRows.map { row in
    [
      row.length, megabytes(row.length * row.length), megabytes(2 * row.length * 64 + 24 * 130),
      row.matrices, row.fused,
      volatile("× " + fixed(row.matrices.seconds / row.fused.seconds, 1)),
    ]
  })
figure(
  "length",
  LineChart(
    x: Axis("length", scale: .logarithmic), y: Axis("milliseconds", scale: .logarithmic),
    series: [
      Series(
        "matrices", x: lengthRows.map { Double($0.length) },
        y: lengthRows.map { $0.matrices.seconds * 1e3 }, style: .lineAndMarkers),
      Series(
        "fused", x: lengthRows.map { Double($0.length) },
        y: lengthRows.map { $0.fused.seconds * 1e3 }, style: .lineAndMarkers),
    ]), caption: "One head of width 64: time against length, scores as a matrix and fused.",
  isVolatile: true)

cell("kernels")
func kernelRow(_ name: String, _ shape: AttentionShape, _ mask: AttentionMask) -> [Any] {
  let inputs = operands(shape)
  func both(_ backend: Backend, repetitions: Int) -> (Timing, Timing) {
    Backend.$current.withValue(backend) {
      let (q, k, v) = (
        Variable(inputs[0], needsGradient: true), Variable(inputs[1], needsGradient: true),
        Variable(inputs[2], needsGradient: true)
      )
      var y = q
      let forward = time(repetitions: repetitions) {
        y = q.attention(key: k, value: v, heads: shape.heads, mask: mask)
      }
      let upstream = y.value
      let all = time(repetitions: repetitions) {
        q.attention(key: k, value: v, heads: shape.heads, mask: mask).backward(upstream)
      }
      return (forward, all)
    }
  }
  let (naive, fast) = (both(.naive, repetitions: 1), both(.fast, repetitions: 20))
  return [
    name, naive.0, fast.0, volatile("× " + fixed(naive.0.seconds / fast.0.seconds, 0)), naive.1,
    fast.1, volatile("× " + fixed(naive.1.seconds / fast.1.seconds, 0)),
  ]
}
table(
  columns: [
    "sequences × heads × length × d", "naive", "fast", "gain", "both passes, naive", "fast", "gain",
  ],
  rows: [(12, 64, 32), (64, 24, 32)].flatMap { batch, time, width in
    [AttentionMask.none, .causal].map { mask in
      kernelRow(
        "\(batch) × 4 × \(time) × \(width)\(mask.isCausal ? ", causal" : "")",
        AttentionShape(batch: batch, heads: 4, queries: time, keys: time, width: width), mask)
    }
  })
