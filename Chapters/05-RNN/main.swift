import Backprop
import Datasets
import Foundation
import KernelSupport
import Notebook
import Optimizers
import RNN

let notebook = Notebook(chapter: "05-RNN", takes: [.epochs, .checkpoints, .text])
let ownText = notebook.attempt { () -> String? in
  if notebook.textFile == nil && (notebook.checkpointToSave ?? notebook.checkpointToLoad) != nil {
    throw UsageError("--save and --load: what learns from --text FILE is saved; there is none")
  }
  guard let text = try notebook.textFile.map({ try TextFile.read($0, atLeast: 4000) }) else {
    return nil
  }
  if let file = notebook.checkpointToLoad {
    let vocabulary = Vocabulary(of: text).json
    try Checkpoint(contentsOf: file).check(["vocabulary": vocabulary], file: file)
  }
  return text
}
let longEpochs = ownText == nil ? notebook.epochs : nil

cell("sentences")
let grammar = StochasticGrammar.seaside
var writer = SeededGenerator(seed: notebook.seed)
let learnedText = grammar.text(atLeast: 60_000, using: &writer)
let validationText = grammar.text(atLeast: 10_000, using: &writer)
let testText = grammar.text(atLeast: 10_000, using: &writer)
print(learnedText.prefix(240))

cell("entropy")
let entropy = grammar.entropyPerCharacter
print("a sentence: \(fixed(grammar.entropy, 3)) nats in \(fixed(grammar.meanLength, 2)) characters")
print("a character: \(fixed(entropy, 4)) nats, \(fixed(entropy / Foundation.log(2), 4)) bits")

cell("counting")
let vocabulary = Vocabulary(of: learnedText)
let learned = vocabulary.encode(learnedText)!
let validated = vocabulary.encode(validationText)!
let tested = vocabulary.encode(testText)!
func countingLoss(memory: Int, learnedFrom tokens: [Int], on text: [Int]) -> Double {
  var counts: [[Int]: [Double]] = [:]
  for t in memory..<tokens.count {
    let context = Array(tokens[t - memory..<t])
    counts[context, default: Array(repeating: 0.1, count: vocabulary.count)][tokens[t]] += 1
  }
  let unseen = Array(repeating: 0.1, count: vocabulary.count)
  let losses = (memory..<text.count).map { t in
    let found = counts[Array(text[t - memory..<t])] ?? unseen
    return -Foundation.log(found[text[t]] / found.reduce(0, +))
  }
  return losses.reduce(0, +) / Double(losses.count)
}
let memories = [0, 1, 2, 4, 6, 8, 12, 16]
let countingLosses = memories.map {
  countingLoss(memory: $0, learnedFrom: learned, on: validated)
}
table(
  columns: ["characters remembered"] + memories.map { "\($0)" },
  rows: [["validation loss, nats"] + countingLosses.map { fixed($0, 3) }])

cell("unrolled")
func recurrentDiagram() -> Graph {
  let (blue, orange) = (Palette.category(0), Palette.category(1))
  var nodes = [
    Graph.Node("x[t]", column: 0, row: 2), .init("h", column: 0, row: 1, shape: .circle),
    .init("y[t]", column: 0, row: 0), .init("one step", column: 0.95, row: 1),
  ]
  var edges = [
    Graph.Edge(0, 1, label: "W", color: blue), .init(1, 2, label: "V", color: blue),
    .init(1, 3, color: blue, bend: 0.3), .init(3, 1, label: "U", color: blue, bend: 0.3),
  ]
  for t in 0..<4 {
    let (column, first) = (Double(t) * 1.2 + 2.2, nodes.count)
    nodes += [
      Graph.Node("x[\(t)]", column: column, row: 2),
      .init("h[\(t)]", column: column, row: 1, shape: .circle),
      .init("y[\(t)]", column: column, row: 0),
    ]
    edges += [
      Graph.Edge(first, first + 1, label: "W", color: blue),
      .init(first + 1, first + 2, label: "V", color: blue),
    ]
    if t > 0 {
      edges += [
        Graph.Edge(first - 2, first + 1, label: "U", color: blue, bend: 0.12),
        .init(first + 1, first - 2, color: orange, isDashed: true, bend: 0.12),
      ]
    }
  }
  return Graph(
    nodes: nodes, edges: edges,
    frames: [
      .init("rolled", columns: 0...1, rows: 0...2),
      .init("unrolled", columns: 2.1...5.8, rows: 0...2),
    ])
}
figure(
  "rnn-diagram", recurrentDiagram(),
  caption:
    "A recurrent network and the same network unrolled over four steps: states flow along the blue arrows, gradients back along the dashed ones."
)

cell("by-hand")
func rows(_ tensor: Tensor) -> [[Scalar]] { (0..<tensor.rows).map { Array(tensor.row($0)) } }
func handwritten(_ layer: SimpleRNN, _ output: Dense) -> HandwrittenRNN {
  HandwrittenRNN(
    inputWeight: rows(layer.inputWeight.value), recurrentWeight: rows(layer.recurrentWeight.value),
    bias: layer.bias.value.elements, outputWeight: rows(output.weight.value),
    outputBias: output.bias.value.elements)
}
func oneHot(_ tokens: [Int]) -> [[Scalar]] {
  tokens.map { token in (0..<vocabulary.count).map { $0 == token ? 1 : 0 } }
}
var byHandGenerator = SeededGenerator(seed: notebook.seed)
let smallLayer = SimpleRNN(vocabulary.count, 12, using: &byHandGenerator)
let smallOutput = Dense(12, vocabulary.count, using: &byHandGenerator)
let passage = Array(learned[0..<41])
let (inputs, targets) = (oneHot(Array(passage.dropLast())), Array(passage.dropFirst()))
let byHand = handwritten(smallLayer, smallOutput).gradients(inputs, targets: targets)
let sequence = Variable(Tensor(inputs.flatMap(\.self), shape: [1, 40, vocabulary.count]))
let automatic = smallOutput(smallLayer(sequence)).softmaxCrossEntropy(targets)
automatic.backward()
func largestDifference(_ a: [Scalar], _ b: [Scalar]) -> Scalar {
  zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
table(
  columns: ["", "largest gradient", "largest difference"],
  rows: [
    ("W", smallLayer.inputWeight, byHand.gradients.inputWeight.flatMap(\.self)),
    ("U", smallLayer.recurrentWeight, byHand.gradients.recurrentWeight.flatMap(\.self)),
    ("b", smallLayer.bias, byHand.gradients.bias),
    ("V", smallOutput.weight, byHand.gradients.outputWeight.flatMap(\.self)),
    ("c", smallOutput.bias, byHand.gradients.outputBias),
  ].map { name, variable, gradient in
    let automatic = variable.gradient!.elements
    return [
      name, scientific(automatic.map(abs).max()!, 1),
      scientific(largestDifference(automatic, gradient), 0),
    ]
  })

cell("truncated")
func distance(_ a: [Scalar], _ b: [Scalar]) -> Double {
  let difference = zip(a, b).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
  return (difference / b.reduce(0) { $0 + Double($1 * $1) }).squareRoot()
}
let truncations = [1, 2, 5, 10, 20, 40]
let truncationErrors = (0..<3).map { seed in
  var generator = SeededGenerator(seed: notebook.seed + UInt64(seed))
  let network = handwritten(
    SimpleRNN(vocabulary.count, 12, using: &generator),
    Dense(12, vocabulary.count, using: &generator))
  let whole = network.gradients(inputs, targets: targets).gradients.recurrentWeight
  return truncations.map { steps in
    let cut = network.gradients(inputs, targets: targets, truncation: steps)
    return distance(cut.gradients.recurrentWeight.flatMap(\.self), whole.flatMap(\.self))
  }
}
table(
  columns: ["cut after"] + truncations.map { "\($0)" },
  rows: (0..<3).map { seed in
    ["relative error, seed \(seed + 1)"] + truncationErrors[seed].map { fixed($0, 3) }
  })

cell("forgetting")
let lag = 60
func influence(of layer: any RecurrentLayer, scaledBy factor: Scalar = 1, seed: UInt64) -> [Double]
{
  var generator = SeededGenerator(seed: seed)
  if factor != 1 {
    for parameter in parameters(of: layer) where parameter.name == "recurrentWeight" {
      parameter.variable.setValue((factor * parameter.variable).value)
    }
  }
  let numbers = (0..<8 * lag * 4).map { _ in generator.normal() / 10 }
  let x = Variable(Tensor(numbers, shape: [8, lag, 4]), needsGradient: true)
  let last = layer(x).lastStep()
  let direction = (0..<last.value.count).map { _ in generator.normal() }
  last.backward(Tensor(direction, shape: last.value.shape))
  let gradient = x.gradient!.elements
  return (0..<lag).map { step in
    let t = lag - 1 - step
    let squares = (0..<8).flatMap { n in (0..<4).map { gradient[(n * lag + t) * 4 + $0] } }
    return squares.reduce(0) { $0 + Double($1 * $1) }.squareRoot()
  }
}
func meanInfluence(
  _ make: (inout SeededGenerator) -> any RecurrentLayer, scaledBy factor: Scalar = 1
)
  -> [Double]
{
  let runs = (0..<3).map { run in
    var generator = SeededGenerator(seed: notebook.seed + UInt64(run))
    return influence(of: make(&generator), scaledBy: factor, seed: notebook.seed + UInt64(run))
  }
  let relative = runs.map { run in run.map { $0 / run[0] } }
  return (0..<lag).map { step in
    Foundation.exp(relative.reduce(0) { $0 + Foundation.log($1[step]) } / 3)
  }
}
func simple(_ generator: inout SeededGenerator) -> any RecurrentLayer {
  SimpleRNN(4, 32, using: &generator)
}
let influences: [(name: String, values: [Double], prediction: Double?)] = [
  ("RNN, ρ = 0.8", meanInfluence(simple, scaledBy: 0.8), 0.8),
  ("RNN, ρ = 1", meanInfluence(simple), 1),
  ("RNN, ρ = 1.2", meanInfluence(simple, scaledBy: 1.2), 1.2),
  ("LSTM, forget bias 0", meanInfluence { LSTM(4, 32, forgetBias: 0, using: &$0) }, 0.5),
  ("LSTM, forget bias 1", meanInfluence { LSTM(4, 32, using: &$0) }, 0.731),
  ("LSTM, forget bias 3", meanInfluence { LSTM(4, 32, forgetBias: 3, using: &$0) }, 0.953),
  ("GRU", meanInfluence { GRU(4, 32, using: &$0) }, nil),
]
// Each cell in its own colour, paler and darker where it begins differently.
let shades: [UInt32] = [0x7FB8D8, 0x0072B2, 0x003A5C, 0xF0B48A, 0xD55E00, 0x7A3600, 0x009E73]
table(
  columns: ["", "10 steps back", "30", "59", "factor a step", "predicted"],
  rows: influences.map { name, values, prediction in
    [
      name, scientific(values[10], 1), scientific(values[30], 1), scientific(values[59], 1),
      fixed(Foundation.pow(values[40] / values[10], 1.0 / 30), 3),
      prediction.map { fixed($0, 3) } ?? "–",
    ]
  })
figure(
  "forgetting",
  LineChart(
    x: "steps back", y: Axis("gradient relative to the last step's", scale: .logarithmic),
    series: influences.enumerated().map { index, row in
      Series(
        row.name, y: row.values.map { max($0, 1e-12) }, style: row.name == "GRU" ? .dashed : .line,
        color: Color(shades[index]))
    }),
  caption:
    "How much the last state depends on an input some steps back, before anything is learned (means of three draws)."
)

cell("lstm-cell")
let (forwardBlue, gateGreen, cellOrange) = (
  Palette.category(0), Palette.category(2), Palette.category(1)
)
figure(
  "lstm-diagram",
  Graph(
    nodes: [
      .init("c[t−1]", detail: "[batch, units]", column: 0, row: 0, color: cellOrange),
      .init("×", column: 1, row: 0, shape: .circle, color: cellOrange),
      .init("+", column: 2.4, row: 0, shape: .circle, color: cellOrange),
      .init("c[t]", detail: "[batch, units]", column: 4.8, row: 0, color: cellOrange),
      .init("f = σ(·)", detail: "forget", column: 1, row: 2.2, color: gateGreen),
      .init("i = σ(·)", detail: "input", column: 1.95, row: 2.2, color: gateGreen),
      .init("g = tanh(·)", detail: "candidate", column: 2.95, row: 2.2, color: gateGreen),
      .init("×", column: 2.4, row: 1.2, shape: .circle, color: cellOrange),
      .init("tanh", column: 3.8, row: 0.8),
      .init("o = σ(·)", detail: "output", column: 4.0, row: 2.2, color: gateGreen),
      .init("×", column: 4.4, row: 1.5, shape: .circle),
      .init("h[t]", detail: "[batch, units]", column: 5.3, row: 1.5),
      .init("x[t] W + h[t−1] U + b", detail: "[batch, 4 · units]", column: 2.6, row: 3.4),
      .init("h[t−1]", detail: "[batch, units]", column: 0, row: 3),
      .init("x[t]", detail: "[batch, in]", column: 0, row: 3.8),
    ],
    edges: [
      .init(0, 1, color: cellOrange), .init(1, 2, color: cellOrange),
      .init(2, 3, color: cellOrange),
      .init(4, 1, label: "[batch, units]"), .init(5, 7), .init(6, 7), .init(7, 2),
      .init(2, 8, label: "[batch, units]"), .init(8, 10), .init(9, 10),
      .init(10, 11), .init(12, 4), .init(12, 5), .init(12, 6), .init(12, 9), .init(13, 12),
      .init(14, 12),
    ]),
  caption:
    "An LSTM cell: the orange line is the belt on which the cell travels from step to step, touched by a product and a sum only."
)

cell("gru-cell")
figure(
  "gru-diagram",
  Graph(
    nodes: [
      .init("h[t−1]", detail: "[batch, units]", column: 0, row: 0, color: cellOrange),
      .init("× z", column: 1.75, row: 0, shape: .circle, color: cellOrange),
      .init("+", column: 3.9, row: 0, shape: .circle, color: cellOrange),
      .init("h[t]", detail: "[batch, units]", column: 5.1, row: 0, color: cellOrange),
      .init("z = σ(·)", detail: "update", column: 1.75, row: 1, color: gateGreen),
      .init("× (1 − z)", column: 3.9, row: 1, color: cellOrange),
      .init("n = tanh(·)", detail: "candidate", column: 3.9, row: 2.7, color: gateGreen),
      .init("× r", column: 2.8, row: 2.7, shape: .circle),
      .init("r = σ(·)", detail: "reset", column: 1.45, row: 2.7, color: gateGreen),
      .init("h[t−1] U", detail: "[batch, 3 · units]", column: 0.2, row: 1.8),
      .init("x[t] W + b", detail: "[batch, 3 · units]", column: 2.4, row: 3.8),
      .init("x[t]", detail: "[batch, in]", column: 0.2, row: 3.8),
      .init("its third part + b′", detail: "[batch, units]", column: 2.8, row: 1.8),
    ],
    edges: [
      .init(0, 1, color: cellOrange), .init(1, 2, color: cellOrange),
      .init(2, 3, color: cellOrange), .init(4, 1), .init(4, 5, label: "[batch, units]"),
      .init(5, 2), .init(6, 5, label: "[batch, units]"), .init(7, 6), .init(8, 7), .init(0, 9),
      .init(9, 4), .init(9, 8), .init(9, 12),
      .init(12, 7), .init(11, 10), .init(10, 4), .init(10, 8), .init(10, 6),
    ]),
  caption:
    "A GRU cell: one gate decides between the old state and a candidate, another how much of the old state the candidate may see."
)

cell("adding")
enum Cell: String, CaseIterable {
  case rnn = "RNN"
  case lstm = "LSTM"
  case gru = "GRU"

  var index: Int { Cell.allCases.firstIndex(of: self)! }

  func layer(_ inputs: Int, _ units: Int, using generator: inout SeededGenerator)
    -> any RecurrentLayer
  {
    switch self {
    case .rnn: SimpleRNN(inputs, units, using: &generator)
    case .lstm: LSTM(inputs, units, using: &generator)
    case .gru: GRU(inputs, units, using: &generator)
    }
  }
}
let addingUnits: [Cell: Int] = [.rnn: 66, .lstm: 32, .gru: 37]
func addingRun(_ cell: Cell, length: Int, seed: UInt64, steps: Int) -> (
  errors: [Double], count: Int
) {
  var generator = SeededGenerator(seed: notebook.seed + seed)
  let layer = cell.layer(2, addingUnits[cell]!, using: &generator)
  let model = SequenceModel([layer], outputs: 1, using: &generator)
  let all = parameters(of: model)
  var rule = Adam(learningRate: 0.005)
  var errors: [Double] = []
  for _ in 0..<steps {
    let (sequences, sums) = MemoryTasks.adding(count: 32, length: length, using: &generator)
    all.clearGradients()
    let answers = model(Variable(Tensor(sequences, shape: [32, length, 2])))
    let loss = answers.meanSquaredError(Tensor(sums, shape: [32, 1]))
    loss.backward()
    _ = all.clipGradients(toNorm: 1)
    rule.step(all)
    errors.append(Double(loss.value.number))
  }
  return (errors, all.scalarCount)
}
func mean(_ numbers: some Collection<Double>) -> Double {
  numbers.reduce(0, +) / Double(numbers.count)
}
func range(_ numbers: [Double], _ decimals: Int) -> String {
  "\(fixed(numbers.min()!, decimals)) to \(fixed(numbers.max()!, decimals))"
}
let addingLengths = [10, 20, 40, 80]
let addingRuns = Cell.allCases.map { cell in
  addingLengths.map { length in
    (0..<3).map { addingRun(cell, length: length, seed: $0, steps: 600) }
  }
}
table(
  columns: ["cell", "parameters"] + addingLengths.map { "\($0) steps" },
  rows: [["always 1", "0"] + addingLengths.map { _ in fixed(1.0 / 6, 4) }]
    + Cell.allCases.map { cell in
      [cell.rawValue, "\(addingRuns[cell.index][0][0].count)"]
        + addingRuns[cell.index].map { runs in range(runs.map { mean($0.errors.suffix(50)) }, 4) }
    })

cell("adding-long")
if let epochs = longEpochs {
  let steps = epochs * 350
  for cell in Cell.allCases {
    let ends = (0..<3).map { seed in
      let run = addingRun(cell, length: 200, seed: UInt64(seed), steps: steps)
      return mean(run.errors.suffix(50))
    }
    print("\(cell.rawValue), 200 numbers, \(steps) steps: \(range(ends, 4))")
  }
} else {
  print("left out: it takes ten minutes; --epochs N learns for N times 350 steps")
}

cell("copying")
let delay = 20
func copyingRun(_ cell: Cell, seed: UInt64, steps: Int) -> [Double] {
  var generator = SeededGenerator(seed: notebook.seed + seed)
  let layer = cell.layer(16, addingUnits[cell]!, using: &generator)
  let model = CharacterModel(
    tokenCount: MemoryTasks.symbolCount, embeddingWidth: 16, layers: [layer], using: &generator)
  let all = parameters(of: model)
  var rule = Adam(learningRate: 0.005)
  var losses: [Double] = []
  for _ in 0..<steps {
    let (symbols, answers) = MemoryTasks.copying(count: 32, delay: delay, using: &generator)
    all.clearGradients()
    let loss = model(symbols, batch: 32).logits.softmaxCrossEntropy(answers)
    loss.backward()
    _ = all.clipGradients(toNorm: 1)
    rule.step(all)
    losses.append(Double(loss.value.number))
  }
  return losses
}
let copyingLosses = Cell.allCases.map { cell in
  (0..<3).map { copyingRun(cell, seed: $0, steps: 400) }
}
let copyingFloor = MemoryTasks.copyingFloor(delay: delay)
table(
  columns: ["cell", "loss after 400 steps, nats a step"],
  rows: [["without memory", fixed(copyingFloor, 4)]]
    + Cell.allCases.map { cell in
      [cell.rawValue, range(copyingLosses[cell.index].map { mean($0.suffix(50)) }, 4)]
    })
func learningCurves(_ runs: [[[Double]]], floor: (String, Double), from first: Int) -> [Series] {
  let width = 25
  let starts = Array(stride(from: first, to: runs[0][0].count, by: width))
  func series(_ cell: Cell) -> Series {
    let curves = runs[cell.index].map { run in starts.map { mean(run[$0..<$0 + width]) } }
    let columns = starts.indices.map { place in curves.map { $0[place] } }
    return Series(
      cell.rawValue, x: starts.map { Double($0 + width / 2) }, y: columns.map { mean($0) },
      color: Palette.category(cell.index)
    ).with(bandFrom: columns.map { $0.min()! }, to: columns.map { $0.max()! })
  }
  return Cell.allCases.map(series) + [
    Series(
      floor.0, x: [Double(first), Double(runs[0][0].count)], y: [floor.1, floor.1],
      style: .dashed, color: Color(0x555555))
  ]
}
figure(
  "memory",
  Panels(
    columnCount: 2,
    [
      LineChart(
        x: "steps", y: Axis("adding, 80 numbers: mean squared error", scale: .logarithmic),
        series: learningCurves(
          addingRuns.map { $0[addingLengths.count - 1].map(\.errors) },
          floor: ("always 1", 1.0 / 6), from: 25)),
      LineChart(
        x: "steps", y: "copying: loss, nats a step",
        series: learningCurves(
          copyingLosses, floor: ("without memory", copyingFloor), from: 75)),
    ]),
  caption:
    "Three cells learn to add and to copy: means of three seeds, least to greatest as bands; dashed, what needs no memory."
)

cell("language")
struct LanguageRun {
  let model: CharacterModel
  let losses: [(step: Int, validation: Double)]
}
let languageUnits: [Cell: Int] = [.rnn: 132, .lstm: 64, .gru: 75]
let validationSample = Array(validated.prefix(4000))
func learnLanguage(_ cell: Cell, seed: UInt64, steps: Int, carriesState: Bool = true) -> LanguageRun
{
  var generator = SeededGenerator(seed: notebook.seed + seed)
  let layer = cell.layer(16, languageUnits[cell]!, using: &generator)
  let model = CharacterModel(
    tokenCount: vocabulary.count, embeddingWidth: 16, layers: [layer], using: &generator)
  let all = parameters(of: model)
  let streams = TextStreams(learned, streamCount: 16, windowLength: 40)
  let reader = CharacterReader(model, streamCount: 16)
  let schedule = CosineDecay(from: 0.01, to: 0.0005, steps: steps)
  var rule = Adam(learningRate: 0.01)
  var losses: [(step: Int, validation: Double)] = []
  for step in 0..<steps {
    if step % streams.windowCount == 0 || !carriesState { reader.forget() }
    let (tokens, targets) = streams.window(step % streams.windowCount)
    all.clearGradients()
    reader.loss(tokens, targets: targets).backward()
    _ = all.clipGradients(toNorm: 1)
    rule.learningRate = schedule.learningRate(at: step)
    rule.step(all)
    if (step + 1) % 100 == 0 { losses.append((step + 1, model.loss(on: validationSample))) }
  }
  return LanguageRun(model: model, losses: losses)
}
let languageSteps = 700
let languageRuns = Cell.allCases.map { cell in
  (0..<3).map { learnLanguage(cell, seed: $0, steps: languageSteps) }
}
let wholeSentences = validationText.prefix(4000).split(separator: "\n").dropLast()
let grammarLoss =
  wholeSentences.reduce(0) { $0 - grammar.logProbability(of: $1 + "\n") }
  / Double(wholeSentences.reduce(0) { $0 + $1.count + 1 })
table(
  columns: ["model", "parameters", "validation loss, nats a character", "above the entropy"],
  rows: [
    [
      "8 characters counted", "", fixed(countingLosses[5], 3),
      fixed(countingLosses[5] - entropy, 3),
    ],
    ["the grammar itself", "", fixed(grammarLoss, 4), fixed(grammarLoss - entropy, 4)],
  ]
    + Cell.allCases.map { cell in
      let runs = languageRuns[cell.index]
      let losses = runs.map { $0.losses.last!.validation }
      return [
        cell.rawValue, "\(parameters(of: runs[0].model).scalarCount)", range(losses, 4),
        range(losses.map { $0 - entropy }, 4),
      ]
    })
figure(
  "language",
  LineChart(
    x: "steps", y: "validation loss, nats a character",
    series: Cell.allCases.map { cell in
      let runs = languageRuns[cell.index]
      return Series(
        cell.rawValue, x: runs[0].losses.map { Double($0.step) },
        y: runs[0].losses.indices.map { index in mean(runs.map { $0.losses[index].validation }) })
    } + [
      Series(
        "counting 8 characters", x: [100, Double(languageSteps)],
        y: [countingLosses[5], countingLosses[5]], style: .dashed, color: Palette.category(8)),
      Series(
        "entropy", x: [100, Double(languageSteps)], y: [entropy, entropy], style: .dashed,
        color: Color(0x555555)),
    ]),
  caption:
    "Three cells learn the grammar (means of three seeds); the lowest line is what no model can pass."
)

cell("chosen")
let candidates = Cell.allCases.flatMap { cell in
  languageRuns[cell.index].enumerated().map { (name: "\(cell.rawValue), seed \($0 + 1)", run: $1) }
}
let chosen = candidates.min { $0.run.losses.last!.validation < $1.run.losses.last!.validation }!
let testSentences = testText.split(separator: "\n")
let testGrammarLoss =
  testSentences.reduce(0) { $0 - grammar.logProbability(of: $1 + "\n") }
  / Double(testSentences.reduce(0) { $0 + $1.count + 1 })
print("chosen on validation text: \(chosen.name)")
table(
  columns: ["on the test text", "nats a character", "bits", "perplexity"],
  rows: [
    ("the grammar itself", testGrammarLoss), (chosen.name, chosen.run.model.loss(on: tested)),
  ].map { name, loss in
    [name, fixed(loss, 4), fixed(loss / Foundation.log(2), 4), fixed(Foundation.exp(loss), 3)]
  })

cell("temperature")
let writerModel = languageRuns[Cell.gru.index][0].model
func sentences(of model: CharacterModel, temperature: Scalar, count: Int) -> [String] {
  var generator = SeededGenerator(seed: notebook.seed)
  let start = vocabulary.encode("\n")!
  let tokens = model.continuation(
    of: start, count: count, temperature: temperature, using: &generator)
  return vocabulary.decode(tokens).split(separator: "\n").dropLast().map { $0 + "\n" }
}
let temperatures: [Scalar] = [0.3, 0.7, 1, 1.3, 1.6]
table(
  columns: ["temperature", "sentences of the grammar", "different ones", "one of them"],
  rows: temperatures.map { temperature in
    let written = sentences(of: writerModel, temperature: temperature, count: 2500)
    let right = written.filter { grammar.logProbability(of: $0) > -.infinity }
    return [
      fixed(temperature, 1), fixed(Double(right.count) / Double(written.count), 3),
      fixed(Double(Set(written).count) / Double(written.count), 3), written[3].dropLast(),
    ]
  })

cell("agreement")
func probability(_ model: CharacterModel, that next: String, follows text: String) -> Double {
  let logits = Variable.withoutGradients {
    model(vocabulary.encode("\n" + text)!, batch: 1).logits.value
  }
  let last = logits.row(logits.rows - 1).map { Double($0) }
  let largest = last.max()!
  let powers = last.map { Foundation.exp($0 - largest) }
  return powers[vocabulary.encode(next)![0]] / powers.reduce(0, +)
}
let openings = [
  ("a sailor sing", true), ("two sailors sing", false),
  ("a grey sailor who sees the sea sing", true), ("two grey sailors who see the sea sing", false),
  ("a sailor who sees two ships sing", true), ("two sailors who see a bird sing", false),
]
table(
  columns: ["text", "right"] + Cell.allCases.map { "P(right), \($0.rawValue)" },
  rows: openings.map { text, isSingular in
    [text, isSingular ? "s" : ". or space"]
      + Cell.allCases.map { cell in
        let all = languageRuns[cell.index].map { run in
          let share = probability(run.model, that: "s", follows: text)
          return isSingular ? share : 1 - share
        }
        return range(all, 2)
      }
  })

cell("units")
let unitModel = languageRuns[Cell.lstm.index][0].model
func unitValues(_ model: CharacterModel, _ text: String) -> [[Scalar]] {
  let tokens = vocabulary.encode("\n" + text)!
  return Variable.withoutGradients {
    let x = model.embedding(tokens, shape: [1, tokens.count])
    return rows(model.layers(x).value.reshaped([tokens.count, 64])).dropFirst().map { $0 }
  }
}
let subjects = ["sailor", "bird", "ship"]
let singulars = subjects.map { "a \($0) who sees a bird " }
let plurals = subjects.map { "two \($0)s who see a bird " }
let separation = (0..<64).map { unit -> Scalar in
  let ones = singulars.map { unitValues(unitModel, $0).last![unit] }
  let manys = plurals.map { unitValues(unitModel, $0).last![unit] }
  return max(ones.min()! - manys.max()!, manys.min()! - ones.max()!)
}
let numberUnit = separation.indices.max { separation[$0] < separation[$1] }!
print(
  "unit \(numberUnit) differs by at least \(fixed(separation[numberUnit], 2)) between one and many;"
    + " \(separation.count { $0 > 0 }) of 64 units tell them apart")
figure(
  "units",
  LineChart(
    x: "characters before the verb, of \"a bird \"", y: "state of the unit",
    series: [("one", singulars, 0), ("many", plurals, 1)].flatMap { name, texts, color in
      texts.enumerated().map { place, text in
        let values = unitValues(unitModel, text).suffix(7).map { Double($0[numberUnit]) }
        return Series(
          place == 0 ? "\(name): sailor, bird, ship" : "", x: (-7..<0).map { Double($0) },
          y: values, style: color == 0 ? .line : .dashed, color: Palette.category(color))
      }
    }),
  caption:
    "The unit that tells one from many, along the same seven characters after three singular and three plural subjects."
)

cell("beam")
func search(_ model: CharacterModel, width: Int) -> BeamSearch.Hypothesis {
  let end = vocabulary.encode("\n")![0]
  let found = BeamSearch(width: width, maximumLength: 60).search(
    from: [RecurrentState](), end: end
  ) { state, token in
    Variable.withoutGradients {
      let (logits, next) = model([token ?? end], batch: 1, from: state)
      let row = logits.value.elements.map { Double($0) }
      let largest = row.max()!
      let sum = Foundation.log(row.reduce(0) { $0 + Foundation.exp($1 - largest) })
      return (row.map { $0 - largest - sum }, next)
    }
  }
  return found[0]
}
let likeliest = grammar.likeliestSentence
func modelScore(_ model: CharacterModel, of sentence: String) -> Double {
  let tokens = vocabulary.encode("\n" + sentence)!
  return -model.loss(on: tokens) * Double(tokens.count - 1)
}
print(
  "the likeliest sentence: \(likeliest.text.dropLast()), ln p = \(fixed(likeliest.logProbability, 3))"
)
print("the model gives it ln p = \(fixed(modelScore(writerModel, of: likeliest.text), 3))")
table(
  columns: ["width", "found", "ln p by the model", "by the grammar"],
  rows: [1, 2, 4, 8].map { width in
    let best = search(writerModel, width: width)
    let text = vocabulary.decode(best.tokens)
    return [
      width, text.dropLast(), fixed(best.logProbability, 3),
      fixed(grammar.logProbability(of: text), 3),
    ]
  })

cell("two-directions")
func twoDirectionsDiagram() -> Graph {
  var nodes: [Graph.Node] = []
  var edges: [Graph.Edge] = []
  for t in 0..<4 {
    let (first, column) = (nodes.count, Double(t) * 1.4)
    nodes.append(Graph.Node("x[\(t)]", column: column, row: 3))
    nodes.append(
      Graph.Node("→", column: column - 0.3, row: 2, shape: .circle, color: forwardBlue))
    nodes.append(Graph.Node("←", column: column + 0.3, row: 1, shape: .circle, color: gateGreen))
    nodes.append(Graph.Node("y[\(t)]", detail: "[2 · units]", column: column, row: 0))
    edges.append(Graph.Edge(first, first + 1))
    edges.append(Graph.Edge(first, first + 2))
    edges.append(Graph.Edge(first + 1, first + 3))
    edges.append(Graph.Edge(first + 2, first + 3))
    if t > 0 {
      edges.append(Graph.Edge(first - 3, first + 1, color: forwardBlue))
      edges.append(Graph.Edge(first + 2, first - 2, color: gateGreen))
    }
  }
  return Graph(nodes: nodes, edges: edges)
}
figure(
  "bidirectional-diagram", twoDirectionsDiagram(),
  caption:
    "Two layers read the same sequence, one from either end; every output has seen all of it.")

cell("correct")
func corrupted(_ sentence: String, using generator: inout SeededGenerator) -> String {
  let verbs = ["sing", "wait", "rest"]
  var words = sentence.dropLast().split(separator: " ").map(String.init)
  let place = words.indices.last { index in verbs.contains { words[index].hasPrefix($0) } }!
  let dot = words[place].hasSuffix(".") ? "." : ""
  let verb = words[place].hasSuffix(".") ? String(words[place].dropLast()) : words[place]
  words[place] = (verb.hasSuffix("s") ? String(verb.dropLast()) : verb + "s") + dot
  return words.joined(separator: " ") + "\n"
}
struct Judgements {
  var tokens: [[Int]] = []
  var lengths: [Int] = []
  var isRight: [Scalar] = []

  init(count: Int, using generator: inout SeededGenerator) {
    for index in 0..<count {
      let sentence = grammar.sentence(using: &generator)
      let shown = index % 2 == 0 ? sentence : corrupted(sentence, using: &generator)
      let text = vocabulary.encode(shown)!
      lengths.append(text.count)
      tokens.append(text + Array(repeating: 0, count: 56 - text.count))
      isRight.append(index % 2 == 0 ? 1 : 0)
    }
  }
}
struct Judge {
  let embedding: Embedding
  let model: SequenceModel

  init(_ layers: [any RecurrentLayer], using generator: inout SeededGenerator) {
    embedding = Embedding(vocabulary.count, 16, using: &generator)
    model = SequenceModel(layers, outputs: 1, using: &generator)
  }

  func callAsFunction(_ judgements: Judgements, _ indices: some Collection<Int>) -> Variable {
    let tokens = indices.flatMap { judgements.tokens[$0] }
    return model(
      embedding(tokens, shape: [indices.count, 56]), lengths: indices.map { judgements.lengths[$0] }
    )
  }
}
func judgementAccuracy(
  seed: UInt64, steps: Int, _ layers: (inout SeededGenerator) -> [any RecurrentLayer]
) -> Double {
  var generator = SeededGenerator(seed: notebook.seed + seed)
  let seen = Judgements(count: 4000, using: &generator)
  let unseen = Judgements(count: 500, using: &generator)
  let judge = Judge(layers(&generator), using: &generator)
  let all = parameters(of: judge)
  var rule = Adam(learningRate: 0.005)
  for _ in 0..<steps {
    let batch = (0..<32).map { _ in generator.integer(below: 4000) }
    all.clearGradients()
    let target = Tensor(batch.map { seen.isRight[$0] }, shape: [32, 1])
    judge(seen, batch).binaryCrossEntropy(target).backward()
    _ = all.clipGradients(toNorm: 1)
    rule.step(all)
  }
  let answers = Variable.withoutGradients { judge(unseen, 0..<500).value.elements }
  return Double(zip(answers, unseen.isRight).count { ($0 > 0) == ($1 > 0.5) }) / 500
}
let judges: [(name: String, make: (inout SeededGenerator) -> [any RecurrentLayer])] = [
  ("RNN 80", { [SimpleRNN(16, 80, using: &$0)] }),
  ("LSTM 32", { [LSTM(16, 32, using: &$0)] }),
  ("two LSTMs of 64", { [LSTM(16, 64, using: &$0), LSTM(64, 64, using: &$0)] }),
  ("GRU 37", { [GRU(16, 37, using: &$0)] }),
]
table(
  columns: ["layers", "accuracy on 500 unseen sentences"],
  rows: [["guessing", "0.500"]]
    + judges.map { name, make in
      [name, range((0..<3).map { judgementAccuracy(seed: $0, steps: 300, make) }, 3)]
    })

cell("rows")
let digits = notebook.attempt { try DigitDataset.load(from: notebook.dataFolder) }
func imageRows(_ indices: some Collection<Int>, of set: ImageSet) -> Variable {
  Variable(Tensor(set.scalars(at: indices), shape: [indices.count, set.height, set.width]))
}
func rowAccuracy(_ model: SequenceModel, on set: ImageSet, _ range: Range<Int>) -> Double {
  let right = stride(from: range.lowerBound, to: range.upperBound, by: 500).reduce(0) {
    sum, start in
    let indices = start..<min(start + 500, range.upperBound)
    let answers = Variable.withoutGradients { model(imageRows(indices, of: set)) }
    return sum + zip(answers.value.largestColumns(), set.labels(at: indices)).count { $0 == $1 }
  }
  return Double(right) / Double(range.count)
}
func readRows(
  _ cell: Cell, units: Int = 64, seed: UInt64, range: Range<Int>, epochs: Int,
  decays: Bool = false
) -> SequenceModel {
  var generator = SeededGenerator(seed: notebook.seed + seed)
  let layer = cell.layer(28, units, using: &generator)
  let model = SequenceModel([layer], outputs: 10, using: &generator)
  var trainer = Trainer(
    model, Adam(learningRate: 0.002), exampleCount: range.count, batchSize: 32,
    generator: generator)
  let steps = epochs * trainer.progress.batchCount
  if decays { trainer.schedule = CosineDecay(from: 0.002, to: 0.0001, steps: steps) }
  trainer.adjustGradients = { _ = $0.clipGradients(toNorm: 1) }
  let report = progress("\(cell.rawValue) reads rows", total: steps, epochs: epochs)
  trainer.run(epochs: epochs) { batch, _ in
    let indices = batch.map { range.lowerBound + $0 }
    return model(imageRows(indices, of: digits.training)).softmaxCrossEntropy(
      digits.training.labels(at: indices))
  } afterStep: { _, loss in
    report.advance(loss: loss)
  }
  report.finish()
  return model
}
if notebook.dataFolder == nil {
  table(
    columns: ["cell", "3,000 digits, 3 epochs: accuracy on 3,000 others"],
    rows: [
      ["chapter 4's dense network", "0.895 to 0.924"],
      ["chapter 4's convolutions", "0.937 to 0.975"],
    ]
      + Cell.allCases.map { cell in
        let all = (0..<3).map { seed in
          let model = readRows(cell, seed: UInt64(seed), range: 0..<3000, epochs: 3)
          return rowAccuracy(model, on: digits.training, 5000..<8000)
        }
        return [cell.rawValue, range(all, 3)]
      })
} else {
  let count = digits.training.count
  let (learned, chosenOn) = (0..<count * 11 / 12, count * 11 / 12..<count)
  let models = [Cell.lstm, .gru].map {
    readRows($0, units: 128, seed: 0, range: learned, epochs: 8, decays: true)
  }
  let accuracies = models.map { rowAccuracy($0, on: digits.training, chosenOn) }
  print("validation: LSTM \(fixed(accuracies[0], 4)), GRU \(fixed(accuracies[1], 4))")
  let best = models[accuracies[0] >= accuracies[1] ? 0 : 1]
  metric("rows_test_accuracy", rowAccuracy(best, on: digits.test, 0..<digits.test.count))
}

cell("encoder-decoder")
func encoderDecoderDiagram() -> Graph {
  let question = ["5", "3", "+", "6"]
  let (known, answer) = ([".", "5", "9"], ["5", "9", "."])
  var nodes: [Graph.Node] = []
  var edges: [Graph.Edge] = []
  for (t, token) in question.enumerated() {
    nodes += [
      Graph.Node(token, column: Double(t), row: 2),
      .init("h", column: Double(t), row: 1, shape: .circle, color: forwardBlue),
    ]
    edges.append(Graph.Edge(2 * t, 2 * t + 1))
    if t > 0 { edges.append(Graph.Edge(2 * t - 1, 2 * t + 1, color: forwardBlue)) }
  }
  for t in known.indices {
    let (first, column) = (nodes.count, Double(question.count + t) + 0.4)
    nodes += [
      Graph.Node(known[t], column: column, row: 2),
      .init("s", column: column, row: 1, shape: .circle, color: cellOrange),
      .init(answer[t], column: column, row: 0.2),
    ]
    edges += [
      Graph.Edge(first, first + 1), .init(first + 1, first + 2),
      .init(t == 0 ? first - 1 : first - 2, first + 1, color: cellOrange),
    ]
  }
  return Graph(
    nodes: nodes, edges: edges,
    frames: [
      .init("encoder", columns: 0...3, rows: 0.5...2),
      .init("decoder: reads what it has written so far", columns: 4.4...6.4, rows: 0...2),
    ])
}
figure(
  "encoder-decoder-diagram", encoderDecoderDiagram(),
  caption:
    "One network reads 53+6, the other writes 59 and the end. All that the second knows of the question passed through the arrow between them."
)

cell("sums")
func learnSums(
  reversed: Bool, seed: UInt64, digits: Int = 2, examples: Int = 4000, units: Int = 96,
  unseen: Int = 500, batchSize: Int = 64, steps: Int, schedule: (any Schedule)? = nil
) -> (model: EncoderDecoder, accuracies: [Double]) {
  var generator = SeededGenerator(seed: notebook.seed + seed)
  let all = SumQuestions(
    count: examples + unseen, digits: digits, reversed: reversed, using: &generator)
  let model = EncoderDecoder(
    tokenCount: SumQuestions.characters.count, end: SumQuestions.end, embeddingWidth: 16,
    encoder: LSTM(16, units, using: &generator), decoder: LSTM(16, units, using: &generator),
    using: &generator)
  let trained = parameters(of: model)
  var rule = Adam(learningRate: 0.004)
  let schedule = schedule ?? CosineDecay(from: 0.004, to: 0.0002, steps: steps)
  var accuracies: [Double] = []
  for step in 0..<steps {
    let batch = (0..<batchSize).map { _ in generator.integer(below: examples) }
    trained.clearGradients()
    let loss = model.loss(
      batch.map { all.questions[$0] }, lengths: batch.map { all.lengths[$0] },
      batch.map { all.answers[$0] })
    loss.backward()
    _ = trained.clipGradients(toNorm: 1)
    rule.learningRate = schedule.learningRate(at: step)
    rule.step(trained)
    guard (step + 1) % (steps / 8) == 0 else { continue }
    let asked = examples..<examples + unseen
    let answers = model.answers(
      Array(all.questions[asked]), lengths: Array(all.lengths[asked]), count: digits + 2)
    let right = zip(answers, all.answers[asked]).count { $0 == $1 }
    accuracies.append(Double(right) / Double(unseen))
  }
  return (model, accuracies)
}
let sumSteps = 1200
let sumRuns = [false, true].map { reversed in
  (0..<3).map { learnSums(reversed: reversed, seed: $0, steps: sumSteps) }
}
table(
  columns: ["questions", "right after \(sumSteps / 4) steps", "\(sumSteps / 2)", "\(sumSteps)"],
  rows: zip(["as written", "reversed"], sumRuns).map { name, runs in
    [name] + [1, 3, 7].map { place in range(runs.map { $0.accuracies[place] }, 3) }
  })

cell("sums-long")
if let epochs = longEpochs {
  let (steps, ramp) = (epochs * 400, 200)
  let schedule = LinearRamp(to: 0.003, steps: ramp)
    .followed(by: CosineDecay(from: 0.003, to: 0.00006, steps: steps - ramp), after: ramp)
  for (examples, isReversed, count) in [(50_000, true, 3), (50_000, false, 1), (5_000, true, 1)] {
    let runs = (0..<count).map { seed in
      learnSums(
        reversed: isReversed, seed: UInt64(seed), digits: 3, examples: examples, units: 128,
        unseen: 1000, batchSize: 128, steps: steps, schedule: schedule
      ).accuracies.last!
    }
    let name = isReversed ? "reversed" : "as written"
    print("three digits, \(examples) \(name), \(steps) steps of 128: \(range(runs, 3)) right")
  }
} else {
  print("left out: it takes ten minutes; --epochs N learns for N passes over 51,200 sums")
}

cell("ladder")
func secondsOfStep(
  _ layer: any SteppedLayer, batch: Int, length: Int, cellByCell: Bool, backend: Backend,
  threads: Int
) -> Double {
  var generator = SeededGenerator(seed: 1)
  let numbers = (0..<batch * length * layer.inputWidth).map { _ in generator.normal() }
  let x = Variable(
    Tensor(numbers, shape: [batch, length, layer.inputWidth]), needsGradient: true)
  func step() {
    (parameters(of: layer) + [NamedParameter("x", x)]).clearGradients()
    let output = cellByCell ? layer.cellByCell(x).output : layer(x)
    output.backward(Tensor(repeating: 1, shape: output.value.shape))
  }
  return Backend.$current.withValue(backend) {
    Threads.$count.withValue(threads) {
      step()
      return time(repetitions: backend == .naive ? 1 : 5, step).seconds
    }
  }
}
func ladder(_ layer: any SteppedLayer) -> [Timing] {
  [
    (true, Backend.naive, 1), (true, .fast, 1), (false, .fast, 1), (false, .fast, 2),
  ].map { stepped, backend, threads in
    timing(
      secondsOfStep(
        layer, batch: 32, length: 100, cellByCell: stepped, backend: backend, threads: threads))
  }
}
var ladderGenerator = SeededGenerator(seed: 1)
let ladders = [
  ("LSTM", ladder(LSTM(64, 64, using: &ladderGenerator))),
  ("GRU", ladder(GRU(64, 64, using: &ladderGenerator))),
]
table(
  columns: [
    "layer", "naive kernels, cell by cell", "fast kernels, cell by cell",
    "one kernel for all steps",
    "two threads",
  ],
  rows: ladders.map { [$0] + $1 })

cell("memory")
func bytesAtPeak(kept: Int, onTheWayBack: Int, batch: Int, time: Int, units: Int) -> Int {
  MemoryLayout<Scalar>.stride * batch * time * units * (2 * kept + 1 + onTheWayBack)
}
table(
  columns: ["two layers of 64", "100 steps", "1,000", "10,000"],
  rows: [("simple", 1, 3), ("LSTM", 6, 3), ("GRU", 5, 6)].map { name, kept, onTheWayBack in
    [name]
      + [100, 1000, 10_000].map { time in
        let bytes = bytesAtPeak(
          kept: kept, onTheWayBack: onTheWayBack, batch: 32, time: time, units: 64)
        return fixed(Double(bytes) / 1e6, 1) + " MB"
      }
  })

cell("verse")
let song = Verse.harbour
let songVocabulary = Vocabulary(of: song)
let songTokens = songVocabulary.encode(song)!
let songLearned = Array(songTokens.dropLast(songTokens.count / 7))
let songHeldOut = Array(songTokens.suffix(songTokens.count / 7))
var songGenerator = SeededGenerator(seed: notebook.seed)
let songModel = CharacterModel(
  tokenCount: songVocabulary.count, embeddingWidth: 16,
  layers: [GRU(16, 96, using: &songGenerator)], using: &songGenerator)
let songStreams = TextStreams(songLearned, streamCount: 8, windowLength: 32)
let singer = CharacterReader(songModel, streamCount: 8)
let songParameters = parameters(of: songModel)
var songRule = Adam(learningRate: 0.005)
@MainActor func sing(passes: Int) -> (learned: Double, heldOut: Double, text: String) {
  for step in 0..<passes * songStreams.windowCount {
    if step % songStreams.windowCount == 0 { singer.forget() }
    let (tokens, targets) = songStreams.window(step % songStreams.windowCount)
    songParameters.clearGradients()
    singer.loss(tokens, targets: targets).backward()
    _ = songParameters.clipGradients(toNorm: 1)
    songRule.step(songParameters)
  }
  let written = songModel.continuation(
    of: songVocabulary.encode("\nThe ")!, count: 40, temperature: 0.5, using: &songGenerator)
  let line = "The " + songVocabulary.decode(written).prefix { $0 != "\n" }
  return (songModel.loss(on: songLearned), songModel.loss(on: songHeldOut), line)
}
print("\(songTokens.count) characters, \(songVocabulary.count) different ones")
let passCounts = [5, 5, 10, 20, 40]
table(
  columns: ["passes", "loss on six stanzas", "on the seventh", "a line begun with \"The\""],
  rows: passCounts.indices.map { index in
    let result = sing(passes: passCounts[index])
    return [
      passCounts[...index].reduce(0, +), fixed(result.learned, 2), fixed(result.heldOut, 2),
      result.text,
    ]
  })

cell("text")
if let text = ownText {
  learnText(text)
} else {
  print("with --text FILE three networks learn from that text")
}
func learnText(_ text: String) {
  let characters = Vocabulary(of: text)
  let tokens = characters.encode(text)!
  let heldOut = Array(tokens.suffix(tokens.count / 10))
  let (streamCount, windowLength, mostSteps) = (32, 64, 1500)
  let most = notebook.epochs == nil ? mostSteps * streamCount * windowLength + 1 : .max
  let streams = TextStreams(
    Array(tokens.dropLast(heldOut.count).prefix(most)), streamCount: streamCount,
    windowLength: windowLength)
  print("\(tokens.count) characters, \(characters.count) different ones")

  var generator = SeededGenerator(seed: notebook.seed)
  let readers = Cell.allCases.map { cell in
    var generator = generator
    let layers = [
      cell.layer(64, 128, using: &generator), cell.layer(128, 128, using: &generator),
    ]
    let model = CharacterModel(
      tokenCount: characters.count, embeddingWidth: 64, layers: layers, using: &generator)
    return CharacterReader(model, streamCount: streamCount)
  }
  let byName = Dictionary(uniqueKeysWithValues: zip(Cell.allCases.map(\.rawValue), readers))
  var trainer = Trainer(
    byName, Adam(learningRate: 0.002), exampleCount: streams.windowCount, batchSize: 1,
    generator: generator)
  trainer.shuffles = false
  trainer.context = ["vocabulary": characters.json]
  let ofReaders = readers.map { parameters(of: $0) }
  trainer.adjustGradients = { _ in for all in ofReaders { _ = all.clipGradients(toNorm: 1) } }
  if let file = notebook.checkpointToLoad { notebook.attempt { try trainer.resume(from: file) } }

  let epochs = notebook.epochs ?? max(1, mostSteps / streams.windowCount)
  let steps = epochs * streams.windowCount
  let report = progress(
    "three cells", total: max(1, steps - trainer.progress.stepCount), epochs: epochs)
  notebook.attempt {
    try trainer.run(epochs: epochs) { batch, _ in
      let window = streams.window(batch[batch.startIndex])
      if batch.first == 0 { for reader in readers { reader.forget() } }
      let losses = readers.map { $0.loss(window.tokens, targets: window.targets) }
      return losses[0] + losses[1] + losses[2]
    } afterStep: { trainer, loss in
      report.advance(loss: loss / 3)
      if let file = notebook.checkpointToSave { try trainer.save(to: file, everySteps: 100) }
    }
    if let file = notebook.checkpointToSave { try trainer.save(to: file) }
  }
  report.finish()
  for (cell, reader) in zip(Cell.allCases, readers) {
    let loss = reader.model.loss(on: heldOut)
    metric("text_\(cell.rawValue.lowercased())_loss", loss)
    print(
      "\(fixed(loss / Foundation.log(2), 3)) bits, perplexity \(fixed(Foundation.exp(loss), 2))")
    let written = reader.model.continuation(
      of: [heldOut[0]], count: 300, temperature: 0.7, using: &generator)
    print(characters.decode(written))
  }
}
