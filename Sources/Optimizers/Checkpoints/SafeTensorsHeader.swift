import KernelSupport

/// The header of a safetensors file: which tensors there are, and where their elements lie.
struct SafeTensorsHeader {
  /// The types of elements that are converted to `Scalar`, by their names in the format.
  enum ElementType: String {
    case F32, F64, F16, BF16, U8, BOOL

    /// The size of an element in bytes.
    var size: Int {
      switch self {
      case .F64: 8
      case .F32: 4
      case .F16, .BF16: 2
      case .U8, .BOOL: 1
      }
    }

    /// The type of this build's `Scalar`.
    static var scalar: ElementType { MemoryLayout<Scalar>.size == 4 ? .F32 : .F64 }
  }

  /// The size of an element in bytes; nil for a type that is not known, or is packed more tightly.
  static func size(ofType name: String) -> Int? {
    switch name {
    case "I8": 1
    case "I16", "U16": 2
    case "I32", "U32": 4
    case "I64", "U64": 8
    default: ElementType(rawValue: name)?.size
    }
  }

  /// A tensor that the header announces.
  struct Entry {
    let name: String
    /// What the file calls the type of its elements.
    let typeName: String
    /// The type, if it is one that is converted.
    var type: ElementType? { ElementType(rawValue: typeName) }
    let shape: [Int]
    /// Where its data begin, counted from the end of the header.
    let start: Int
    /// Where its data end.
    let end: Int
  }

  /// No header may be longer: the limit of the format's reference implementation.
  static let longest = 100_000_000

  /// The tensors in the order of their data, which follow one another without holes.
  private(set) var entries: [Entry] = []

  /// What the file says about itself.
  private(set) var metadata: ByName<String> = [:]

  /// How many bytes of data follow the header.
  var dataLength: Int { entries.last?.end ?? 0 }

  /// Reads and checks a header.
  ///
  /// - Parameters:
  ///   - bytes: the header's bytes, a slice of the whole file's.
  ///   - file: the file's path, for messages.
  /// - Throws: an error for JSON of another form, a length that does not fit type and shape, and data with a
  ///   hole or an overlap.
  init(_ bytes: ArraySlice<UInt8>, file: String) throws(SafeTensorsError) {
    var scanner = HeaderScanner(bytes, file: file)
    guard bytes.first == UInt8(ascii: "{") else { throw scanner.malformed("'{'") }
    var (entries, metadata) = (entries, metadata)
    try scanner.object { (scanner, name) throws(SafeTensorsError) in
      if name == "__metadata__" {
        try scanner.object { (scanner, key) throws(SafeTensorsError) in
          metadata[key] = try scanner.string()
        }
      } else {
        entries.append(try Entry(name, &scanner))
      }
    }
    try scanner.end()
    self.metadata = metadata
    self.entries = entries.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
    var end = 0
    for entry in self.entries {
      guard entry.start == end else {
        throw .misplaced(file: file, tensor: entry.name, start: entry.start, expected: end)
      }
      end = entry.end
    }
  }
}

extension SafeTensorsHeader.Entry {
  /// Reads what a header says about one tensor.
  fileprivate init(_ name: String, _ scanner: inout HeaderScanner) throws(SafeTensorsError) {
    let place = scanner.offset
    var (typeName, shape, offsets) = (String?.none, [Int]?.none, [Int]?.none)
    try scanner.object { (scanner, key) throws(SafeTensorsError) in
      switch key {
      case "dtype": typeName = try scanner.string()
      case "shape": shape = try scanner.integers()
      case "data_offsets": offsets = try scanner.integers()
      default: throw scanner.malformed("dtype, shape and data_offsets only, not '\(key)'")
      }
    }
    guard let typeName, let shape, let offsets, offsets.count == 2 else {
      throw scanner.malformed("dtype, shape and two data_offsets for '\(name)'", at: place)
    }
    // In the order in which `Tensor` multiplies: where no product here is too large, none is there.
    let count = shape.reduce(Int?.some(1)) { product($0, $1) }
    if let size = SafeTensorsHeader.size(ofType: typeName) {
      let length = product(count, size)
      guard offsets[1] - offsets[0] == length else {
        throw .wrongLength(
          file: scanner.file, tensor: name, offsets: offsets, shape: shape, expected: length)
      }
    } else if offsets[0] > offsets[1] {
      throw scanner.malformed("ascending data_offsets for '\(name)'", at: place)
    }
    self.init(
      name: name, typeName: typeName, shape: shape, start: offsets[0], end: offsets[1])
  }
}

/// a · b, or nil if an `Int` cannot hold it.
private func product(_ a: Int?, _ b: Int) -> Int? {
  guard let (product, overflow) = a?.multipliedReportingOverflow(by: b), !overflow else {
    return nil
  }
  return product
}
