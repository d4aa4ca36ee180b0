/// Handwritten digits to learn from, and others to be tested on.
public struct DigitDataset: Sendable {
  /// What a chapter calls the data: "pen-stroke digits" or "MNIST".
  public let name: String

  /// The images that a network is trained with.
  public let training: ImageSet

  /// The images that a network must not see before it is tested with them.
  public let test: ImageSet

  /// MNIST if a folder was given, otherwise the pen-stroke digits that need no files.
  ///
  /// - Parameters:
  ///   - folder: where MNIST's four files are, or nil: a notebook's option `--data`.
  ///   - training: how many training images there must be; every digit is among them.
  ///   - test: how many test images, likewise. What a chapter does with the pen-stroke digits needs as many as
  ///     there are of them.
  /// - Throws: `DatasetError` as `MNIST.load(from:)` does, and if there are too few images; nothing without a
  ///   folder.
  public static func load(
    from folder: String?, training: Int = 20_000, test: Int = 4_000
  ) throws(DatasetError) -> DigitDataset {
    guard let folder else { return Digits.standard() }
    let data = try MNIST.load(from: folder)
    for (part, images, fewest) in [
      ("training", data.training, training), ("test", data.test, test),
    ] {
      let classes = Set(images.labels).count
      guard images.count >= fewest && classes == 10 else {
        throw .tooSmall(
          folder: folder, part: part, images: images.count, classes: classes, fewest: fewest)
      }
    }
    return data
  }
}
