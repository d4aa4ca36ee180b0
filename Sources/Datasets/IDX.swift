/// A reader of IDX files: arrays of bytes with a short header.
///
/// All numbers are big-endian, four bytes each:
///
///     offset 0         magic number: 0, 0, 8 for unsigned bytes, the number of dimensions
///     offset 4         one number a dimension
///     offset 4 + 4 · dimensions    the elements, row-major
///
/// The header is read first, so that a caller can refuse a shape before anything of its size is allocated.
///
/// Source: LeCun, Cortes and Burges, "The MNIST Database of Handwritten Digits", the file format.
struct IDX: ~Copyable {
  /// The array's shape.
  let dimensions: [Int]

  /// The file's path, for messages.
  var path: String { file.path }

  private var file: InputFile

  /// Reads a header.
  ///
  /// - Parameters:
  ///   - file: a file of which nothing has been read.
  ///   - dimensionCount: the number of dimensions that the array must have, 1 to 255.
  /// - Throws: `truncated`, `wrongMagicNumber`, and what reading throws.
  init(file: consuming InputFile, dimensionCount: Int) throws(DatasetError) {
    let headerLength = 4 + 4 * dimensionCount
    let header = try file.read(headerLength)
    let words = stride(from: 0, to: header.count - header.count % 4, by: 4).map { start in
      header[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
    // The magic number comes first: a file of another kind is better told so than called short.
    let expected = 0x0800 | UInt32(dimensionCount)
    if let magic = words.first, magic != expected {
      throw .wrongMagicNumber(file: file.path, found: magic, expected: expected)
    }
    guard header.count == headerLength else {
      throw .truncated(file: file.path, offset: header.count, expected: headerLength)
    }
    dimensions = words.dropFirst().map { Int($0) }
    self.file = file
  }

  /// Reads the elements and makes sure that the file ends with them.
  ///
  /// - Throws: `truncated`, `trailingBytes`, and what reading throws.
  consuming func elements() throws(DatasetError) -> [UInt8] {
    let start = file.offset
    var count = 1
    for dimension in dimensions {
      // A hostile header may announce more elements than an Int can count.
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      count = overflow ? .max : product
    }
    let elements = try file.read(count)
    guard elements.count == count else {
      let end = start.addingReportingOverflow(count)
      throw .truncated(
        file: file.path, offset: file.offset, expected: end.overflow ? nil : end.partialValue)
    }
    guard try file.read(1).isEmpty else {
      throw .trailingBytes(file: file.path, offset: start + count)
    }
    return elements
  }
}
