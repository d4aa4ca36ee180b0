import KernelSupport
import Synchronization

/// Pen-stroke digits: 28 × 28 images of handwriting that a program writes, so that the book needs no files.
///
/// A digit is a few strokes through points (`DigitModels`). A random hand (`Handwriting`) slants, turns,
/// stretches, scales and moves them and lets every point wobble; a round pen (`Pen`) draws the result.
///
/// A linear neuron reads them less well than MNIST's, networks about as well. Test accuracy on the standard
/// set, measured with PyTorch:
///
/// | network                                        | SGD, rate 0.01, 10 epochs | Adam, rate 0.001    |
/// |------------------------------------------------|---------------------------|---------------------|
/// | linear with softmax                            | 88.3 %                    | 92.7 %, 20 epochs   |
/// | 784-64-64-10, ReLU                             | 95.1 %                    | 97.5 %, 15 epochs   |
/// | convolutions 32 and 64 with pooling, dense     |                           | 99.7 %, 8 epochs    |
public enum Digits {
  /// The height and width of an image, in pixels, as in MNIST.
  public static let side = 28

  /// The book's own training and test set: 20,000 and 4,000 images that have no image in common.
  ///
  /// - Parameter seed: which of the possible data sets; the chapters use the default.
  public static func standard(seed: UInt64 = 1) -> DigitDataset {
    var generator = SeededGenerator(seed: seed)
    return DigitDataset(
      name: "pen-stroke digits",
      training: make(count: 20_000, using: &generator),
      test: make(count: 4_000, using: &generator))
  }

  /// New digits, every class as frequent as the others up to one image, in random order.
  ///
  /// - Parameters:
  ///   - count: the number of images, at least 0.
  ///   - generator: decides the order of the labels and how each digit is written.
  public static func make(
    count: Int, using generator: inout some RandomNumberGenerator
  ) -> ImageSet {
    precondition(count >= 0, "Digits.make: \(count) images")
    let labels = generator.permutation(count: count).map { UInt8($0 % 10) }
    // A generator an image: what is drawn does not depend on which thread draws it, or when.
    let seeds = labels.map { _ in generator.next() }
    let imagesPerBlock = 100
    let pixels = Mutex([UInt8](repeating: 0, count: count * side * side))
    Threads.perform(blockCount: (count + imagesPerBlock - 1) / imagesPerBlock) { block in
      let images = block * imagesPerBlock..<min((block + 1) * imagesPerBlock, count)
      var drawn: [UInt8] = []
      drawn.reserveCapacity(images.count * side * side)
      for image in images {
        var generator = SeededGenerator(seed: seeds[image])
        drawn += write(Int(labels[image]), using: &generator).pixels
      }
      pixels.withLock {
        $0.replaceSubrange(
          images.lowerBound * side * side..<images.upperBound * side * side, with: drawn)
      }
    }
    return ImageSet(
      pixels: pixels.withLock { $0 }, labels: labels, height: side, width: side)
  }

  /// One digit in many hands, and the hands: what a model that finds factors by itself can be held against.
  ///
  /// All are written after the digit's first model, so that nothing but the hand and its wobble varies.
  ///
  /// - Parameters:
  ///   - digit: 0 to 9.
  ///   - count: the number of images, at least 0.
  ///   - generator: decides the hands.
  /// - Returns: the images, and the hand of each.
  public static func make(
    _ digit: Int, count: Int, using generator: inout some RandomNumberGenerator
  ) -> (images: ImageSet, hands: [Handwriting]) {
    precondition(
      DigitModels.models.indices.contains(digit) && count >= 0,
      "Digits.make: \(count) images of the digit \(digit)")
    let hands = (0..<count).map { _ in Handwriting(using: &generator) }
    let pixels = hands.flatMap {
      draw(DigitModels.models[digit][0], by: $0, using: &generator)
    }
    let labels = [UInt8](repeating: UInt8(digit), count: count)
    return (ImageSet(pixels: pixels, labels: labels, height: side, width: side), hands)
  }

  /// One image of a digit, a random model in a random hand, and what it was made from.
  static func write(
    _ digit: Int, using generator: inout some RandomNumberGenerator
  ) -> (pixels: [UInt8], model: Int, hand: Handwriting) {
    let models = DigitModels.models[digit]
    let model = generator.integer(below: models.count)
    let hand = Handwriting(using: &generator)
    return (draw(models[model], by: hand, using: &generator), model, hand)
  }

  /// One image of a model in a given hand.
  private static func draw(
    _ model: [Stroke], by hand: Handwriting, using generator: inout some RandomNumberGenerator
  ) -> [UInt8] {
    let strokes = hand.write(model, imageSide: side, using: &generator)
    let pen = Pen(radius: hand.penRadius, softness: hand.penSoftness)
    return pen.draw(strokes, imageSide: side)
  }
}
