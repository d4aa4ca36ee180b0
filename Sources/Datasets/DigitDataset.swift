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
  /// - Parameter folder: where MNIST's four files are, or nil: a notebook's option `--data`.
  /// - Throws: `DatasetError` as `MNIST.load(from:)` does; nothing without a folder.
  public static func load(from folder: String?) throws(DatasetError) -> DigitDataset {
    guard let folder else { return Digits.standard() }
    return try MNIST.load(from: folder)
  }
}
