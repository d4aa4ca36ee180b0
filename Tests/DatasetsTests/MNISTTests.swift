import Datasets
import Foundation
import KernelSupport
import Testing

private let trainingImages = MNISTFolder.names[0]
private let trainingLabels = MNISTFolder.names[1]

@Test(arguments: [[], MNISTFolder.names, [trainingImages]])
func `images and labels are read, plain and compressed`(compressed: [String]) throws {
  let folder = try MNISTFolder()
  for name in compressed { try folder.compress(name) }
  let data = try MNIST.load(from: folder.path)
  #expect(data.name == "MNIST")
  #expect(data.training.labels == [5, 0, 9])
  #expect(data.training.pixels == folder.pixels(3))
  #expect(data.test.labels == [1, 2])
  #expect(data.test.pixels == folder.pixels(2))
  #expect((data.test.height, data.test.width) == (28, 28))
}

@Test func `a compressed file larger than a pipe's buffer arrives whole`() throws {
  let folder = try MNISTFolder()
  let pixels = folder.pixels(500)
  try folder.write(
    trainingImages, [0, 0, 8, 3, 0, 0, 1, 0xF4, 0, 0, 0, 28, 0, 0, 0, 28] + pixels)
  try folder.write(
    trainingLabels, [0, 0, 8, 1, 0, 0, 1, 0xF4] + [UInt8](repeating: 4, count: 500))
  try folder.compress(trainingImages)
  #expect(try MNIST.load(from: folder.path).training.pixels == pixels)
}

@Test func `a folder chooses MNIST, no folder the pen-stroke digits`() throws {
  let folder = try MNISTFolder()
  for (images, labels) in [(0, 1), (2, 3)] {
    try folder.write(
      MNISTFolder.names[images],
      [0, 0, 8, 3, 0, 0, 0, 10, 0, 0, 0, 28, 0, 0, 0, 28] + folder.pixels(10))
    try folder.write(MNISTFolder.names[labels], [0, 0, 8, 1, 0, 0, 0, 10] + (0..<10))
  }
  #expect(try DigitDataset.load(from: folder.path, training: 10, test: 10).training.count == 10)
  #expect(try DigitDataset.load(from: nil).name == "pen-stroke digits")
}

@Test func `a folder with too few images, or without a digit, is refused in a line`() throws {
  let folder = try MNISTFolder()
  func error(training: Int, test: Int) -> DatasetError? {
    do {
      _ = try DigitDataset.load(from: folder.path, training: training, test: test)
      return nil
    } catch { return error }
  }
  let few = DatasetError.tooSmall(
    folder: folder.path, part: "training", images: 3, classes: 3, fewest: 4)
  #expect(error(training: 4, test: 1) == few)
  #expect(
    few.description
      == "\(folder.path): 3 training images of 3 digits, expected at least 4 of all ten")
  #expect(few.exitStatus == .badData)
  #expect(error(training: 3, test: 2) != nil)
}

@Test func `a missing folder is reported`() {
  let error = DatasetError.missingFolder("/no/such/folder")
  #expect(throws: error) { try MNIST.load(from: "/no/such/folder") }
  #expect(error.exitStatus == .missingInput)
}

@Test func `a file in place of the folder is reported`() throws {
  let folder = try MNISTFolder()
  let path = folder.file(trainingImages)
  let error = DatasetError.notAFolder(path)
  #expect(throws: error) { try MNIST.load(from: path) }
  #expect(error.exitStatus == .missingInput)
}

@Test(arguments: MNISTFolder.names)
func `a missing file is reported with both names`(name: String) throws {
  let folder = try MNISTFolder()
  try folder.remove(name)
  #expect(
    folder.loadingError() == .missingFile(folder: folder.path, names: [name, name + ".gz"]))
  #expect(folder.loadingError()?.exitStatus == .missingInput)
}

@Test func `a file that cannot be read is reported`() throws {
  let folder = try MNISTFolder()
  try folder.remove(trainingLabels)
  try FileManager.default.createDirectory(
    atPath: folder.file(trainingLabels), withIntermediateDirectories: false)
  #expect(
    folder.loadingError()
      == .unreadable(file: folder.file(trainingLabels), reason: "it is a folder"))
  #expect(folder.loadingError()?.exitStatus == .missingInput)
}

@Test(.timeLimit(.minutes(5)), arguments: [trainingLabels, trainingImages + ".gz"])
func `a pipe in the place of a file is refused, and not waited for`(name: String) throws {
  let folder = try MNISTFolder()
  try folder.remove(name.replacing(".gz", with: ""))
  #expect(unsafe mkfifo(folder.file(name), 0o600) == 0)
  #expect(
    folder.loadingError()
      == .unreadable(file: folder.file(name), reason: "it is a pipe or a device, no file"))
}

@Test(.enabled(if: getuid() == 0, "only root can become somebody without permissions"))
func `a file that must not be read is reported as that`() async {
  await #expect(processExitsWith: .success) {
    let folder = try MNISTFolder()
    let file = folder.file(MNISTFolder.names[1])
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: file)
    _ = seteuid(65534)
    #expect(folder.loadingError() == .unreadable(file: file, reason: "no permission"))
    _ = seteuid(0)
  }
}

@Test func `more labels than images are refused before they are unpacked`() throws {
  let folder = try MNISTFolder()
  // Whoever read the labels first would find three of them, and take the file for cut off.
  try folder.edit(trainingLabels) { $0.replaceSubrange(4..<8, with: [0x40, 0, 0, 0]) }
  try folder.compress(trainingLabels)
  #expect(
    folder.loadingError()
      == .differentCounts(
        imageFile: folder.file(trainingImages), images: 3,
        labelFile: folder.file(trainingLabels + ".gz"), labels: 1 << 30))
}

@Test func `bytes after the compressed data are reported as that`() throws {
  let folder = try MNISTFolder()
  try folder.compress(trainingLabels)
  try folder.edit(trainingLabels + ".gz") { $0 += Array("garbage".utf8) }
  let error = folder.loadingError()
  #expect(error?.exitStatus == .badData)
  #expect(error?.description.hasSuffix("after the compressed data, found other bytes") == true)
}

/// A way to damage a file, and the error that must follow.
struct Damage: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let name: String
  let change: @Sendable (inout [UInt8]) -> Void
  let error: @Sendable (_ file: String) -> DatasetError

  static let all = [
    Damage(testDescription: "an empty file", name: trainingImages) {
      $0 = []
    } error: {
      .truncated(file: $0, offset: 0, expected: 16)
    },
    Damage(testDescription: "a file that ends in its header", name: trainingImages) {
      $0.removeLast(3 * 784 + 5)
    } error: {
      .truncated(file: $0, offset: 11, expected: 16)
    },
    Damage(testDescription: "one pixel missing", name: trainingImages) {
      $0.removeLast()
    } error: {
      .truncated(file: $0, offset: 16 + 3 * 784 - 1, expected: 16 + 3 * 784)
    },
    Damage(testDescription: "one label missing", name: trainingLabels) {
      $0.removeLast()
    } error: {
      .truncated(file: $0, offset: 10, expected: 11)
    },
    Damage(testDescription: "one byte too many", name: trainingImages) {
      $0.append(0)
    } error: {
      .trailingBytes(file: $0, offset: 16 + 3 * 784)
    },
    Damage(testDescription: "labels where images should be", name: trainingImages) {
      $0 = [0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 9]
    } error: {
      .wrongMagicNumber(file: $0, found: 0x801, expected: 0x803)
    },
    Damage(testDescription: "a file of another kind", name: trainingLabels) {
      $0 = Array("<!DOCTYPE html>".utf8)
    } error: {
      .wrongMagicNumber(file: $0, found: 0x3C21_444F, expected: 0x801)
    },
    Damage(testDescription: "images of 28 × 32 pixels", name: trainingImages) {
      $0[15] = 32
    } error: {
      .wrongShape(
        file: $0, found: [3, 28, 32], expected: "one or more images of 28×28 pixels")
    },
    Damage(testDescription: "a label above 9", name: trainingLabels) {
      $0[9] = 10
    } error: {
      .labelOutOfRange(file: $0, offset: 9, label: 10)
    },
    Damage(testDescription: "a shape beyond all numbers", name: trainingImages) {
      $0.replaceSubrange(4..<16, with: [UInt8](repeating: 0xFF, count: 12))
    } error: {
      .wrongShape(
        file: $0, found: [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF],
        expected: "one or more images of 28×28 pixels")
    },
  ]
}

@Test(arguments: Damage.all, [false, true])
func `a damaged file is reported, plain and compressed`(
  damage: Damage, isCompressed: Bool
) throws {
  let folder = try MNISTFolder()
  try folder.edit(damage.name, damage.change)
  if isCompressed { try folder.compress(damage.name) }
  let file = folder.file(damage.name + (isCompressed ? ".gz" : ""))
  #expect(folder.loadingError() == damage.error(file))
  #expect(folder.loadingError()?.exitStatus == .badData)
  #expect(folder.loadingError()?.description.hasPrefix(file) == true)
  #expect(folder.loadingError()?.description.contains("\n") == false)
}

@Test func `no images at all are reported`() throws {
  let folder = try MNISTFolder()
  try folder.edit(trainingImages) { $0 = Array($0[..<7]) + [0] + Array($0[8..<16]) }
  try folder.edit(trainingLabels) { $0 = Array($0[..<7]) + [0] }
  #expect(
    folder.loadingError()
      == .wrongShape(
        file: folder.file(trainingImages), found: [0, 28, 28],
        expected: "one or more images of 28×28 pixels"))
}

@Test func `counts that disagree are reported`() throws {
  let folder = try MNISTFolder()
  try folder.edit(trainingLabels) {
    $0[7] = 4
    $0.append(1)
  }
  #expect(
    folder.loadingError()
      == .differentCounts(
        imageFile: folder.file(trainingImages), images: 3,
        labelFile: folder.file(trainingLabels), labels: 4))
  #expect(folder.loadingError()?.exitStatus == .badData)
}

@Test(arguments: [0, 5, 30, 60])
func `a broken gzip file is reported`(keptBytes: Int) throws {
  let folder = try MNISTFolder()
  try folder.compress(trainingImages)
  let name = trainingImages + ".gz"
  try folder.edit(name) { $0.removeLast($0.count - keptBytes) }
  #expect(folder.loadingError() == .brokenGzip(file: folder.file(name), status: 1))
  #expect(folder.loadingError()?.exitStatus == .badData)
}

@Test func `a gzip file whose checksum is wrong is reported`() throws {
  let folder = try MNISTFolder()
  try folder.compress(trainingImages)
  let name = trainingImages + ".gz"
  try folder.edit(name) { $0[$0.count - 8] ^= 1 }
  #expect(folder.loadingError() == .brokenGzip(file: folder.file(name), status: 1))
}

@Test func `a system without gzip is reported`() async {
  // In a process of its own, since the search path belongs to the whole process.
  await #expect(processExitsWith: .success) {
    let folder = try MNISTFolder()
    try folder.compress(MNISTFolder.names[1])
    unsafe setenv("PATH", "/no/such/folder", 1)
    let expected = DatasetError.missingGzip(file: folder.file(MNISTFolder.names[1] + ".gz"))
    #expect(folder.loadingError() == expected)
    #expect(expected.exitStatus == .missingInput)
  }
}
