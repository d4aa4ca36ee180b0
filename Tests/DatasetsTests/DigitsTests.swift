import Datasets
import KernelSupport
import Testing

private func digits(_ count: Int, seed: UInt64) -> ImageSet {
  var generator = SeededGenerator(seed: seed)
  return Digits.make(count: count, using: &generator)
}

/// The 64-bit hash FNV-1a of pixels and labels.
private func checksum(_ images: ImageSet) -> UInt64 {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for bytes in [images.pixels, images.labels] {
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
  }
  return hash
}

@Test func `the same seed writes the same digits, another seed others`() {
  #expect(digits(250, seed: 3) == digits(250, seed: 3))
  #expect(digits(250, seed: 3) != digits(250, seed: 4))
}

@Test(arguments: [1, 2, 3])
func `the number of threads changes no byte`(threadCount: Int) {
  let images = Threads.$count.withValue(threadCount) { digits(350, seed: 5) }
  #expect(images == Threads.$count.withValue(5) { digits(350, seed: 5) })
}

#if !Float64
  /// Whoever changes the digits on purpose records the new numbers, and weaves the book anew.
  @Test func `the standard digits have not drifted`() {
    let standard = Digits.standard()
    #expect(checksum(standard.training) == 0xAA60_58AF_0394_4383)
    #expect(checksum(standard.test) == 0xF021_BC46_D8DD_2CAB)
  }
#endif

@Test func `the checksum sees one changed byte`() {
  let images = digits(10, seed: 6)
  var pixels = images.pixels
  pixels[1234] ^= 1
  let changed = ImageSet(
    pixels: pixels, labels: images.labels, height: Digits.side, width: Digits.side)
  #expect(checksum(changed) != checksum(images))
}

@Test(arguments: [0, 1, 9, 10, 1003])
func `classes are equally frequent up to one image`(count: Int) {
  let images = digits(count, seed: 7)
  var frequencies = [Int](repeating: 0, count: 10)
  for label in images.labels { frequencies[Int(label)] += 1 }
  #expect(images.count == count)
  #expect(frequencies.max()! - frequencies.min()! <= 1)
}

@Test func `labels are in random order`() {
  let labels = digits(1000, seed: 8).labels
  // In a random order one label in ten equals the next one, ± 4 · √(999 · 0.1 · 0.9) = 38.
  let repetitions = zip(labels, labels.dropFirst()).count { $0 == $1 }
  #expect((62...138).contains(repetitions))
}

@Test func `every image is dark ink on a paper that stays white around it`() {
  let images = digits(1000, seed: 9)
  for index in 0..<images.count {
    let image = Array(images[index])
    // The thinnest pen leaves at least half a pixel's width fully inked somewhere along a stroke.
    #expect(image.max()! >= 200)
    // Ink covers between one pixel in forty (a thin bar) and one in two.
    #expect((20...392).contains(image.count { $0 > 0 }))
    #expect([0, 27, 756, 783].allSatisfy { image[$0] == 0 })
  }
}

@Test func `the standard sets have the promised sizes and share no image`() {
  let standard = Digits.standard()
  #expect(standard.training.count == 20_000)
  #expect(standard.test.count == 4_000)
  let seen = Set((0..<standard.training.count).map { Array(standard.training[$0]) })
  #expect((0..<standard.test.count).allSatisfy { !seen.contains(Array(standard.test[$0])) })
}

@Test func `the mean image that is nearest tells most digits apart`() {
  let standard = Digits.standard()
  let pixelCount = Digits.side * Digits.side
  let training = standard.training.prefix(5000)
  var means = [[Scalar]](repeating: [Scalar](repeating: 0, count: pixelCount), count: 10)
  for index in 0..<training.count {
    let image = training.scalars(at: index..<index + 1)
    let label = Int(training.labels[index])
    for pixel in 0..<pixelCount { means[label][pixel] += image[pixel] / 500 }
  }
  let test = standard.test.prefix(500)
  let correct = (0..<test.count).count { index in
    let image = test.scalars(at: index..<index + 1)
    let distances = means.map { mean in
      zip(mean, image).reduce(Scalar(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    return distances.firstIndex(of: distances.min()!)! == test.labels[index]
  }
  // The nearest mean is a weak classifier; a chance hit is one in ten.
  #expect(correct > 300)
}

/// The ink of a stroke grows with the pen's width, and its centre moves with the hand's shift.
@Test func `the hands that are handed out are those that wrote`() {
  var generator = SeededGenerator(seed: 8)
  let (images, hands) = Digits.make(1, count: 400, using: &generator)
  #expect(images.count == 400 && hands.count == 400 && images.labels.allSatisfy { $0 == 1 })
  func correlation(_ x: [Double], _ y: [Double]) -> Double {
    let (a, b) = (x.reduce(0, +) / 400, y.reduce(0, +) / 400)
    func product(_ p: [Double], _ q: [Double], _ a: Double, _ b: Double) -> Double {
      zip(p, q).reduce(0) { $0 + ($1.0 - a) * ($1.1 - b) }
    }
    return product(x, y, a, b) / (product(x, x, a, a) * product(y, y, b, b)).squareRoot()
  }
  let ink = (0..<400).map { images[$0].reduce(0.0) { $0 + Double($1) } }
  let centre = (0..<400).map { image in
    images[image].enumerated().reduce(0.0) { $0 + Double($1.element) * Double($1.offset / 28) }
      / ink[image]
  }
  #expect(correlation(ink, hands.map { Double($0.penRadius) }) > 0.8)
  #expect(correlation(centre, hands.map { Double($0.shift.y) }) > 0.8)
  #expect(abs(correlation(ink, hands.map { Double($0.shift.y) })) < 0.2)
}
