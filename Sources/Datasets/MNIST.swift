import Foundation
import KernelSupport

/// The MNIST database: 60,000 training and 10,000 test images of digits that 500 people wrote.
///
/// Source: LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition",
/// Proceedings of the IEEE 86(11), 1998.
public enum MNIST {
  /// Reads the four files of the database, `[count, 28, 28]` images and `[count]` labels.
  ///
  ///     train-images-idx3-ubyte  train-labels-idx1-ubyte
  ///     t10k-images-idx3-ubyte   t10k-labels-idx1-ubyte
  ///
  /// each as it is or, with `.gz` after its name, compressed; if both are there, the plain one is read.
  /// Any other data set in the same format, such as Fashion-MNIST, can stand in the folder as well.
  ///
  /// - Parameter folder: the folder's path.
  /// - Throws: `DatasetError` for what is missing, damaged or of another format.
  public static func load(from folder: String) throws(DatasetError) -> DigitDataset {
    let place = URL(filePath: folder).resolvingSymlinksInPath()
    guard let kind = try? place.resourceValues(forKeys: [.isDirectoryKey]) else {
      throw .missingFolder(folder)
    }
    guard kind.isDirectory == true else { throw .notAFolder(folder) }
    return DigitDataset(
      name: "MNIST",
      training: try loadSet("train", from: folder),
      test: try loadSet("t10k", from: folder))
  }

  private static func loadSet(
    _ name: String, from folder: String
  ) throws(DatasetError) -> ImageSet {
    // Both headers first: where they contradict each other, nothing of the size that they claim is read.
    let labelArray = try IDX(
      file: open("\(name)-labels-idx1-ubyte", in: folder), dimensionCount: 1)
    let images = try IDX(file: open("\(name)-images-idx3-ubyte", in: folder), dimensionCount: 3)
    let (labelFile, imageFile) = (labelArray.path, images.path)
    let (labelCount, dimensions) = (labelArray.dimensions[0], images.dimensions)
    guard dimensions[0] >= 1, dimensions[1...] == [28, 28] else {
      throw .wrongShape(
        file: imageFile, found: dimensions, expected: "one or more images of 28×28 pixels")
    }
    guard dimensions[0] == labelCount else {
      throw .differentCounts(
        imageFile: imageFile, images: dimensions[0], labelFile: labelFile, labels: labelCount)
    }
    let labels = try labelArray.elements()
    if let index = labels.firstIndex(where: { $0 > 9 }) {
      throw .labelOutOfRange(file: labelFile, offset: 8 + index, label: labels[index])
    }
    return ImageSet(pixels: try images.elements(), labels: labels, height: 28, width: 28)
  }

  /// Opens a file under its plain name or, if there is none, under the name of its compressed form.
  private static func open(
    _ name: String, in folder: String
  ) throws(DatasetError) -> InputFile {
    let names = [name, name + ".gz"]
    for name in names {
      let path = URL(filePath: folder).appending(path: name).path(percentEncoded: false)
      do {
        return try InputFile(openFile(path), path: path)
      } catch let error as FileError where error.cause != .missing {
        throw .unreadable(file: path, reason: error.reason)
      } catch let error as DatasetError {
        throw error
      } catch {}
    }
    throw .missingFile(folder: folder, names: names)
  }
}
