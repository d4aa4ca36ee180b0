import Autoencoders
import Backprop
import CNN
import Datasets
import Foundation
import KernelSupport
import Notebook
import Optimizers

let notebook = Notebook(chapter: "09-Autoencoders", takes: [.epochs, .checkpoints])

cell("data")
let digits = notebook.attempt { try DigitDataset.load(from: notebook.dataFolder) }
let side = digits.training.height
let pixelCount = digits.training.pixelsPerImage
let learned = 0..<8000
let validated = 16_000..<18_000
func images(_ indices: some Collection<Int>, of set: ImageSet = digits.training) -> Tensor {
  Tensor(set.scalars(at: indices), shape: [indices.count, set.pixelsPerImage])
}
let learnedImages = images(learned)
let validatedImages = images(validated)
let seeds: [UInt64] = [1, 2, 3].map { notebook.seed &* 100 &+ $0 }
func batch(_ indices: ArraySlice<Int>, of data: Tensor) -> Tensor {
  Tensor(indices.flatMap { data.row($0) }, shape: [indices.count, data.columns])
}
func spread(_ numbers: [Double], _ decimals: Int) -> String {
  let mean = numbers.reduce(0, +) / Double(numbers.count)
  return
    "\(fixed(mean, decimals)) (\(fixed(numbers.min()!, decimals)) to \(fixed(numbers.max()!, decimals)))"
}
print("\(digits.name): learning from \(learned.count), choosing by \(validated.count) others")
figure(
  "digits",
  ImageGrid(
    images: (0..<20).map { Array(learnedImages.row($0)) }, height: side, width: side,
    columnCount: 10,
    labels: digits.training.labels(at: 0..<20).map(String.init)),
  caption: "Twenty of the digits with their labels, which most models of this chapter never see.")

cell("autoencoder-diagram")
func arrowed(_ pairs: [(Int, Int)]) -> [Graph.Edge] { pairs.map { Graph.Edge($0, $1) } }
let (forward, backward) = (Palette.category(0), Palette.category(1))
figure(
  "autoencoder-diagram",
  Graph(
    nodes: [
      Graph.Node("x", detail: "[784]", column: 0, row: 0),
      Graph.Node(
        "encoder f", detail: "784 → 128 → 64", column: 1, row: 0, color: Palette.category(2)),
      Graph.Node("code", detail: "[k], k ≪ 784", column: 2, row: 0, color: Palette.category(4)),
      Graph.Node(
        "decoder g", detail: "64 → 128 → 784", column: 3, row: 0, color: Palette.category(2)),
      Graph.Node("x̂", detail: "[784]", column: 4, row: 0),
      Graph.Node("‖x̂ − x‖²", column: 4, row: 1, color: Palette.category(1)),
    ],
    edges: arrowed([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)])
      + [Graph.Edge(0, 5, label: "the target is the input", isDashed: true, bend: -0.06)]),
  caption:
    "An autoencoder: what comes out is held against what went in, and in between it is narrow.")

cell("components")
let components = PrincipalComponents(of: learnedImages)
let codeSizes = [2, 10, 20, 30, 64]
let componentErrors = codeSizes.map {
  squaredError(of: components.reconstruction(of: validatedImages, count: $0), from: validatedImages)
}
table(
  columns: ["numbers an image", "variance that is left", "error of other images"],
  rows: codeSizes.indices.map {
    [
      codeSizes[$0], fixed(components.variances[codeSizes[$0]...].reduce(0, +), 2),
      fixed(componentErrors[$0], 2),
    ]
  })
print("the mean image alone leaves", fixed(components.variances.reduce(0, +), 2))
figure(
  "components",
  ImageGrid(
    images: components.components[..<16].map(\.self), height: side, width: side, columnCount: 8,
    colors: .diverging,
    labels: (1...16).map { "\($0)" }),
  caption:
    "The first sixteen principal components: ink where they are orange, paper where they are blue.")

cell("linear")
let linearCode = 10
func linearAutoencoder(seed: UInt64, epochs: Int) -> (weights: [[Double]], error: Double) {
  var generator = SeededGenerator(seed: seed)
  let model = Autoencoder([pixelCount, linearCode], using: &generator)
  let minusMean = components.mean.map { -$0 }
  var centred = learnedImages
  centred.update { Backend.current.matrix.addRow(minusMean.span, to: &$0) }
  var trainer = Trainer(
    model, Adam(), exampleCount: learned.count, batchSize: 200, generator: generator
  )
  trainer.schedule = CosineDecay(from: 0.003, to: 0, steps: epochs * learned.count / 200)
  trainer.run(epochs: epochs) { indices, _ in
    let x = batch(indices, of: centred)
    return Scalar(pixelCount) * model(Variable(x)).meanSquaredError(x)
  }
  var shifted = validatedImages
  shifted.update { Backend.current.matrix.addRow(minusMean.span, to: &$0) }
  let output = Variable.withoutGradients { model(Variable(shifted)).value }
  let weight = parameters(of: model).first { $0.name == "decoder.0.weight" }!.variable.value
  return (
    (0..<linearCode).map { weight.row($0).map { Double($0) } },
    squaredError(of: output, from: shifted)
  )
}
let linearRuns = seeds.map { linearAutoencoder(seed: $0, epochs: 20) }
let truth = Array(components.components[..<linearCode])
func degrees(_ angle: Double) -> Double { angle * 180 / .pi }
table(
  columns: [
    "space", "error of other images", "largest angle to the components' space",
    "first row to first component",
  ],
  rows: [["principal components", fixed(componentErrors[1], 3), "0.0°", "0.0°"]]
    + linearRuns.map { run in
      [
        "linear autoencoder", fixed(run.error, 3),
        fixed(degrees(principalAngles(run.weights, truth).last!), 1) + "°",
        fixed(degrees(principalAngles([run.weights[0]], [truth[0]])[0]), 1) + "°",
      ]
    })

cell("training-loop")
func rate(_ start: Scalar, epochs: Int, count: Int, batchSize: Int) -> CosineDecay {
  CosineDecay(from: start, to: 0, steps: epochs * ((count + batchSize - 1) / batchSize))
}
func learn(
  _ model: Autoencoder, from data: Tensor, epochs: Int, batchSize: Int = 50, seed: UInt64,
  peak: Scalar = 0.002,
  spoiled: Corruption? = nil, penalty: (_ input: Variable) -> Variable? = { _ in nil }
) {
  var trainer = Trainer(
    model, Adam(), exampleCount: data.rows, batchSize: batchSize,
    generator: SeededGenerator(seed: seed))
  trainer.schedule = rate(peak, epochs: epochs, count: data.rows, batchSize: batchSize)
  trainer.run(epochs: epochs) { indices, generator in
    let x = batch(indices, of: data)
    let input = Variable(spoiled.map { $0(x, seed: generator.next()) } ?? x)
    let error = Scalar(data.columns) * model(input).meanSquaredError(x)
    return penalty(input).map { error + $0 } ?? error
  }
}
func output(of model: Autoencoder, for data: Tensor) -> Tensor {
  Variable.withoutGradients { model(Variable(data)).value }
}

cell("deep")
func deepAutoencoder(code: Int, seed: UInt64, epochs: Int) -> Autoencoder {
  var generator = SeededGenerator(seed: seed)
  let model = Autoencoder([pixelCount, 128, 64, code], using: &generator)
  learn(model, from: learnedImages, epochs: epochs, seed: seed)
  return model
}
let deepCodes = [2, 10, 30]
var deepModels: [[Autoencoder]] = []
let deepTime = time {
  deepModels = deepCodes.map { code in
    seeds.map { deepAutoencoder(code: code, seed: $0, epochs: 6) }
  }
}
table(
  columns: ["numbers an image", "principal components", "deep autoencoder, three seeds"],
  rows: deepCodes.indices.map { index in
    let components = squaredError(
      of: components.reconstruction(of: validatedImages, count: deepCodes[index]),
      from: validatedImages)
    let errors = deepModels[index].map {
      squaredError(of: output(of: $0, for: validatedImages), from: validatedImages)
    }
    return [deepCodes[index], fixed(components, 2), spread(errors, 2)]
  })
let shown = (0..<10).map { class_ in
  validated.first { Int(digits.training.labels[$0]) == class_ }! - validated.lowerBound
}
let shownImages = Tensor(shown.flatMap { validatedImages.row($0) }, shape: [10, pixelCount])
func rows(_ tensors: [(name: String, images: Tensor)]) -> ImageGrid {
  ImageGrid(
    images: tensors.flatMap { tensor in
      (0..<tensor.images.rows).map { Array(tensor.images.row($0)) }
    }, height: side,
    width: side, columnCount: tensors[0].images.rows, range: 0...1,
    labels: tensors.flatMap { tensor in [tensor.name] + (1..<tensor.images.rows).map { _ in "" } })
}
figure(
  "reconstructions",
  rows([
    ("digits", shownImages), ("PCA 10", components.reconstruction(of: shownImages, count: 10)),
    ("deep 10", output(of: deepModels[1][0], for: shownImages)),
    ("PCA 2", components.reconstruction(of: shownImages, count: 2)),
    ("deep 2", output(of: deepModels[0][0], for: shownImages)),
  ]),
  caption:
    "Digits that no model has seen, and what is left of them after ten numbers, and after two.")

cell("convolutional-diagram")
figure(
  "convolutional-diagram",
  Graph(
    nodes: [
      Graph.Node("x", detail: "28 × 28 × 1", column: 0, row: 0),
      Graph.Node(
        "3 × 3 windows", detail: "14 × 14 × 8", column: 1, row: 0, color: Palette.category(2)),
      Graph.Node(
        "3 × 3 windows", detail: "7 × 7 × 16", column: 2, row: 0, color: Palette.category(2)),
      Graph.Node("dense", detail: "784 → 136", column: 3, row: 0, color: Palette.category(2)),
      Graph.Node("code", detail: "[10]", column: 3.6, row: 0.7, color: Palette.category(4)),
      Graph.Node("dense", detail: "136 → 784", column: 3, row: 1.4, color: Palette.category(2)),
      Graph.Node(
        "paint 4 × 4", detail: "14 × 14 × 8", column: 2, row: 1.4, color: Palette.category(2)),
      Graph.Node(
        "paint 4 × 4", detail: "28 × 28 × 1", column: 1, row: 1.4, color: Palette.category(2)),
      Graph.Node("x̂", detail: "28 × 28 × 1", column: 0, row: 1.4),
    ],
    edges: arrowed((0..<8).map { ($0, $0 + 1) })),
  caption:
    "A convolutional autoencoder: windows look on the way to the code, and paint on the way back.")

cell("convolutional")
func convolutionalAutoencoder(seed: UInt64) -> Autoencoder {
  var generator = SeededGenerator(seed: seed)
  let model = Autoencoder.convolutional(
    side: side, channels: 8, hidden: 136, code: 10, using: &generator)
  learn(model, from: learnedImages, epochs: 6, seed: seed)
  return model
}
var convolutionalModels: [Autoencoder] = []
let convolutionalTime = time { convolutionalModels = seeds.map(convolutionalAutoencoder) }
table(
  columns: ["10 numbers an image", "parameters", "error of other images, three seeds"],
  rows: [("784-128-64-10", deepModels[1]), ("windows, 8 and 16 channels", convolutionalModels)].map
  {
    name, models in
    [
      name, parameters(of: models[0]).scalarCount,
      spread(
        models.map {
          squaredError(of: output(of: $0, for: validatedImages), from: validatedImages)
        }, 2),
    ]
  })
print(
  "one of dense layers learned in \(timing(deepTime.seconds / 9)),",
  "one of windows in \(timing(convolutionalTime.seconds / 3))")

cell("code-plane")
func plane(_ title: String, _ codes: Tensor, labels: [Int]) -> ScatterPlot {
  ScatterPlot(
    title: title, x: "first number", y: "second number",
    points: (0..<codes.rows).map { Point(codes.row($0).first!, codes.row($0).last!) },
    classes: labels,
    classNames: (0..<10).map(String.init))
}
let planeImages = images(validated.prefix(1000))
let planeLabels = digits.training.labels(at: validated.prefix(1000))
func nearestNeighbourAccuracy(_ codes: Tensor, _ labels: [Int]) -> Double {
  let right = labels.indices.count { index in
    let own = Array(codes.row(index))
    let nearest = labels.indices.filter { $0 != index }.min { a, b in
      func distance(_ other: Int) -> Scalar {
        zip(own, codes.row(other)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      }
      return distance(a) < distance(b)
    }!
    return labels[nearest] == labels[index]
  }
  return Double(right) / Double(labels.count)
}
let componentCodes = components.coordinates(of: planeImages, count: 2)
let deepCode = Variable.withoutGradients { deepModels[0][0].encoder(Variable(planeImages)).value }
print("the nearest other digit in the plane has the same label:")
print(
  "  two principal components:",
  fixed(100 * nearestNeighbourAccuracy(componentCodes, planeLabels), 1), "%")
print(
  "  two numbers of the deep autoencoder:",
  fixed(100 * nearestNeighbourAccuracy(deepCode, planeLabels), 1), "%")
figure(
  "code-plane",
  Panels(
    columnCount: 2, panelHeight: 440,
    [
      plane("two principal components", componentCodes, labels: planeLabels),
      plane("deep autoencoder", deepCode, labels: planeLabels),
    ]),
  caption:
    "A thousand unseen digits in the plane of two numbers; the labels colour them and had no part in it."
)

cell("codes")
let unitCount = 64
func sigmoidAutoencoder(
  seed: UInt64, spoiled: Corruption? = nil,
  penalty: @escaping (_ code: Variable, _ weight: Variable) -> Variable? = { _, _ in nil }
) -> Autoencoder {
  var generator = SeededGenerator(seed: seed)
  let model = Autoencoder([pixelCount, unitCount], code: .sigmoid, using: &generator)
  let weight = parameters(of: model)[0].variable
  learn(model, from: learnedImages, epochs: 5, seed: seed, peak: 0.005, spoiled: spoiled) { input in
    penalty(model.encoder(input), weight)
  }
  return model
}
let codeKinds: [(name: String, model: @Sendable (UInt64) -> Autoencoder)] = [
  ("no penalty", { sigmoidAutoencoder(seed: $0) }),
  (
    "sparse: divergence from ρ = 0.05",
    { sigmoidAutoencoder(seed: $0) { code, _ in 0.5 * code.sparsityDivergence(target: 0.05) } }
  ),
  ("sparse: L1", { sigmoidAutoencoder(seed: $0) { code, _ in (0.2 / 100) * code.sum() } }),
  (
    "contractive",
    {
      sigmoidAutoencoder(seed: $0) { code, weight in
        0.5 * contractionPenalty(code: code, weight: weight)
      }
    }
  ),
  (
    "denoising, half of the pixels masked", { sigmoidAutoencoder(seed: $0, spoiled: .masking(0.5)) }
  ),
]
let codeModels = inParallel(codeKinds, seeds) { kind, seed in kind.model(seed) }
table(
  columns: ["code of 64 sigmoid units", "error", "mean activation", "units above ½", "‖∂a/∂x‖²"],
  rows: codeKinds.indices.map { index in
    let measured = codeModels[index].map { model -> [Double] in
      let code = Variable.withoutGradients { model.encoder(Variable(validatedImages)) }
      let weight = parameters(of: model)[0].variable
      let movement = Variable.withoutGradients { contractionPenalty(code: code, weight: weight) }
      let activations = code.value.elements
      return [
        squaredError(of: output(of: model, for: validatedImages), from: validatedImages),
        activations.reduce(0.0) { $0 + Double($1) } / Double(activations.count),
        Double(activations.count { $0 > 0.5 }) / Double(code.value.rows),
        Double(movement.value.number),
      ]
    }
    return [codeKinds[index].name]
      + (0..<4).map { column in spread(measured.map { $0[column] }, column == 1 ? 3 : 1) }
  })
func features(_ model: Autoencoder, count: Int) -> [[Scalar]] {
  let weight = parameters(of: model)[0].variable.value
  return (0..<count).map { unit in (0..<pixelCount).map { weight.elements[$0 * unitCount + unit] } }
}
figure(
  "features",
  ImageGrid(
    images: [0, 1, 3, 4].flatMap { features(codeModels[$0][0], count: 10) }, height: side,
    width: side, columnCount: 10,
    colors: .diverging,
    labels: ["none", "sparse", "contract", "denoise"].flatMap {
      [$0] + [String](repeating: "", count: 9)
    }),
  caption: "What ten units of four codes look for: each row has one penalty, or none.")

cell("denoising")
let corruptions: [(name: String, corruption: Corruption)] = [
  ("masking, half of the pixels", .masking(0.5)),
  ("normal noise, s = 0.5", .gaussian(standardDeviation: 0.5)),
  ("salt and pepper, 3 of 10", .saltAndPepper(0.3)),
]
func wideAutoencoder(seed: UInt64, spoiled: Corruption?) -> Autoencoder {
  var generator = SeededGenerator(seed: seed)
  let model = Autoencoder([pixelCount, 128], code: .relu, using: &generator)
  learn(model, from: learnedImages, epochs: 6, seed: seed, spoiled: spoiled)
  return model
}
let plainModels = inParallel(seeds) { wideAutoencoder(seed: $0, spoiled: nil) }
let repairers = inParallel(corruptions, seeds) {
  wideAutoencoder(seed: $1, spoiled: $0.corruption)
}
table(
  columns: [
    "damage", "left as it is", "best of PCA", "autoencoder of clean digits",
    "denoising autoencoder",
  ],
  rows: corruptions.indices.map { index in
    let spoiled = corruptions[index].corruption(validatedImages, seed: 77)
    let best = codeSizes.map {
      squaredError(of: components.reconstruction(of: spoiled, count: $0), from: validatedImages)
    }.min()!
    func errors(_ models: [Autoencoder]) -> String {
      spread(
        models.map { squaredError(of: output(of: $0, for: spoiled), from: validatedImages) }, 1)
    }
    return [
      corruptions[index].name, fixed(squaredError(of: spoiled, from: validatedImages), 1),
      fixed(best, 1), errors(plainModels),
      errors(repairers[index]),
    ]
  })
let damaged = corruptions.map { $0.corruption(shownImages, seed: 78) }
figure(
  "denoising",
  rows([
    ("masked", damaged[0]), ("repaired", output(of: repairers[0][0], for: damaged[0])),
    ("s+p", damaged[2]),
    ("clean AE", output(of: plainModels[0], for: damaged[2])),
    ("repaired", output(of: repairers[2][0], for: damaged[2])),
  ]),
  caption:
    "Unseen digits, damaged and repaired. The fourth row is an autoencoder that has only ever seen clean digits."
)

cell("score")
let centreCount = 3
let (blobSpread, noiseSpread): (Scalar, Scalar) = (0.2, 0.2)
func drawnPoints(_ count: Int, using generator: inout SeededGenerator) -> Tensor {
  Tensor(
    PointSet.blobs(count: count, classCount: centreCount, noise: blobSpread, using: &generator)
      .points, shape: [count, 2])
}
let noisyVariance = Double(blobSpread * blobSpread + noiseSpread * noiseSpread)
func logDensityAndSlope(_ x: Double, _ y: Double) -> (log: Double, slope: (Double, Double)) {
  let terms = (0..<centreCount).map { k -> (weight: Double, dx: Double, dy: Double) in
    let angle = 2 * Double.pi * Double(k) / Double(centreCount)
    let (dx, dy) = (cos(angle) - x, sin(angle) - y)
    return (exp(-(dx * dx + dy * dy) / (2 * noisyVariance)), dx, dy)
  }
  let total = terms.reduce(0) { $0 + $1.weight }
  return (
    log(total / (2 * .pi * noisyVariance * Double(centreCount))),
    (
      terms.reduce(0) { $0 + $1.weight * $1.dx } / total / noisyVariance,
      terms.reduce(0) { $0 + $1.weight * $1.dy } / total / noisyVariance
    )
  )
}
func planeDenoiser(seed: UInt64, noise: Scalar) -> Autoencoder {
  var generator = SeededGenerator(seed: seed)
  let model = Autoencoder([2, 64, 64], activation: .tanh, code: .tanh, using: &generator)
  let found = parameters(of: model)
  var rule = Adam(learningRate: 0.003)
  for step in 0..<2500 {
    if step == 2000 { rule.learningRate = 0.0005 }
    let x = drawnPoints(128, using: &generator)
    let noisy = Corruption.gaussian(standardDeviation: noise)(x, seed: generator.next())
    found.clearGradients()
    model(Variable(noise > 0 ? noisy : x)).meanSquaredError(x).backward()
    rule.step(found)
  }
  return model
}
func scoreAgreement(_ model: Autoencoder, seed: UInt64) -> (error: Double, cosine: Double) {
  var generator = SeededGenerator(seed: seed &+ 50)
  let clean = drawnPoints(2000, using: &generator)
  let noisy = Corruption.gaussian(standardDeviation: noiseSpread)(clean, seed: generator.next())
  let repaired = output(of: model, for: noisy)
  var (difference, size, product, moved) = (0.0, 0.0, 0.0, 0.0)
  for row in 0..<2000 {
    let (x, y) = (Double(noisy.row(row).first!), Double(noisy.row(row).last!))
    let slope = logDensityAndSlope(x, y).slope
    let square = Double(noiseSpread * noiseSpread)
    let (wantedX, wantedY) = (square * slope.0, square * slope.1)
    let (dx, dy) = (Double(repaired.row(row).first!) - x, Double(repaired.row(row).last!) - y)
    difference += (dx - wantedX) * (dx - wantedX) + (dy - wantedY) * (dy - wantedY)
    size += wantedX * wantedX + wantedY * wantedY
    moved += dx * dx + dy * dy
    product += dx * wantedX + dy * wantedY
  }
  return ((difference / size).squareRoot(), product / (size * moved).squareRoot())
}
let planeModels = inParallel([noiseSpread, 0], seeds) { planeDenoiser(seed: $1, noise: $0) }
func scoreRow(_ name: String, _ models: [Autoencoder]) -> [Any] {
  let agreements = zip(models, seeds).map { scoreAgreement($0, seed: $1) }
  let errors = agreements.map { $0.error }
  let cosines = agreements.map { $0.cosine }
  return [name, spread(errors, 3), spread(cosines, 3)]
}
table(
  columns: [
    "trained with", "relative error of r(x) − x against s² ∇ ln p", "cosine between the two",
  ],
  rows: [scoreRow("noise of s = 0.2", planeModels[0]), scoreRow("no noise", planeModels[1])])
let starts = (0..<40).map { index -> Point in
  let (column, row) = (Double(index % 8), Double(index / 8))
  return Point(3 * column / 7 - 1.5, 2.8 * row / 4 - 1.4)
}
let centres = (0..<centreCount).map { k -> Point in
  let angle = 2 * Double.pi * Double(k) / 3
  return Point(cos(angle), sin(angle))
}
func climb(from start: Point, by model: Autoencoder) -> [Point] {
  var path = [start]
  for _ in 0..<12 {
    let x = Tensor(
      [Scalar(path[path.count - 1].x), Scalar(path[path.count - 1].y)], shape: [1, 2])
    let y = output(of: model, for: x).elements
    path.append(Point(y[0], y[1]))
  }
  return path
}
let climbs = starts.map { climb(from: $0, by: planeModels[0][0]) }
figure(
  "score",
  ContourPlot(
    x: "first coordinate", y: "second coordinate",
    grid: Grid(x: -1.7...1.7, y: -1.6...1.6) { exp(logDensityAndSlope($0.x, $0.y).log) },
    valueLabel: "density of the noisy points",
    paths: climbs.map { Series("", points: $0, color: Palette.category(1)) },
    marks: centres),
  caption:
    "Twelve repairs in a row from forty places: each step climbs the density that the noise has blurred."
)

cell("divergence")
let someMoments = Variable(Tensor([1.5, -0.5, 0.3, -1, 0.5, -2], shape: [1, 6]))
let closedForm = Double(someMoments.gaussianDivergence().value.number)
var divergenceRows: [[Any]] = []
for count in [100, 10_000, 1_000_000] {
  let noise = Tensor.standardNormal(shape: [count, 3], seed: notebook.seed)
  let repeated = Tensor((0..<count).flatMap { _ in someMoments.value.elements }, shape: [count, 6])
  let z = Variable(repeated).gaussianSample(noise: noise).value.elements
  // ln q(z) − ln p(z) = ½ Σ (z² − ε² − ℓ).
  let total = zip(z, noise.elements).reduce(0.0) { $0 + Double($1.0 * $1.0 - $1.1 * $1.1) / 2 }
  divergenceRows.append([
    count, fixed(total / Double(count) + (1 - 0.5 + 2) / 2, 3), fixed(closedForm, 3),
  ])
}
table(columns: ["draws", "mean of ln q(z) − ln p(z)", "closed form"], rows: divergenceRows)

cell("vae-diagram")
figure(
  "vae-diagram",
  Graph(
    nodes: [
      Graph.Node("x", detail: "[784]", column: 0, row: 1),
      Graph.Node("encoder", detail: "784 → 200", column: 1, row: 1, color: Palette.category(2)),
      Graph.Node("μ(x)", detail: "[k]", column: 2, row: 0, color: Palette.category(4)),
      Graph.Node("ℓ(x) = ln s²", detail: "[k]", column: 2, row: 2, color: Palette.category(4)),
      Graph.Node("z = μ + s ε", detail: "[k]", column: 3, row: 1, color: Palette.category(4)),
      Graph.Node("decoder", detail: "200 → 784", column: 4, row: 1, color: Palette.category(2)),
      Graph.Node("ln p(x | z)", column: 5, row: 1, color: Palette.category(1)),
      Graph.Node(
        "ε ~ N(0, 1)", detail: "noise, a constant", column: 4, row: 0, color: Palette.category(3)),
      Graph.Node("KL(q ‖ p)", column: 2, row: 1, color: Palette.category(1)),
    ],
    edges: [
      Graph.Edge(0, 1), Graph.Edge(1, 2), Graph.Edge(1, 3), Graph.Edge(2, 4), Graph.Edge(3, 4),
      Graph.Edge(4, 5),
      Graph.Edge(5, 6), Graph.Edge(7, 4), Graph.Edge(3, 8), Graph.Edge(2, 8),
      Graph.Edge(6, 5, color: backward, isDashed: true, bend: 0.3),
      Graph.Edge(5, 4, color: backward, isDashed: true, bend: 0.3),
      Graph.Edge(4, 2, color: backward, isDashed: true, bend: -0.25),
      Graph.Edge(4, 3, color: backward, isDashed: true, bend: 0.25),
      Graph.Edge(8, 2, color: backward, isDashed: true, bend: -0.3),
      Graph.Edge(8, 3, color: backward, isDashed: true, bend: 0.3),
      Graph.Edge(2, 1, color: backward, isDashed: true, bend: -0.25),
      Graph.Edge(3, 1, color: backward, isDashed: true, bend: 0.25),
    ]),
  caption:
    "A variational autoencoder: noise comes in from the side, so that gradients (dashed) can pass the draw."
)

cell("vae")
let trained = 0..<16_000
let trainedImages = images(trained)
let validatedBits = validatedImages.sampledBernoulli(seed: notebook.seed &+ 900)
func learn(
  _ model: VariationalAutoencoder, epochs: Int, beta: Scalar = 1, data: Tensor = trainedImages,
  labels: [Int] = [],
  seed: UInt64, afterEpoch: () -> Void = {}
) {
  var trainer = Trainer(
    model, Adam(), exampleCount: data.rows, batchSize: 100,
    generator: SeededGenerator(seed: seed))
  trainer.schedule = rate(0.002, epochs: epochs, count: data.rows, batchSize: 100)
  trainer.run(epochs: epochs) { indices, generator in
    let x = batch(indices, of: data).sampledBernoulli(seed: generator.next())
    return model.loss(
      x, labels: labels.isEmpty ? [] : indices.map { labels[$0] }, beta: beta,
      seed: generator.next())
  } evaluate: {
    afterEpoch()
    return nil
  }
}
func newVariational(latent: Int, classCount: Int = 0, seed: UInt64) -> VariationalAutoencoder {
  var generator = SeededGenerator(seed: seed)
  return VariationalAutoencoder(
    pixelCount, hidden: [200], latent: latent, classCount: classCount, using: &generator)
}
func terms(_ model: VariationalAutoencoder, _ data: Tensor, labels: [Int] = []) -> (
  logLikelihood: Double, divergence: Double
) {
  let noise = Tensor.standardNormal(
    shape: [data.rows, model.latentCount], seed: notebook.seed &+ 5)
  let (logLikelihood, divergence) = Variable.withoutGradients {
    model.bound(data, labels: labels, noise: noise)
  }
  func mean(_ x: Variable) -> Double {
    x.value.elements.reduce(0.0) { $0 + Double($1) } / Double(x.value.count)
  }
  return (mean(logLikelihood), mean(divergence))
}
let latentCounts = [2, 10, 20, 40]
var variationals: [VariationalAutoencoder] = []
var latentRows: [[Any]] = []
var latentBounds: [Double] = []
var latentTimes: [Timing] = []
for latent in latentCounts {
  let model = newVariational(latent: latent, seed: notebook.seed)
  latentTimes.append(time { learn(model, epochs: 6, data: learnedImages, seed: notebook.seed) })
  let (logLikelihood, divergence) = terms(model, validatedBits)
  variationals.append(model)
  latentBounds.append(logLikelihood - divergence)
  latentRows.append([
    latent, fixed(logLikelihood, 1), fixed(divergence, 1), fixed(logLikelihood - divergence, 1),
  ])
}
table(
  columns: ["latent numbers", "E ln p(x | z)", "KL", "ELBO of other digits, nats"], rows: latentRows
)
let chosenLatent = latentCounts[latentBounds.indices.max { latentBounds[$0] < latentBounds[$1] }!]
print("chosen:", chosenLatent, "latent numbers")

cell("exact")
let planeModel = variationals[0]
let exactBits = Tensor(
  Array(validatedBits.elements[..<(200 * pixelCount)]), shape: [200, pixelCount])
func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
let exactValues = [101, 201, 401].map {
  mean(planeModel.gridLogLikelihood(exactBits, pointCount: $0))
}
let exactValue = exactValues[2]
print(
  "ln p(x) by a grid of 101², 201² and 401² points:",
  exactValues.map { fixed($0, 3) }.joined(separator: ", "))
table(
  columns: ["draws", "importance bound", "below the exact value by"],
  rows: [1, 10, 100, 1000].map { draws in
    let bound = mean(
      planeModel.importanceBound(exactBits, drawCount: draws, seed: notebook.seed).map {
        Double($0)
      })
    return [draws, fixed(bound, 2), fixed(exactValue - bound, 2)]
  })

cell("latent-plane")
func probabilities(_ model: VariationalAutoencoder, _ z: Tensor, labels: [Int] = []) -> Tensor {
  Variable.withoutGradients { model.decoded(Variable(z), labels: labels).sigmoid().value }
}
let gridTicks = (0..<12).map { Scalar($0) / 11 * 5 - 2.5 }
let gridPoints = gridTicks.reversed().flatMap { y in gridTicks.map { [$0, y] } }
let gridImages = probabilities(planeModel, Tensor(gridPoints.flatMap(\.self), shape: [144, 2]))
figure(
  "latent-plane",
  ImageGrid(
    images: (0..<144).map { Array(gridImages.row($0)) }, height: side, width: side, columnCount: 12,
    range: 0...1),
  caption:
    "What the decoder draws for the points of a square, from −2.5 to 2.5 along both latent numbers: the first to the right, the second upwards."
)
let meanCodes = Variable.withoutGradients {
  planeModel.moments(planeImages).sliced(0..<2, axis: 1).value
}
figure(
  "latent-scatter", plane("", meanCodes, labels: planeLabels),
  caption: "Where the encoder puts a thousand unseen digits, as means of q(z | x).")
print(
  "the nearest other mean has the same label:",
  fixed(100 * nearestNeighbourAccuracy(meanCodes, planeLabels), 1), "%")

cell("chosen")
let variational = newVariational(latent: chosenLatent, seed: notebook.seed)
var boundHistory: [Double] = []
let variationalTime = time {
  learn(variational, epochs: 12, seed: notebook.seed) {
    let (logLikelihood, divergence) = terms(variational, validatedBits)
    boundHistory.append(logLikelihood - divergence)
  }
}
let someBits = Tensor(
  Array(validatedBits.elements[..<(500 * pixelCount)]), shape: [500, pixelCount])
let someTerms = terms(variational, someBits)
let someImportance = mean(
  variational.importanceBound(someBits, drawCount: 200, seed: notebook.seed).map { Double($0) })
print(
  "500 digits of validation: ELBO", fixed(someTerms.logLikelihood - someTerms.divergence, 2),
  "nats, with 200 draws", fixed(someImportance, 2))
figure(
  "bound",
  LineChart(
    x: "epoch", y: "ELBO of other digits, nats", series: [Series("", y: boundHistory, from: 1)]),
  caption: "The bound of digits that the model does not learn from, epoch by epoch.")

cell("walk")
let pair = [shown[3], shown[8]]
let ends = Tensor(pair.flatMap { validatedImages.row($0) }, shape: [2, pixelCount])
let endCodes = Variable.withoutGradients {
  variational.moments(ends).sliced(0..<chosenLatent, axis: 1).value
}
func between(_ tensor: Tensor, _ steps: Int) -> Tensor {
  Tensor(
    (0..<steps).flatMap { step -> [Scalar] in
      let share = Scalar(step) / Scalar(steps - 1)
      return zip(tensor.row(0), tensor.row(1)).map { (1 - share) * $0 + share * $1 }
    }, shape: [steps, tensor.columns])
}
let drawn = probabilities(
  variational, Tensor.standardNormal(shape: [20, chosenLatent], seed: notebook.seed &+ 3))
figure(
  "walk",
  rows([
    ("latent", probabilities(variational, between(endCodes, 10))), ("pixels", between(ends, 10)),
  ]),
  caption:
    "From a 3 to an 8: straight through the latent space, and straight through the space of pixels."
)
figure(
  "drawn",
  ImageGrid(
    images: (0..<20).map { Array(drawn.row($0)) }, height: side, width: side, columnCount: 10,
    range: 0...1),
  caption: "Twenty digits of nobody's: z drawn from the prior, and decoded.")

cell("beta")
func activeCount(_ model: VariationalAutoencoder, _ data: Tensor) -> Int {
  let moments = Variable.withoutGradients { model.moments(data).value }
  return (0..<model.latentCount).count { unit in
    let means = (0..<data.rows).map { Double(moments.row($0)[moments.row($0).startIndex + unit]) }
    let centre = mean(means)
    return mean(means.map { ($0 - centre) * ($0 - centre) }) > 0.01
  }
}
let betas: [Scalar] = [0.25, 1, 4, 16]
let betaRows = inParallel(betas) { beta in
  let model = newVariational(latent: 20, seed: notebook.seed)
  learn(model, epochs: 4, beta: beta, data: learnedImages, seed: notebook.seed)
  let (logLikelihood, divergence) = terms(model, validatedBits)
  return [
    fixed(beta, 2), fixed(-logLikelihood, 1), fixed(divergence, 1),
    fixed(logLikelihood - divergence, 1), "\(activeCount(model, validatedBits))",
  ]
}
table(columns: ["β", "−E ln p(x | z)", "KL", "ELBO", "active of 20"], rows: betaRows)

cell("factors")
let writtenDigit = 5
let factorNames = ["slant", "size", "x", "y", "pen"]
func written(seed: UInt64) -> (images: Tensor, factors: [[Double]]) {
  var generator = SeededGenerator(seed: seed)
  let (set, hands) = Digits.make(writtenDigit, count: 3000, using: &generator)
  let factors: [(Handwriting) -> Scalar] = [
    { $0.slant }, { $0.size }, { $0.shift.x }, { $0.shift.y }, { $0.penRadius },
  ]
  return (
    images(0..<set.count, of: set), factors.map { factor in hands.map { Double(factor($0)) } }
  )
}
func squaredCorrelation(_ x: [Double], _ y: [Double]) -> Double {
  let (a, b) = (mean(x), mean(y))
  let (xx, yy) = (mean(x.map { ($0 - a) * ($0 - a) }), mean(y.map { ($0 - b) * ($0 - b) }))
  let xy = mean(zip(x, y).map { ($0 - a) * ($1 - b) })
  return xx * yy > 0 ? xy * xy / (xx * yy) : 0
}
func factorTable(_ model: VariationalAutoencoder, _ images: Tensor, _ factors: [[Double]])
  -> [[Double]]
{
  let moments = Variable.withoutGradients { model.moments(images).value }
  return factors.map { factor in
    (0..<model.latentCount).map { unit in
      squaredCorrelation(
        factor, (0..<moments.rows).map { Double(moments.elements[$0 * moments.columns + unit]) })
    }
  }
}
func gap(_ table: [[Double]]) -> Double {
  mean(
    table.map { row in
      let sorted = row.sorted(by: >)
      return sorted[0] - sorted[1]
    })
}
let (writtenImages, writtenFactors) = written(seed: notebook.seed)
func handModel(beta: Scalar, seed: UInt64) -> VariationalAutoencoder {
  var generator = SeededGenerator(seed: seed)
  let model = VariationalAutoencoder(pixelCount, hidden: [128, 64], latent: 8, using: &generator)
  if beta >= 0 { learn(model, epochs: 12, beta: beta, data: writtenImages, seed: seed) }
  return model
}
let handBetas: [(name: String, beta: Scalar)] = [("untrained", -1), ("β = 1", 1), ("β = 4", 4)]
let handTables = inParallel(handBetas, seeds) { setting, seed in
  factorTable(handModel(beta: setting.beta, seed: seed), writtenImages, writtenFactors)
}
table(
  columns: ["encoder", "gap, three seeds"] + factorNames.map { "best for \($0)" },
  rows: handBetas.indices.map { index in
    [handBetas[index].name, spread(handTables[index].map(gap), 2)]
      + handTables[index][0].map { fixed($0.max()!, 2) }
  })
figure(
  "factors",
  Panels(
    columnCount: 2, panelHeight: 240,
    [1, 2].map { index in
      HeatMap(
        title: handBetas[index].name, x: "latent number", y: "factor", values: handTables[index][0],
        columnLabels: (1...8).map(String.init), rowLabels: factorNames, range: 0...1,
        colors: .blues,
        valueLabel: "squared correlation", annotation: { fixed($0, 1) })
    }),
  caption:
    "Which latent number knows which factor of the hand: one each would be a row with a single dark cell."
)

cell("conditional")
let trainedLabels = digits.training.labels(at: trained)
let validatedLabels = digits.training.labels(at: validated)
let conditional = newVariational(latent: chosenLatent, classCount: 10, seed: notebook.seed)
let conditionalTime = time {
  learn(conditional, epochs: 12, labels: trainedLabels, seed: notebook.seed)
}
let conditionalTerms = terms(conditional, validatedBits, labels: validatedLabels)
let plainTerms = terms(variational, validatedBits)
table(
  columns: ["model", "E ln p(x | z)", "KL", "bound"],
  rows: [
    [
      "ln p(x)", fixed(plainTerms.logLikelihood, 1), fixed(plainTerms.divergence, 1),
      fixed(plainTerms.logLikelihood - plainTerms.divergence, 1),
    ],
    [
      "ln p(x | class)", fixed(conditionalTerms.logLikelihood, 1),
      fixed(conditionalTerms.divergence, 1),
      fixed(conditionalTerms.logLikelihood - conditionalTerms.divergence, 1),
    ],
  ])
let hands = Tensor.standardNormal(shape: [4, chosenLatent], seed: notebook.seed &+ 8)
let styled = (0..<4).map { hand in
  probabilities(
    conditional, Tensor((0..<10).flatMap { _ in hands.row(hand) }, shape: [10, chosenLatent]),
    labels: Array(0..<10))
}
figure(
  "conditional", rows(styled.enumerated().map { ("z\($0 + 1)", $1) }),
  caption:
    "The classes 0 to 9 by four draws of z: along a row the class changes, and z stays.")

cell("machine-diagram")
let visiblePlaces = (0..<5).map {
  Graph.Node(["v₁", "v₂", "v₃", "…", "vₙ"][$0], column: Double($0), row: 2, shape: .circle)
}
let hiddenPlaces = (0..<4).map {
  Graph.Node(
    ["h₁", "h₂", "…", "hₘ"][$0], column: Double($0) + 0.5, row: 0, shape: .circle,
    color: Palette.category(4))
}
figure(
  "machine-diagram",
  Graph(
    nodes: visiblePlaces + hiddenPlaces,
    edges: [0, 1, 2, 4].flatMap { visible in [5, 6, 8].map { Graph.Edge(visible, $0) } }
      + [0, 1, 2, 4].flatMap { visible in [5, 6, 8].map { Graph.Edge($0, visible) } }),
  caption:
    "A restricted Boltzmann machine: every visible unit is connected to every hidden one, both ways, and no two of a layer are."
)

cell("short-chains")
func randomMachine(_ visible: Int, _ hidden: Int, seed: UInt64) -> RestrictedBoltzmannMachine {
  var generator = SeededGenerator(seed: seed)
  return RestrictedBoltzmannMachine(
    visible, hidden: hidden, standardDeviation: 1.5, using: &generator)
}
func allStates(_ count: Int) -> Tensor {
  Tensor(
    (0..<1 << count).flatMap { number in (0..<count).map { Scalar(number >> $0 & 1) } },
    shape: [1 << count, count])
}
func weightGradient(of machine: RestrictedBoltzmannMachine, _ loss: Variable) -> [Double] {
  parameters(of: machine).clearGradients()
  loss.backward()
  return machine.weight.gradient!.elements.map { Double($0) }
}
let chainLengths = [1, 2, 5, 20, 100, 500]
func gradientErrors(seed: UInt64) -> [Double] {
  let machine = randomMachine(10, 6, seed: seed)
  var generator = SeededGenerator(seed: seed)
  let data = Tensor((0..<4 * 10).map { _ in Scalar(generator.integer(below: 2)) }, shape: [4, 10])
  // Every state as often as the machine makes it: the second term without any chain.
  let states = allStates(10)
  let logZ = machine.logPartitionFunction()
  let energies = machine.freeEnergy(states)
  var loss = machine.freeEnergySum(of: data, factor: 1 / 4)
  for row in 0..<states.rows {
    let share = Scalar(exp(-Double(energies[row]) - logZ))
    loss =
      loss
      - machine.freeEnergySum(of: Tensor(Array(states.row(row)), shape: [1, 10]), factor: share)
  }
  let exact = weightGradient(of: machine, loss)
  let many = Tensor((0..<5000).flatMap { _ in data.elements }, shape: [20_000, 10])
  return chainLengths.map { steps in
    var rule = ContrastiveDivergence(steps: steps)
    let found = weightGradient(of: machine, rule.loss(of: machine, batch: many, using: &generator))
    var (distance, size) = (0.0, 0.0)
    for (found, exact) in zip(found, exact) {
      distance += (found - exact) * (found - exact)
      size += exact * exact
    }
    return (distance / size).squareRoot()
  }
}
let chainErrors = seeds.map(gradientErrors)
table(
  columns: ["Gibbs steps", "relative error of the gradient, three machines"],
  rows: chainLengths.indices.map { index in
    [chainLengths[index], spread(chainErrors.map { $0[index] }, 3)]
  })

cell("learning")
let frequencies = Variable.withoutGradients { Variable(trainedImages).mean(axis: 0).value.elements }
func learn(
  _ machine: RestrictedBoltzmannMachine, _ start: ChainStart, steps: Int, epochs: Int, data: Tensor,
  peak: Scalar, seed: UInt64,
  samples: @escaping (_ batch: Tensor, _ seed: UInt64) -> Tensor = {
    $0.sampledBernoulli(seed: $1)
  },
  afterEpoch: (_ rule: ContrastiveDivergence) -> Void = { _ in }
) {
  var rule = ContrastiveDivergence(from: start, steps: steps)
  var trainer = Trainer(
    machine, SGD(learningRate: peak), exampleCount: data.rows, batchSize: 100,
    generator: SeededGenerator(seed: seed))
  trainer.schedule = rate(peak, epochs: epochs, count: data.rows, batchSize: 100)
  for epoch in 1...epochs {
    trainer.run(epochs: epoch) { indices, generator in
      rule.loss(
        of: machine, batch: samples(batch(indices, of: data), generator.next()), using: &generator)
    }
    afterEpoch(rule)
  }
}
func newMachine(_ hidden: Int, seed: UInt64) -> RestrictedBoltzmannMachine {
  var generator = SeededGenerator(seed: seed)
  let machine = RestrictedBoltzmannMachine(pixelCount, hidden: hidden, using: &generator)
  machine.setVisibleBias(toFrequencies: frequencies)
  return machine
}
func meanFreeEnergy(_ machine: RestrictedBoltzmannMachine, _ data: Tensor) -> Double {
  mean(machine.freeEnergy(data).map { Double($0) })
}
let rules: [(name: String, start: ChainStart, steps: Int)] = [
  ("CD-1", .data, 1), ("CD-5", .data, 5), ("persistent CD-1", .lastBatch, 1),
]
var smallMachines: [RestrictedBoltzmannMachine] = []
var smallTimes: [Timing] = []
let histories = rules.map { rule in
  seeds.map { seed -> [(likelihood: Double, error: Double)] in
    let machine = newMachine(15, seed: seed)
    var history: [(likelihood: Double, error: Double)] = []
    func record(_ rule: ContrastiveDivergence) {
      let likelihood = -meanFreeEnergy(machine, validatedBits) - machine.logPartitionFunction()
      history.append((likelihood, Double(rule.reconstructionError)))
    }
    smallTimes.append(
      time {
        learn(
          machine, rule.start, steps: rule.steps, epochs: 6, data: learnedImages, peak: 0.1,
          seed: seed, afterEpoch: record)
      })
    smallMachines.append(machine)
    return history
  }
}
table(
  columns: ["rule", "ln p of other digits, exact", "squared error of reconstructed pixels"],
  rows: rules.indices.map { index in
    [
      rules[index].name, spread(histories[index].map { $0.last!.likelihood }, 1),
      spread(histories[index].map { $0.last!.error }, 4),
    ]
  })
figure(
  "learning",
  LineChart(
    x: "epoch", y: "ln p of other digits, nats",
    series: rules.indices.map { index in
      let runs = histories[index].map { history in history.map { $0.likelihood } }
      let byEpoch = runs[0].indices.map { epoch in runs.map { $0[epoch] } }
      return Series(rules[index].name, y: byEpoch.map(mean), from: 1)
        .with(bandFrom: byEpoch.map { $0.min()! }, to: byEpoch.map { $0.max()! })
    }),
  caption:
    "The exact likelihood of unseen digits under machines of 15 hidden units, three seeds of each rule."
)

cell("annealing")
let smallMachine = smallMachines[8]
let exactPartition = smallMachine.logPartitionFunction()
let baseBias = newMachine(1, seed: 1).visibleBias.value.elements
table(
  columns: ["temperatures", "estimate of ln Z", "minus the exact value", "three standard errors"],
  rows: [3, 10, 100, 1000, 5000].map { count in
    let estimate = smallMachine.annealedImportanceSampling(
      temperatures: (0...count).map { Scalar($0) / Scalar(count) }, chainCount: 100,
      baseBias: baseBias, seed: notebook.seed)
    let range =
      "\(fixed(estimate.range.lowerBound - exactPartition, 2)) to \(fixed(estimate.range.upperBound - exactPartition, 2))"
    return [
      count, fixed(estimate.logPartition, 2), fixed(estimate.logPartition - exactPartition, 2),
      range,
    ] as [Any]
  })
print("ln Z by enumeration:", fixed(exactPartition, 2))

cell("large-machine")
let largeHidden = 200
func annealed(_ machine: RestrictedBoltzmannMachine, _ base: [Scalar], count: Int = 2000)
  -> AnnealedEstimate
{
  machine.annealedImportanceSampling(
    temperatures: (0...count).map { Scalar($0) / Scalar(count) }, chainCount: 100, baseBias: base,
    seed: notebook.seed)
}
let largeMachines = [rules[0], rules[2]].map {
  rule
    -> (
      name: String, machine: RestrictedBoltzmannMachine, estimate: AnnealedEstimate, time: Timing
    ) in
  let machine = newMachine(largeHidden, seed: notebook.seed)
  let duration = time {
    learn(
      machine, rule.start, steps: rule.steps, epochs: 8, data: trainedImages, peak: 0.1,
      seed: notebook.seed)
  }
  return (rule.name, machine, annealed(machine, baseBias), duration)
}
let trainedBits = Tensor(
  Array(trainedImages.elements[..<(2000 * pixelCount)]), shape: [2000, pixelCount]
).sampledBernoulli(seed: 4)
table(
  columns: [
    "rule", "ln Z by annealing", "three standard errors", "ln p of other digits",
    "free energy, other minus learned",
  ],
  rows: largeMachines.map { name, machine, estimate, _ in
    let energy = meanFreeEnergy(machine, validatedBits)
    return [
      name, fixed(estimate.logPartition, 1),
      "\(fixed(estimate.range.lowerBound - estimate.logPartition, 2)) to +\(fixed(estimate.range.upperBound - estimate.logPartition, 2))",
      fixed(-energy - estimate.logPartition, 1),
      fixed(energy - meanFreeEnergy(machine, trainedBits), 1),
    ] as [Any]
  })
let chosenMachine = largeMachines.max {
  -meanFreeEnergy($0.machine, validatedBits) - $0.estimate.logPartition < -meanFreeEnergy(
    $1.machine, validatedBits) - $1.estimate.logPartition
}!
var chainGenerator = SeededGenerator(seed: notebook.seed)
let fantasies = chosenMachine.machine.gibbs(
  from: Tensor(Array(validatedBits.elements[..<(10 * pixelCount)]), shape: [10, pixelCount]),
  steps: 1, using: &chainGenerator)
let laterFantasies = chosenMachine.machine.gibbs(
  from: fantasies.states, steps: 1000, using: &chainGenerator)
let filters = (0..<20).map { unit in
  (0..<pixelCount).map {
    Double(chosenMachine.machine.weight.value.elements[$0 * largeHidden + unit])
  }
}
figure(
  "filters",
  ImageGrid(images: filters, height: side, width: side, columnCount: 10, colors: .diverging),
  caption: "The weights of twenty of the hidden units: strokes, and where there must be none.")
figure(
  "fantasies", rows([("1 step", fantasies.probabilities), ("1001", laterFantasies.probabilities)]),
  caption: "Chains that began at ten digits, after one step and after a thousand more.")

cell("belief-diagram")
figure(
  "belief-diagram",
  Graph(
    nodes: [
      Graph.Node("h²", detail: "[200]", column: 0.5, row: 0, color: Palette.category(4)),
      Graph.Node("h¹", detail: "[200]", column: 0.5, row: 1, color: Palette.category(4)),
      Graph.Node("v", detail: "[784]", column: 0.5, row: 2),
      Graph.Node("a Boltzmann machine", column: 1, row: 0.5, color: Palette.category(8)),
      Graph.Node("p(v | h¹), downwards only", column: 1, row: 1.5, color: Palette.category(8)),
    ],
    edges: [
      Graph.Edge(0, 1, color: forward, bend: 0.2), Graph.Edge(1, 0, color: forward, bend: 0.2),
      Graph.Edge(1, 2, color: forward),
      Graph.Edge(2, 1, color: backward, isDashed: true, bend: 0.4),
    ]),
  caption:
    "A belief network: the upper two layers are a Boltzmann machine, below it weights point down; dashed, the guess upwards that learning used."
)

cell("belief")
let chosenLower = chosenMachine.machine
let topHidden = 200
var topGenerator = SeededGenerator(seed: notebook.seed)
let top = RestrictedBoltzmannMachine(largeHidden, hidden: topHidden, using: &topGenerator)
let hiddenMeans = chosenLower.hiddenProbabilities(trainedBits)
top.setVisibleBias(
  toFrequencies: (0..<largeHidden).map { unit in
    (0..<2000).reduce(0) { $0 + hiddenMeans.elements[$1 * largeHidden + unit] } / 2000
  })
let topBase = top.visibleBias.value.elements
let topTime = time {
  learn(
    top, .lastBatch, steps: 1, epochs: 8, data: trainedImages, peak: 0.1, seed: notebook.seed,
    samples: { chosenLower.sampledHidden($0.sampledBernoulli(seed: $1), seed: $1 &+ 1) })
}
let belief = DeepBeliefNetwork([chosenLower, top])
let topEstimate = annealed(top, topBase)
let beliefBound = mean(
  belief.logLikelihoodBound(
    validatedBits, logPartition: topEstimate.logPartition, drawCount: 10, using: &topGenerator))
print(
  "one machine:",
  fixed(-meanFreeEnergy(chosenLower, validatedBits) - chosenMachine.estimate.logPartition, 1),
  "nats by annealing")
print("two machines: at least", fixed(beliefBound, 1), "nats, by the bound")
let beliefStart = chosenLower.sampledHidden(
  Tensor(Array(validatedBits.elements[..<(10 * pixelCount)]), shape: [10, pixelCount]), seed: 3)
let beliefSamples = belief.sampled(from: beliefStart, steps: 1000, using: &topGenerator)
figure(
  "belief-samples", rows([("samples", beliefSamples)]),
  caption: "What the belief network draws after a thousand steps in its upper pair of layers.")

cell("fine-tuning")
let fewLabels = 0..<500
func accuracy(_ network: Sequential) -> Double {
  let output = Variable.withoutGradients { network(Variable(validatedImages)).value }
  return Double(zip(output.largestColumns(), validatedLabels).count { $0 == $1 })
    / Double(validated.count)
}
func fineTuned(_ network: Sequential, seed: UInt64) -> Double {
  var trainer = Trainer(
    network, Adam(learningRate: 0.001), exampleCount: fewLabels.count,
    batchSize: 50, generator: SeededGenerator(seed: seed))
  trainer.run(epochs: 40) { indices, _ in
    network(Variable(batch(indices, of: trainedImages))).softmaxCrossEntropy(
      indices.map { trainedLabels[$0] })
  }
  return 100 * accuracy(network)
}
let pretrained = seeds.map { seed -> Double in
  var generator = SeededGenerator(seed: seed)
  return fineTuned(belief.classifier(classCount: 10, using: &generator), seed: seed)
}
func randomNetwork(_ activation: Activation, seed: UInt64) -> Sequential {
  var generator = SeededGenerator(seed: seed)
  return Sequential(
    Dense(pixelCount, largeHidden, activation: activation, using: &generator),
    Dense(largeHidden, topHidden, activation: activation, using: &generator),
    Dense(topHidden, 10, using: &generator))
}
let sigmoidScratch = seeds.map { fineTuned(randomNetwork(.sigmoid, seed: $0), seed: $0) }
let reluScratch = seeds.map { fineTuned(randomNetwork(.relu, seed: $0), seed: $0) }
table(
  columns: ["784-200-200-10 from 500 labels, 400 steps", "accuracy on other digits, %"],
  rows: [
    ["sigmoid, weights of the belief network", spread(pretrained, 1)],
    ["sigmoid, random weights", spread(sigmoidScratch, 1)],
    ["ReLU, random weights", spread(reluScratch, 1)],
  ])

cell("anomalies")
func squaredErrors(_ reconstruction: Tensor, _ data: Tensor) -> [Scalar] {
  (0..<data.rows).map { row in
    zip(reconstruction.row(row), data.row(row)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }
}
func meanImage(_ data: Tensor) -> [Scalar] {
  Variable.withoutGradients { Variable(data).mean(axis: 0).value.elements }
}
func distances(from centre: [Scalar], _ data: Tensor) -> [Scalar] {
  squaredErrors(
    Tensor((0..<data.rows).flatMap { _ in centre }, shape: data.shape), data)
}
func scores(normal class_: Int) -> [[Scalar]] {
  let own = trained.filter { trainedLabels[$0] == class_ }.prefix(1000)
  let data = Tensor(own.flatMap { trainedImages.row($0) }, shape: [own.count, pixelCount])
  let seed = notebook.seed &+ UInt64(class_)
  var generator = SeededGenerator(seed: seed)
  let plain = Autoencoder([pixelCount, 64, 8], using: &generator)
  learn(plain, from: data, epochs: 15, batchSize: 50, seed: seed)
  let model = VariationalAutoencoder(pixelCount, hidden: [64], latent: 8, using: &generator)
  learn(model, epochs: 15, data: data, seed: seed)
  let machine = RestrictedBoltzmannMachine(pixelCount, hidden: 32, using: &generator)
  machine.setVisibleBias(toFrequencies: meanImage(data))
  learn(machine, .lastBatch, steps: 1, epochs: 15, data: data, peak: 0.1, seed: seed)
  let noise = Tensor.standardNormal(shape: [validatedBits.rows, 8], seed: seed)
  let (logLikelihood, divergence) = Variable.withoutGradients {
    model.bound(validatedBits, noise: noise)
  }
  return [
    distances(from: meanImage(data), validatedImages),
    squaredErrors(output(of: plain, for: validatedImages), validatedImages),
    zip(divergence.value.elements, logLikelihood.value.elements).map { $0 - $1 },
    machine.freeEnergy(validatedBits),
    (0..<validatedImages.rows).map { validatedImages.row($0).reduce(0, +) },
  ]
}
let detectors = [
  "distance from the mean", "autoencoder", "variational, −ELBO", "Boltzmann, free energy", "ink",
]
let areas = inParallel(Array(0..<10)) { class_ -> [Double] in
  scores(normal: class_).map { scores in
    let normal = scores.indices.filter { validatedLabels[$0] == class_ }.map { scores[$0] }
    let others = scores.indices.filter { validatedLabels[$0] != class_ }.map { scores[$0] }
    return areaUnderCurve(normal: normal, anomalous: others)
  }
}
table(
  columns: ["the normal class"] + detectors,
  rows: (0..<10).map { class_ in ["\(class_)"] + areas[class_].map { fixed($0, 3) } as [Any] }
    + [
      ["mean"] + detectors.indices.map { index in fixed(mean(areas.map { $0[index] }), 3) } as [Any]
    ])

cell("simple-digits")
var eightGenerator = SeededGenerator(seed: notebook.seed)
let eights = trained.filter { trainedLabels[$0] == 8 }.prefix(1000)
let eightImages = Tensor(
  eights.flatMap { trainedImages.row($0) }, shape: [eights.count, pixelCount])
let eightModel = Autoencoder([pixelCount, 64, 8], using: &eightGenerator)
learn(eightModel, from: eightImages, epochs: 15, batchSize: 50, seed: notebook.seed)
let eightErrors = squaredErrors(output(of: eightModel, for: validatedImages), validatedImages)
let errorsByClass = (0..<10).map { class_ in
  mean(eightErrors.indices.filter { validatedLabels[$0] == class_ }.map { Double(eightErrors[$0]) })
}
func eightsAgainst(_ class_: Int) -> Double {
  let (normal, others) = (
    eightErrors.indices.filter { validatedLabels[$0] == 8 }.map { eightErrors[$0] },
    eightErrors.indices.filter { validatedLabels[$0] == class_ }.map { eightErrors[$0] }
  )
  return areaUnderCurve(normal: normal, anomalous: others)
}
print("area under the curve, eights against ones:", fixed(eightsAgainst(1), 3))
print("eights against zeros:", fixed(eightsAgainst(0), 3))
figure(
  "simple-digits",
  BarChart(y: "squared error an image", labels: (0..<10).map(String.init), values: errorsByClass),
  caption: "How badly an autoencoder that knows eights only reconstructs each class.")

cell("family")
var familyGenerator = SeededGenerator(seed: notebook.seed)
let testBits = images(0..<2000, of: digits.test).sampledBernoulli(seed: notebook.seed &+ 901)
let testLabels = digits.test.labels(at: 0..<2000)
let mixtureBits = trainedImages.sampledBernoulli(seed: notebook.seed &+ 902)
func mixture(_ count: Int) -> BernoulliMixture {
  var generator = SeededGenerator(seed: notebook.seed)
  var model = BernoulliMixture(count, of: mixtureBits, using: &generator)
  for _ in 0..<(count == 1 ? 1 : 15) { model.improve(on: mixtureBits) }
  return model
}
let mixtureCounts = [10, 50, 200]
let mixtures = mixtureCounts.map { count -> (model: BernoulliMixture, time: Timing) in
  let start = ContinuousClock.now
  let model = mixture(count)
  return (model, timing((ContinuousClock.now - start) / .seconds(1)))
}
let mixtureLikelihoods = mixtures.map { mean($0.model.logLikelihood(validatedBits)) }
let chosenMixture = mixtureLikelihoods.indices.max {
  mixtureLikelihoods[$0] < mixtureLikelihoods[$1]
}!
print(
  "templates by validation:",
  zip(mixtureCounts, mixtureLikelihoods).map { "\($0): \(fixed($1, 1))" }.joined(separator: ", "))
let importanceBits = Tensor(
  Array(testBits.elements[..<(1000 * pixelCount)]), shape: [1000, pixelCount])
let importanceLabels = Array(testLabels[..<1000])
let variationalTerms = terms(variational, testBits)
let conditionalTest = terms(conditional, testBits, labels: testLabels)
func estimate(_ machine: RestrictedBoltzmannMachine, _ estimate: AnnealedEstimate) -> String {
  fixed(-meanFreeEnergy(machine, testBits) - estimate.logPartition, 1)
}
let importanceOfVariational = mean(
  variational.importanceBound(importanceBits, drawCount: 200, seed: notebook.seed).map {
    Double($0)
  })
let importanceOfConditional = mean(
  conditional.importanceBound(
    importanceBits, labels: importanceLabels, drawCount: 200, seed: notebook.seed
  ).map { Double($0) })
let beliefTest = mean(
  belief.logLikelihoodBound(
    testBits, logPartition: topEstimate.logPartition, drawCount: 10, using: &familyGenerator))
let planeTest = mean(
  planeModel.gridLogLikelihood(
    Tensor(Array(testBits.elements[..<(500 * pixelCount)]), shape: [500, pixelCount]),
    pointCount: 201))
let halfRange =
  (chosenMachine.estimate.range.upperBound - chosenMachine.estimate.range.lowerBound) / 2
func size(_ model: Any) -> Int { parameters(of: model).scalarCount }
table(
  columns: [
    "model", "ln p of a test digit, nats", "what the number is", "numbers kept", "learned in",
  ],
  rows: [
    [
      "independent pixels", fixed(mean(mixture(1).logLikelihood(testBits)), 1), "exact", pixelCount,
      "",
    ],
    [
      "mixture of \(mixtureCounts[chosenMixture]) templates",
      fixed(mean(mixtures[chosenMixture].model.logLikelihood(testBits)), 1), "exact",
      mixtureCounts[chosenMixture] * (pixelCount + 1), mixtures[chosenMixture].time,
    ],
    [
      "Boltzmann machine, 15 hidden",
      fixed(-meanFreeEnergy(smallMachine, testBits) - exactPartition, 1), "exact",
      size(smallMachine), smallTimes[8],
    ],
    [
      "Boltzmann machine, \(largeHidden) hidden",
      estimate(chosenLower, chosenMachine.estimate), "estimate, ln Z ± \(fixed(halfRange, 1))",
      size(chosenLower), chosenMachine.time,
    ],
    [
      "belief network, \(largeHidden)-\(topHidden)", fixed(beliefTest, 1),
      "lower bound, with an estimate of ln Z", size(belief), topTime,
    ],
    [
      "variational, 2 latent numbers", fixed(planeTest, 1), "exact, 500 digits", size(planeModel),
      latentTimes[0],
    ],
    [
      "variational, \(chosenLatent) latent numbers",
      fixed(variationalTerms.logLikelihood - variationalTerms.divergence, 1), "lower bound (ELBO)",
      size(variational), variationalTime,
    ],
    [
      "the same", fixed(importanceOfVariational, 1), "lower bound, 200 draws, 1000 digits", "", "",
    ],
    [
      "conditional variational, told the class",
      fixed(conditionalTest.logLikelihood - conditionalTest.divergence, 1),
      "lower bound of ln p(x | class)", size(conditional), conditionalTime,
    ],
    [
      "the same", fixed(importanceOfConditional, 1), "lower bound, 200 draws, 1000 digits", "", "",
    ],
  ])
func drawnTemplates(_ model: BernoulliMixture) -> Tensor {
  var generator = SeededGenerator(seed: notebook.seed)
  let templates = model.templates
  return Tensor(
    (0..<10).flatMap { _ in
      var left = generator.uniform()
      let chosen = model.logWeights.firstIndex {
        left -= Scalar.exp($0)
        return left < 0
      }
      return templates.row(chosen ?? 0)
    }, shape: [10, pixelCount])
}
figure(
  "family-samples",
  rows([
    ("mixture", drawnTemplates(mixtures[chosenMixture].model)),
    ("machine", laterFantasies.probabilities), ("belief", beliefSamples),
    ("vae 2", probabilities(planeModel, Tensor.standardNormal(shape: [10, 2], seed: 5))),
    ("vae", Tensor(Array(drawn.elements[..<(10 * pixelCount)]), shape: [10, pixelCount])),
  ]),
  caption:
    "What five of the models draw: the probabilities of ink of ten draws each.")

cell("full-size")
let isMNIST = notebook.dataFolder != nil
/// How many epochs a model of this section learns, if it does at all.
func fullSize(epochs: Int) -> Int? { notebook.epochs ?? (isMNIST ? epochs : nil) }
let leftOut = "left out: it takes minutes; --data DIR learns from MNIST, --epochs N for N epochs"
func study<Rule>(
  _ name: String, _ trainer: inout Trainer<Rule>, epochs: Int, savesCheckpoints: Bool = false,
  loss: (_ batch: ArraySlice<Int>, _ generator: inout SeededGenerator) -> Variable
) -> Timing {
  let file = savesCheckpoints ? notebook.checkpointToSave : nil
  if savesCheckpoints, let start = notebook.checkpointToLoad {
    notebook.attempt { try trainer.resume(from: start) }
  }
  let stepCount = epochs * trainer.progress.batchCount - trainer.progress.stepCount
  let bar = progress(name, total: max(1, stepCount), epochs: epochs)
  let duration = time {
    notebook.attempt {
      try trainer.run(epochs: epochs, loss: loss) { trainer, loss in
        bar.advance(loss: loss)
        if let file { try trainer.save(to: file, everySteps: 100) }
      }
      if let file { try trainer.save(to: file) }
    }
  }
  bar.finish()
  return duration
}
func allImages() -> (learned: Tensor, tested: Tensor) {
  (images(0..<digits.training.count), images(0..<digits.test.count, of: digits.test))
}

cell("full-autoencoder")
func compareReconstructions(epochs: Int) {
  let (data, test) = allImages()
  let components = PrincipalComponents(of: data)
  func error(_ name: String, _ widths: [Int]) -> (value: Double, duration: Timing) {
    var generator = SeededGenerator(seed: notebook.seed)
    let model = Autoencoder(widths, output: .sigmoid, using: &generator)
    var trainer = Trainer(
      model, Adam(), exampleCount: data.rows, batchSize: 100, generator: generator)
    trainer.schedule = rate(0.001, epochs: epochs, count: data.rows, batchSize: 100)
    let duration = study(name, &trainer, epochs: epochs) { indices, _ in
      let x = batch(indices, of: data)
      return Scalar(pixelCount) * model(Variable(x)).meanSquaredError(x)
    }
    return (squaredError(of: output(of: model, for: test), from: test), duration)
  }
  let flat = error("logistic PCA", [pixelCount, 30])
  let deep = error("deep autoencoder", [pixelCount, 1000, 500, 250, 30])
  let exact = squaredError(of: components.reconstruction(of: test, count: 30), from: test)
  table(
    columns: [
      "30 numbers a digit, \(epochs) epochs", "squared error of a test digit", "learned in",
    ],
    rows: [
      ["principal components", fixed(exact, 2), ""],
      ["784-30, logistic output", fixed(flat.value, 2), flat.duration],
      ["784-1000-500-250-30, logistic output", fixed(deep.value, 2), deep.duration],
    ])
  metric("deep_autoencoder_error", deep.value)
}
if let epochs = fullSize(epochs: 25) {
  compareReconstructions(epochs: epochs)
} else {
  print(leftOut)
}

cell("full-variational")
func greyExample(epochs: Int) {
  let (data, test) = allImages()
  var generator = SeededGenerator(seed: notebook.seed)
  let model = VariationalAutoencoder(pixelCount, hidden: [400], latent: 20, using: &generator)
  var trainer = Trainer(
    model, Adam(), exampleCount: data.rows, batchSize: 128, generator: generator)
  let duration = study("PyTorch's example", &trainer, epochs: epochs) { indices, generator in
    model.loss(batch(indices, of: data), seed: generator.next())
  }
  let (cost, divergence) = terms(model, test)
  print("784-400-20, \(epochs) epochs of grey digits in \(duration)")
  metric("vae_elbo", divergence - cost)
}
func binaryModel(epochs: Int) {
  let (data, test) = allImages()
  var generator = SeededGenerator(seed: notebook.seed)
  let model = VariationalAutoencoder(pixelCount, hidden: [500, 500], latent: 50, using: &generator)
  var trainer = Trainer(
    model, Adam(), exampleCount: data.rows, batchSize: 100, generator: generator)
  trainer.schedule = rate(0.002, epochs: epochs, count: data.rows, batchSize: 100)
  let duration = study(
    "variational autoencoder", &trainer, epochs: epochs, savesCheckpoints: true
  ) { indices, generator in
    model.loss(
      batch(indices, of: data).sampledBernoulli(seed: generator.next()), seed: generator.next())
  }
  let bits = test.sampledBernoulli(seed: notebook.seed &+ 903)
  let (logLikelihood, divergence) = terms(model, bits)
  let draws = model.importanceBound(bits, drawCount: 200, seed: notebook.seed)
  print("784-500-500-50, \(epochs) epochs of binary digits in \(duration)")
  print("E ln p(x | z) \(fixed(logLikelihood, 2)), KL \(fixed(divergence, 2))")
  metric("vae_binary_elbo", divergence - logLikelihood)
  metric("vae_importance_bound", -mean(draws.map { Double($0) }))
}
if let epochs = fullSize(epochs: 10) { greyExample(epochs: epochs) } else { print(leftOut) }
if let epochs = fullSize(epochs: 80) { binaryModel(epochs: epochs) }

cell("full-machine")
func fullMachine(
  _ visible: Int, _ hidden: Int, _ start: ChainStart, epochs: Int, peak: Scalar, data: Tensor,
  samples: @escaping (_ batch: Tensor, _ seed: UInt64) -> Tensor
) -> (machine: RestrictedBoltzmannMachine, duration: Timing) {
  var generator = SeededGenerator(seed: notebook.seed)
  let machine = RestrictedBoltzmannMachine(visible, hidden: hidden, using: &generator)
  let first = samples(
    Tensor(Array(data.elements[..<(2000 * data.columns)]), shape: [2000, data.columns]), 7)
  machine.setVisibleBias(toFrequencies: meanImage(first))
  var rule = ContrastiveDivergence(from: start)
  var trainer = Trainer(
    machine, SGD(learningRate: peak), exampleCount: data.rows, batchSize: 100,
    generator: generator)
  trainer.schedule = rate(peak, epochs: epochs, count: data.rows, batchSize: 100)
  let duration = study("\(visible) × \(hidden) machine", &trainer, epochs: epochs) {
    indices, generator in
    rule.loss(
      of: machine, batch: samples(batch(indices, of: data), generator.next()), using: &generator)
  }
  return (machine, duration)
}
func rungs(from start: Scalar, to end: Scalar, count: Int) -> [Scalar] {
  (0..<count).map { start + (end - start) * Scalar($0) / Scalar(count) }
}
// 1,000 temperatures a unit of β at first, 100,000 in the end.
let longLadder: [Scalar] =
  rungs(from: 0, to: 0.5, count: 500) + rungs(from: 0.5, to: 0.9, count: 4000)
  + rungs(from: 0.9, to: 1, count: 10_000) + [1]
func measuredMachine(epochs: Int) -> RestrictedBoltzmannMachine {
  let (data, test) = allImages()
  let (machine, duration) = fullMachine(
    pixelCount, 500, .lastBatch, epochs: epochs, peak: 0.1, data: data
  ) { $0.sampledBernoulli(seed: $1) }
  let base = newMachine(1, seed: 1)
  base.setVisibleBias(toFrequencies: meanImage(data))
  var found: AnnealedEstimate?
  let annealing = time {
    found = machine.annealedImportanceSampling(
      temperatures: longLadder, chainCount: 100, baseBias: base.visibleBias.value.elements,
      seed: notebook.seed)
  }
  let estimate = found!
  let bits = test.sampledBernoulli(seed: notebook.seed &+ 903)
  let energy = meanFreeEnergy(machine, bits)
  let learnedBits = Tensor(
    Array(data.elements[..<(10_000 * pixelCount)]), shape: [10_000, pixelCount]
  ).sampledBernoulli(seed: notebook.seed &+ 904)
  print("784 × 500, \(epochs) epochs of persistent chains in \(duration), annealed in \(annealing)")
  print(
    "ln Z \(fixed(estimate.logPartition, 2)), three standard errors",
    "\(fixed(estimate.range.lowerBound, 2)) to \(fixed(estimate.range.upperBound, 2))")
  print(
    "free energy, test minus learned: \(fixed(energy - meanFreeEnergy(machine, learnedBits), 2))")
  metric("rbm_log_likelihood", -energy - estimate.logPartition)
  return machine
}
let fullLower = fullSize(epochs: 40).map { measuredMachine(epochs: $0) }
if fullLower == nil { print(leftOut) }

cell("full-belief")
func fullBelief(_ lower: RestrictedBoltzmannMachine, epochs: Int) {
  let (data, test) = allImages()
  let (labels, testLabels) = (
    digits.training.labels(at: 0..<data.rows), digits.test.labels(at: 0..<test.rows)
  )
  let second = fullMachine(500, 500, .data, epochs: epochs, peak: 0.1, data: data) {
    lower.sampledHidden($0.sampledBernoulli(seed: $1), seed: $1 &+ 1)
  }
  let third = fullMachine(500, 2000, .data, epochs: epochs, peak: 0.1, data: data) {
    second.machine.sampledHidden(
      lower.sampledHidden($0.sampledBernoulli(seed: $1), seed: $1 &+ 1), seed: $1 &+ 2)
  }
  let belief = DeepBeliefNetwork([lower, second.machine, third.machine])
  func tuned(_ name: String, _ network: Sequential) -> (accuracy: Double, duration: Timing) {
    var trainer = Trainer(
      network, Adam(), exampleCount: data.rows, batchSize: 100,
      generator: SeededGenerator(seed: notebook.seed))
    trainer.schedule = rate(0.0005, epochs: 2 * epochs, count: data.rows, batchSize: 100)
    let duration = study(name, &trainer, epochs: 2 * epochs) { indices, generator in
      network(Variable(batch(indices, of: data).sampledBernoulli(seed: generator.next())))
        .softmaxCrossEntropy(indices.map { labels[$0] })
    }
    let answers = Variable.withoutGradients { network(Variable(test)).value.largestColumns() }
    return (Double(zip(answers, testLabels).count { $0 == $1 }) / Double(test.rows), duration)
  }
  var generator = SeededGenerator(seed: notebook.seed)
  let pretrained = tuned("belief network", belief.classifier(classCount: 10, using: &generator))
  let random = tuned(
    "random weights",
    Sequential(
      Dense(pixelCount, 500, activation: .sigmoid, using: &generator),
      Dense(500, 500, activation: .sigmoid, using: &generator),
      Dense(500, 2000, activation: .sigmoid, using: &generator),
      Dense(2000, 10, using: &generator)))
  print("machines of 500 and 2000 units in \(second.duration) and \(third.duration)")
  table(
    columns: ["784-500-500-2000-10, \(2 * epochs) epochs", "test accuracy", "learned in"],
    rows: [
      ["weights of the belief network", fixed(pretrained.accuracy, 4), pretrained.duration],
      ["random weights", fixed(random.accuracy, 4), random.duration],
    ])
  metric("dbn_accuracy", pretrained.accuracy)
}
if let fullLower, let epochs = fullSize(epochs: 8) {
  fullBelief(fullLower, epochs: epochs)
} else {
  print(leftOut)
}

cell("full-one-class")
func oneClass(epochs: Int) {
  let (data, test) = allImages()
  let testLabels = digits.test.labels(at: 0..<test.rows)
  let areas = (0..<10).map { class_ -> Double in
    let own = (0..<data.rows).filter { Int(digits.training.labels[$0]) == class_ }
    var generator = SeededGenerator(seed: notebook.seed &+ UInt64(class_))
    let model = Autoencoder([pixelCount, 128, 64, 8], using: &generator)
    learn(model, from: images(own), epochs: epochs, seed: notebook.seed &+ UInt64(class_))
    let errors = squaredErrors(output(of: model, for: test), test)
    return areaUnderCurve(
      normal: errors.indices.filter { testLabels[$0] == class_ }.map { errors[$0] },
      anomalous: errors.indices.filter { testLabels[$0] != class_ }.map { errors[$0] })
  }
  table(
    columns: ["the normal class", "784-128-64-8"],
    rows: areas.enumerated().map { ["\($0)", fixed($1, 3)] })
  metric("one_class_auc", mean(areas))
}
if let epochs = fullSize(epochs: 15) { oneClass(epochs: epochs) } else { print(leftOut) }

cell("chapters")
let chapterNames = [
  "1 neuron", "2 gradient", "3 optimizer", "4 convolution", "5 recurrence", "6 attention",
  "7 transformer", "8 adversary",
  "9 likelihood",
]
let chapterPlaces: [(Double, Double)] = [
  (0, 1), (1, 1), (2, 1), (3, 0), (3, 1), (4, 1), (5, 1), (4.3, 0), (4.3, 2),
]
figure(
  "chapters-diagram",
  Graph(
    nodes: chapterNames.indices.map { index in
      Graph.Node(
        chapterNames[index], column: chapterPlaces[index].0, row: chapterPlaces[index].1,
        color: Palette.category(index < 3 ? 0 : index < 4 ? 2 : index < 7 ? 4 : 1))
    },
    edges: arrowed([(0, 1), (1, 2), (2, 3), (2, 4), (4, 5), (5, 6), (2, 7), (2, 8), (3, 7)])
      + [Graph.Edge(0, 8, label: "Hopfield's energy", isDashed: true, bend: -0.09)]),
  caption: "The nine chapters, and what each needs of those before it.")

cell("speed")
let speedRows = 128
let speedLatent = 20
func randomElements(_ count: Int, _ seed: UInt64) -> [Scalar] {
  Tensor.standardNormal(shape: [count], seed: seed).elements
}
func comparison(_ name: String, _ body: (Backend) -> Void) -> [Any] {
  let (naive, fast) = (time(repetitions: 3) { body(.naive) }, time(repetitions: 20) { body(.fast) })
  return [name, naive, fast, volatile("× " + fixed(naive.seconds / fast.seconds, 1))]
}
func comparisons() -> [[Any]] {
  let logits = randomElements(speedRows * 784, 1)
  let pixels = logits.map { $0 > 1 ? 1 : 0 as Scalar }
  let bias = randomElements(784, 2)
  let moments = randomElements(speedRows * 2 * speedLatent, 3)
  let noise = randomElements(speedRows * speedLatent, 4)
  let upstream = Array(bias[..<speedRows])
  var rowSums = Tensor(shape: [speedRows])
  var wide = Tensor(logits, shape: [speedRows, 784])
  var states = wide
  var z = Tensor(noise, shape: [speedRows, speedLatent])
  var slopes = Tensor(moments, shape: [speedRows, 2 * speedLatent])
  return [
    comparison("likelihood of 128 × 784 pixels") { backend in
      rowSums.update {
        backend.bernoulli.bernoulliLogLikelihood(logits: logits.span, pixels.span, into: &$0)
      }
    },
    comparison("its backward pass") { backend in
      wide.update {
        backend.bernoulli.bernoulliLogLikelihoodBackward(
          target: pixels.span, upstream: upstream.span, gradient: &$0)
      }
    },
    comparison("draw of 128 × 784 units") { backend in
      wide.update { sums in
        states.update {
          backend.bernoulli.sampleUnits(&sums, bias: bias.span, scale: 1, states: &$0, seed: 1)
        }
      }
    },
    comparison("softplus sums of 128 × 784") { backend in
      rowSums.update {
        backend.bernoulli.softplusSums(logits.span, bias: bias.span, scale: 1, into: &$0)
      }
    },
    comparison("normal numbers, 128 × 20") { backend in
      z.update { backend.latent.standardNormal(&$0, seed: 1) }
    },
    comparison("reparametrised draw, 128 × 20") { backend in
      z.update {
        backend.latent.gaussianSample(
          moments: moments.span, noise: noise.span, latent: speedLatent, into: &$0)
      }
    },
    comparison("divergence, 128 × 20") { backend in
      rowSums.update {
        backend.latent.gaussianDivergence(moments: moments.span, latent: speedLatent, into: &$0)
      }
    },
    comparison("its backward pass") { backend in
      slopes.update {
        backend.latent.gaussianDivergenceBackward(
          moments: moments.span, upstream: upstream.span, latent: speedLatent,
          gradient: &$0, accumulating: false)
      }
    },
  ]
}
table(columns: ["kernel", "naive", "fast", "gain"], rows: comparisons())
