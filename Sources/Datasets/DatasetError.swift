import KernelSupport

/// What can be wrong with the files of a data set.
public enum DatasetError: ReportedError, Equatable {
  /// The folder does not exist.
  case missingFolder(String)
  /// What was given as a folder is a file.
  case notAFolder(String)
  /// The folder has the file under neither of its names.
  case missingFile(folder: String, names: [String])
  /// A file exists and cannot be read; `reason` is the system's.
  case unreadable(file: String, reason: String)
  /// The program `gzip` is not installed.
  case missingGzip(file: String)
  /// `gzip` could not decompress a file; with the status 2, all of it but what follows the compressed data.
  case brokenGzip(file: String, status: Int32)
  /// A file does not begin with the four bytes that announce its format.
  case wrongMagicNumber(file: String, found: UInt32, expected: UInt32)
  /// A file announces data of a shape that does not fit; `expected` says which would.
  case wrongShape(file: String, found: [Int], expected: String)
  /// A file ends at byte `offset`, before the `expected` bytes that it announces; nil if these are
  /// more than any machine can address.
  case truncated(file: String, offset: Int, expected: Int?)
  /// A file goes on after byte `offset`, where the data that it announces ends.
  case trailingBytes(file: String, offset: Int)
  /// A file with images and the file with their labels announce different counts.
  case differentCounts(imageFile: String, images: Int, labelFile: String, labels: Int)
  /// A label, found at byte `offset`, is above 9.
  case labelOutOfRange(file: String, offset: Int, label: UInt8)
  /// A set is smaller than what is done with it, or lacks a class: `images` of them, `classes` of ten.
  case tooSmall(folder: String, part: String, images: Int, classes: Int, fewest: Int)

  /// One line: the file, the place in it (in a `.gz` file, after decompression), what was expected.
  public var description: String {
    switch self {
    case .missingFolder(let folder):
      "\(folder): no such folder; expected the folder with MNIST's four files"
    case .notAFolder(let path):
      "\(path): is a file; expected the folder with MNIST's four files"
    case .missingFile(let folder, let names):
      "\(folder): no such file in it; expected \(names.joined(separator: " or "))"
    case .unreadable(let file, let reason):
      "\(file): cannot be read: \(reason)"
    case .missingGzip(let file):
      "\(file): the program gzip, which decompresses it, was not found"
    case .brokenGzip(let file, 2):
      "\(file): expected the end of the file after the compressed data, found other bytes"
    case .brokenGzip(let file, let status):
      "\(file): not an intact gzip file; gzip ended with status \(status)"
    case .wrongMagicNumber(let file, let found, let expected):
      "\(file): offset 0: expected the magic number \(hex(expected)), found \(hex(found))"
    case .wrongShape(let file, let found, let expected):
      "\(file): offset 4: expected \(expected), found \(shape(found))"
    case .truncated(let file, let offset, let expected):
      "\(file): offset \(offset): the file ends, expected "
        + (expected.map { "\($0) bytes" } ?? "more bytes than can be addressed")
    case .trailingBytes(let file, let offset):
      "\(file): offset \(offset): expected the end of the file, found more bytes"
    case .differentCounts(let imageFile, let images, let labelFile, let labels):
      "\(imageFile): offset 4: \(images) images, expected \(labels), as many as labels in "
        + labelFile
    case .tooSmall(let folder, let part, let images, let classes, let fewest):
      "\(folder): \(images) \(part) images of \(classes) digits, expected at least \(fewest) of all ten"
    case .labelOutOfRange(let file, let offset, let label):
      "\(file): offset \(offset): expected a label of 0 to 9, found \(label)"
    }
  }

  /// 66 where a file or program is missing or cannot be read, 65 where a file's contents are wrong.
  public var exitStatus: ExitStatus {
    switch self {
    case .missingFolder, .notAFolder, .missingFile, .unreadable, .missingGzip: .missingInput
    case .brokenGzip, .wrongMagicNumber, .wrongShape, .truncated, .trailingBytes,
      .differentCounts, .labelOutOfRange, .tooSmall:
      .badData
    }
  }
}

private func hex(_ word: UInt32) -> String {
  let digits = String(word, radix: 16, uppercase: true)
  return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
}

private func shape(_ dimensions: [Int]) -> String {
  dimensions.map(String.init).joined(separator: "×")
}
