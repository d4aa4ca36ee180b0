import KernelSupport

/// Digits whose making is known: beside each image, what the hand that wrote it did.
///
/// A photograph does not say by how much its writer slants. The pen does, so whether a number that a network has
/// found in images *is* the slant can be told by a correlation.
public struct KnownDigits: Sendable {
  /// The images, written as those of `Digits.standard` are.
  public let images: ImageSet
  /// Which shape of its digit an image is, as a number among all shapes of all digits.
  public let shapes: [Int]
  /// The hand that wrote each image.
  public let hands: [Handwriting]

  /// How far an image leans to the right, columns a row: slant and turn together.
  public var leans: [Scalar] { hands.map { $0.slant + Scalar.sin($0.rotation) } }
  /// Half the width of the line, in pixels.
  public var penRadii: [Scalar] { hands.map(\.penRadius) }

  /// How many shapes there are, of all digits together.
  public static var shapeCount: Int { DigitModels.models.reduce(0) { $0 + $1.count } }

  /// Writes new digits, every class as frequent as the others up to one image, class after class in turn.
  ///
  /// - Parameters:
  ///   - count: the number of images, at least 0.
  ///   - generator: decides how each digit is written.
  public init(count: Int, using generator: inout some RandomNumberGenerator) {
    precondition(count >= 0, "KnownDigits: \(count) images")
    let labels = (0..<count).map { UInt8($0 % 10) }
    let written = labels.map { Digits.write(Int($0), using: &generator) }
    images = ImageSet(
      pixels: written.flatMap(\.pixels), labels: labels, height: Digits.side, width: Digits.side)
    shapes = zip(labels, written).map { label, digit in
      DigitModels.models[..<Int(label)].reduce(digit.model) { $0 + $1.count }
    }
    hands = written.map(\.hand)
  }
}
