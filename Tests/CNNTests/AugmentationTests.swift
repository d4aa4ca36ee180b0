import Backprop
import CNN
import KernelSupport
import TestSupport
import Testing

/// A distortion that draws nothing: always the same map.
private struct Always: AffineDistortion {
  let map: AffineMap
  func map(using generator: inout SeededGenerator) -> AffineMap { map }
}

/// Three images of 4×4 pixels and two channels, or of another shape.
private func images(_ shape: [Int] = [3, 4, 4, 2]) -> Tensor {
  Tensor(numbersOffZero(count: shape.reduce(1, *), seed: 1), shape: shape)
}

/// An image whose pixels are those of another one, at rows and columns that a formula gives; 0 outside.
private func moved(
  _ images: Tensor, _ place: (_ row: Int, _ column: Int) -> (Int, Int)
) -> Tensor {
  var result = Tensor(shape: images.shape)
  let (height, width, channels) = (images.shape[1], images.shape[2], images.shape[3])
  result.update { pixels in
    for index in pixels.indices {
      let (n, y, x) = (
        index / channels / width / height, index / channels / width % height,
        index / channels % width
      )
      let (row, column) = place(y, x)
      guard (0..<height).contains(row) && (0..<width).contains(column) else { continue }
      pixels[index] =
        images.elements[((n * height + row) * width + column) * channels + index % channels]
    }
  }
  return result
}

extension Augmentation {
  /// The pictures, distorted with a seed.
  fileprivate func callAsFunction(_ images: Tensor, seed: UInt64 = 1) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return self(images, using: &generator)
  }
}

@Suite struct AugmentationTests {
  @Test(arguments: Backend.allCases)
  func `without distortions nothing changes`(backend: Backend) {
    Backend.$current.withValue(backend) {
      #expect(Augmentation()(images()) == images())
      let none = Augmentation(
        RandomZoom(share: 0), RandomShear(degrees: 0), RandomRotation(degrees: 0),
        RandomShift(pixels: 0), RandomFlip(probability: 0),
        elastic: ElasticDistortion(strength: 0))
      #expect(none(images()) == images())
    }
  }

  struct Move: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let map: AffineMap
    let place: @Sendable (_ row: Int, _ column: Int) -> (Int, Int)
  }

  static let moves = [
    Move(testDescription: "up", map: .shift(rows: 1, columns: 0)) { ($0 + 1, $1) },
    Move(testDescription: "right by two", map: .shift(rows: 0, columns: -2)) { ($0, $1 - 2) },
    Move(testDescription: "flip", map: .flip) { ($0, 3 - $1) },
    Move(testDescription: "90°", map: .rotation(degrees: 90)) { ($1, 3 - $0) },
    Move(testDescription: "−90°", map: .rotation(degrees: -90)) { (3 - $1, $0) },
    Move(testDescription: "180°", map: .rotation(degrees: 180)) { (3 - $0, 3 - $1) },
    Move(testDescription: "540°", map: .rotation(degrees: 540)) { (3 - $0, 3 - $1) },
    Move(testDescription: "270°", map: .rotation(degrees: 270)) { (3 - $1, $0) },
  ]

  @Test(arguments: moves, Backend.allCases)
  func `whole pixels move exactly`(move: Move, backend: Backend) {
    Backend.$current.withValue(backend) {
      #expect(Augmentation(Always(map: move.map))(images()) == moved(images(), move.place))
    }
  }

  @Test func `a picture flipped twice is itself`() {
    let twice = Augmentation(RandomFlip(probability: 1), RandomFlip(probability: 1))
    #expect(twice(images()) == images())
    let flip = Augmentation(RandomFlip(probability: 1))
    #expect(flip(images()) != images())
    #expect(flip(flip(images())) == images())
  }

  @Test func `the picture goes through the distortions in their order`() {
    let up = Always(map: .shift(rows: 1, columns: 0))
    let turn = Always(map: .rotation(degrees: 90))
    // Up first, then turned: what is looked up for the turn lies one row lower.
    #expect(Augmentation(up, turn)(images()) == moved(images()) { ($1 + 1, 3 - $0) })
    #expect(Augmentation(turn, up)(images()) == moved(images()) { ($1, 3 - ($0 + 1)) })
  }

  @Test func `a rotation turns the picture counterclockwise`() {
    // A dot right of the middle goes above it.
    var dot = Tensor(shape: [1, 3, 3, 1])
    dot.update { $0[5] = 1 }
    let turned = Augmentation(Always(map: .rotation(degrees: 90)))(dot)
    #expect(turned.elements.firstIndex(of: 1) == 1)
  }

  @Test func `an enlarged picture is looked at more closely`() {
    // Ink that grows from left to right is steeper where the picture shrinks, and the middle stays.
    let ramp = Tensor((0..<5).map { Scalar($0) }, shape: [1, 1, 5, 1])
    let halved = Augmentation(Always(map: .scale(rows: 1, columns: 2)))(ramp)
    #expect(halved.elements == [0, 0, 2, 4, 0])
    let doubled = Augmentation(Always(map: .scale(rows: 1, columns: 0.5)))(ramp)
    #expect(doubled.elements == [1, 1.5, 2, 2.5, 3])
  }

  @Test func `draws stay within their limits and reach them`() {
    var generator = SeededGenerator(seed: 5)
    func extremes(_ distortion: some AffineDistortion, _ number: (AffineMap) -> Scalar)
      -> ClosedRange<Scalar>
    {
      let numbers = (0..<10_000).map { _ in number(distortion.map(using: &generator)) }
      return numbers.min()!...numbers.max()!
    }
    /// Of 10,000 uniform numbers the largest is within a thousandth of the end all but e⁻⁵ of the time, at a
    /// fixed seed for good.
    func expectRange(
      _ range: ClosedRange<Scalar>, _ low: Scalar, _ high: Scalar,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let slack = (high - low) / 1000
      #expect(
        low - slack / 1000 <= range.lowerBound && range.lowerBound < low + slack,
        sourceLocation: sourceLocation)
      #expect(
        high - slack < range.upperBound && range.upperBound <= high + slack / 1000,
        sourceLocation: sourceLocation)
    }
    expectRange(extremes(RandomShift(pixels: 2), \.rowOffset), -2, 2)
    expectRange(extremes(RandomShift(pixels: 2), \.columnOffset), -2, 2)
    expectRange(extremes(RandomRotation(degrees: 30), \.rowByColumn), -0.5, 0.5)
    expectRange(extremes(RandomZoom(share: 0.25), \.rowByRow), 0.8, 4 / 3)
    expectRange(extremes(RandomZoom(share: 0.25), \.columnByColumn), 0.8, 4 / 3)
    expectRange(extremes(RandomShear(degrees: 45), \.columnByRow), -1, 1)
    let flips = (0..<10_000).count { _ in
      RandomFlip(probability: 0.25).map(using: &generator) == .flip
    }
    // 2500 with a standard deviation of √(10,000 · ¼ · ¾) = 43.
    #expect(abs(flips - 2500) < 4 * 43)
  }

  @Test func `equal seeds give equal pictures, other seeds others`() {
    let pictures = images([5, 28, 28, 1])
    #expect(Augmentation.digits(pictures, seed: 7) == Augmentation.digits(pictures, seed: 7))
    #expect(Augmentation.digits(pictures, seed: 7) != Augmentation.digits(pictures, seed: 8))
  }

  @Test func `equal pictures of a batch become different ones`() {
    let one = images([1, 28, 28, 1])
    let pair = Tensor(one.elements + one.elements, shape: [2, 28, 28, 1])
    for augmentation in [
      Augmentation(RandomShift(pixels: 2)), Augmentation(elastic: ElasticDistortion()),
    ] {
      let distorted = augmentation(pair)
      #expect(distorted.example(0) != distorted.example(1))
    }
  }

  @Test(arguments: [[101, 28, 28, 1], [17, 9, 13, 3]])
  func `the number of threads changes no bit`(shape: [Int]) {
    let pictures = images(shape)
    let results = withThreads { Augmentation.digits(pictures) }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test func `fast and naive pictures agree`() {
    let pictures = images([7, 13, 11, 2])
    let results = Backend.allCases.map { backend in
      Backend.$current.withValue(backend) { Augmentation.digits(pictures) }
    }
    // Displacements are sums of 24 products of up to 34: 24 roundings of half an ulp of some 4 on either
    // side, in two products, make places differ by 400 ε; a pixel may differ by 8 from its neighbour.
    expectClose(results[0].elements, results[1].elements, within: 8 * 400 * .ulpOfOne)
  }

  @Test func `empty batches and empty pictures pass`() {
    for shape in [[0, 28, 28, 1], [2, 0, 3, 1], [2, 3, 0, 1], [2, 3, 3, 0]] {
      #expect(Augmentation.digits(Tensor(shape: shape)).shape == shape)
    }
  }
}

@Suite struct ElasticDistortionTests {
  /// How far the pixels of a long strip in the middle of pictures move, read off a picture of a slope.
  private func displacements(_ elastic: ElasticDistortion) -> [Scalar] {
    let side = 64
    let slope = (0..<8 * side * side).map { Scalar($0 % side) }
    let distorted = Augmentation(elastic: elastic)(
      Tensor(slope, shape: [8, side, side, 1]), seed: 3)
    return (0..<8).flatMap { n in
      (24..<40).flatMap { y in
        (24..<40).map { x in
          distorted.elements[(n * side + y) * side + x] - Scalar(x)
        }
      }
    }
  }

  /// strength / (√3 · 2 √π σ) is 3.4 for 40 and 2. In 8 · 16² pixels lie 8 · 16² / (4π · 2²) ≈ 40 independent
  /// displacements: their standard deviation is known to 1 / √80 = 11 %, at a fixed seed for good.
  @Test func `displacements are as large as the formula says`() {
    let moves = displacements(ElasticDistortion(strength: 40, smoothness: 2))
    let square = moves.reduce(0) { $0 + $1 * $1 } / Scalar(moves.count)
    let predicted = 40 / (Scalar(3 * 4 * 4).squareRoot() * Scalar.pi.squareRoot())
    #expect(abs(square.squareRoot() / predicted - 1) < 0.25)
  }

  @Test func `neighbours move alike, the more so the smoother`() {
    func roughness(_ smoothness: Scalar) -> Scalar {
      let moves = displacements(ElasticDistortion(strength: 10, smoothness: smoothness))
      let steps = zip(moves, moves.dropFirst()).enumerated().filter { $0.offset % 16 != 15 }
      let change = steps.reduce(0) { $0 + abs($1.element.0 - $1.element.1) } / Scalar(steps.count)
      return change / (moves.reduce(0) { $0 + abs($1) } / Scalar(moves.count))
    }
    // Of a Gaussian field, neighbours differ by some 1 / (σ √2) of their size.
    #expect(roughness(1) > 0.4 && roughness(4) < 0.3)
  }

  /// White noise blurred by a Gaussian of width σ on both sides has the correlation e^{−d² / 4σ²} between places d
  /// apart: with σ = 3, e^{−1} = 0.368 at d = 6 and 0.779 at d = 3. A blur of another width shows there: σ / √2
  /// would give 0.135 and 0.607.
  @Test func `the displacements' correlation is that of a Gaussian of the stated width`() {
    var (products, squares) = ([Scalar](repeating: 0, count: 7), Scalar(0))
    let elastic = ElasticDistortion(strength: 10, smoothness: 3)
    let field = elastic.displacement(
      height: 96, width: 96, (0..<16).map { SeededGenerator(seed: $0) })
    // Places far from the border, where the blur is not cut off.
    for line in 0..<96 * 2 * 16 where (24..<72).contains(line / 32) {
      for x in 24..<64 {
        let here = field[line * 96 + x]
        squares += here * here
        for d in 0...6 { products[d] += here * field[line * 96 + x + d] }
      }
    }
    // 32 fields of 48 × 40 places have some 32 · 1920 / (4π · 9) ≈ 540 independent ones: σ = 0.043 for an
    // uncorrelated pair; less for these.
    #expect(abs(products[6] / squares - 0.368) < 0.1)
    #expect(abs(products[3] / squares - 0.779) < 0.06)
  }

  /// Every pixel of every row has noise of its own, the last column too.
  @Test func `the noise reaches the last column`() {
    let field = ElasticDistortion(strength: 1, smoothness: 0.1).displacement(
      height: 5, width: 7, [SeededGenerator(seed: 1), SeededGenerator(seed: 2)])
    #expect(field.count == 5 * 2 * 2 * 7 && field.allSatisfy { $0 != 0 } && Set(field).count == 140)
  }
}
